#pragma once

#include "engine/core/array.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fxs {

/// What the numbers of a mask mean. Inside this program 1 is valid and 0 is not.
enum class MaskMeaning {
    oneIsValid,  ///< anything but 0 is valid
    zeroIsValid, ///< only 0 is valid (NeXus pixel_mask, pyFAI)
    cxi,         ///< CXI's bits: bad if any of kCxiBadBits is set
};

/// invalid 0x1, saturated 0x2, hot 0x4, dead 0x8, shadowed 0x10, bad 0x80, missing 0x200, noisy 0x400; 0x1000 (has
/// signal) is good.
inline constexpr std::uint32_t kCxiBadBits = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x200 | 0x400;

constexpr bool isValid(std::uint32_t value, MaskMeaning meaning) {
    switch (meaning) {
    case MaskMeaning::oneIsValid:
        return value != 0;
    case MaskMeaning::zeroIsValid:
        return value == 0;
    case MaskMeaning::cxi:
        return (value & kCxiBadBits) == 0;
    }
    return false;
}

/// Validity of each value, 1 = valid.
std::vector<std::uint8_t> validity(std::span<const std::uint32_t> values, MaskMeaning meaning);

/// "oneIsValid" etc. from a setting: one-is-valid, zero-is-valid, cxi. Throws: Error(badSettings).
MaskMeaning maskMeaning(const std::string& text);

/// A mask must have the detector's shape (or be empty: all valid) and leave a pixel. Throws: Error(badInput).
void requireMaskFits(View<const std::uint8_t, 3> mask, std::size_t panels, std::size_t slow, std::size_t fast);

} // namespace fxs
