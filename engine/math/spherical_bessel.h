#pragma once

#include <span>
#include <vector>

namespace fxs {

/// Spherical Bessel functions of the first kind j_0(x) ... j_lMax(x), for x >= 0. Orders up to x by upward recursion
/// (stable there); above x by downward recursion of the ratios j_l / j_{l-1}, which have no pole there, so that nothing
/// overflows and what is too small becomes 0.
/// Shape:  out[l], lMax + 1 values.
/// Errors: none; absolute error of a few 1e-16 of the envelope 1/x for l < x, relative error of about 1e-14 for l > x.
/// Cost:   O(lMax + x^{1/3}).
void sphericalBessel(int lMax, double x, std::span<double> out);

/// j_l'(x) for x >= 0.
double sphericalBesselDerivative(int l, double x);

/// The first count positive zeros of j_l, increasing, each to about 1e-15 of its value.
/// Zeros of j_l lie above sqrt(l(l+1)) and at least π apart, so that a walk in steps below π misses none.
/// Cost: O(count * l).
std::vector<double> sphericalBesselZeros(int l, int count);

} // namespace fxs
