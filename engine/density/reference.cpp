#include "engine/density/reference.h"

#include "engine/core/parallel.h"
#include "engine/density/bessel_sum.h"
#include "engine/math/legendre.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace fxs {

namespace {

/// Form factors without B, once per element: an exponential of B is cheap, four Gaussians per atom are not.
std::map<int, std::vector<double>> elementFactors(const Structure& structure, const std::vector<double>& q) {
    std::map<int, std::vector<double>> factors;
    for (const Atom& atom : structure.atoms)
        if (!factors.contains(atom.atomicNumber))
            factors[atom.atomicNumber] = formFactor(atom.atomicNumber, q);
    return factors;
}

void conjugateHarmonics(const std::array<double, 3>& p, double radius, int maxOrder, std::span<double> legendre,
                        double* out) {
    normalisedLegendre(maxOrder, radius > 0 ? std::clamp(p[2] / radius, -1.0, 1.0) : 1.0, legendre);
    const double rho = std::hypot(p[0], p[1]);
    const double cosPhi = rho > 0 ? p[0] / rho : 1, sinPhi = rho > 0 ? p[1] / rho : 0;
    double c = 1, s = 0;
    for (int m = 0; m <= maxOrder; ++m) {
        for (int l = m; l <= maxOrder; ++l) {
            const std::size_t k = lmIndex(l, m);
            out[2 * k] = legendre[k] * c;
            out[2 * k + 1] = -legendre[k] * s;
        }
        const double next = c * cosPhi - s * sinPhi;
        s = s * cosPhi + c * sinPhi;
        c = next;
    }
}

} // namespace

SphericalAmplitudes structureAmplitudes(const Structure& structure, const std::vector<double>& q, int maxOrder,
                                        const TaskContext& task) {
    if (structure.atoms.empty())
        throw Error(ErrorCode::badInput, fmt::format("structure {} has no atoms", structure.name));
    const auto factors = elementFactors(structure, q);
    constexpr std::size_t kBatch = 1024;
    BesselSum sum(q, maxOrder);
    Array<double, 2> harmonics({kBatch, 2 * lmCount(maxOrder)}), scattering({kBatch, q.size()});
    std::vector<double> radius(kBatch);
    for (std::size_t first = 0; first < structure.atoms.size(); first += kBatch) {
        const std::size_t count = std::min(kBatch, structure.atoms.size() - first);
        parallelFor(count, 32, task, [&](const tbb::blocked_range<std::size_t>& range) {
            std::vector<double> legendre(lmCount(maxOrder));
            for (std::size_t j = range.begin(); j != range.end(); ++j) {
                const Atom& atom = structure.atoms[first + j];
                const auto& p = atom.position;
                radius[j] = std::sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
                conjugateHarmonics(p, radius[j], maxOrder, legendre, &harmonics(j, 0));
                const auto& f = factors.at(atom.atomicNumber);
                const double b = atom.bFactor / (16 * std::numbers::pi * std::numbers::pi);
                for (std::size_t i = 0; i < q.size(); ++i)
                    scattering(j, i) = atom.occupancy * f[i] * std::exp(-b * q[i] * q[i]);
            }
        });
        sum.add({radius.data(), count}, harmonics.view().sub(0, count), scattering.view().sub(0, count), task);
    }
    return {maxOrder, q, sum.result(4 * std::numbers::pi)};
}

} // namespace fxs
