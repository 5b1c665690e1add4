#include "engine/preprocess/pixel_correction.h"

#include "engine/preprocess/pixel_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace fxs {

namespace {

constexpr float kInfinite = std::numeric_limits<float>::infinity();

void requireShape(const Array<float, 4>& constants, const std::array<std::size_t, 3>& shape, const char* name) {
    const auto& found = constants.shape();
    if (found[0] == 0 || found[1] != shape[0] || found[2] != shape[1] || found[3] != shape[2])
        throw Error(ErrorCode::badInput,
                    fmt::format("the {} is {} x {} x {} (panel x slow x fast), expected {} x {} x {} as the detector",
                                name, found[1], found[2], found[3], shape[0], shape[1], shape[2]));
}

std::vector<float> valuesOf(const Array<float, 4>& constants) {
    return {constants.data(), constants.data() + constants.size()};
}

} // namespace

PixelCorrection::PixelCorrection(const PreprocessSettings& settings, const Calibration& calibration,
                                 Array<std::uint8_t, 3>& mask, double saturation, std::vector<Problem>& problems)
    : m_pixels(mask.size()), m_saturation(static_cast<float>(saturation)),
      m_minimum(settings.minValue ? static_cast<float>(*settings.minValue) : -kInfinite),
      m_maximum(settings.maxValue ? static_cast<float>(*settings.maxValue) : kInfinite),
      m_aduPerPhoton(static_cast<float>(settings.aduPerPhoton.value_or(0))),
      m_photonOffset(static_cast<float>(1 - settings.photonThreshold)) {
    takeDark(calibration, mask.shape());
    takeGain(calibration, mask.shape());
    const auto invalidate = [&](std::vector<float>& values, const char* name, auto usable) {
        std::size_t lost = 0;
        for (std::size_t i = 0; i < m_pixels; ++i) {
            bool good = true;
            for (std::size_t at = i; at < values.size(); at += m_pixels)
                good = good && usable(values[at]);
            if (good || mask.data()[i] == 0)
                continue;
            mask.data()[i] = 0;
            ++lost;
        }
        if (lost > 0)
            problems.push_back(
                {name, fmt::format("{} pixels have a {} that cannot be used; they are masked", lost, name), false});
    };
    invalidate(m_dark, "dark", [](float v) { return std::isfinite(v); });
    invalidate(m_gain, "gain", [](float v) { return std::isfinite(v) && v > 0; });
    m_judged.resize(m_pixels);
    for (std::size_t i = 0; i < m_pixels; ++i) {
        const bool valid = mask.data()[i] != 0;
        m_judged[i] = valid ? 0xFFFF : 0;
        for (std::size_t at = i; !valid && at < m_dark.size(); at += m_pixels) {
            m_dark[at] = 0;
            m_gain[at] = kInfinite;
        }
    }
}

/// Dark and gain have the same number of stages: a single one is repeated.
void PixelCorrection::takeDark(const Calibration& calibration, const std::array<std::size_t, 3>& shape) {
    std::size_t stages = 1;
    if (!calibration.dark.empty()) {
        requireShape(calibration.dark, shape, "dark");
        m_dark = valuesOf(calibration.dark);
        stages = calibration.dark.extent(0);
    }
    if (!calibration.gain.empty())
        stages = std::max(stages, calibration.gain.extent(0));
    const std::size_t have = m_dark.size() / m_pixels;
    m_dark.resize(stages * m_pixels, 0.0F);
    for (std::size_t stage = std::max<std::size_t>(have, 1); have > 0 && stage < stages; ++stage)
        std::copy_n(m_dark.begin(), m_pixels, m_dark.begin() + static_cast<std::ptrdiff_t>(stage * m_pixels));
    if (stages == 1)
        return;
    if (calibration.stageThreshold.extent(0) + 1 < stages)
        throw Error(ErrorCode::badInput,
                    fmt::format("the calibration has {} gain stages and {} thresholds between them, expected {}",
                                stages, calibration.stageThreshold.extent(0), stages - 1));
    requireShape(calibration.stageThreshold, shape, "gain stages' thresholds");
    m_threshold = valuesOf(calibration.stageThreshold);
}

void PixelCorrection::takeGain(const Calibration& calibration, const std::array<std::size_t, 3>& shape) {
    const std::size_t stages = m_dark.size() / m_pixels;
    m_gain.assign(stages * m_pixels, 1.0F);
    if (calibration.gain.empty())
        return;
    requireShape(calibration.gain, shape, "gain");
    const auto given = valuesOf(calibration.gain);
    for (std::size_t stage = 0; stage < stages; ++stage) {
        const std::size_t from = std::min(stage, given.size() / m_pixels - 1);
        std::copy_n(given.begin() + static_cast<std::ptrdiff_t>(from * m_pixels), m_pixels,
                    m_gain.begin() + static_cast<std::ptrdiff_t>(stage * m_pixels));
    }
}

PixelCorrection::Constants PixelCorrection::constants(const FrameBatch& batch, std::size_t frame, std::size_t first,
                                                      std::size_t count, float* scratchDark, float* scratchGain) const {
    if (m_threshold.empty() || batch.gainPlane.empty())
        return {m_dark.data() + first, m_gain.data() + first};
    const std::uint16_t* plane = batch.gainPlane.data() + frame * m_pixels + first;
    const std::size_t last = m_dark.size() / m_pixels - 1;
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t stage = 0;
        while (stage < last && static_cast<float>(plane[i]) >= m_threshold[stage * m_pixels + first + i])
            ++stage;
        scratchDark[i] = m_dark[stage * m_pixels + first + i];
        scratchGain[i] = m_gain[stage * m_pixels + first + i];
    }
    return {scratchDark, scratchGain};
}

bool PixelCorrection::subtractDark(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count,
                                   float* out, std::uint8_t* valid) const {
    std::array<float, kTile> dark, gain;
    const Constants c = constants(batch, frame, first, count, dark.data(), gain.data());
    if (batch.raw16.empty()) {
        const float* raw = batch.data.data() + frame * m_pixels + first;
        std::array<float, kTile> copy;
        if (raw == out) { // corrected in place: the raw values are looked at again where one is bad
            std::copy_n(raw, count, copy.data());
            raw = copy.data();
        }
        return darkFromFloat(raw, c.dark, m_judged.data() + first, m_saturation, count, out, valid);
    }
    return darkFrom16(batch.raw16.data() + frame * m_pixels + first, c.dark, m_judged.data() + first, m_saturation,
                      count, out, valid);
}

bool PixelCorrection::finish(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count,
                             float* values, std::uint8_t* valid) const {
    std::array<float, kTile> dark, gain;
    const Constants c = constants(batch, frame, first, count, dark.data(), gain.data());
    return scaleAndCut(values, c.gain, {m_minimum, m_maximum, m_aduPerPhoton, m_photonOffset}, count, valid);
}

bool PixelCorrection::correct(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count,
                              float* out) const {
    const bool dark = subtractDark(batch, frame, first, count, out, nullptr);
    return finish(batch, frame, first, count, out, nullptr) && dark;
}

} // namespace fxs
