#include "engine/io/value_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs {

void ValueCheck::Kind::add(std::uint64_t count, std::uint64_t frame) {
    if (count == 0)
        return;
    if (frames == 0)
        firstFrame = frame;
    values += count;
    ++frames;
}

std::vector<std::uint8_t> ValueCheck::clean(std::span<float> values, std::size_t pixelsPerFrame,
                                            std::span<const std::uint8_t> fixedMask, std::uint64_t firstFrame,
                                            std::span<const std::uint8_t> frameMasks) {
    std::vector<std::uint8_t> mask;
    const float limit = static_cast<float>(std::min(m_saturation, double{std::numeric_limits<float>::max()}));
    const std::size_t frames = pixelsPerFrame ? values.size() / pixelsPerFrame : 0;
    for (std::size_t f = 0; f < frames; ++f) {
        float* frame = values.data() + f * pixelsPerFrame;
        std::uint64_t notFinite = 0, negative = 0, saturated = 0;
        for (std::size_t i = 0; i < pixelsPerFrame; ++i) {
            const float v = frame[i];
            if (v >= 0 && v < limit) // the common case first; false for a NaN
                continue;
            const bool finite = std::isfinite(v);
            if ((!fixedMask.empty() && fixedMask[i] == 0) ||
                (!frameMasks.empty() && frameMasks[f * pixelsPerFrame + i] == 0)) {
                if (!finite)
                    frame[i] = 0;
                continue;
            }
            if (finite && v < 0) {
                ++negative;
                continue;
            }
            ++(finite ? saturated : notFinite);
            if (mask.empty())
                mask.assign(values.size(), 1);
            mask[f * pixelsPerFrame + i] = 0;
            frame[i] = 0;
        }
        m_notFinite.add(notFinite, firstFrame + f);
        m_negative.add(negative, firstFrame + f);
        m_saturated.add(saturated, firstFrame + f);
    }
    return mask;
}

std::vector<Problem> ValueCheck::problems(const std::string& where) const {
    std::vector<Problem> out;
    const auto report = [&](const Kind& kind, const char* what, const char* done) {
        if (kind.frames > 0)
            out.push_back({"",
                           fmt::format("{}: {} {} values in {} frames (first in frame {}); {}", where,
                                       kind.values.load(), what, kind.frames.load(), kind.firstFrame.load(), done),
                           false});
    };
    report(m_notFinite, "not finite", "they are masked in their frames");
    report(m_saturated, "saturated", "they are masked in their frames");
    report(m_negative, "negative", "they are kept");
    return out;
}

} // namespace fxs
