#include "engine/correlate/rank_update_tiles.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define FXS_AVX512 __attribute__((target("avx512f,avx512vl,avx2,fma")))

namespace fxs {

namespace {

using tiles::kLanes;
constexpr std::size_t kColumns = 8; // 24 accumulators of 16 lanes, 3 vectors and a broadcast: the 32 registers

template <int Vectors, bool Cross>
FXS_AVX512 void multiply(const float* columns, const float* rings, std::size_t groupStride, std::size_t rows,
                         float* out) {
    __m512 sum[kColumns][Vectors];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kColumns; ++j)
#pragma GCC unroll 3
        for (int v = 0; v < Vectors; ++v)
            sum[j][v] = _mm512_setzero_ps();
    for (std::size_t k = 0; k < rows; k += 2) {
#pragma GCC unroll 2
        for (std::size_t part = 0; part < 2; ++part) {
            const float* column = columns + (k + part) * kLanes;
            const float* ring = rings + (k + (Cross ? 1 - part : part)) * kLanes;
            __m512 a[Vectors];
#pragma GCC unroll 3
            for (int v = 0; v < Vectors; ++v)
                a[v] = _mm512_load_ps(ring + static_cast<std::size_t>(v) * groupStride);
#pragma GCC unroll 8
            for (std::size_t j = 0; j < kColumns; ++j) {
                const __m512 b = _mm512_set1_ps(column[j]);
#pragma GCC unroll 3
                for (int v = 0; v < Vectors; ++v)
                    sum[j][v] =
                        Cross && part == 1 ? _mm512_fnmadd_ps(b, a[v], sum[j][v]) : _mm512_fmadd_ps(b, a[v], sum[j][v]);
            }
        }
    }
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kColumns; ++j)
#pragma GCC unroll 3
        for (int v = 0; v < Vectors; ++v)
            _mm512_store_ps(out + (j * Vectors + static_cast<std::size_t>(v)) * kLanes, sum[j][v]);
}

/// tiles::addRow for the real part alone, eight pairs at a time.
FXS_AVX512 void addRealRow(const RankUpdate<float>& u, std::size_t q, std::size_t firstPrime, std::size_t count,
                           const float* re) {
    const std::size_t ring = u.firstRing + q, last = u.ringCount - u.firstRing;
    if (q >= last)
        return;
    const std::size_t begin = firstPrime > q ? firstPrime : q;
    const std::size_t end = firstPrime + count < last ? firstPrime + count : last;
    const __m512d f = _mm512_set1_pd(u.factor[q]);
    const double* g = u.factor + begin;
    double* to = u.sums + ring * u.ringCount - ring * (ring + 1) / 2 + u.firstRing + begin;
    re += begin - firstPrime;
    for (std::size_t i = 0; begin + i < end; i += 8) {
        const std::size_t left = end - begin - i;
        const auto mask = static_cast<__mmask8>(left >= 8 ? 0xff : (1U << left) - 1);
        const __m512d value = _mm512_maskz_cvtps_pd(mask, _mm256_maskz_loadu_ps(mask, re + i));
        const __m512d scale = _mm512_mul_pd(f, _mm512_maskz_loadu_pd(mask, g + i));
        const __m512d sum = _mm512_fmadd_pd(scale, value, _mm512_maskz_loadu_pd(mask, to + i));
        _mm512_mask_storeu_pd(to + i, mask, sum);
    }
}

/// Asks for the sums that a tile will be added to, so that they arrive while it is multiplied: they lie in short pieces far apart,
/// which the processor does not foresee.
FXS_AVX512 void prefetchSums(const RankUpdate<float>& u, std::size_t column, std::size_t firstPrime, std::size_t count) {
    const std::size_t last = u.ringCount - u.firstRing, bytes = (u.full ? 16 : 8);
    const std::size_t end = firstPrime + count < last ? firstPrime + count : last;
    for (std::size_t q = column; q < column + kColumns && q < last; ++q) {
        const std::size_t ring = u.firstRing + q, begin = firstPrime > q ? firstPrime : q;
        const std::size_t pair = ring * u.ringCount - ring * (ring + 1) / 2 + u.firstRing;
        const char* sums = reinterpret_cast<const char*>(u.sums);
        for (std::size_t at = (pair + begin) * bytes; at < (pair + end) * bytes; at += 64)
            __builtin_prefetch(sums + at, 1, 2);
    }
}

template <int Vectors>
FXS_AVX512 void tile(const RankUpdate<float>& u, std::size_t column, std::size_t group) {
    alignas(64) float re[kColumns * Vectors * kLanes];
    alignas(64) float im[kColumns * Vectors * kLanes];
    const float* columns = u.panels + column / kLanes * u.groupStride + column % kLanes;
    const float* rings = u.panels + group * u.groupStride;
    constexpr std::size_t width = Vectors * kLanes;
    prefetchSums(u, column, group * kLanes, width);
    multiply<Vectors, false>(columns, rings, u.groupStride, u.rows, re);
    if (!u.full) {
        for (std::size_t j = 0; j < kColumns; ++j)
            addRealRow(u, column + j, group * kLanes, width, re + j * width);
        return;
    }
    multiply<Vectors, true>(columns, rings, u.groupStride, u.rows, im);
    for (std::size_t j = 0; j < kColumns; ++j)
        tiles::addRow(u, column + j, group * kLanes, width, re + j * width, im + j * width);
}

} // namespace

void rankUpdateAvx512(const RankUpdate<float>& u) {
    for (std::size_t column = 0; column < u.groups * kLanes && u.firstRing + column < u.ringCount; column += kColumns) {
        std::size_t group = column / kLanes;
        // Three groups at a time; four that remain are better as two twos than as three and a lone one.
        for (std::size_t left = u.groups - group; left > 0; left = u.groups - group) {
            if (left == 1) {
                tile<1>(u, column, group);
                group += 1;
            } else if (left == 2 || left == 4) {
                tile<2>(u, column, group);
                group += 2;
            } else {
                tile<3>(u, column, group);
                group += 3;
            }
        }
    }
}

} // namespace fxs

#endif
