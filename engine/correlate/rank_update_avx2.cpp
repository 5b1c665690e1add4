#include "engine/correlate/rank_update_tiles.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define FXS_AVX2 __attribute__((target("avx2,fma")))

namespace fxs {

namespace {

using tiles::kLanes;

/// One group of 16 rings (two vectors) by Columns rings: 12 accumulators at most, so that all stays in the 16 registers.
template <std::size_t Columns, bool Cross>
FXS_AVX2 void multiply(const float* columns, const float* rings, std::size_t rows, float* out) {
    __m256 sum[Columns][2];
#pragma GCC unroll 6
    for (std::size_t j = 0; j < Columns; ++j)
        sum[j][0] = sum[j][1] = _mm256_setzero_ps();
    for (std::size_t k = 0; k < rows; k += 2) {
#pragma GCC unroll 2
        for (std::size_t part = 0; part < 2; ++part) {
            const float* column = columns + (k + part) * kLanes;
            const float* ring = rings + (k + (Cross ? 1 - part : part)) * kLanes;
            const __m256 a0 = _mm256_load_ps(ring), a1 = _mm256_load_ps(ring + 8);
#pragma GCC unroll 6
            for (std::size_t j = 0; j < Columns; ++j) {
                const __m256 b = _mm256_broadcast_ss(column + j);
                sum[j][0] = Cross && part == 1 ? _mm256_fnmadd_ps(b, a0, sum[j][0]) : _mm256_fmadd_ps(b, a0, sum[j][0]);
                sum[j][1] = Cross && part == 1 ? _mm256_fnmadd_ps(b, a1, sum[j][1]) : _mm256_fmadd_ps(b, a1, sum[j][1]);
            }
        }
    }
#pragma GCC unroll 6
    for (std::size_t j = 0; j < Columns; ++j) {
        _mm256_store_ps(out + j * kLanes, sum[j][0]);
        _mm256_store_ps(out + j * kLanes + 8, sum[j][1]);
    }
}

template <std::size_t Columns>
FXS_AVX2 void tile(const RankUpdate<float>& u, std::size_t column, std::size_t group) {
    alignas(32) float re[Columns * kLanes];
    alignas(32) float im[Columns * kLanes];
    const float* columns = u.panels + column / kLanes * u.groupStride + column % kLanes;
    const float* rings = u.panels + group * u.groupStride;
    multiply<Columns, false>(columns, rings, u.rows, re);
    if (u.full)
        multiply<Columns, true>(columns, rings, u.rows, im);
    for (std::size_t j = 0; j < Columns; ++j)
        tiles::addRow(u, column + j, group * kLanes, kLanes, re + j * kLanes, u.full ? im + j * kLanes : nullptr);
}

} // namespace

void rankUpdateAvx2(const RankUpdate<float>& u) {
    for (std::size_t columns = 0; columns < u.groups; ++columns)
        for (std::size_t group = columns; group < u.groups; ++group) {
            tile<6>(u, columns * kLanes, group);
            tile<6>(u, columns * kLanes + 6, group);
            tile<4>(u, columns * kLanes + 12, group);
        }
}

} // namespace fxs

#endif
