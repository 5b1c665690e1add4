#include "engine/preprocess/calibrator.h"

#include "engine/core/parallel.h"
#include "engine/math/robust.h"
#include "engine/preprocess/preprocess_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

// The histogram of a block: from -kReachDown to kReachUp standard deviations of its noise, kFine steps each.
constexpr std::size_t kFine = 4, kReachDown = 5, kReachUp = 120;
constexpr std::size_t kSteps = kFine * (kReachDown + kReachUp);

template <class Body>
void forBlock(const AsicBlock& block, const std::array<std::size_t, 3>& shape, Body body) {
    for (std::size_t s = 0; s < block.slow; ++s) {
        const std::size_t row = (block.panel * shape[1] + block.firstSlow + s) * shape[2] + block.firstFast;
        for (std::size_t i = row; i < row + block.fast; ++i)
            body(i);
    }
}

float valueAt(const FrameBatch& batch, std::size_t at) {
    return batch.raw16.empty() ? batch.data.data()[at] : static_cast<float>(batch.raw16.data()[at]);
}

/// Place of the one-photon peak in standard deviations of the noise; 0: there is none.
double photonPeak(const std::vector<std::uint64_t>& counts) {
    std::vector<double> smooth(kSteps, 0.0);
    constexpr std::size_t kHalf = 2;
    for (std::size_t i = kHalf; i + kHalf < kSteps; ++i)
        for (std::size_t k = i - kHalf; k <= i + kHalf; ++k)
            smooth[i] += static_cast<double>(counts[k]) / (2 * kHalf + 1);
    // The valley after the peak of no photon, then the highest point behind it.
    const std::size_t zero = kFine * kReachDown, from = zero + 2 * kFine, earliest = zero + 4 * kFine;
    std::size_t valley = from;
    while (valley + 1 < kSteps - kHalf && smooth[valley + 1] <= smooth[valley])
        ++valley;
    std::size_t peak = std::max(valley, earliest);
    for (std::size_t i = peak; i < kSteps - kHalf; ++i)
        if (smooth[i] > smooth[peak])
            peak = i;
    const double low = smooth[valley], high = smooth[peak];
    // Five steps are averaged: the difference of two has this spread.
    if (high * (2 * kHalf + 1) < 100 || high - low < 5 * std::sqrt((high + low) / (2 * kHalf + 1)))
        return 0;
    double weight = 0, sum = 0;
    for (std::size_t i = peak - std::min(peak, kFine); i <= std::min(peak + kFine, kSteps - 1); ++i) {
        weight += static_cast<double>(counts[i]);
        sum += static_cast<double>(counts[i]) * (static_cast<double>(i) + 0.5);
    }
    return (sum / weight - static_cast<double>(zero)) / kFine;
}

} // namespace

const SettingsDescription<CalibrateSettings>& CalibrateSettings::description() {
    using S = CalibrateSettings;
    static const auto d =
        SettingsDescription<S>("calibrate", "Calibration")
            .add(&S::method, {.key = "method",
                              .label = "Dark",
                              .help = "mean: of all frames; clipped: of the values near it, so that rare hits do not "
                                      "count; reads the run twice.",
                              .group = "Dark",
                              .type = SettingType::choice,
                              .choices = {"mean", "clipped"}})
            .add(&S::clipSigma, {.key = "clip-sigma",
                                 .label = "Clipped beyond",
                                 .unit = "σ",
                                 .help = "Values further than this from the first mean do not count.",
                                 .group = "Dark",
                                 .minimum = 1,
                                 .advanced = true})
            .add(&S::asic, {.key = "asic",
                            .label = "ASIC",
                            .unit = "pixel",
                            .help = "Size slow,fast of the parts of a panel that are compared and get one gain; "
                                    "empty: the panel.",
                            .group = "Bad pixels"})
            .add(&S::hotSigma, {.key = "hot-sigma",
                                .label = "Hot beyond",
                                .unit = "σ",
                                .help = "A pixel is hot if its dark is this many robust standard deviations above its "
                                        "ASIC's median.",
                                .group = "Bad pixels",
                                .minimum = 1})
            .add(&S::noisySigma, {.key = "noisy-sigma",
                                  .label = "Noisy beyond",
                                  .unit = "σ",
                                  .help = "A pixel is noisy if its noise is this many robust standard deviations above "
                                          "its ASIC's median.",
                                  .group = "Bad pixels",
                                  .minimum = 1})
            .add(&S::deadFraction, {.key = "dead-fraction",
                                    .label = "Dead below",
                                    .help = "A pixel is dead if its noise is less than this fraction of its ASIC's "
                                            "median.",
                                    .group = "Bad pixels",
                                    .minimum = 0,
                                    .maximum = 1});
    return d;
}

std::vector<Problem> CalibrateSettings::validate() const {
    auto problems = description().check(*this);
    try {
        (void)asicShape();
    } catch (const Error& error) {
        problems.push_back({"asic", error.message()});
    }
    return problems;
}

std::optional<std::array<std::size_t, 2>> CalibrateSettings::asicShape() const {
    PreprocessSettings same;
    same.asic = asic;
    return same.asicShape();
}

struct Calibrator::Statistics {
    std::vector<float> mean, sigma, plane;
    std::uint64_t frames = 0;
};

Calibrator::Calibrator(const CalibrateSettings& settings) : m_settings(settings) {
    throwIfFatal(settings.validate());
}

void Calibrator::takeShape(const RunInfo& info) {
    if (info.polarGrid)
        throw Error(ErrorCode::badInput, "the run holds polar images, expected detector frames");
    const std::array<std::size_t, 3> shape{info.panels, info.slow, info.fast};
    if (m_pixels != 0 && shape != m_shape)
        throw Error(ErrorCode::badInput,
                    fmt::format("the run holds frames of {} x {} x {} (panel x slow x fast), expected {} x {} x {} as "
                                "the first",
                                shape[0], shape[1], shape[2], m_shape[0], m_shape[1], m_shape[2]));
    if (m_pixels == 0) {
        m_shape = shape;
        m_pixels = shape[0] * shape[1] * shape[2];
        m_blocks = pixelBlocks(m_shape, m_settings.asicShape());
        m_valid.assign(m_pixels, 1);
    }
    for (std::size_t i = 0; i < info.frameMask.size(); ++i)
        m_valid[i] &= static_cast<std::uint8_t>(info.frameMask.data()[i] != 0);
}

Calibrator::Statistics Calibrator::accumulate(RunSource& run, const Statistics* clip, const TaskContext& task) const {
    const std::uint64_t frames = run.info().frameCount.value_or(0);
    if (frames < 2)
        throw Error(ErrorCode::badInput, fmt::format("the run has {} frames, expected at least two", frames));
    const std::size_t batchFrames = std::clamp<std::size_t>((std::size_t{8} << 20) / m_pixels, 1, 64);
    std::vector<float> shift(m_pixels, 0.0F);
    std::vector<double> sum(m_pixels, 0.0), square(m_pixels, 0.0), plane;
    std::vector<std::uint32_t> count(m_pixels, 0);
    ProgressMeter meter(task, clip ? "Dark, without outliers" : "Dark", frames);
    Statistics out;
    for (std::uint64_t first = 0; first < frames; first += batchFrames) {
        const FrameBatch batch = run.readFrames(first, batchFrames, task);
        const std::size_t n = batch.frameCount();
        if (!batch.gainPlane.empty() && plane.empty())
            plane.assign(m_pixels, 0.0);
        parallelFor(m_pixels, 1 << 14, task, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t f = 0; f < n; ++f)
                for (std::size_t i = range.begin(); i != range.end(); ++i) {
                    const float v = valueAt(batch, f * m_pixels + i);
                    if ((!batch.mask.empty() && !batch.mask.data()[f * m_pixels + i]) || !std::isfinite(v))
                        continue;
                    if (clip && std::abs(v - clip->mean[i]) > m_settings.clipSigma * clip->sigma[i])
                        continue;
                    if (count[i]++ == 0)
                        shift[i] = v; // sums of what is left lose no digits to a large offset
                    const double d = static_cast<double>(v) - shift[i];
                    sum[i] += d;
                    square[i] += d * d;
                    if (!plane.empty())
                        plane[i] += batch.gainPlane.data()[f * m_pixels + i];
                }
        });
        out.frames += n;
        meter.advance(n);
    }
    out.mean.resize(m_pixels);
    out.sigma.resize(m_pixels);
    out.plane.resize(plane.size());
    for (std::size_t i = 0; i < m_pixels; ++i) {
        const double n = std::max<std::uint32_t>(1, count[i]), mean = sum[i] / n;
        out.mean[i] = static_cast<float>(shift[i] + mean);
        out.sigma[i] =
            count[i] > 1 ? static_cast<float>(std::sqrt(std::max(0.0, square[i] / n - mean * mean) * n / (n - 1))) : 0;
        if (!plane.empty())
            out.plane[i] = static_cast<float>(plane[i] / n);
    }
    return out;
}

void Calibrator::addDark(RunSource& run, const TaskContext& task) {
    takeShape(run.info());
    Statistics found = accumulate(run, nullptr, task);
    if (m_settings.method == "clipped") {
        const Statistics first = std::move(found);
        found = accumulate(run, &first, task);
    }
    m_frames += found.frames;
    m_dark.push_back(std::move(found.mean));
    m_noise.push_back(std::move(found.sigma));
    m_plane.push_back(std::move(found.plane));
    if (m_dark.size() > 1)
        return;
    for (const AsicBlock& block : m_blocks) {
        std::vector<float> noise;
        forBlock(block, m_shape, [&](std::size_t i) {
            if (m_valid[i] && m_noise.front()[i] > 0)
                noise.push_back(m_noise.front()[i]);
        });
        m_blockNoise.push_back(medianOf(noise));
    }
}

void Calibrator::addPhotons(RunSource& run, const TaskContext& task) {
    if (m_dark.empty())
        throw Error(ErrorCode::badSettings, "the gain needs a dark: give a run without light");
    takeShape(run.info());
    if (m_histograms.empty())
        m_histograms.assign(m_blocks.size(), std::vector<std::uint64_t>(kSteps, 0));
    const std::uint64_t frames = run.info().frameCount.value_or(0);
    const std::size_t batchFrames = std::clamp<std::size_t>((std::size_t{8} << 20) / m_pixels, 1, 64);
    ProgressMeter meter(task, "Photons", frames);
    for (std::uint64_t first = 0; first < frames; first += batchFrames) {
        const FrameBatch batch = run.readFrames(first, batchFrames, task);
        parallelFor(m_blocks.size(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t b = range.begin(); b != range.end(); ++b)
                for (std::size_t f = 0; f < batch.frameCount() && m_blockNoise[b] > 0; ++f)
                    forBlock(m_blocks[b], m_shape, [&](std::size_t i) {
                        const double d =
                            (static_cast<double>(valueAt(batch, f * m_pixels + i)) - m_dark[0][i]) / m_blockNoise[b];
                        const double at = (d + kReachDown) * kFine;
                        if (m_valid[i] && at >= 0 && at < kSteps)
                            ++m_histograms[b][static_cast<std::size_t>(at)];
                    });
        });
        meter.advance(batch.frameCount());
    }
}

void Calibrator::findBadPixels(Calibration& calibration) {
    calibration.mask = Array<std::uint8_t, 3>::uninitialised(m_shape);
    std::ranges::copy(m_valid, calibration.mask.data());
    m_bad.alreadyMasked = static_cast<std::size_t>(std::ranges::count(m_valid, 0));
    for (std::size_t stage = 0; stage < m_dark.size(); ++stage)
        for (const AsicBlock& block : m_blocks) {
            std::vector<float> dark, noise;
            forBlock(block, m_shape, [&](std::size_t i) {
                if (m_valid[i]) {
                    dark.push_back(m_dark[stage][i]);
                    noise.push_back(m_noise[stage][i]);
                }
            });
            const double darkMiddle = medianOf(dark), darkSigma = robustSigma(dark, darkMiddle);
            const double noiseMiddle = medianOf(noise), noiseSigma = robustSigma(noise, noiseMiddle);
            // Identical pixels have no spread to compare with; their own noise is the least that counts.
            const double darkSpread = std::max(darkSigma, noiseMiddle);
            const double noiseSpread = std::max(noiseSigma, 0.02 * noiseMiddle);
            forBlock(block, m_shape, [&](std::size_t i) {
                if (!calibration.mask.data()[i])
                    return;
                const double d = m_dark[stage][i], n = m_noise[stage][i];
                std::size_t* const bad = n < m_settings.deadFraction * noiseMiddle               ? &m_bad.dead
                                         : n > noiseMiddle + m_settings.noisySigma * noiseSpread ? &m_bad.noisy
                                         : d > darkMiddle + m_settings.hotSigma * darkSpread     ? &m_bad.hot
                                                                                                 : nullptr;
                if (bad) {
                    ++*bad;
                    calibration.mask.data()[i] = 0;
                }
            });
        }
}

void Calibrator::findGain(Calibration& calibration) {
    std::vector<double> peaks(m_blocks.size(), 0.0), found;
    for (std::size_t b = 0; b < m_blocks.size(); ++b) {
        peaks[b] = photonPeak(m_histograms[b]) * m_blockNoise[b];
        if (peaks[b] > 0)
            found.push_back(peaks[b]);
    }
    m_blocksWithPeak = found.size();
    if (found.empty())
        return;
    const double usual = medianOf(found);
    calibration.gain = Array<float, 4>::uninitialised({1, m_shape[0], m_shape[1], m_shape[2]});
    for (std::size_t b = 0; b < m_blocks.size(); ++b)
        forBlock(m_blocks[b], m_shape, [&](std::size_t i) {
            calibration.gain.data()[i] = static_cast<float>(peaks[b] > 0 ? peaks[b] : usual);
        });
}

Calibration Calibrator::finish() {
    if (m_dark.empty())
        throw Error(ErrorCode::badSettings, "no run without light was given");
    Calibration out;
    const std::size_t stages = m_dark.size();
    const auto stacked = [&](const std::vector<std::vector<float>>& parts, std::size_t count) {
        auto all = Array<float, 4>::uninitialised({count, m_shape[0], m_shape[1], m_shape[2]});
        for (std::size_t s = 0; s < count; ++s)
            std::ranges::copy(parts[s], all.data() + s * m_pixels);
        return all;
    };
    out.dark = stacked(m_dark, stages);
    out.noise = stacked(m_noise, stages);
    out.frames = m_frames;
    if (stages > 1) {
        std::vector<std::vector<float>> between(stages - 1);
        for (std::size_t s = 0; s + 1 < stages; ++s) {
            if (m_plane[s].empty() || m_plane[s + 1].empty())
                throw Error(ErrorCode::badInput,
                            fmt::format("{} runs without light are given, but their frames have no gain plane to tell "
                                        "the stages apart",
                                        stages));
            for (std::size_t i = 0; i < m_pixels; ++i)
                between[s].push_back((m_plane[s][i] + m_plane[s + 1][i]) / 2);
        }
        out.stageThreshold = stacked(between, stages - 1);
    }
    findBadPixels(out);
    if (!m_histograms.empty())
        findGain(out);
    return out;
}

} // namespace fxs
