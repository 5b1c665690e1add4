#pragma once

#include <cstddef>
#include <limits>

namespace fxs {

/// Values that a mask (1 = valid) says are none become NaN: a stream's frames carry their own mask so, and readers find it
/// again. An empty mask changes nothing.
template <class Mask, class Values>
void markInvalid(const Mask& mask, Values& values) {
    if (mask.empty())
        return;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (mask.data()[i] == 0)
            values.data()[i] = std::numeric_limits<float>::quiet_NaN();
}

} // namespace fxs
