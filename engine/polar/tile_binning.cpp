#include "engine/polar/tile_binning.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#define FXS_AVX2 __attribute__((target("avx2")))
#endif

namespace fxs {

namespace {

constexpr std::size_t kLanes = TileBinning::kLanes, kTile = TileBinning::kTile;

/// One run of entries of a bin, added to its sums.
void addRunPlain(const std::uint32_t* pixel, const float* factor, std::size_t entries, const float* lanes, float* sum) {
    for (std::size_t e = 0; e < entries; ++e)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            sum[lane] += factor[e] * lanes[pixel[e] * kLanes + lane];
}

void interleavePlain(const float* frames, float* lanes) {
    for (std::size_t i = 0; i < kTile; ++i)
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            lanes[i * kLanes + lane] = frames[lane * kTile + i];
}

#if defined(__x86_64__)
bool hasAvx2() {
    static const bool has = __builtin_cpu_supports("avx2");
    return has;
}

/// Rows of eight become columns: pairs, quadruples, halves.
FXS_AVX2 void interleaveAvx2(const float* frames, float* lanes) {
    for (std::size_t i = 0; i < kTile; i += 8) {
        __m256 r[8], t[8];
        for (std::size_t k = 0; k < 8; ++k)
            r[k] = _mm256_load_ps(frames + k * kTile + i);
        for (std::size_t k = 0; k < 4; ++k) {
            t[2 * k] = _mm256_unpacklo_ps(r[2 * k], r[2 * k + 1]);
            t[2 * k + 1] = _mm256_unpackhi_ps(r[2 * k], r[2 * k + 1]);
        }
        for (std::size_t half = 0; half < 2; ++half) {
            const __m256 a = t[4 * half], b = t[4 * half + 1], c = t[4 * half + 2], d = t[4 * half + 3];
            r[4 * half] = _mm256_shuffle_ps(a, c, 0x44);
            r[4 * half + 1] = _mm256_shuffle_ps(a, c, 0xEE);
            r[4 * half + 2] = _mm256_shuffle_ps(b, d, 0x44);
            r[4 * half + 3] = _mm256_shuffle_ps(b, d, 0xEE);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            _mm256_store_ps(lanes + (i + k) * kLanes, _mm256_permute2f128_ps(r[k], r[k + 4], 0x20));
            _mm256_store_ps(lanes + (i + k + 4) * kLanes, _mm256_permute2f128_ps(r[k], r[k + 4], 0x31));
        }
    }
}
#endif

} // namespace

TileBinning::TileBinning(const Resampler& resampler) {
    const Resampler::Weights weights = resampler.weights();
    m_pixels = weights.pixels;
    m_bins = weights.first.size() - 1;
    const std::size_t tiles = (m_pixels + kTile - 1) / kTile;
    // Counted by tile, then put in bin order within each tile: bins are walked in order, so entries come out sorted.
    m_tileEntries.assign(tiles + 1, 0);
    for (std::size_t i = 0; i < weights.pixel.size(); ++i)
        if (weights.factor[i] != 0)
            ++m_tileEntries[weights.pixel[i] / kTile + 1];
    for (std::size_t t = 0; t < tiles; ++t)
        m_tileEntries[t + 1] += m_tileEntries[t];
    m_pixel.resize(m_tileEntries.back());
    m_factor.resize(m_tileEntries.back());
    std::vector<std::uint32_t> binOf(m_tileEntries.back());
    std::vector<std::size_t> next(m_tileEntries.begin(), m_tileEntries.end() - 1);
    for (std::size_t bin = 0; bin < m_bins; ++bin)
        for (std::uint32_t i = weights.first[bin]; i < weights.first[bin + 1]; ++i) {
            if (weights.factor[i] == 0)
                continue;
            const std::size_t at = next[weights.pixel[i] / kTile]++;
            m_pixel[at] = static_cast<std::uint32_t>(weights.pixel[i] % kTile);
            m_factor[at] = weights.factor[i];
            binOf[at] = static_cast<std::uint32_t>(bin);
        }
    m_tiles.push_back(0);
    for (std::size_t t = 0; t < tiles; ++t) {
        for (std::size_t i = m_tileEntries[t]; i < m_tileEntries[t + 1]; ++i) {
            if (i == m_tileEntries[t] || binOf[i] != binOf[i - 1])
                m_runs.push_back({binOf[i], 0});
            ++m_runs.back().entries;
        }
        m_tiles.push_back(m_runs.size());
    }
}

void TileBinning::interleave(const float* frames, float* lanes) {
#if defined(__x86_64__)
    if (hasAvx2())
        return interleaveAvx2(frames, lanes);
#endif
    interleavePlain(frames, lanes);
}

#if defined(__x86_64__)
namespace {

FXS_AVX2 inline void addRunAvx2(const std::uint32_t* pixel, const float* factor, std::size_t entries,
                                const float* lanes, float* sum) {
    __m256 total = _mm256_load_ps(sum);
    for (std::size_t e = 0; e < entries; ++e)
        total = _mm256_add_ps(
            total, _mm256_mul_ps(_mm256_broadcast_ss(factor + e), _mm256_load_ps(lanes + pixel[e] * kLanes)));
    _mm256_store_ps(sum, total);
}

template <class Run>
FXS_AVX2 void addRunsAvx2(const Run* run, const Run* end, const std::uint32_t* pixel, const float* factor,
                          const float* lanes, float* sums) {
    for (; run != end; ++run) {
        addRunAvx2(pixel, factor, run->entries, lanes, sums + std::size_t{run->bin} * kLanes);
        pixel += run->entries;
        factor += run->entries;
    }
}

} // namespace
#endif

void TileBinning::add(std::size_t tile, const float* lanes, float* sums) const {
    const Run* run = m_runs.data() + m_tiles[tile];
    const Run* const end = m_runs.data() + m_tiles[tile + 1];
    const std::uint32_t* pixel = m_pixel.data() + m_tileEntries[tile];
    const float* factor = m_factor.data() + m_tileEntries[tile];
#if defined(__x86_64__)
    if (hasAvx2())
        return addRunsAvx2(run, end, pixel, factor, lanes, sums);
#endif
    for (; run != end; ++run) {
        addRunPlain(pixel, factor, run->entries, lanes, sums + std::size_t{run->bin} * kLanes);
        pixel += run->entries;
        factor += run->entries;
    }
}

} // namespace fxs
