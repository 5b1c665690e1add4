#pragma once

#include "engine/math/random.h"
#include "engine/model/experiment.h"
#include "engine/simulate/scatterers.h"

#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>

/// Small molecules and the slow direct sums that the simulation is tested against.
namespace fxs::test {

using Vector = std::array<double, 3>;

/// Points of a constant form factor, as in the reference data.
inline Scatterers::Kind pointKind() {
    return {[](std::span<const double> q) { return std::vector<double>(q.size(), 1.0); }, {}};
}

/// A small asymmetric molecule of carbon, nitrogen and oxygen.
inline Structure molecule(std::size_t atoms, double size, std::uint64_t seed = 1) {
    RandomStream random(seed, 0);
    std::vector<Atom> out;
    const int elements[] = {6, 7, 8};
    for (std::size_t i = 0; i < atoms; ++i)
        out.push_back(
            {{size * (random.uniform() - 0.5), 0.6 * size * (random.uniform() - 0.5), size * (random.uniform() - 0.5)},
             elements[i % 3],
             i % 5 == 0 ? 0.5 : 1.0,
             10.0 + 20.0 * random.uniform()});
    return makeStructure("molecule", std::move(out));
}

/// Σ_j w_j (f_j exp(-B_j q²/16π²) - d_j) exp(-i q·r_j), one point of q at a time.
inline std::complex<double> amplitude(const Scatterers& scatterers, double q, const Vector& direction) {
    const auto table = tabulate(scatterers, std::span<const double>(&q, 1));
    std::complex<double> sum = 0;
    for (const auto& p : scatterers.points) {
        const double phase =
            q * (direction[0] * p.position[0] + direction[1] * p.position[1] + direction[2] * p.position[2]);
        const double f =
            table(p.kind, 0, 0) * std::exp(-p.bFactor * q * q / (16 * std::numbers::pi * std::numbers::pi)) -
            table(p.kind, 1, 0);
        sum += p.weight * f * std::polar(1.0, -phase);
    }
    return sum;
}

inline double intensity(const Scatterers& scatterers, double q, const Vector& direction) {
    return std::norm(amplitude(scatterers, q, direction));
}

/// Where the pixel (q, φ) looks.
inline Vector pixelDirection(double q, double phi, double wavelength) {
    const double polar = ewaldPolarAngle(q, wavelength);
    return {std::sin(polar) * std::cos(phi), std::sin(polar) * std::sin(phi), std::cos(polar)};
}

/// Debye: <|A|²> over all orientations.
inline double debye(const Scatterers& scatterers, double q) {
    const auto table = tabulate(scatterers, std::span<const double>(&q, 1));
    std::vector<double> f;
    for (const auto& p : scatterers.points)
        f.push_back(p.weight *
                    (table(p.kind, 0, 0) * std::exp(-p.bFactor * q * q / (16 * std::numbers::pi * std::numbers::pi)) -
                     table(p.kind, 1, 0)));
    double sum = 0;
    for (std::size_t i = 0; i < f.size(); ++i)
        for (std::size_t j = 0; j < f.size(); ++j) {
            const auto& a = scatterers.points[i].position;
            const auto& b = scatterers.points[j].position;
            const double x = q * std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
            sum += f[i] * f[j] * (x > 0 ? std::sin(x) / x : 1.0);
        }
    return sum;
}

} // namespace fxs::test
