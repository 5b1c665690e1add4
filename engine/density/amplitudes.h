#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/model/density.h"

#include <array>
#include <vector>

namespace fxs {

/// Scattering amplitudes on shells in spherical harmonics: A(q) = Σ (-i)^l a_lm(q) Y_lm, a_lm of real type
/// (science.md), so that even l make the real part of A, odd l the imaginary part, and Friedel's law holds by itself.
/// What maps are compared by. Shape: lm [q][l(l+1)/2 + m][2], (re, im), m >= 0. Units: q in 1/Å; lm in the density's
/// unit times Å³ (a_lm = 4π ∫ ρ_lm(r) j_l(qr) r² dr).
struct SphericalAmplitudes {
    int maxOrder = 0;
    std::vector<double> q;
    Array<double, 3> lm;

    SphericalAmplitudes clone() const { return {maxOrder, q, lm.clone()}; }
};

/// Shells q_i = (i + 1/2) Δq up to qMax, with Δq <= π/D: what a particle of diameter D needs.
/// Throws: Error(badSettings) unless both are positive and finite.
std::vector<double> amplitudeShells(double qMaxInverseAngstrom, double diameterAngstrom);

/// The order to which amplitudes up to qMax carry power for a particle of that diameter: q_max D/2 + 4.
int amplitudeOrder(double qMaxInverseAngstrom, double diameterAngstrom);

/// a_lm(q) = 4π Δr Σ_j r_j² j_l(q r_j) ρ_lm(r_j): the midpoint Hankel transform of every order.
/// Throws: Error(badInput) on a density without shells or with radii that are not (j + 1/2) Δr.
/// Cost:   O(orders² * shells of q * shells of r) flops.
SphericalAmplitudes sphericalAmplitudes(const SphericalDensity& density, const std::vector<double>& q);

/// The way back, ρ_lm(r) = 1/(2π²) Δq Σ_i q_i² j_l(q_i r) a_lm(q_i): the density as far as the shells q tell it.
SphericalDensity sphericalDensity(const SphericalAmplitudes& amplitudes, const std::vector<double>& r);

/// Amplitudes of a map by the direct sum over voxels (each a point of weight ρ dV), grouped by rings of equal radius
/// and height: exact for the grid, no interpolation. Voxels much finer than π/q_max are joined 2 x 2 x 2 first (at most
/// 1 % at q_max). origin: Å from the centre of the grid, rounded to half a voxel; what is expanded about. Throws:
/// Error(badInput) on an empty map, a spacing that is not positive, or values that are not finite; Stopped. Cost:
/// O(voxels * maxOrder + rings * maxOrder²), 0.2 s for 64³ at order 20 on one core.
SphericalAmplitudes sphericalAmplitudes(const DensityMap& map, const std::vector<double>& q, int maxOrder,
                                        const TaskContext& task, const std::array<double, 3>& origin = {0, 0, 0});

/// Centre of the density above zero, Å from the centre of the grid (x, y, z). Zero for a map without positive values.
std::array<double, 3> centreOfMass(const DensityMap& map);

/// Greatest distance from origin of a voxel above fraction of the map's maximum, Å; 0 for a map without one.
double radiusAbove(const DensityMap& map, double fraction, const std::array<double, 3>& origin);

} // namespace fxs
