#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/detector/geometry.h"
#include "engine/preprocess/preprocess_settings.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fxs {

/// What is seen in one corrected frame, to decide whether it is used and how it is scaled.
struct FrameMeasures {
    double meanIntensity = 0; ///< over the valid pixels
    std::uint64_t litPixels = 0;
    std::vector<float> profile; ///< I(q) in 64 steps; empty if nobody asks for it
};

/// Pixels by where they look, and the sums over them that preprocessing needs. Sums are in double, in pixel order: the
/// same bits for any thread count.
/// Threads: const. Cost: about 1 ns a pixel and sum.
class FrameMeter {
public:
    static constexpr std::size_t kProfileSteps = 64, kSectors = 90;

    /// geometry: null where none is known; then nothing that needs q may be asked for.
    /// Throws: Error(badSettings) naming the setting that needs a geometry, or a range of q without a pixel.
    FrameMeter(const PreprocessSettings& settings, const DetectorGeometry* geometry, View<const std::uint8_t, 3> mask,
               const TaskContext& task);

    /// valid: [pixel], 1 = valid.
    FrameMeasures measure(const float* values, const std::uint8_t* valid) const;
    /// Mean over the valid pixels in the range of q that scaling uses (all pixels if no range is given).
    double meanInRange(const float* values, const std::uint8_t* valid) const;
    double meanOfAll(const float* values, const std::uint8_t* valid) const;
    /// The factor s of values = s * background that is best in the least-squares sense over that range.
    double fittedScale(const float* values, const float* background, const std::uint8_t* valid) const;

    /// Correlation coefficient of two profiles, each value weighted by its q (so that the steep start does not decide
    /// alone); 0 where one is flat.
    double profileCorrelation(const std::vector<float>& a, std::span<const double> b) const;

    /// Sectors of azimuth at low q that are streaks of a jet, and the next ones; sets their pixels of valid to 0.
    /// Returns how many sectors are streaks.
    std::size_t findJets(const float* values, std::uint8_t* valid) const;

private:
    void findProfileSteps(const PixelMap& map, View<const std::uint8_t, 3> mask);
    void findSectors(const PixelMap& map, View<const std::uint8_t, 3> mask, const PreprocessSettings& settings);

    std::size_t m_pixels = 0;
    std::optional<float> m_hitThreshold;
    float m_jetSigma;
    std::vector<std::uint8_t> m_step; ///< [pixel], 255: none; empty if no profile is asked for
    std::vector<double> m_stepQ;
    std::vector<std::uint8_t> m_sector;  ///< [pixel], 255: none
    std::vector<std::uint8_t> m_inRange; ///< [pixel]; empty: all
};

} // namespace fxs
