#include "engine/preprocess/frame_measures.h"

#include "engine/core/error.h"
#include "engine/math/robust.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr std::uint8_t kNone = 255;

bool counts(const PixelMap& map, View<const std::uint8_t, 3> mask, std::size_t i) {
    return (mask.empty() || mask.data()[i]) && (map.covered.empty() || map.covered.data()[i]);
}

} // namespace

FrameMeter::FrameMeter(const PreprocessSettings& settings, const DetectorGeometry* geometry,
                       View<const std::uint8_t, 3> mask, const TaskContext& task)
    : m_pixels(mask.size()), m_jetSigma(static_cast<float>(settings.jetSigma)) {
    if (settings.hitThreshold)
        m_hitThreshold = static_cast<float>(*settings.hitThreshold);
    const bool fitted = !settings.background.empty() && !settings.backgroundScale;
    const bool range = (settings.scaleQMin || settings.scaleQMax) && (settings.normalise == "q-range" || fitted);
    const bool profile = settings.saxsCorrelation.has_value(), jets = settings.jets != "none";
    if (!range && !profile && !jets)
        return;
    if (!geometry)
        throw Error(ErrorCode::badSettings,
                    fmt::format("{} needs the detector's geometry (distance, pixel-size and wavelength, or geometry)",
                                jets      ? "jets"
                                : profile ? "saxs-correlation"
                                          : "scale-q-min or scale-q-max"));
    const PixelMap map = pixelMap(*geometry, task);
    if (profile)
        findProfileSteps(map, mask);
    if (jets)
        findSectors(map, mask, settings);
    if (!range)
        return;
    m_inRange.assign(m_pixels, 0);
    std::size_t inside = 0;
    for (std::size_t i = 0; i < m_pixels; ++i) {
        const double q = map.q.data()[i];
        m_inRange[i] = counts(map, mask, i) && q >= settings.scaleQMin.value_or(0) &&
                       q <= settings.scaleQMax.value_or(std::numeric_limits<double>::infinity());
        inside += m_inRange[i];
    }
    if (inside == 0)
        throw Error(
            ErrorCode::badSettings,
            "no valid pixel lies between scale-q-min and scale-q-max; check them against what the detector sees");
}

void FrameMeter::findProfileSteps(const PixelMap& map, View<const std::uint8_t, 3> mask) {
    double low = std::numeric_limits<double>::infinity(), high = 0;
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (counts(map, mask, i)) {
            low = std::min(low, double{map.q.data()[i]});
            high = std::max(high, double{map.q.data()[i]});
        }
    m_step.assign(m_pixels, kNone);
    const double width = std::max((high - low) / static_cast<double>(kProfileSteps), 1e-12);
    for (std::size_t k = 0; k < kProfileSteps; ++k)
        m_stepQ.push_back(low + (static_cast<double>(k) + 0.5) * width);
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (counts(map, mask, i))
            m_step[i] = static_cast<std::uint8_t>(
                std::min(static_cast<std::size_t>((map.q.data()[i] - low) / width), kProfileSteps - 1));
}

void FrameMeter::findSectors(const PixelMap& map, View<const std::uint8_t, 3> mask,
                             const PreprocessSettings& settings) {
    double limit = 0;
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (counts(map, mask, i))
            limit = std::max(limit, double{map.q.data()[i]});
    limit = settings.jetQMax.value_or(limit / 2);
    m_sector.assign(m_pixels, kNone);
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (counts(map, mask, i) && map.q.data()[i] <= limit)
            m_sector[i] = static_cast<std::uint8_t>(std::min(
                static_cast<std::size_t>(map.phi.data()[i] * (kSectors / (2 * std::numbers::pi))), kSectors - 1));
}

FrameMeasures FrameMeter::measure(const float* values, const std::uint8_t* valid) const {
    FrameMeasures out;
    double sum = 0;
    std::uint64_t pixels = 0, lit = 0;
    const float threshold = m_hitThreshold.value_or(std::numeric_limits<float>::infinity());
    // Partial sums of short stretches in single precision would vectorise, but differ between detectors' shapes.
    for (std::size_t i = 0; i < m_pixels; ++i) {
        const bool good = valid[i] != 0;
        sum += good ? static_cast<double>(values[i]) : 0.0;
        pixels += good;
        lit += static_cast<std::uint64_t>(good & (values[i] >= threshold));
    }
    out.meanIntensity = pixels > 0 ? sum / static_cast<double>(pixels) : 0;
    out.litPixels = lit;
    if (m_step.empty())
        return out;
    std::array<double, 256> sums{};
    std::array<std::uint64_t, 256> numbers{};
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (valid[i]) {
            sums[m_step[i]] += values[i];
            ++numbers[m_step[i]];
        }
    out.profile.resize(kProfileSteps);
    for (std::size_t k = 0; k < kProfileSteps; ++k)
        out.profile[k] = numbers[k] > 0 ? static_cast<float>(sums[k] / static_cast<double>(numbers[k])) : 0.0F;
    return out;
}

double FrameMeter::meanOfAll(const float* values, const std::uint8_t* valid) const {
    double sum = 0;
    std::uint64_t pixels = 0;
    for (std::size_t i = 0; i < m_pixels; ++i) {
        sum += valid[i] ? static_cast<double>(values[i]) : 0.0;
        pixels += valid[i] != 0;
    }
    return pixels > 0 ? sum / static_cast<double>(pixels) : 0;
}

double FrameMeter::meanInRange(const float* values, const std::uint8_t* valid) const {
    if (m_inRange.empty())
        return meanOfAll(values, valid);
    double sum = 0;
    std::uint64_t pixels = 0;
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (valid[i] && m_inRange[i]) {
            sum += values[i];
            ++pixels;
        }
    return pixels > 0 ? sum / static_cast<double>(pixels) : 0;
}

double FrameMeter::fittedScale(const float* values, const float* background, const std::uint8_t* valid) const {
    double both = 0, square = 0;
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (valid[i] && (m_inRange.empty() || m_inRange[i])) {
            both += static_cast<double>(values[i]) * background[i];
            square += static_cast<double>(background[i]) * background[i];
        }
    return square > 0 ? both / square : 0;
}

double FrameMeter::profileCorrelation(const std::vector<float>& a, std::span<const double> b) const {
    const auto n = static_cast<double>(kProfileSteps);
    double sumA = 0, sumB = 0, aa = 0, bb = 0, ab = 0;
    for (std::size_t k = 0; k < kProfileSteps; ++k) {
        const double x = m_stepQ[k] * static_cast<double>(a[k]), y = m_stepQ[k] * b[k];
        sumA += x;
        sumB += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    const double spread = (aa - sumA * sumA / n) * (bb - sumB * sumB / n);
    return spread > 0 ? (ab - sumA * sumB / n) / std::sqrt(spread) : 0;
}

std::size_t FrameMeter::findJets(const float* values, std::uint8_t* valid) const {
    std::array<double, kSectors> sum{};
    std::array<std::uint64_t, kSectors> pixels{};
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (valid[i] && m_sector[i] != kNone) {
            sum[m_sector[i]] += values[i];
            ++pixels[m_sector[i]];
        }
    constexpr std::uint64_t kFewest = 8;
    std::vector<double> means;
    for (std::size_t s = 0; s < kSectors; ++s)
        if (pixels[s] >= kFewest)
            means.push_back(sum[s] / static_cast<double>(pixels[s]));
    const double middle = medianOf(means), sigma = robustSigma(means, middle);
    std::array<bool, kSectors + 1> streak{};
    std::size_t found = 0;
    for (std::size_t s = 0; s < kSectors; ++s) {
        if (pixels[s] < kFewest)
            continue;
        const auto n = static_cast<double>(pixels[s]);
        // Counting alone spreads a mean of n pixels by sqrt(mean / n), whatever the other sectors do.
        const double spread = std::max(sigma, std::sqrt(std::abs(middle) / n));
        if (sum[s] / n - middle <= m_jetSigma * spread)
            continue;
        ++found;
        for (const std::size_t k : {s + kSectors - 1, s, s + 1})
            streak[k % kSectors] = true;
    }
    for (std::size_t i = 0; found > 0 && i < m_pixels; ++i)
        if (m_sector[i] != kNone && streak[m_sector[i]])
            valid[i] = 0;
    return found;
}

} // namespace fxs
