#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace fxs {

/// Place of (l, m), 0 <= m <= l, in arrays of coefficients that hold m >= 0 only.
constexpr std::size_t lmIndex(int l, int m) {
    return static_cast<std::size_t>(l) * (static_cast<std::size_t>(l) + 1) / 2 + static_cast<std::size_t>(m);
}
/// How many (l, m), 0 <= m <= l <= lMax, there are.
constexpr std::size_t lmCount(int lMax) {
    return lmIndex(lMax, lMax) + 1;
}

/// Orthonormal associated Legendre functions with the Condon-Shortley phase: Y_lm(θ,φ) = P̄_lm(cosθ) e^{imφ} for m >=
/// 0, and 2π ∫ P̄_lm P̄_l'm dx = δ_ll'. Upward recursion in l for every m, started from P̄_mm in closed form.
/// Shape:  out[lmIndex(l, m)], lmCount(lMax) values. x = cosθ in [-1, 1].
/// Errors: none; relative error of about 1e-13 of the largest value at l = 300. Values below about 1e-190 may come out
///         as 0.
/// Cost:   one square root and division a value.
void normalisedLegendre(int lMax, double x, std::span<double> out);

/// Legendre polynomials P_0(x) ... P_lMax(x), P_l(1) = 1. Shape: out[l], lMax + 1 values.
void legendrePolynomials(int lMax, double x, std::span<double> out);

/// Nodes and weights of a quadrature on [-1, 1].
struct Quadrature {
    std::vector<double> nodes; ///< increasing
    std::vector<double> weights;
};

/// Gauss-Legendre quadrature: exact for polynomials up to degree 2n - 1; nodes symmetric about 0 to the last bit.
/// Throws: Error(badSettings) for n < 1.
/// Cost:   O(n²), in extended precision: errors of nodes and weights stay below 1e-15.
Quadrature gaussLegendre(int n);

} // namespace fxs
