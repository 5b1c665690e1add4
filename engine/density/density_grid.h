#pragma once

#include "engine/core/task.h"
#include "engine/model/density.h"

#include <cstddef>
#include <vector>

namespace fxs {

/// A cubic grid for a particle.
struct GridSize {
    std::size_t size = 0;
    double spacingAngstrom = 0;
};

/// Box of 1.35 diameters with about six voxels a resolution element 2π/q_max (smooth surfaces; the data need two), an odd
/// number, at least 33 and at most 255 an edge. spacing > 0 is taken instead, unless that makes more than 255 voxels.
/// Throws: Error(badSettings) unless diameter and qMax are positive.
GridSize gridFor(double diameterAngstrom, double qMaxInverseAngstrom, double spacingAngstrom = 0);

/// The density on a cubic grid: ρ = Σ ρ_lm(r) Y_lm at every voxel, radial values by 8-point Lagrange interpolation
/// (radii and their mirror image, ρ_lm(-r) = (-1)^l ρ_lm(r); zero beyond the last shell). Throws: Error(badInput) on
/// radii that are not (j + 1/2) Δr; Stopped. Cost:   O(voxels * maxOrder + rings * maxOrder²), 30 ms for 48³ at order
/// 20 on one core.
DensityMap mapOf(const SphericalDensity& density, const GridSize& grid, const TaskContext& task);

/// The map as spherical harmonics on shells r, as far as amplitudes up to the radii's own band limit π/Δr tell it.
/// Throws: as sphericalAmplitudes of a map.
SphericalDensity sphericalDensity(const DensityMap& map, const std::vector<double>& r, int maxOrder,
                                  const TaskContext& task);

} // namespace fxs
