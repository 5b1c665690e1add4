#pragma once

#include "engine/core/array.h"
#include "engine/math/rotation.h"

namespace fxs {

/// Coefficients [shell][lm][2] of a real-type field, rotated: (R f)(x) = f(R⁻¹x). Inside density/ only.
/// Cost: O(maxOrder³ * shells).
Array<double, 3> rotated(const Array<double, 3>& lm, const WignerRotator& rotator, int maxOrder,
                         const Rotation& rotation);

/// f(-x): odd orders change sign.
void invert(Array<double, 3>& lm, int maxOrder);

/// Derivative of rotated() with respect to a small angle about x, y or z (axis 0, 1, 2).
Array<double, 3> rotationDerivative(const Array<double, 3>& lm, int maxOrder, int axis);

} // namespace fxs
