#pragma once

#include "engine/correlate/rank_update.h"

#include <cstddef>

namespace fxs {

/// This program's own kernels. The triangle q <= q' is cut into tiles of a few groups of 16 rings q' (vectors) by a few rings q
/// (broadcast); a tile is summed in registers over all rows and then added to the double sums, so that nothing but the
/// sums is written, and only what lies above the diagonal's groups is computed. Why not BLAS: its ssyrk computes whole
/// diagonal blocks, packs its input again, and writes its product to be read once more.
void rankUpdateAvx512(const RankUpdate<float>& update);
void rankUpdateAvx2(const RankUpdate<float>& update);

namespace tiles {

constexpr std::size_t kLanes = 16;

/// Adds the products of one ring q with `count` rings from firstPrime on (both counted in A) to the sums; re and im hold them as
/// the tile left them, im may be null.
inline void addRow(const RankUpdate<float>& u, std::size_t q, std::size_t firstPrime, std::size_t count,
                   const float* re, const float* im) {
    const std::size_t ring = u.firstRing + q;
    if (ring >= u.ringCount)
        return;
    const std::size_t begin = firstPrime > q ? firstPrime : q;
    const std::size_t last = u.ringCount - u.firstRing;
    const std::size_t end = firstPrime + count < last ? firstPrime + count : last;
    if (begin >= end)
        return;
    const double f = u.factor[q];
    const double* g = u.factor + begin;
    const std::size_t pair = ring * u.ringCount - ring * (ring + 1) / 2 + u.firstRing + begin;
    const std::size_t n = end - begin;
    re += begin - firstPrime;
    if (!im) {
        double* to = u.sums + pair;
        for (std::size_t i = 0; i < n; ++i)
            to[i] += f * g[i] * static_cast<double>(re[i]);
        return;
    }
    im += begin - firstPrime;
    double* to = u.sums + 2 * pair;
    for (std::size_t i = 0; i < n; ++i) {
        to[2 * i] += f * g[i] * static_cast<double>(re[i]);
        to[2 * i + 1] += f * g[i] * static_cast<double>(im[i]);
    }
}

} // namespace tiles

} // namespace fxs
