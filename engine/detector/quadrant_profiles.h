#pragma once

#include "engine/detector/refine_geometry.h"

namespace fxs {

/// The largest q, 1/Å, that an outer corner of a panel sees.
double largestQ(const DetectorGeometry& geometry);

/// How I(q) in four quadrants is looked at while a person moves the centre.
struct QuadrantOptions {
    std::size_t mostPixels = 400'000; ///< of larger detectors every n-th pixel along both axes counts
    std::size_t bins = 200;
    double polarisation = 1; ///< degree; the plane is horizontal. A polarised beam makes quadrants differ by itself
};

/// I(q) in four quadrants of a frame under a geometry, corrected for solid angle and polarisation: they coincide where the centre is
/// right. For looking at; refineGeometry() is for measuring.
/// frame:   [slab][ss][fs]; mask the same, 1 = valid, empty: all. Values that are not finite are passed over.
/// Throws:  Error(badInput) for another shape; Error(badSettings) without a wavelength; Stopped.
/// Cost:    60 ns a pixel that counts.
QuadrantProfiles quadrantProfiles(const DetectorGeometry& geometry, View<const float, 3> frame,
                                  View<const std::uint8_t, 3> mask, const QuadrantOptions& options,
                                  const TaskContext& task);

/// The scatter between quadrants: root mean square of (I_k - mean) / mean over the bins that all of them see, weighted by the
/// mean. 0: they coincide. nullopt: no bin is seen by all.
std::optional<double> quadrantSpread(const QuadrantProfiles& profiles);

} // namespace fxs
