#pragma once

#include "engine/core/task.h"
#include "engine/density/alignment.h"
#include "engine/model/density.h"

#include <array>
#include <string>
#include <string_view>

namespace fxs {

/// Part of the density's power (Σ r² |ρ_lm|² over l >= 1) that has the point group C_n about z, or D_n with a two-fold
/// axis on x: only m mod n = 0; D_n besides: l + m even real, l + m odd imaginary. In [0, 1]; 1 for a symmetric
/// density; 0 without power.
double symmetricPower(const SphericalDensity& density, int fold, bool dihedral);

/// The density projected on the point group (about the axes that symmetricPower uses).
SphericalDensity symmetrised(const SphericalDensity& density, int fold, bool dihedral);

/// Principal moments of inertia about the centre of mass (density units Å⁵, rising) and their axes, axes[i] a unit
/// vector.
struct InertiaTensor {
    std::array<double, 3> moments{};
    std::array<std::array<double, 3>, 3> axes{};
    /// The axis whose moment is farthest from the middle one: a rotor's axis of symmetry.
    std::size_t distinctAxis() const;
};
/// Throws: Error(badInput) on orders below 2.
InertiaTensor inertia(const SphericalDensity& density);

/// A density laid so that its symmetry lies along the axes.
struct OrientedDensity {
    SphericalDensity density;
    Alignment alignment; ///< what was done: translation to the centre of mass, then the rotation; score is the
                         ///< symmetric power
};

/// Moves the centre of mass to the origin and turns the n-fold axis to z (and, dihedral, a two-fold axis to x): starts
/// from the principal axes and from directions over the half sphere, takes the greatest symmetric power, for D_n over
/// 90 azimuths in 2π/n, and refines all three angles. Does not symmetrise. Throws: Error(badInput) on orders below 2 or
/// a fold below 1; Stopped. Cost: about 20 ms at order 20.
OrientedDensity orientForSymmetry(const SphericalDensity& density, int fold, bool dihedral, const TaskContext& task);

} // namespace fxs
