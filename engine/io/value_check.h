#pragma once

#include "engine/core/settings.h"

#include <atomic>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace fxs {

/// Looks at every value that a reader hands on: what is not finite or is saturated becomes 0 and is masked in that
/// frame, what is negative is counted and kept (corrected data have negative values).
/// Threads: clean() from one thread at a time, problems() from any.
class ValueCheck {
public:
    /// saturation: a value from which a pixel is saturated; infinite: there is none.
    explicit ValueCheck(double saturation = std::numeric_limits<double>::infinity()) : m_saturation(saturation) {}

    /// values: whole frames of pixelsPerFrame values each, changed in place. fixedMask, where not empty: one frame's
    /// mask, 1 = valid; frameMasks, where not empty: the masks of these frames, shaped as values; pixels masked in either
    /// are not judged, only made finite. Returns a mask for each frame, 1 = valid, or an empty vector if every judged
    /// value was good.
    std::vector<std::uint8_t> clean(std::span<float> values, std::size_t pixelsPerFrame,
                                    std::span<const std::uint8_t> fixedMask, std::uint64_t firstFrame,
                                    std::span<const std::uint8_t> frameMasks = {});

    /// What was met so far, as non-fatal problems with counts and the first frame of each kind.
    std::vector<Problem> problems(const std::string& where) const;

private:
    struct Kind {
        std::atomic<std::uint64_t> values{0}, frames{0}, firstFrame{0};
        void add(std::uint64_t count, std::uint64_t frame);
    };

    double m_saturation;
    Kind m_notFinite, m_negative, m_saturated;
};

} // namespace fxs
