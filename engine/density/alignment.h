#pragma once

#include "engine/core/task.h"
#include "engine/density/amplitudes.h"
#include "engine/math/rotation.h"
#include "engine/model/density.h"

#include <array>

namespace fxs {

/// How one density is laid over another: first inverted through the origin if mirrored, then rotated, then moved.
/// x ↦ R (±x) + t.
struct Alignment {
    Rotation rotation;
    std::array<double, 3> translationAngstrom{};
    bool mirrored = false;
    double score = 0; ///< mean FSC over the shells used
};

struct AlignmentOptions {
    int candidates = 10;     ///< maxima of the rotation search that are followed up, each with both hands
    bool allowMirror = true; ///< the two hands explain intensities equally well; false: the hand is known
    int searchOrder = 24;    ///< highest order of the intensities in the rotation search
};

/// Finds the rotation, translation and hand that lay moving over reference.
/// Method:  every rotation of a grid is scored by the correlation of intensities, Σ_l w I_lm · (R I')_lm, which neither
/// translation
///          nor hand changes: per β the sums over α and γ are two-dimensional Fourier sums. The best few are refined in
///          amplitudes (rotation and translation, both hands) by Gauss-Newton, at low q first.
/// Units:   Å; score is the mean FSC. Shells must be the same q_i = (i + 1/2) Δq in both; orders may differ.
/// Threads: parallel over rotations and candidates; the same bits for any thread count.
/// Throws:  Error(badInput) on differing shells or amplitudes without power; Stopped.
/// Cost:    about 0.2 s for order 20, 30 shells on one core; grows as order³ (search) and order³ * shells (refinement).
Alignment align(const SphericalAmplitudes& reference, const SphericalAmplitudes& moving, const TaskContext& task,
                const AlignmentOptions& options = {});

/// Only the refinement, from a starting alignment that is about right (within some degrees and a quarter of the
/// resolution).
Alignment refineAlignment(const SphericalAmplitudes& reference, const SphericalAmplitudes& moving,
                          const Alignment& start, const TaskContext& task);

/// moving as the alignment lays it. Exact in rotation and hand; the translation is a phase factor, and what it moves
/// beyond the order is lost (nothing, for a particle that stays in its box).
SphericalAmplitudes transformed(const SphericalAmplitudes& amplitudes, const Alignment& alignment);
SphericalDensity transformed(const SphericalDensity& density, const Alignment& alignment);

/// Centre of mass of a density (Å), signed values taken as they are; zero if the total is not positive.
std::array<double, 3> centreOfMass(const SphericalDensity& density);

} // namespace fxs
