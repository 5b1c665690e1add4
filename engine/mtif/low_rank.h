#pragma once

#include "engine/core/array.h"

#include <optional>
#include <vector>

namespace fxs::mtif {

/// Tier 3: principal components of one order's coefficient matrix. B_l = Σ_m I_lm I_lm* has rank at most 2l+1, and what noise
/// adds has eigenvalues no larger than those of the noise alone, which half the difference of the half sets shows.
/// Units: whitened (of whatever x is given in).
struct LowRank {
    std::vector<double> eigenvalues; ///< all, falling
    int rank = 0;                    ///< how many are kept
    double noise = 0;                ///< the threshold
    Array<double, 2> factor;         ///< [n][rank]: x ≈ factor factorᵀ
};

/// x [n][n] symmetric; noise: half the difference of the half sets in the same basis, or nothing: then the largest |negative|
/// eigenvalue of x is the gauge. Keeps eigenvalues above threshold * gauge, at most maxRank, or exactly forcedRank of the
/// positive ones. Cost: O(n³).
LowRank reduceRank(View<const double, 2> x, std::optional<View<const double, 2>> noise, double threshold, int maxRank,
                   std::optional<int> forcedRank = std::nullopt);

} // namespace fxs::mtif
