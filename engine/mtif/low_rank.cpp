#include "engine/mtif/low_rank.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace fxs::mtif {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rounding of an exact low-rank matrix leaves eigenvalues of this part of the largest, which no half set shows.
constexpr double kRounding = 1e-12;

Matrix matrix(View<const double, 2> v) {
    return Eigen::Map<const Matrix>(v.data(), static_cast<Eigen::Index>(v.extent(0)),
                                    static_cast<Eigen::Index>(v.extent(1)));
}

/// Eigenvalues, falling, and their vectors.
struct Spectrum {
    Eigen::VectorXd values;
    Matrix vectors;

    explicit Spectrum(View<const double, 2> x) {
        const Eigen::SelfAdjointEigenSolver<Matrix> solver(matrix(x));
        values = solver.eigenvalues().reverse();
        vectors = solver.eigenvectors().rowwise().reverse();
    }
};

/// Where eigenvalues of noise alone end, for a matrix of noise and the deviation expected of its elements.
double noiseEdge(const Matrix& noise, double whiteDeviation) {
    const auto n = static_cast<double>(noise.rows());
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(noise, Eigen::EigenvaluesOnly);
    const double wigner = 2 * std::max(whiteDeviation, noise.norm() / n) * std::sqrt(n);
    return std::max(wigner, solver.eigenvalues().cwiseAbs().maxCoeff());
}

LowRank keep(const Spectrum& spectrum, Eigen::Index rank, double whiteDeviation) {
    const Eigen::Index n = spectrum.values.size();
    const double edge = 2 * whiteDeviation * std::sqrt(static_cast<double>(n));
    LowRank result;
    result.eigenvalues.assign(spectrum.values.data(), spectrum.values.data() + n);
    result.rank = static_cast<int>(rank);
    result.factor = Array<double, 2>({static_cast<std::size_t>(n), static_cast<std::size_t>(rank)});
    for (Eigen::Index k = 0; k < rank; ++k) {
        Eigen::Index largest = 0;
        spectrum.vectors.col(k).cwiseAbs().maxCoeff(&largest);
        const double value = spectrum.values(k);
        const double shrunk = std::sqrt(std::max(0.0, value * value - edge * edge));
        // An eigenvector's sign is arbitrary: fixed here, so that equal data give equal files.
        const double root = std::copysign(std::sqrt(shrunk), spectrum.vectors(largest, k));
        for (Eigen::Index i = 0; i < n; ++i)
            result.factor(i, k) = spectrum.vectors(i, k) * root;
    }
    return result;
}

} // namespace

LowRank reduceRank(View<const double, 2> x, const std::optional<Noise>& noise, double threshold, int maxRank) {
    const Spectrum spectrum(x);
    const Eigen::Index n = spectrum.values.size(), most = std::min<Eigen::Index>(maxRank, n);
    const double negative = std::max(0.0, -spectrum.values.minCoeff());
    const double rounding = kRounding * spectrum.values.cwiseAbs().maxCoeff();
    Matrix turned;
    if (noise)
        turned = spectrum.vectors.transpose() * matrix(noise->matrix) * spectrum.vectors;
    Eigen::Index rank = 0;
    double level = 0;
    for (;; ++rank) {
        double gauge = negative;
        if (noise && rank < n)
            gauge = std::max(gauge, noiseEdge(turned.bottomRightCorner(n - rank, n - rank), noise->whiteDeviation));
        level = threshold * gauge;
        if (rank >= most || !(spectrum.values(rank) > std::max(level, rounding)))
            break;
    }
    LowRank result = keep(spectrum, rank, noise ? noise->whiteDeviation : 0);
    result.noise = level;
    return result;
}

LowRank keepComponents(View<const double, 2> x, int rank, double whiteDeviation) {
    const Spectrum spectrum(x);
    Eigen::Index kept = 0;
    while (kept < std::min<Eigen::Index>(rank, spectrum.values.size()) && spectrum.values(kept) > 0)
        ++kept;
    return keep(spectrum, kept, whiteDeviation);
}

} // namespace fxs::mtif
