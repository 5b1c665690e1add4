#include "engine/io/frame_values.h"

#include <cstdint>
#include <limits>

namespace fxs {

double saturationOf(const std::string& valueType) {
    if (valueType == "uint8")
        return std::numeric_limits<std::uint8_t>::max();
    if (valueType == "uint16")
        return std::numeric_limits<std::uint16_t>::max();
    if (valueType == "uint32")
        return std::numeric_limits<std::uint32_t>::max();
    return std::numeric_limits<double>::infinity();
}

} // namespace fxs
