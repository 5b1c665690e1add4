#pragma once

#include "engine/detector/assembly.h"
#include "widgets/frames/frame_pictures.h"

#include <QString>
#include <vector>

namespace fxs::ui {

/// How resolution is written.
enum class RingUnit { none, angstrom, nanometre, inverse };

/// A value as it is: whole numbers in full where the run counts, so that a count is exact.
QString valueText(float value, const RunInfo& run);

/// What lies under a point of the detector's picture: place, raw pixel, value, q, d, φ.
QString detectorReadout(const Assembly& assembly, const ShownValues* values, PicturePoint point);
/// The same for a polar picture, drawn as a pattern (disk) or as rings.
QString polarReadout(const ShownValues* values, double qInverseAngstrom, double phiDegrees, float value);

/// A circle of constant resolution around the beam, in the picture's units.
struct ResolutionRing {
    double radius = 0;
    QString label;
};
/// Three rings at round resolutions, the finest that fits and two coarser ones. Of a detector: mm, as seen along the beam at its mean
/// distance. Empty where the picture is not physical, or unit is none.
std::vector<ResolutionRing> detectorRings(const Assembly& assembly, RingUnit unit);
/// Of a pattern in 1/Å that goes to qLargest.
std::vector<ResolutionRing> patternRings(double qLargest, RingUnit unit);

} // namespace fxs::ui
