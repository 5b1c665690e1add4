#pragma once

#include "engine/core/settings.h"
#include "engine/core/task.h"
#include "engine/model/calibration.h"
#include "engine/model/run_source.h"
#include "engine/preprocess/common_mode.h"

#include <string>
#include <vector>

namespace fxs {

/// How constants are found (section "calibrate").
struct CalibrateSettings {
    std::string method = "clipped"; ///< mean, clipped
    double clipSigma = 5;           ///< of clipped
    std::string asic;               ///< "slow,fast"; empty: the panel
    double hotSigma = 10, noisySigma = 10;
    double deadFraction = 0.1;

    static const SettingsDescription<CalibrateSettings>& description();
    std::vector<Problem> validate() const;
    std::optional<std::array<std::size_t, 2>> asicShape() const;
};

/// How many pixels were found bad, by what; a pixel counts once, under the first.
struct BadPixelCounts {
    std::size_t alreadyMasked = 0, dead = 0, noisy = 0, hot = 0;
};

/// Dark, noise, gain and bad pixels from runs. Runs are streamed: memory is 40 bytes a pixel and one batch of frames.
///   dark, noise: mean and standard deviation of each pixel over a run without light; clipped: of the values within
///     clip-sigma of those of a first pass, so that rare hits and cosmic rays do not count (twice the reading);
///   dead:  noise below dead-fraction of its block's median; noisy: further above it than noisy-sigma robust standard
///     deviations of the block's noise; hot: dark further above its block's median than hot-sigma of theirs; in any stage;
///   gain:  from a run with few photons a pixel: the place of the one-photon peak in the histogram of raw - dark over each
///     block's pixels, more than 4 standard deviations of the noise above 0; blocks without a clear peak take the median of the
///     others.
/// Gain stages: one dark run a stage, in order; thresholds lie midway between the means of the stages' gain planes.
/// Threads: one call at a time; parallel over pixels inside; the same bits for any thread count.
/// Throws:  Error(badInput) for runs of another shape, polar runs, fewer than two frames; Stopped.
class Calibrator {
public:
    explicit Calibrator(const CalibrateSettings& settings);

    /// A run without light: of stage 0, 1, ... in turn.
    void addDark(RunSource& run, const TaskContext& task);
    /// Runs with few photons, after the darks.
    void addPhotons(RunSource& run, const TaskContext& task);
    /// All that was found.
    Calibration finish();

    const BadPixelCounts& badPixels() const { return m_bad; }
    std::size_t blocks() const { return m_blocks.size(); }
    std::size_t blocksWithPeak() const { return m_blocksWithPeak; }

private:
    struct Statistics;
    void takeShape(const RunInfo& info);
    Statistics accumulate(RunSource& run, const Statistics* clip, const TaskContext& task) const;
    void findBadPixels(Calibration& calibration);
    void findGain(Calibration& calibration);

    CalibrateSettings m_settings;
    std::array<std::size_t, 3> m_shape{};
    std::size_t m_pixels = 0;
    std::vector<AsicBlock> m_blocks;
    std::vector<std::uint8_t> m_valid;                        ///< [pixel]: not masked by the runs themselves
    std::vector<std::vector<float>> m_dark, m_noise, m_plane; ///< [stage][pixel]
    std::vector<double> m_blockNoise;                         ///< [block]
    std::vector<std::vector<std::uint64_t>> m_histograms;     ///< [block][step]
    std::uint64_t m_frames = 0;
    std::size_t m_blocksWithPeak = 0;
    BadPixelCounts m_bad;
};

} // namespace fxs
