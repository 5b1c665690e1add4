#include "engine/detector/mask.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs {

std::vector<std::uint8_t> validity(std::span<const std::uint32_t> values, MaskMeaning meaning) {
    std::vector<std::uint8_t> out(values.size());
    std::ranges::transform(values, out.begin(),
                           [&](std::uint32_t value) { return std::uint8_t{isValid(value, meaning)}; });
    return out;
}

MaskMeaning maskMeaning(const std::string& text) {
    if (text == "one-is-valid")
        return MaskMeaning::oneIsValid;
    if (text == "zero-is-valid")
        return MaskMeaning::zeroIsValid;
    if (text == "cxi")
        return MaskMeaning::cxi;
    throw Error(ErrorCode::badSettings,
                fmt::format("the meaning of the mask is \"{}\", expected one-is-valid, zero-is-valid or cxi", text));
}

void requireMaskFits(View<const std::uint8_t, 3> mask, std::size_t panels, std::size_t slow, std::size_t fast) {
    if (mask.empty())
        return;
    if (mask.extent(0) != panels || mask.extent(1) != slow || mask.extent(2) != fast)
        throw Error(ErrorCode::badInput,
                    fmt::format("the mask is {} x {} x {}, expected {} x {} x {} (panel x slow x fast) as the detector",
                                mask.extent(0), mask.extent(1), mask.extent(2), panels, slow, fast));
    if (std::ranges::all_of(mask.span(), [](std::uint8_t v) { return v == 0; }))
        throw Error(ErrorCode::badInput, "the mask leaves no valid pixel; check what its numbers mean (mask-meaning)");
}

} // namespace fxs
