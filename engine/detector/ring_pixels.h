#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/detector/geometry.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace fxs {

/// The valid pixels of a mean frame as a refinement wants them: where each is (m) and its intensity, corrected for solid
/// angle and polarisation.
struct RingPixels {
    std::vector<double> x, y, z;
    std::vector<double> intensity;
    double pixelSize = 0; ///< m: the root of the mean area of the panels' pixels
    double distance = 0;  ///< m: DetectorGeometry::meanDistance()

    std::size_t size() const { return intensity.size(); }
    /// Every step-th pixel.
    RingPixels thinned(std::size_t step) const;
};

/// Pixels whose q lies between qMin and qMax, in frame order.
/// Throws: Error(badInput) if the frame or mask has another shape than the geometry; Stopped.
RingPixels ringPixels(const DetectorGeometry& geometry, View<const float, 3> meanFrame,
                      View<const std::uint8_t, 3> mask, double qMin, double qMax, const Polarisation& polarisation,
                      const TaskContext& task);

/// A radial profile with free values in bins of equal width of ρ = distance * tan 2θ (m), with what lies behind each.
struct RadialProfile {
    double width = 0;                ///< m
    std::vector<double> rho;         ///< mean ρ of the bin's pixels
    std::vector<double> mean, slope; ///< intensity, and its derivative by ρ
    std::vector<double> deviation;   ///< standard deviation of a pixel around mean + slope (ρ - rho)
    std::vector<double> count;

    std::size_t binOf(double r) const { return static_cast<std::size_t>(r / width); }
    double at(std::size_t bin, double r) const { return mean[bin] + slope[bin] * (r - rho[bin]); }
};

/// How the beam being at `shift` (m, x and y) fits the pixels.
struct RoundnessFit {
    RadialProfile profile;
    double merit = 0;              ///< root of Σ d²/f / Σ f, d the residual, f the profile
    std::array<double, 2> step{};  ///< m: the Gauss-Newton step of the shift
    std::array<double, 2> error{}; ///< m: its standard error
    std::size_t pixels = 0;        ///< without outliers
};
RoundnessFit fitRoundness(const RingPixels& pixels, const std::array<double, 2>& shift, double binWidth);

/// The shift of the beam (m) that makes rings round, with its error. search: m.
struct CentreFit {
    std::array<double, 2> shift{}, error{};
    bool converged = false, atEdge = false;
};
CentreFit findCentre(const RingPixels& pixels, double search, const TaskContext& task);

/// A known ring sought in a profile.
struct RingMatch {
    double expected = 0, found = 0, error = 0; ///< tan 2θ; found with the given distance
};
/// The known rings (tan 2θ, increasing) that the profile shows, after the common scale (0.8 to 1.25) that fits all best.
std::vector<RingMatch> findRings(const RadialProfile& profile, double distance, const std::vector<double>& expected);

} // namespace fxs
