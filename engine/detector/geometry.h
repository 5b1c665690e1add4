#pragma once

#include "engine/core/array.h"
#include "engine/core/settings.h"
#include "engine/core/task.h"

#include <array>
#include <cstddef>
#include <vector>

namespace fxs {

/// A place or direction in the laboratory, in metres: the sample at the origin, z along the beam, x, y, z right-handed.
/// Looking against the beam, from the detector to the source, x goes right and y up, so that azimuths are counted
/// counter-clockwise.
using Vector3 = std::array<double, 3>;

/// One flat panel. Pixel (ss, fs) covers corner + [ss, ss + 1] * slowStep + [fs, fs + 1] * fastStep.
struct Panel {
    Vector3 corner{};   ///< m: outer corner of the first pixel
    Vector3 fastStep{}; ///< m: from one pixel to the next along the fast axis
    Vector3 slowStep{}; ///< m: the same along the slow axis
};

/// Where a point of the detector looks: q = 4 pi sin(theta)/lambda in 1/Å (2 theta the scattering angle), phi in
/// radians in [0, 2 pi), and the solid angle of a pixel there relative to one at the foot of the beam's perpendicular
/// (cos^3 2 theta on a detector that faces the sample).
struct PixelView {
    double q = 0, phi = 0, solidAngle = 0;
};

/// A detector in the laboratory: panels of equal shape, frames [panel][ss][fs]. One panel is a case of several.
/// Units:   metres and Å as named. Pixel coordinates count from the outer corner of the first pixel: its centre is
///          (0.5, 0.5).
/// Threads: reading is free.
struct DetectorGeometry {
    std::size_t slow = 0, fast = 0;
    std::vector<Panel> panels;
    double wavelengthAngstrom = 0; ///< must be positive: pixels have no q on a flat Ewald sphere

    /// One panel that faces the sample at `distanceMetre`, fast axis along x, slow axis along y.
    /// centre: {fast, slow} in pixels, where the beam meets the panel's plane.
    static DetectorGeometry singlePanel(std::size_t slow, std::size_t fast, double distanceMetre, double pixelSizeMetre,
                                        std::array<double, 2> centre, double wavelengthAngstrom);

    /// Everything that is wrong: no panel, no pixel, lengths that are not positive and finite, no wavelength.
    std::vector<Problem> check() const;
    /// What a point sees; slow and fast in pixels from the outer corner of the panel's first pixel.
    PixelView view(std::size_t panel, double slowPixel, double fastPixel) const;
    std::size_t pixelCount() const { return panels.size() * slow * fast; }
};

/// What each pixel's centre sees, [panel][ss][fs].
struct PixelMap {
    Array<float, 3> q, phi, solidAngle;
};
/// Throws: Error(badSettings) with every problem of the geometry; Stopped. Cost: about 50 ns a pixel.
PixelMap pixelMap(const DetectorGeometry& geometry, const TaskContext& task);

/// The q that valid pixels see.
struct QCoverage {
    double smallest = 0, largest = 0; ///< of any valid pixel's centre
    double innerFull = 0;             ///< from here on every azimuth that the detector covers at all sees something
    double outerFull = 0;             ///< up to here
};
/// mask:    [panel][ss][fs], 1 = valid; empty: all.
/// Throws:  Error(badInput) for a mask of another shape or without a valid pixel.
QCoverage qCoverage(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const TaskContext& task);

} // namespace fxs
