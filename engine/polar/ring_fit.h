#pragma once

#include "engine/core/array.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fxs {

/// The band-limited least-squares fit of one ring with gaps, as the linear map that fills the gaps from the valid bins.
/// A ring x = Σ_{|m| <= M} c_m e^{imφ} is fitted on its valid bins; what the fit says in the gaps is x_gap = E x_valid. The
/// Fourier transform of the filled ring, cut at M, *is* the least-squares solution: in the gaps the residual is zero, so the
/// filled ring's full-circle projection minimises the same sum. With K(Δφ) = (1/n) Σ_{|m| <= M} e^{imΔφ}:
/// E = (1 - K_gap,gap)⁻¹ K_gap,valid, and the singular values of the fit are √(1 - λ), λ the eigenvalues of K_gap,gap.
struct RingFit {
    std::vector<std::uint32_t> valid; ///< bins with data, increasing
    std::vector<std::uint32_t> gaps;  ///< bins without, increasing
    Array<double, 2> fill;            ///< E [gap][valid]
    double condition = 1;             ///< largest over smallest singular value, before truncation; infinite if singular
    bool truncated = false;           ///< singular values below 1/maxCondition of the largest were left out
};

/// Which harmonics a ring may have: |m| <= highest, all or only even ones (flat data, Friedel's law: I(φ + π) = I(φ)).
struct RingBand {
    std::size_t highest = 0;
    bool evenOnly = false;
};

/// mask: one flag a bin, 1 = valid. highest may be n/2 at most.
/// Cost: gaps³ + gaps² × valid flops.
RingFit fitRing(std::span<const std::uint8_t> mask, const RingBand& band, double maxCondition);

/// Condition number only.
double ringFitCondition(std::span<const std::uint8_t> mask, const RingBand& band);

} // namespace fxs
