#include "engine/mtif/hankel_basis.h"

#include "engine/core/error.h"
#include "engine/math/spherical_bessel.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace fxs::mtif {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<const Matrix>;

/// Directions of the basis that the rings see with less than this part of the best one cannot be told from rounding.
constexpr double kDependent = 1e-6;

/// ψ_n(q) for every zero, scaled so that ψ_n = 1 at its own zero.
Matrix hankelFunctions(int l, double diameter, std::span<const double> zeros, std::span<const double> q) {
    Matrix psi(static_cast<Eigen::Index>(q.size()), static_cast<Eigen::Index>(zeros.size()));
    std::vector<double> j(static_cast<std::size_t>(l) + 1);
    std::vector<double> slopes;
    for (double z : zeros)
        slopes.push_back(sphericalBesselDerivative(l, z));
    for (std::size_t i = 0; i < q.size(); ++i) {
        const double x = q[i] * diameter;
        sphericalBessel(l, x, j);
        for (std::size_t n = 0; n < zeros.size(); ++n) {
            const double z = zeros[n], gap = z - x;
            // z j_l'(z) j_l(x)/(z² − x²) → −j_l'(z)²/2 as x → z; the quotient loses digits close to it.
            const double quotient = std::abs(gap) < 1e-7 * z ? -slopes[n] : j[static_cast<std::size_t>(l)] / gap;
            psi(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(n)) = -2 * z * quotient / ((z + x) * slopes[n]);
        }
    }
    return psi;
}

Array<double, 2> toArray(const Matrix& m) {
    auto out =
        Array<double, 2>::uninitialised({static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols())});
    std::copy_n(m.data(), m.size(), out.data());
    return out;
}

Map map(View<const double, 2> v) {
    return {v.data(), static_cast<Eigen::Index>(v.extent(0)), static_cast<Eigen::Index>(v.extent(1))};
}

void symmetrise(Array<double, 2>& x) {
    for (std::size_t i = 0; i < x.extent(0); ++i)
        for (std::size_t j = 0; j < i; ++j)
            x(i, j) = x(j, i) = 0.5 * (x(i, j) + x(j, i));
}

} // namespace

int hankelTermCount(int l, double qMax, double diameter) {
    const double limit = qMax * diameter;
    // Zeros of j_l are more than π apart and lie above l.
    const int count = static_cast<int>(limit / M_PI) + 2;
    const auto zeros = sphericalBesselZeros(l, count);
    return static_cast<int>(std::upper_bound(zeros.begin(), zeros.end(), limit) - zeros.begin());
}

HankelBasis makeHankelBasis(int l, double diameter, int terms, std::span<const double> q,
                            std::span<const double> weights, std::span<const double> shells) {
    const auto measured =
        static_cast<int>(std::count_if(weights.begin(), weights.end(), [](double w) { return w > 0; }));
    if (measured == 0)
        throw Error(ErrorCode::badSettings, "Hankel basis: no ring has data of order l = " + std::to_string(l));
    const auto zeros = sphericalBesselZeros(l, std::clamp(terms, 1, measured));
    const Matrix fine = hankelFunctions(l, diameter, zeros, q), coarse = hankelFunctions(l, diameter, zeros, shells);
    const Eigen::Map<const Eigen::VectorXd> w(weights.data(), static_cast<Eigen::Index>(weights.size()));
    Matrix weighted = w.asDiagonal() * fine;
    // Columns of one length first: otherwise the weakest function, not the most dependent one, would be cut.
    const Eigen::VectorXd norms = weighted.colwise().norm().transpose().cwiseMax(1e-300).cwiseInverse();
    weighted = weighted * norms.asDiagonal();
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(weighted);
    qr.setThreshold(kDependent);
    const Eigen::Index keep = std::max<Eigen::Index>(1, qr.rank());
    // weighted P = Q R, so weighted P R⁻¹ = Q is orthonormal; what R cannot invert is left out.
    const Eigen::MatrixXd inverse = qr.matrixR()
                                        .topLeftCorner(keep, keep)
                                        .triangularView<Eigen::Upper>()
                                        .solve(Eigen::MatrixXd::Identity(keep, keep));
    const Eigen::MatrixXd permutation = qr.colsPermutation();
    const Eigen::MatrixXd turn = norms.asDiagonal() * permutation.leftCols(keep) * inverse;
    return {toArray(fine * turn), toArray(coarse * turn)};
}

Array<double, 2> project(const HankelBasis& basis, std::span<const double> weights, View<const double, 2> b) {
    const Eigen::Map<const Eigen::VectorXd> w(weights.data(), static_cast<Eigen::Index>(weights.size()));
    // U = W F is orthonormal, so the weighted least squares of B in F is Uᵀ W B W U.
    const Matrix wu = w.cwiseProduct(w).asDiagonal() * map(basis.fine.view());
    Array<double, 2> x = toArray(wu.transpose() * map(b) * wu);
    symmetrise(x);
    return x;
}

Array<double, 2> expand(View<const double, 2> functions, View<const double, 2> x) {
    Array<double, 2> b = toArray(map(functions) * map(x) * map(functions).transpose());
    symmetrise(b);
    return b;
}

Array<double, 2> expandFactor(View<const double, 2> functions, View<const double, 2> factor) {
    const Matrix v = map(functions) * map(factor);
    Array<double, 2> b = toArray(v * v.transpose());
    symmetrise(b);
    return b;
}

} // namespace fxs::mtif
