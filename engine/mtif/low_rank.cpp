#include "engine/mtif/low_rank.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace fxs::mtif {

namespace {
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Matrix matrix(View<const double, 2> v) {
    return Eigen::Map<const Matrix>(v.data(), static_cast<Eigen::Index>(v.extent(0)),
                                    static_cast<Eigen::Index>(v.extent(1)));
}

/// The largest |eigenvalue| of the noise, or of x's negative part where the noise is not known. A matrix of a few rows has its
/// largest eigenvalue well below the expected one by chance: the edge 2σ√n of random matrices with its norm σn guards against that.
double noiseGauge(const Eigen::VectorXd& eigenvalues, const std::optional<View<const double, 2>>& noise) {
    if (!noise)
        return std::max(0.0, -eigenvalues.minCoeff());
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(matrix(*noise), Eigen::EigenvaluesOnly);
    const double edge = 2 * solver.eigenvalues().norm() / std::sqrt(static_cast<double>(eigenvalues.size()));
    return std::max(edge, solver.eigenvalues().cwiseAbs().maxCoeff());
}
} // namespace

LowRank reduceRank(View<const double, 2> x, std::optional<View<const double, 2>> noise, double threshold, int maxRank,
                   std::optional<int> forcedRank) {
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(matrix(x));
    const Eigen::VectorXd values = solver.eigenvalues().reverse();
    const Matrix vectors = solver.eigenvectors().rowwise().reverse();
    LowRank result;
    result.eigenvalues.assign(values.data(), values.data() + values.size());
    result.noise = threshold * noiseGauge(values, noise);
    // Rounding of an exact low-rank matrix leaves eigenvalues of this size, which no half set shows.
    const double rounding = 1e-12 * values.cwiseAbs().maxCoeff();
    const double floor = forcedRank ? 0 : std::max(result.noise, rounding);
    const int most = forcedRank ? *forcedRank : maxRank;
    while (result.rank < std::min<int>(most, static_cast<int>(values.size())) && values(result.rank) > floor)
        ++result.rank;

    const std::size_t n = x.extent(0), rank = static_cast<std::size_t>(result.rank);
    result.factor = Array<double, 2>({n, rank});
    for (std::size_t k = 0; k < rank; ++k) {
        const auto column = static_cast<Eigen::Index>(k);
        Eigen::Index largest = 0;
        vectors.col(column).cwiseAbs().maxCoeff(&largest);
        // An eigenvector's sign is arbitrary: fixed here, so that equal data give equal files.
        const double scale = std::copysign(std::sqrt(values(column)), vectors(largest, column));
        for (std::size_t i = 0; i < n; ++i)
            result.factor(i, k) = vectors(static_cast<Eigen::Index>(i), column) * scale;
    }
    return result;
}

} // namespace fxs::mtif
