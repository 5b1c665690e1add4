#pragma once

#include "engine/core/array.h"
#include "engine/core/settings.h"
#include "engine/core/task.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// A place or direction in the laboratory, in metres: the sample at the origin, z along the beam, x, y, z right-handed.
/// Looking against the beam, from the detector to the source, x goes right and y up, so that azimuths are counted
/// counter-clockwise.
using Vector3 = std::array<double, 3>;

/// Which pixels of a frame [slab][ss][fs] a panel has: a rectangle of one slab. (A file's frame is one slab or several:
/// modules of a stack. A slab may hold one panel, many, or gaps between them.)
struct PanelArea {
    std::size_t slab = 0, firstSlow = 0, firstFast = 0; ///< where the panel's first pixel is
    std::size_t slow = 0, fast = 0;                     ///< how many pixels it has

    bool operator==(const PanelArea&) const = default;
};

/// One flat panel. Its own pixel (ss, fs), counted from the first of its area, covers
/// corner + [ss, ss + 1] * slowStep + [fs, fs + 1] * fastStep.
struct Panel {
    Vector3 corner{};                   ///< m: outer corner of the first pixel
    Vector3 fastStep{};                 ///< m: from one pixel to the next along the fast axis
    Vector3 slowStep{};                 ///< m: the same along the slow axis
    std::optional<PanelArea> area = {}; ///< absent: the whole slab of the panel's own index
    std::string name = {};              ///< for people; may be empty
};

/// How the beam is polarised. degree: (I_a - I_b) / (I_a + I_b) of the components along the plane and across it: 1 linear
/// (an undulator's horizontal beam: plane 0), 0 unpolarised, -1 linear across. planeRadian: from x towards y.
struct Polarisation {
    double degree = 0, planeRadian = 0;
};

/// What polarisation leaves of the intensity scattered to a place (m, sample at the origin), 1 along the beam:
///     (1 + P)/2 (1 - (n·a)²) + (1 - P)/2 (1 - (n·b)²),
/// n the unit vector to the place, a along the plane, b across it; a dipole does not radiate along itself. The same as
/// (1 + cos²2θ - P cos 2(φ - χ) sin²2θ) / 2 of Kahn et al., J. Appl. Cryst. 15 (1982) 330. It depends on the direction
/// only, so tilted panels are exact.
double polarisationFactor(const Vector3& place, const Polarisation& polarisation);

/// Where a point of the detector looks: q = 4 pi sin(theta)/lambda in 1/Å (2 theta the scattering angle), phi in
/// radians in [0, 2 pi), and the solid angle of a pixel there relative to one at the foot of the beam's perpendicular
/// (cos^3 2 theta on a detector that faces the sample).
struct PixelView {
    double q = 0, phi = 0, solidAngle = 0;
};

/// A detector in the laboratory: flat panels, each a rectangle of frames [slab][ss][fs]. One panel is a case of several.
/// Panels that say no area have one slab each, in order. Pixels of no panel see nothing.
/// Units:   metres and Å as named. Pixel coordinates count from the outer corner of the first pixel: its centre is
///          (0.5, 0.5).
/// Threads: reading is free.
struct DetectorGeometry {
    std::size_t slow = 0, fast = 0; ///< of a slab
    std::vector<Panel> panels;
    double wavelengthAngstrom = 0; ///< must be positive: pixels have no q on a flat Ewald sphere
    std::size_t slabs = 0;         ///< of a frame; 0: one a panel

    /// One panel that faces the sample at `distanceMetre`, fast axis along x, slow axis along y.
    /// centre: {fast, slow} in pixels, where the beam meets the panel's plane.
    static DetectorGeometry singlePanel(std::size_t slow, std::size_t fast, double distanceMetre, double pixelSizeMetre,
                                        std::array<double, 2> centre, double wavelengthAngstrom);

    /// Everything that is wrong: no panel, no pixel, lengths that are not positive and finite, areas outside the frame or
    /// over one another, no wavelength.
    std::vector<Problem> check() const;
    std::size_t slabCount() const { return slabs != 0 ? slabs : panels.size(); }
    /// Of a frame: {slabs, slow, fast}.
    std::array<std::size_t, 3> frameShape() const { return {slabCount(), slow, fast}; }
    std::size_t pixelCount() const { return slabCount() * slow * fast; } ///< of a frame
    PanelArea area(std::size_t panel) const { return panels[panel].area.value_or(PanelArea{panel, 0, 0, slow, fast}); }
    /// Where in a frame a panel's own pixel is.
    std::size_t pixelIndex(const PanelArea& area, std::size_t ownSlow, std::size_t ownFast) const {
        return (area.slab * slow + area.firstSlow + ownSlow) * fast + area.firstFast + ownFast;
    }
    /// The panel that has a pixel of the frame; nullopt: none.
    std::optional<std::size_t> panelAt(std::size_t slab, std::size_t frameSlow, std::size_t frameFast) const;
    /// A point of a panel in the laboratory, m; slow and fast in pixels from the outer corner of the panel's first pixel.
    Vector3 place(std::size_t panel, double slowPixel, double fastPixel) const;
    /// What such a point sees.
    PixelView view(std::size_t panel, double slowPixel, double fastPixel) const;
    /// The whole detector moved: x and y move the beam's place on it, z the distance.
    DetectorGeometry moved(const Vector3& byMetre) const;
    /// Mean over the panels (by their pixels) of their centres' z, m.
    double meanDistance() const;
};

/// What each pixel's centre sees, [slab][ss][fs] as frames. Pixels of no panel have q = phi = 0 and factors of 1.
struct PixelMap {
    Array<float, 3> q, phi, solidAngle;
    Array<float, 3> polarisation;   ///< polarisationFactor(); empty if none was asked for
    Array<std::uint8_t, 3> covered; ///< 1: a panel has this pixel; empty: all of them
};
/// Throws: Error(badSettings) with every problem of the geometry; Stopped. Cost: about 50 ns a pixel.
PixelMap pixelMap(const DetectorGeometry& geometry, const TaskContext& task,
                  const std::optional<Polarisation>& polarisation = {});

/// 1 for the pixels of a frame that a panel has, [slab][ss][fs]; empty if all are.
Array<std::uint8_t, 3> coveredPixels(const DetectorGeometry& geometry);

/// The q that valid pixels see.
struct QCoverage {
    double smallest = 0, largest = 0; ///< of any valid pixel's centre
    double innerFull = 0;             ///< from here on every azimuth that the detector covers at all sees something
    double outerFull = 0;             ///< up to here
};
/// mask:    [slab][ss][fs], 1 = valid; empty: all that a panel has.
/// Throws:  Error(badInput) for a mask of another shape or without a valid pixel.
QCoverage qCoverage(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const TaskContext& task);

} // namespace fxs
