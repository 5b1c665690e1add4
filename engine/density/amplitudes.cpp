#include "engine/density/amplitudes.h"

#include "engine/core/parallel.h"
#include "engine/density/bessel_sum.h"
#include "engine/density/voxel_rings.h"
#include "engine/math/legendre.h"
#include "engine/math/spherical_bessel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr double kPi = std::numbers::pi;

/// Step of radii or shells (j + 1/2) Δ; throws where they are something else, because sums would then be silently
/// wrong.
double midpointStep(const std::vector<double>& x, const char* what) {
    if (x.empty())
        throw Error(ErrorCode::badInput, fmt::format("{}: there are none", what));
    const double step = 2 * x.front();
    for (std::size_t j = 0; j < x.size(); ++j)
        if (!(step > 0) || std::abs(x[j] - (static_cast<double>(j) + 0.5) * step) > 1e-6 * step)
            throw Error(ErrorCode::badInput,
                        fmt::format("{}: value {} is {}, expected (j + 1/2) {}", what, j, x[j], step));
    return step;
}

/// out[i][lm] = Σ_j weight[j] j_l(x_i y_j) in[j][lm], one order after the other.
Array<double, 3> hankel(const Array<double, 3>& in, int maxOrder, const std::vector<double>& x,
                        const std::vector<double>& y, const std::vector<double>& weight) {
    const std::size_t orders = static_cast<std::size_t>(maxOrder) + 1;
    Array<double, 3> out({x.size(), lmCount(maxOrder), 2});
    std::vector<double> bessel(orders);
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = 0; j < y.size(); ++j) {
            sphericalBessel(maxOrder, x[i] * y[j], bessel);
            for (int l = 0; l <= maxOrder; ++l) {
                const double factor = weight[j] * bessel[static_cast<std::size_t>(l)];
                const double* from = &in(j, lmIndex(l, 0), 0);
                double* to = &out(i, lmIndex(l, 0), 0);
                for (int k = 0; k < 2 * (l + 1); ++k)
                    to[k] += factor * from[k];
            }
        }
    }
    return out;
}

void checkMap(const DensityMap& map) {
    const auto& shape = map.values.shape();
    if (map.values.empty() || shape[0] != shape[1] || shape[1] != shape[2])
        throw Error(ErrorCode::badInput,
                    fmt::format("density map of {} x {} x {} voxels, expected a cube", shape[2], shape[1], shape[0]));
    if (!(map.spacingAngstrom > 0) || !std::isfinite(map.spacingAngstrom))
        throw Error(ErrorCode::badInput,
                    fmt::format("density map with a spacing of {} Å, expected a positive one", map.spacingAngstrom));
    for (float v : map.values.span())
        if (!std::isfinite(v))
            throw Error(ErrorCode::badInput, "density map holds values that are not finite");
}

/// Joins 2 x 2 x 2 voxels; an odd edge is filled with zeros. The new grid's centre lies where the old one's did, or
/// half an old voxel beyond (odd edges): shift is added to an origin to mean the same place.
DensityMap joined(const DensityMap& map, double& shift) {
    const std::size_t n = map.size(), half = (n + 1) / 2;
    DensityMap out{Array<float, 3>({half, half, half}), 2 * map.spacingAngstrom};
    for (std::size_t z = 0; z < n; ++z)
        for (std::size_t y = 0; y < n; ++y)
            for (std::size_t x = 0; x < n; ++x)
                out.values(z / 2, y / 2, x / 2) += map.values(z, y, x) / 8;
    shift = n % 2 == 0 ? 0.0 : -map.spacingAngstrom / 2;
    return out;
}

/// ∫ρ e^{-imφ} of every ring of one radius, times Legendre functions: Σ ρ conj(Y_lm) over the voxels at that radius.
void sumRadius(const VoxelRings& rings, std::size_t group, const DensityMap& map, int maxOrder,
               std::span<double> legendre, std::span<double> azimuth, double* out) {
    std::fill_n(out, 2 * lmCount(maxOrder), 0.0);
    for (std::size_t k = rings.groups()[group]; k < rings.groups()[group + 1]; ++k) {
        const auto& ring = rings.rings()[k];
        const float* plane = map.values.data() + rings.planeOffset(ring);
        std::fill(azimuth.begin(), azimuth.end(), 0.0);
        bool any = false;
        for (const auto* p = rings.pointsBegin(ring); p != rings.pointsEnd(ring); ++p) {
            double re = plane[p->offset], im = 0;
            if (re == 0)
                continue;
            any = true;
            for (std::size_t m = 0; m <= static_cast<std::size_t>(maxOrder); ++m) {
                azimuth[2 * m] += re;
                azimuth[2 * m + 1] += im;
                const double next = re * p->cosPhi + im * p->sinPhi;
                im = im * p->cosPhi - re * p->sinPhi;
                re = next;
            }
        }
        if (!any)
            continue;
        const double radius = std::sqrt(static_cast<double>(ring.radiusSquared));
        normalisedLegendre(maxOrder, radius > 0 ? std::clamp(ring.height / radius, -1.0, 1.0) : 1.0, legendre);
        for (int l = 0; l <= maxOrder; ++l) {
            const double* p = legendre.data() + lmIndex(l, 0);
            double* to = out + 2 * lmIndex(l, 0);
            for (std::size_t m = 0; m <= static_cast<std::size_t>(l); ++m) {
                to[2 * m] += p[m] * azimuth[2 * m];
                to[2 * m + 1] += p[m] * azimuth[2 * m + 1];
            }
        }
    }
}

SphericalAmplitudes sumVoxels(const DensityMap& map, const std::vector<double>& q, int maxOrder,
                              const TaskContext& task, const std::array<double, 3>& origin) {
    const double halfVoxel = map.spacingAngstrom / 2;
    std::array<int, 3> snapped{};
    for (std::size_t axis = 0; axis < 3; ++axis)
        snapped[axis] = static_cast<int>(std::lround(origin[axis] / halfVoxel));
    const VoxelRings rings(map.size(), snapped, 4.0 * static_cast<double>(map.size()));

    constexpr std::size_t kBatch = 512; // radii at once: bounds memory and makes the Bessel sums matrix products
    const std::size_t radii = rings.groups().size() - 1;
    BesselSum sum(q, maxOrder);
    Array<double, 2> batch({kBatch, 2 * lmCount(maxOrder)});
    std::vector<double> radius(kBatch);
    const double weight = 4 * kPi * std::pow(map.spacingAngstrom, 3);
    for (std::size_t first = 0; first < radii; first += kBatch) {
        const std::size_t count = std::min(kBatch, radii - first);
        parallelFor(count, 4, task, [&](const tbb::blocked_range<std::size_t>& range) {
            std::vector<double> legendre(lmCount(maxOrder)), azimuth(2 * static_cast<std::size_t>(maxOrder) + 2);
            for (std::size_t j = range.begin(); j != range.end(); ++j) {
                sumRadius(rings, first + j, map, maxOrder, legendre, azimuth, &batch(j, 0));
                radius[j] = rings.radius(first + j) * halfVoxel;
            }
        });
        sum.add({radius.data(), count}, batch.view().sub(0, count), {}, task);
    }
    return {maxOrder, q, sum.result(weight)};
}

} // namespace

std::vector<double> amplitudeShells(double qMax, double diameter) {
    if (!(qMax > 0) || !(diameter > 0) || !std::isfinite(qMax) || !std::isfinite(diameter))
        throw Error(
            ErrorCode::badSettings,
            fmt::format("shells up to q = {} 1/Å for a diameter of {} Å: both must be positive", qMax, diameter));
    const auto count = static_cast<std::size_t>(std::ceil(qMax * diameter / kPi - 1e-9));
    std::vector<double> q(std::max<std::size_t>(count, 1));
    for (std::size_t i = 0; i < q.size(); ++i)
        q[i] = (static_cast<double>(i) + 0.5) * qMax / static_cast<double>(q.size());
    return q;
}

int amplitudeOrder(double qMax, double diameter) {
    return static_cast<int>(std::ceil(qMax * diameter / 2)) + 4;
}

SphericalAmplitudes sphericalAmplitudes(const SphericalDensity& density, const std::vector<double>& q) {
    const double step = midpointStep(density.r, "radii of a spherical density");
    std::vector<double> weight(density.r.size());
    for (std::size_t j = 0; j < weight.size(); ++j)
        weight[j] = 4 * kPi * step * density.r[j] * density.r[j];
    return {density.maxOrder, q, hankel(density.lm, density.maxOrder, q, density.r, weight)};
}

SphericalDensity sphericalDensity(const SphericalAmplitudes& amplitudes, const std::vector<double>& r) {
    const double step = midpointStep(amplitudes.q, "shells of amplitudes");
    std::vector<double> weight(amplitudes.q.size());
    for (std::size_t i = 0; i < weight.size(); ++i)
        weight[i] = step * amplitudes.q[i] * amplitudes.q[i] / (2 * kPi * kPi);
    return {amplitudes.maxOrder, r, hankel(amplitudes.lm, amplitudes.maxOrder, r, amplitudes.q, weight)};
}

SphericalAmplitudes sphericalAmplitudes(const DensityMap& map, const std::vector<double>& q, int maxOrder,
                                        const TaskContext& task, const std::array<double, 3>& origin) {
    checkMap(map);
    if (q.empty() || maxOrder < 0)
        throw Error(ErrorCode::badSettings, "amplitudes of a map: no shells or a negative order were asked for");
    // Averaging over 2 voxels multiplies by cos(q s/2) an axis: 1 - (0.4)²/24 · 3 at the corner of what is joined.
    const double qMax = *std::max_element(q.begin(), q.end());
    if (qMax * map.spacingAngstrom < 0.25 && map.size() > 32) {
        double shift = 0;
        const DensityMap coarse = joined(map, shift);
        return sphericalAmplitudes(coarse, q, maxOrder, task,
                                   {origin[0] + shift, origin[1] + shift, origin[2] + shift});
    }
    return sumVoxels(map, q, maxOrder, task, origin);
}

std::array<double, 3> centreOfMass(const DensityMap& map) {
    const std::size_t n = map.size();
    const double centre = (static_cast<double>(n) - 1) / 2;
    double total = 0;
    std::array<double, 3> sum{};
    for (std::size_t z = 0; z < n; ++z)
        for (std::size_t y = 0; y < n; ++y)
            for (std::size_t x = 0; x < n; ++x) {
                const double v = std::max(0.0f, map.values(z, y, x));
                total += v;
                sum[0] += v * (static_cast<double>(x) - centre);
                sum[1] += v * (static_cast<double>(y) - centre);
                sum[2] += v * (static_cast<double>(z) - centre);
            }
    if (total > 0)
        for (double& s : sum)
            s *= map.spacingAngstrom / total;
    return sum;
}

double radiusAbove(const DensityMap& map, double fraction, const std::array<double, 3>& origin) {
    const std::size_t n = map.size();
    const auto values = map.values.span();
    const float top = values.empty() ? 0.0f : *std::max_element(values.begin(), values.end());
    const double centre = (static_cast<double>(n) - 1) / 2;
    double farthest = 0;
    for (std::size_t z = 0; z < n; ++z)
        for (std::size_t y = 0; y < n; ++y)
            for (std::size_t x = 0; x < n; ++x) {
                if (!(top > 0) || map.values(z, y, x) <= fraction * top)
                    continue;
                const double dx = (static_cast<double>(x) - centre) * map.spacingAngstrom - origin[0];
                const double dy = (static_cast<double>(y) - centre) * map.spacingAngstrom - origin[1];
                const double dz = (static_cast<double>(z) - centre) * map.spacingAngstrom - origin[2];
                farthest = std::max(farthest, dx * dx + dy * dy + dz * dz);
            }
    return std::sqrt(farthest);
}

} // namespace fxs
