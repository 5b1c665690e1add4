#pragma once

#include "engine/core/array.h"
#include "engine/math/spherical_transform.h"
#include "engine/model/density.h"
#include "engine/mtip/point_group.h"
#include "engine/mtip/shell_grid.h"

namespace fxs {

/// Densities of one point group on one grid: the transforms of ρ and A (order L) and of I (its own order) on the same
/// angles. Inside a group only m mod n = 0 is kept and only 1/n of the circle sampled; D_n is besides a matter of
/// coefficients (restrict). Threads: immutable. Lifetime: the grid must outlive it.
struct PhasingSpace {
    const ShellGrid& grid;
    PointGroup group;
    SphericalTransform realSpace; ///< of ρ: coefficients as amplitude's, its own angles
    SphericalTransform amplitude;
    SphericalTransform intensity;

    /// angularSampling: see PhasingRecipe.
    PhasingSpace(const ShellGrid& shells, PointGroup pointGroup, double angularSampling = 1);

    Array<double, 3> makeDensity() const;      ///< ρ coefficients [r][lm][2], zero
    Array<double, 3> makeDensityField() const; ///< [phi][r][theta]
    Array<double, 3> makeAmplitudes() const;   ///< [q][lm][2]
    /// Removes what D_n forbids; nothing for C_n.
    void restrict(View<double, 3> lm) const;
    /// Between this space's coefficients and those of all m; what the group forbids is dropped.
    SphericalDensity expand(View<const double, 3> lm) const;
    Array<double, 3> compress(const SphericalDensity& density) const;
};

} // namespace fxs
