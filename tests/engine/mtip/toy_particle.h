#pragma once

#include "engine/density/amplitudes.h"
#include "engine/math/legendre.h"
#include "engine/math/spherical_bessel.h"
#include "engine/math/spherical_transform.h"
#include "engine/model/coefficients.h"

#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

/// A particle of a few Gaussian blobs whose amplitudes and B_l are known: what phasing is tested on.
namespace fxs::toy {

struct Blob {
    std::array<double, 3> position; ///< Å
    double weight;
};

constexpr double kDiameter = 60;   ///< Å; blobs lie within 25 Å of the origin
constexpr double kQMax = 0.25;     ///< 1/Å
constexpr double kBlobSigma = 3.5; ///< Å

inline std::vector<Blob> asymmetricParticle() {
    return {{{18, 3, -9}, 1.0}, {{-13, 9, 4}, 1.4},  {{2, -17, 8}, 0.8}, {{-5, -4, -16}, 1.1},
            {{7, 12, 15}, 1.2}, {{-18, -9, 1}, 0.7}, {{6, -3, 2}, 1.0},  {{12, 14, -12}, 0.6}};
}

/// D_fold about z, two-fold axis on x: the images of two blobs.
inline std::vector<Blob> dihedralParticle(int fold) {
    const std::vector<Blob> unit{{{17, 4, 7}, 1.0}, {{9, 3, 17}, 0.7}};
    std::vector<Blob> all;
    for (const Blob& blob : unit)
        for (int k = 0; k < fold; ++k)
            for (int flip = 0; flip < 2; ++flip) {
                const double angle = 2 * std::numbers::pi * k / fold, c = std::cos(angle), s = std::sin(angle);
                const auto [x, y0, z0] = blob.position;
                const double y = flip ? -y0 : y0, z = flip ? -z0 : z0;
                all.push_back({{c * x - s * y, s * x + c * y, z}, blob.weight});
            }
    return all;
}

/// a_lm(q) = 4π Σ w exp(−q²σ²/2) j_l(qr) conj Y_lm(r), up to order lMax.
inline SphericalAmplitudes amplitudes(const std::vector<Blob>& blobs, const std::vector<double>& q, int lMax) {
    SphericalAmplitudes a;
    a.maxOrder = lMax;
    a.q = q;
    a.lm = Array<double, 3>({q.size(), lmCount(lMax), 2});
    std::vector<double> legendre(lmCount(lMax)), bessel(static_cast<std::size_t>(lMax) + 1);
    for (const Blob& blob : blobs) {
        const auto [x, y, z] = blob.position;
        const double r = std::sqrt(x * x + y * y + z * z), phi = std::atan2(y, x);
        normalisedLegendre(lMax, z / r, legendre);
        for (std::size_t i = 0; i < q.size(); ++i) {
            sphericalBessel(lMax, q[i] * r, bessel);
            const double size =
                4 * std::numbers::pi * blob.weight * std::exp(-q[i] * q[i] * kBlobSigma * kBlobSigma / 2);
            for (int l = 0; l <= lMax; ++l)
                for (int m = 0; m <= l; ++m) {
                    const auto y_lm = std::polar(legendre[lmIndex(l, m)], -m * phi);
                    a.lm(i, lmIndex(l, m), 0) += size * bessel[static_cast<std::size_t>(l)] * y_lm.real();
                    a.lm(i, lmIndex(l, m), 1) += size * bessel[static_cast<std::size_t>(l)] * y_lm.imag();
                }
        }
    }
    return a;
}

/// I_lm of |A|² up to lMax [q][lm][2], by the transform on its own, finer grid.
inline Array<double, 3> intensities(const SphericalAmplitudes& a, int lMax) {
    const std::size_t shells = a.q.size();
    int theta = a.maxOrder + lMax / 2 + 4 + lMax;
    theta += theta % 2;
    const int phi = SphericalTransform::phiCountFor(lMax, 2 * a.maxOrder + 4, 1);
    const SphericalTransform amplitude(a.maxOrder, theta, phi), intensity(lMax, theta, phi);
    SphericalTransform::Scratch first(amplitude, shells), second(intensity, shells);
    const Array<double, 3>::Shape shape{amplitude.phiCount(), shells, amplitude.thetaCount()};
    Array<double, 3> sum(shape), part(shape), lm({shells, lmCount(lMax), 2});
    for (int odd = 0; odd < 2; ++odd) { // real part: even l; imaginary part: odd l; (−i)^l
        Array<double, 3> chosen(a.lm.shape());
        for (std::size_t s = 0; s < shells; ++s)
            for (int l = odd; l <= a.maxOrder; l += 2)
                for (int m = 0; m <= l; ++m)
                    for (std::size_t k = 0; k < 2; ++k)
                        chosen(s, lmIndex(l, m), k) = (l / 2 % 2 ? -1.0 : 1.0) * a.lm(s, lmIndex(l, m), k);
        amplitude.synthesise(chosen, part, first);
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum.data()[i] += part.data()[i] * part.data()[i];
    }
    intensity.analyse(sum, lm, second);
    return lm;
}

/// Coefficients whose factors V_l are the packed I_lm: B_l is exact.
inline Coefficients coefficients(const SphericalAmplitudes& a, double diameter, int lMax) {
    const std::size_t shells = a.q.size(), columns = static_cast<std::size_t>(2 * lMax + 1);
    const auto orders = static_cast<std::size_t>(lMax) + 1;
    const Array<double, 3> lm = intensities(a, lMax);
    Coefficients c;
    c.q = a.q;
    c.maxOrder = lMax;
    c.diameterAngstrom = diameter;
    c.bl = Array<double, 3>({orders, shells, shells});
    c.vl = Array<double, 3>({orders, shells, columns});
    c.rank.assign(orders, 0);
    for (std::size_t s = 0; s < shells; ++s)
        c.i00.push_back(lm(s, 0, 0));
    for (int l = 0; l <= lMax; l += 2) {
        const auto order = static_cast<std::size_t>(l);
        c.rank[order] = 2 * l + 1;
        for (std::size_t s = 0; s < shells; ++s)
            for (int m = 0; m <= l; ++m)
                for (std::size_t k = 0; k < (m == 0 ? 1u : 2u); ++k)
                    c.vl(order, s, m == 0 ? 0 : 2 * static_cast<std::size_t>(m) - 1 + k) =
                        (m == 0 ? 1.0 : std::numbers::sqrt2) * lm(s, lmIndex(l, m), k);
        for (std::size_t s = 0; s < shells; ++s)
            for (std::size_t t = 0; t < shells; ++t)
                for (std::size_t k = 0; k < columns; ++k)
                    c.bl(order, s, t) += c.vl(order, s, k) * c.vl(order, t, k);
    }
    return c;
}

/// Shells with Δq = π/D up to kQMax.
inline std::vector<double> shells(double diameter = kDiameter) {
    const auto n = static_cast<std::size_t>(std::ceil(kQMax * diameter / std::numbers::pi));
    std::vector<double> q;
    for (std::size_t i = 0; i < n; ++i)
        q.push_back((static_cast<double>(i) + 0.5) * kQMax / static_cast<double>(n));
    return q;
}

inline int intensityOrder(double diameter = kDiameter) {
    const int order = static_cast<int>(std::ceil(kQMax * diameter));
    return order + order % 2;
}

inline Coefficients coefficientsOf(const std::vector<Blob>& blobs) {
    return coefficients(amplitudes(blobs, shells(), intensityOrder() / 2 + 8), kDiameter, intensityOrder());
}

} // namespace fxs::toy
