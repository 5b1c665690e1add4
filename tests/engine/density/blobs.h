#pragma once

#include "engine/density/amplitudes.h"
#include "engine/math/legendre.h"
#include "engine/math/random.h"
#include "engine/math/rotation.h"
#include "engine/math/spherical_bessel.h"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace fxs::test {

/// A particle of Gaussian blobs: its amplitudes and density are known in closed form.
struct Blobs {
    double sigma = 6; ///< Å
    std::vector<std::array<double, 3>> centres;
    std::vector<double> weights;

    static Blobs random(std::uint64_t seed, int count, double radius) {
        Blobs blobs;
        RandomStream stream(seed, 0);
        while (static_cast<int>(blobs.centres.size()) < count) {
            std::array<double, 3> p;
            for (double& x : p)
                x = (2 * stream.uniform() - 1) * radius;
            if (p[0] * p[0] + p[1] * p[1] + p[2] * p[2] > radius * radius)
                continue;
            blobs.centres.push_back(p);
            blobs.weights.push_back(0.5 + stream.uniform());
        }
        return blobs;
    }

    /// One random set repeated about z, and turned over about x for a dihedral group.
    static Blobs symmetric(std::uint64_t seed, int count, double radius, int fold, bool dihedral) {
        const Blobs unit = random(seed, count, radius);
        Blobs out;
        for (int k = 0; k < fold; ++k)
            for (int flip = 0; flip < (dihedral ? 2 : 1); ++flip) {
                const Rotation turn = Rotation::fromAxisAngle({0, 0, 1}, 2 * std::numbers::pi * k / fold) *
                                      Rotation::fromAxisAngle({1, 0, 0}, flip * std::numbers::pi);
                for (std::size_t i = 0; i < unit.centres.size(); ++i) {
                    out.centres.push_back(turn.apply(unit.centres[i]));
                    out.weights.push_back(unit.weights[i]);
                }
            }
        return out;
    }

    Blobs moved(const Rotation& rotation, const std::array<double, 3>& shift, bool mirrored) const {
        Blobs out = *this;
        for (auto& p : out.centres) {
            if (mirrored)
                p = {-p[0], -p[1], -p[2]};
            p = rotation.apply(p);
            for (std::size_t axis = 0; axis < 3; ++axis)
                p[axis] += shift[axis];
        }
        return out;
    }

    SphericalAmplitudes amplitudes(const std::vector<double>& q, int maxOrder) const {
        SphericalAmplitudes out{maxOrder, q, Array<double, 3>({q.size(), lmCount(maxOrder), 2})};
        std::vector<double> legendre(lmCount(maxOrder)), bessel(static_cast<std::size_t>(maxOrder) + 1);
        for (std::size_t k = 0; k < centres.size(); ++k) {
            const auto& p = centres[k];
            const double r = std::sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]), phi = std::atan2(p[1], p[0]);
            normalisedLegendre(maxOrder, r > 0 ? p[2] / r : 1.0, legendre);
            for (std::size_t i = 0; i < q.size(); ++i) {
                sphericalBessel(maxOrder, q[i] * r, bessel);
                const double f = 4 * std::numbers::pi * weights[k] * std::exp(-q[i] * q[i] * sigma * sigma / 2);
                for (int l = 0; l <= maxOrder; ++l)
                    for (int m = 0; m <= l; ++m) {
                        const double c = f * bessel[static_cast<std::size_t>(l)] * legendre[lmIndex(l, m)];
                        out.lm(i, lmIndex(l, m), 0) += c * std::cos(m * phi);
                        out.lm(i, lmIndex(l, m), 1) -= c * std::sin(m * phi);
                    }
            }
        }
        return out;
    }

    double at(double x, double y, double z) const {
        double sum = 0;
        for (std::size_t k = 0; k < centres.size(); ++k) {
            const auto& p = centres[k];
            const double d2 = (x - p[0]) * (x - p[0]) + (y - p[1]) * (y - p[1]) + (z - p[2]) * (z - p[2]);
            sum +=
                weights[k] * std::exp(-d2 / (2 * sigma * sigma)) / std::pow(2 * std::numbers::pi * sigma * sigma, 1.5);
        }
        return sum;
    }

    DensityMap map(std::size_t n, double spacing) const {
        DensityMap out{Array<float, 3>({n, n, n}), spacing};
        const double c = (static_cast<double>(n) - 1) / 2;
        for (std::size_t z = 0; z < n; ++z)
            for (std::size_t y = 0; y < n; ++y)
                for (std::size_t x = 0; x < n; ++x)
                    out.values(z, y, x) = static_cast<float>(at((static_cast<double>(x) - c) * spacing,
                                                                (static_cast<double>(y) - c) * spacing,
                                                                (static_cast<double>(z) - c) * spacing));
        return out;
    }

    std::array<double, 3> centre() const {
        double total = 0;
        std::array<double, 3> sum{};
        for (std::size_t k = 0; k < centres.size(); ++k) {
            total += weights[k];
            for (std::size_t axis = 0; axis < 3; ++axis)
                sum[axis] += weights[k] * centres[k][axis];
        }
        return {sum[0] / total, sum[1] / total, sum[2] / total};
    }

    /// The density in harmonics, through its amplitudes up to where they have died away.
    SphericalDensity spherical(double box, double step, int maxOrder) const {
        std::vector<double> r;
        for (double x = step / 2; x < box; x += step)
            r.push_back(x);
        return sphericalDensity(
            amplitudes(amplitudeShells(std::numbers::pi / step, 2 * (r.back() + step / 2)), maxOrder), r);
    }
};

inline double degrees(double radians) {
    return radians * 180 / std::numbers::pi;
}

inline double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
    return std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

inline double relativeDifference(std::span<const double> a, std::span<const double> b) {
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return std::sqrt(difference / norm);
}

} // namespace fxs::test
