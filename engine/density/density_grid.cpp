#include "engine/density/density_grid.h"

#include "engine/core/parallel.h"
#include "engine/density/amplitudes.h"
#include "engine/density/voxel_rings.h"
#include "engine/math/legendre.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

namespace fxs {

namespace {

constexpr int kPoints = 8; ///< of the radial interpolation

/// Lagrange weights on points 0 ... kPoints - 1 at t.
std::array<double, kPoints> lagrange(double t) {
    std::array<double, kPoints> weight;
    for (int i = 0; i < kPoints; ++i) {
        double w = 1;
        for (int k = 0; k < kPoints; ++k)
            if (k != i)
                w *= (t - k) / (i - k);
        weight[static_cast<std::size_t>(i)] = w;
    }
    return weight;
}

/// ρ_lm at one radius, all lm.
void interpolate(const SphericalDensity& density, double step, double radius, std::span<double> out) {
    std::fill(out.begin(), out.end(), 0.0);
    const double x = radius / step - 0.5;
    const int first = static_cast<int>(std::floor(x)) - (kPoints / 2 - 1);
    const auto weight = lagrange(x - first);
    for (int i = 0; i < kPoints; ++i) {
        const int shell = first + i;
        const auto mirrored = static_cast<std::size_t>(shell < 0 ? -1 - shell : shell);
        if (mirrored >= density.r.size())
            continue;
        const double w = weight[static_cast<std::size_t>(i)];
        const double* from = &density.lm(mirrored, 0, 0);
        for (int l = 0; l <= density.maxOrder; ++l) {
            const double factor = shell < 0 && l % 2 == 1 ? -w : w;
            for (std::size_t k = 2 * lmIndex(l, 0); k < 2 * lmIndex(l + 1, 0); ++k)
                out[k] += factor * from[k];
        }
    }
}

void synthesiseRing(const VoxelRings& rings, const VoxelRings::Ring& ring, int maxOrder, std::span<const double> lm,
                    std::span<double> legendre, std::span<double> azimuth, float* values) {
    const double radius = std::sqrt(static_cast<double>(ring.radiusSquared));
    normalisedLegendre(maxOrder, radius > 0 ? std::clamp(ring.height / radius, -1.0, 1.0) : 1.0, legendre);
    std::fill(azimuth.begin(), azimuth.end(), 0.0);
    for (int l = 0; l <= maxOrder; ++l) {
        const std::size_t base = lmIndex(l, 0);
        for (std::size_t m = 0; m <= static_cast<std::size_t>(l); ++m) {
            azimuth[2 * m] += legendre[base + m] * lm[2 * (base + m)];
            azimuth[2 * m + 1] += legendre[base + m] * lm[2 * (base + m) + 1];
        }
    }
    float* plane = values + rings.planeOffset(ring);
    for (const auto* p = rings.pointsBegin(ring); p != rings.pointsEnd(ring); ++p) {
        double sum = azimuth[0], c = p->cosPhi, s = p->sinPhi;
        for (std::size_t m = 1; m <= static_cast<std::size_t>(maxOrder); ++m) {
            sum += 2 * (azimuth[2 * m] * c - azimuth[2 * m + 1] * s);
            const double next = c * p->cosPhi - s * p->sinPhi;
            s = s * p->cosPhi + c * p->sinPhi;
            c = next;
        }
        plane[p->offset] = static_cast<float>(sum);
    }
}

} // namespace

GridSize gridFor(double diameter, double qMax, double spacing) {
    if (!(diameter > 0) || !(qMax > 0) || spacing < 0)
        throw Error(
            ErrorCode::badSettings,
            fmt::format("grid for a diameter of {} Å, q_max {} 1/Å and a spacing of {} Å: they must be positive",
                        diameter, qMax, spacing));
    const double edge = 1.35 * diameter;
    const double wanted = spacing > 0 ? spacing : 2 * std::numbers::pi / qMax / 6;
    // Odd, so that a voxel is at the centre: map formats that place a grid by integers can say where it is.
    const double count = std::clamp(std::ceil(edge / wanted), spacing > 0 ? 2.0 : 32.0, 255.0);
    const std::size_t size = static_cast<std::size_t>(count) / 2 * 2 + 1;
    const bool holds = spacing > 0 && static_cast<double>(size) * spacing >= edge;
    return {size, holds ? spacing : edge / static_cast<double>(size)};
}

DensityMap mapOf(const SphericalDensity& density, const GridSize& grid, const TaskContext& task) {
    if (density.r.empty() || density.lm.extent(0) != density.r.size() ||
        density.lm.extent(1) != lmCount(density.maxOrder))
        throw Error(ErrorCode::badInput, "spherical density without shells, or whose coefficients do not fit them");
    if (grid.size == 0 || !(grid.spacingAngstrom > 0))
        throw Error(ErrorCode::badSettings,
                    fmt::format("density grid of {} voxels at {} Å", grid.size, grid.spacingAngstrom));
    const double step = 2 * density.r.front(), halfVoxel = grid.spacingAngstrom / 2;
    DensityMap map{Array<float, 3>({grid.size, grid.size, grid.size}), grid.spacingAngstrom};
    const VoxelRings rings(grid.size, {0, 0, 0}, (density.r.back() + 2 * step) / halfVoxel);
    parallelFor(rings.groups().size() - 1, 4, task, [&](const tbb::blocked_range<std::size_t>& range) {
        std::vector<double> lm(2 * lmCount(density.maxOrder)), legendre(lmCount(density.maxOrder));
        std::vector<double> azimuth(2 * static_cast<std::size_t>(density.maxOrder) + 2);
        for (std::size_t group = range.begin(); group != range.end(); ++group) {
            interpolate(density, step, rings.radius(group) * halfVoxel, lm);
            for (std::size_t k = rings.groups()[group]; k < rings.groups()[group + 1]; ++k)
                synthesiseRing(rings, rings.rings()[k], density.maxOrder, lm, legendre, azimuth, map.values.data());
        }
    });
    return map;
}

SphericalDensity sphericalDensity(const DensityMap& map, const std::vector<double>& r, int maxOrder,
                                  const TaskContext& task) {
    if (r.empty())
        throw Error(ErrorCode::badInput, "spherical density of a map: no radii were asked for");
    const double edge = static_cast<double>(map.size()) * map.spacingAngstrom;
    const auto q = amplitudeShells(std::numbers::pi / (2 * r.front()), std::max(edge, 2 * (r.back() + r.front())));
    return sphericalDensity(sphericalAmplitudes(map, q, maxOrder, task), r);
}

} // namespace fxs
