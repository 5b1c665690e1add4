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

} // namespace

NoiseScale noiseScale(View<const double, 2> noise, double whiteDeviation) {
    const Matrix m = matrix(noise);
    const auto n = static_cast<double>(m.rows());
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(m, Eigen::EigenvaluesOnly);
    const double sigma = std::max(whiteDeviation, m.norm() / n);
    return {solver.eigenvalues().cwiseAbs().maxCoeff(), 2 * sigma * std::sqrt(n), 2 * whiteDeviation * std::sqrt(n)};
}

LowRank reduceRank(View<const double, 2> x, std::optional<NoiseScale> noise, double threshold, int maxRank,
                   std::optional<int> forcedRank) {
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(matrix(x));
    const Eigen::VectorXd values = solver.eigenvalues().reverse();
    const Matrix vectors = solver.eigenvectors().rowwise().reverse();
    const double negative = std::max(0.0, -values.minCoeff());
    const NoiseScale scale = noise.value_or(NoiseScale{negative, negative, 0});
    LowRank result;
    result.eigenvalues.assign(values.data(), values.data() + values.size());
    result.noise = threshold * std::max({scale.largest, scale.edge, negative});
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
        const double shrunk = std::sqrt(std::max(0.0, values(column) * values(column) - scale.white * scale.white));
        const double root = std::copysign(std::sqrt(shrunk), vectors(largest, column));
        for (std::size_t i = 0; i < n; ++i)
            result.factor(i, k) = vectors(static_cast<Eigen::Index>(i), column) * root;
    }
    return result;
}

} // namespace fxs::mtif
