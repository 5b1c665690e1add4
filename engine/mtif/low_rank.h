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
    Array<double, 2> factor;         ///< [n][rank]: x ≈ factor factorᵀ, shrunk
};

/// How large eigenvalues of noise alone are.
struct NoiseScale {
    double largest = 0; ///< the largest |eigenvalue| of half the difference of the half sets, in the basis of x
    double edge =
        0; ///< 2σ√n, where a symmetric random matrix of n rows and elements of deviation σ ends (Wigner's law)
    double white =
        0; ///< the same of the part that is independent from element to element (counting noise, not sampling errors)
};
/// noise [n][n]: half the difference of the half sets in the same basis. whiteDeviation: the deviation of its elements that
/// independent noise seen outside this small matrix leads one to expect (0: none); the matrix itself has few elements, and its
/// largest eigenvalue is often low by chance.
NoiseScale noiseScale(View<const double, 2> noise, double whiteDeviation);

/// x [n][n] symmetric. Keeps eigenvalues above threshold * gauge, at most maxRank, or exactly forcedRank of the positive ones.
/// The gauge is the largest of noise.largest, noise.edge and the largest |negative| eigenvalue of x, which alone is known without
/// halves. What is kept is shrunk from λ to sqrt(λ² − white²): white noise lengthens eigenvalues and turns eigenvectors, and this gives
/// the least expected squared error (Gavish and Donoho, IEEE Trans. Inf. Theory 63 (2017) 2137). Cost: O(n³).
LowRank reduceRank(View<const double, 2> x, std::optional<NoiseScale> noise, double threshold, int maxRank,
                   std::optional<int> forcedRank = std::nullopt);

} // namespace fxs::mtif
