#pragma once

#include "engine/core/array.h"

#include <array>
#include <complex>
#include <cstdint>
#include <span>
#include <vector>

namespace fxs {

/// Rz(alpha) Ry(beta) Rz(gamma), radians; active: gamma acts first. beta in [0, π].
struct EulerZyz {
    double alpha = 0, beta = 0, gamma = 0;
};

/// A proper rotation of space, as a unit quaternion. Active: apply(v) turns the vector, the axes stay.
/// Owns:    four doubles; a value.
/// Threads: no state.
class Rotation {
public:
    /// The identity.
    Rotation() = default;
    /// w + xi + yj + zk; normalised. Throws: Error(badInput) if all four are 0 or one is not finite.
    static Rotation fromQuaternion(double w, double x, double y, double z);
    /// By angle (radians) about an axis of any length. Throws: as fromQuaternion.
    static Rotation fromAxisAngle(const std::array<double, 3>& axis, double angle);
    static Rotation fromEulerZyz(const EulerZyz& angles);
    /// Row-major 3 x 3. Throws: Error(badInput) if it is not orthonormal with determinant 1 to within 1e-6.
    static Rotation fromMatrix(const std::array<std::array<double, 3>, 3>& matrix);

    EulerZyz eulerZyz() const;
    std::array<std::array<double, 3>, 3> matrix() const;
    std::array<double, 3> apply(const std::array<double, 3>& v) const;
    Rotation inverse() const;
    /// w, x, y, z.
    std::array<double, 4> quaternion() const { return m_q; }
    /// Angle of rotation in [0, π].
    double angle() const;

    /// first * second: second acts first.
    friend Rotation operator*(const Rotation& first, const Rotation& second);

private:
    std::array<double, 4> m_q{1, 0, 0, 0};
};

/// Number index of the rotations of a seed, uniform on SO(3). Shoemake, Graphics Gems III (1992) 124.
Rotation randomRotation(std::uint64_t seed, std::uint64_t index);

/// Coefficients f_0 ... f_l (m >= 0) of a real field's order l as [f_0, √2 Re f_1, √2 Im f_1, ...], which keeps norms;
/// and back.
void packReal(std::span<const std::complex<double>> f, std::span<double> packed);
void unpackReal(std::span<const double> packed, std::span<std::complex<double>> f);

/// How rotations act on the packed real vectors of orders up to lMax: packed' = W packed are the coefficients of
/// (R f)(x) = f(R⁻¹x). Wigner's d functions by the three-term recursion in l (Kostelec and Rockmore, J. Fourier Anal.
/// Appl. 14 (2008) 145, eq. 13), all orders in one pass.
/// Owns:    the recursion's constants, O(lMax³ / 3) pairs of doubles; make it once for many rotations.
/// Threads: const use is free.
/// Throws:  nothing after construction; orthogonal to about 1e-13 at l = 60.
class WignerRotator {
public:
    explicit WignerRotator(int lMax);
    int maxOrder() const { return m_lMax; }

    /// The two blocks of Ry(beta) on packed vectors, per l: cosine part [0..l][0..l] on [f_0, √2 Re f_1, √2 Re f_2,
    /// ...], then sine part [1..l][1..l] on [√2 Im f_1, ...]; they do not mix.
    /// Shape: [blockOffset(l)], (l+1)² + l² values an l, row-major.
    /// Cost:  O(lMax³).
    void yBlocks(double beta, std::span<double> out) const;
    static std::size_t blockOffset(int l) {
        const auto n = static_cast<std::size_t>(l);
        return n * (2 * n * n + 1) / 3; // Σ_{k<l} (k+1)² + k²
    }
    std::size_t blockSize() const { return blockOffset(m_lMax + 1); }

    /// W of every order at once: out[l] is (2l+1) x (2l+1). Cost: O(lMax³).
    std::vector<Array<double, 2>> matrices(const Rotation& rotation) const;

private:
    struct Step {
        double scale, shift, back; ///< d_{l+1} = scale (cosβ - shift) d_l - back d_{l-1}
    };
    int m_lMax;
    std::vector<std::size_t>
        m_first; ///< per l: first step of the pairs (m, m'), |m'| <= m <= l, that go from l to l + 1
    std::vector<Step> m_steps;
    std::vector<double> m_rootBinomial; ///< [m][m' + m]: sqrt(C(2m, m + m'))
};

/// W of one order (see WignerRotator): out is (2l+1) x (2l+1).
/// Cost: O(l³) with the constants' square roots; for many rotations or all orders make a WignerRotator.
void wignerReal(int l, const Rotation& rotation, View<double, 2> out);

} // namespace fxs
