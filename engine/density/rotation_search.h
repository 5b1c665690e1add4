#pragma once

#include "engine/core/task.h"
#include "engine/density/amplitudes.h"
#include "engine/math/rotation.h"

#include <vector>

namespace fxs {

/// A rotation and the correlation of intensities that it gives, in [-1, 1] over orders 2 ... maxOrder.
struct RotationPeak {
    Rotation rotation;
    double correlation = 0;
};

/// Local maxima over SO(3) of Σ_l Σ_q w(q) I_lm · (R I')_lm, the greatest first, no two closer than 2.5 grid steps.
/// R = Rz(α) Ry(β) Rz(γ): for each β of a grid the sum is a trigonometric polynomial in α and γ, evaluated by two
/// matrix products. w(q) gives every shell the same say. Grid step: π / (2 maxOrder). Throws: Error(badInput) on
/// differing shells; Stopped. Cost: O(maxOrder⁴) flops; 0.1 s at order 24 on one core.
std::vector<RotationPeak> searchRotations(const SphericalAmplitudes& reference, const SphericalAmplitudes& moving,
                                          int maxOrder, std::size_t count, const TaskContext& task);

} // namespace fxs
