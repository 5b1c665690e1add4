#pragma once

#include <cstddef>

namespace fxs {

/// How many rows the ring kernels take at once.
inline constexpr std::size_t kRingBlock = 8;

/// Cosines and sines for sums over rings on azimuths φ_k = 2π (k + 1/2)/phiCount, folded four-fold: by φ → −φ and φ → φ
/// + π. Shape: table [2 slot + (cos, sin)][phiCount / 4], slots: even μ first, then odd μ.
struct RingTable {
    const double* table;
    std::size_t muCount;
    std::size_t phiCount;
};

/// field [phi][row] = Σ_k rings [k][row] table[k][phi], for all four images of every quarter point; μ = 0 has no sine.
/// Cost: muCount * phiCount / 2 multiply-adds a row, by the widest vectors the processor has.
void synthesiseRings(const RingTable& t, const double* rings, std::size_t rows, double* field);
/// rings [k][row] = Σ_φ table[k][phi] field [phi][row]; folded: working memory of phiCount * kRingBlock doubles.
void analyseRings(const RingTable& t, const double* field, std::size_t rows, double* rings, double* folded);

} // namespace fxs
