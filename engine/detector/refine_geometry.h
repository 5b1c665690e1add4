#pragma once

#include "engine/core/array.h"
#include "engine/core/settings.h"
#include "engine/core/task.h"
#include "engine/detector/geometry.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// What a refinement may change and what it may assume.
struct RefineSettings {
    bool centre = true;    ///< move the detector in x and y until rings are round
    double search = 20;    ///< pixels: how far the beam's centre may be from where it is thought to be
    std::string calibrant; ///< of calibrantRings(); empty: none
    std::string rings;     ///< known q of rings, 1/Å, "0.1076, 0.2152"; empty: none, then the distance is not refined
    std::optional<double> qMin, qMax; ///< 1/Å: only pixels between them
    double polarisation = 1;          ///< degree, for the comparison only; the plane is horizontal

    static const SettingsDescription<RefineSettings>& description();
    std::vector<Problem> validate() const;
};

/// q of a calibrant's rings (1/Å, increasing) up to qMax: "agbh" (silver behenate, d = 58.380 Å; Huang et al., J. Appl.
/// Cryst. 26 (1993) 180) , "lab6" (a = 4.15689 Å), "ceo2" (5.4111 Å), "si" (5.43102 Å).
/// Throws: Error(badSettings) naming those that are known.
std::vector<double> calibrantRings(const std::string& name, double qMax);

/// A known ring in the data.
struct FoundRing {
    double expectedQ = 0;   ///< 1/Å
    double foundBefore = 0; ///< 1/Å, with the given distance
    double foundAfter = 0;  ///< 1/Å, with the proposed one
    double error = 0;       ///< standard error of foundBefore
};

/// I(q) in the four quadrants of azimuth, each 90° wide, the first centred on phi = 0 (right, up, left, down as seen
/// against the beam). Where a quadrant sees nothing its count is 0.
struct QuadrantProfiles {
    std::vector<double> q; ///< 1/Å
    std::array<std::vector<double>, 4> intensity;
    std::array<std::vector<double>, 4> count; ///< pixels behind each value
};

/// What the data say of the geometry. Nothing is applied: `proposed` is for a person to take.
struct GeometryRefinement {
    DetectorGeometry given, proposed;
    /// By how much the beam moves on the detector, m along x and y, and one standard error. (The detector moves the other
    /// way.)
    std::array<double, 2> centreShift{}, centreError{};
    /// The same in pixels of the first panel, {fast, slow}.
    std::array<double, 2> centreShiftPixel{}, centreErrorPixel{};
    bool centreRefined = false;
    double distanceGiven = 0, distance = 0, distanceError = 0; ///< m, DetectorGeometry::meanDistance()
    bool distanceRefined = false;
    /// Figure of merit: the scatter of pixels around their ring's profile, as a fraction of the profile (root mean square,
    /// weighted by the profile). Smaller is rounder.
    double meritGiven = 0, merit = 0;
    QuadrantProfiles profilesGiven, profiles;
    std::vector<FoundRing> rings;
    std::size_t pixelsUsed = 0;
    std::vector<Problem> problems; ///< doubts, none of them fatal
};

/// Beam centre and distance from the mean frame of a run.
/// Centre:   Gauss-Newton on I_i = f(ρ_i), ρ_i the distance of pixel i from the beam, f a free radial profile of one
///           value a pixel width, after a coarse search. f is projected out (variable projection), so that gaps, beam stops and
///           incomplete rings do not bias the centre. Outliers beyond four standard deviations of their ring are left out.
///           The error is the fit's, from the scatter that is left.
/// Distance: known rings are sought in the radial profile; the distance that brings them to their q (all together, by least
///           squares) is proposed, its error is their scatter.
/// meanFrame: [slab][ss][fs], mean of many frames; mask: the same shape, 1 = valid, empty: all.
/// Threads:   any; one thread.
/// Throws:    Error(badInput) for another shape or too few valid pixels; Error(badSettings); Stopped.
/// Cost:      1 megapixel: about 1 s.
GeometryRefinement refineGeometry(const DetectorGeometry& geometry, View<const float, 3> meanFrame,
                                  View<const std::uint8_t, 3> mask, const RefineSettings& settings,
                                  const TaskContext& task);

} // namespace fxs
