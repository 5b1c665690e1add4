#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/frame_browser.h"

#include <cmath>
#include <memory>
#include <numbers>

namespace fxs::test {

/// Small results with known values, for views: they need not be physical.

inline PolarGrid smallGrid() {
    return PolarGrid::uniform(0.01, 0.11, 20, 64);
}

/// C_m(q,q') = f(q) f(q') / (1 + m)², f(q) = 1 + ring index; 500 frames a half, halves differ by ± 1 %.
inline std::shared_ptr<const CorrelationSnapshot> correlation(std::uint64_t framesPerHalf = 500) {
    auto sums = std::make_shared<CorrelationSums>();
    sums->grid = smallGrid();
    sums->harmonics = 33;
    const std::size_t n = sums->grid.qCount();
    sums->frames = {framesPerHalf, framesPerHalf};
    sums->sumC = Array<double, 4>({2, 33, pairCount(n), 1});
    sums->sumIntensity = Array<double, 2>({2, n});
    sums->sumIntensitySquared = Array<double, 2>({2, n});
    const auto frames = static_cast<double>(framesPerHalf);
    for (std::size_t half = 0; half < 2; ++half) {
        const double scale = frames * (half == 0 ? 1.01 : 0.99);
        for (std::size_t i = 0; i < n; ++i) {
            const double fi = 1 + static_cast<double>(i);
            sums->sumIntensity(half, i) = frames * fi;
            sums->sumIntensitySquared(half, i) = frames * fi * fi * 1.04;
            for (std::size_t j = i; j < n; ++j)
                for (std::size_t m = 0; m < 33; ++m)
                    sums->sumC(half, m, pairIndex(i, j, n), 0) =
                        scale * fi * (1 + static_cast<double>(j)) /
                        ((1.0 + static_cast<double>(m)) * (1.0 + static_cast<double>(m)));
        }
    }
    auto snapshot = std::make_shared<CorrelationSnapshot>();
    snapshot->sums = sums;
    snapshot->halfSetPerRing.assign(n, 0.97);
    snapshot->halfSetPerHarmonic.assign(33, 0.9);
    return snapshot;
}

/// Orders to 8 on 12 shells: B_l(q,q') = 10⁻ˡᐟ⁴ cos(3 (q - q') / q_max), three eigenvalues an order, rank 2.
inline std::shared_ptr<const FilterResult> coefficients() {
    auto result = std::make_shared<FilterResult>();
    Coefficients& c = result->all;
    constexpr std::size_t n = 12;
    for (std::size_t i = 0; i < n; ++i)
        c.q.push_back(0.01 * (static_cast<double>(i) + 0.5));
    c.maxOrder = 8;
    c.diameterAngstrom = 150;
    c.bl = Array<double, 3>({9, n, n});
    c.i00.assign(n, 1.0);
    for (int l = 0; l <= 8; ++l) {
        for (std::size_t i = 0; i < n && l % 2 == 0; ++i)
            for (std::size_t j = 0; j < n; ++j)
                c.bl(static_cast<std::size_t>(l), i, j) =
                    std::pow(10.0, -l / 4.0) * std::cos(3 * (c.q[i] - c.q[j]) / c.q[n - 1]);
        c.eigenvalues.push_back(l % 2 == 0 ? std::vector<double>{5, 1, 0.01, -0.02} : std::vector<double>{});
        c.rank.push_back(l % 2 == 0 ? 2 : 0);
        c.noiseLevel.push_back(0.03);
        c.orderError.push_back(l % 2 == 0 ? 0.01 * (l + 1) : 0);
    }
    result->frames = 1000;
    return result;
}

/// A ball of radius 12 voxels with a hollow, on 40³ voxels of 4 Å.
inline DensityMap ball() {
    DensityMap map;
    constexpr std::size_t n = 40;
    map.values = Array<float, 3>({n, n, n});
    map.spacingAngstrom = 4;
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t j = 0; j < n; ++j)
            for (std::size_t i = 0; i < n; ++i) {
                const auto d = [](std::size_t a) { return static_cast<double>(a) - 19.5; };
                const double r = std::sqrt(d(i) * d(i) + d(j) * d(j) + d(k) * d(k));
                map.values(k, j, i) = static_cast<float>(1 / (1 + std::exp((r - 12) / 0.8)));
            }
    return map;
}

inline std::vector<Restart> restarts() {
    std::vector<Restart> out(3);
    for (std::size_t r = 0; r < out.size(); ++r) {
        out[r].selected = r < 2;
        for (int i = 0; i < 100; ++i)
            out[r].convergence.push_back(static_cast<float>(0.01 * static_cast<double>(r + 1) + std::exp(-i / 20.0)));
    }
    return out;
}

/// FSC = 1 - 8 q: 0.5 at q = 0.0625 (100.5 Å), 0.143 at 0.1071.
inline std::shared_ptr<const Reconstruction> reconstruction() {
    auto r = std::make_shared<Reconstruction>();
    r->map = ball();
    r->restarts = restarts();
    r->symmetry = "D7";
    for (int i = 0; i < 24; ++i) {
        const double q = 0.005 * (i + 0.5);
        r->halfSetFsc.q.push_back(q);
        r->halfSetFsc.fsc.push_back(1 - 8 * q);
        r->prtfQ.push_back(q);
        r->prtf.push_back(1 - 6 * q);
    }
    r->halfSetFsc.resolutionHalf = 2 * std::numbers::pi / 0.0625;
    r->halfSetFsc.resolution0143 = 2 * std::numbers::pi / 0.107125;
    return r;
}

inline std::shared_ptr<const RunInfo> polarRun(std::uint64_t frames = 100) {
    auto run = std::make_shared<RunInfo>();
    run->layout = "polar images";
    run->files = {"/data/run12.h5"};
    run->frameCount = frames;
    run->valueType = "float32";
    run->polarGrid = smallGrid();
    return run;
}

/// Intensity q index × 100 + φ index; ring 5 at φ index 7 masked.
inline std::shared_ptr<const BrowsedFrame> frame(std::shared_ptr<const RunInfo> run, std::uint64_t index = 0) {
    auto out = std::make_shared<BrowsedFrame>();
    out->index = index;
    out->run = std::move(run);
    out->polar.firstIndex = index;
    out->polar.intensity = Array<float, 3>({1, 20, 64});
    out->polar.mask = Array<std::uint8_t, 3>({1, 20, 64});
    for (std::size_t q = 0; q < 20; ++q)
        for (std::size_t phi = 0; phi < 64; ++phi) {
            out->polar.intensity(0, q, phi) = static_cast<float>(q * 100 + phi);
            out->polar.mask(0, q, phi) = !(q == 5 && phi == 7);
        }
    return out;
}

} // namespace fxs::test
