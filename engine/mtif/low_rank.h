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

/// What is known of the noise in x.
struct Noise {
    View<const double, 2> matrix; ///< half the difference of the half sets, in the basis of x
    double whiteDeviation =
        0; ///< deviation of its elements that independent (counting) noise outside leads one to expect
};

/// x [n][n] symmetric. Component after component is kept while its eigenvalue is above threshold times the gauge of what is left:
/// the noise on the complement of the components before it. Sampling errors are largest along the strong components, and say
/// nothing against a weak one. The gauge is the largest of: the noise's largest |eigenvalue| there; Wigner's 2σ√n, where random
/// matrices of n rows end, since a matrix of a few rows is often small by chance; the largest |negative| eigenvalue of x. Without
/// noise it is the last alone. At most maxRank are kept, shrunk as by keepComponents.
/// Cost: O(n³) a component.
LowRank reduceRank(View<const double, 2> x, const std::optional<Noise>& noise, double threshold, int maxRank);

/// The first rank components of x (fewer if not positive), shrunk from λ to sqrt(λ² − (2σ√n)²) for white noise of deviation σ, which
/// lengthens eigenvalues and turns eigenvectors: the least expected squared error (Gavish and Donoho, IEEE Trans. Inf. Theory 63
/// (2017) 2137).
LowRank keepComponents(View<const double, 2> x, int rank, double whiteDeviation);

} // namespace fxs::mtif
