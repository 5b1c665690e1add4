#include "engine/mtip/invariant_projection.h"

#include "engine/core/error.h"

#include <Eigen/SVD>
#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr double kNegligible = 1e-8;      // singular values below this part of the largest say nothing in doubles
constexpr double kIntensityFloor = 1e-12; // of the mean
constexpr double kLeastI00 = 1e-9;        // of the largest: keeps w finite where I_00 crosses zero

int toInt(std::size_t n) {
    return static_cast<int>(n);
}

void checkFinite(View<const double, 2> values, std::size_t rows, const char* what, int l) {
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < values.extent(1); ++j)
            if (!std::isfinite(values(i, j)))
                throw Error(ErrorCode::badInput,
                            fmt::format("phasing: {} of order {} is not a finite number at shell {}", what, l, i));
}

} // namespace

InvariantTarget::InvariantTarget(const Coefficients& c, const PhasingSpace& space, std::size_t shells,
                                 double weightPower, std::optional<int> freeOrder)
    : m_rootWeight(shells) {
    const auto orders = static_cast<std::size_t>(c.maxOrder) + 1;
    if (c.vl.extent(0) < orders || c.vl.extent(1) != c.q.size() || c.rank.size() < orders || shells > c.q.size())
        throw Error(ErrorCode::badInput,
                    fmt::format("phasing: factors V_l have shape [{}][{}] and {} ranks, expected [{}][{}] and {}",
                                c.vl.extent(0), c.vl.extent(1), c.rank.size(), orders, c.q.size(), orders));
    if (c.i00.size() != c.q.size())
        throw Error(ErrorCode::badInput, fmt::format("phasing: I_00 has {} values, expected one for each of {} shells",
                                                     c.i00.size(), c.q.size()));
    double largest = 0, sum = 0;
    for (std::size_t i = 0; i < shells; ++i) {
        if (!std::isfinite(c.i00[i]))
            throw Error(ErrorCode::badInput, fmt::format("phasing: I_00 is not a finite number at shell {}", i));
        largest = std::max(largest, c.i00[i]);
        sum += std::max(0.0, c.i00[i]);
    }
    if (!(largest > 0))
        throw Error(ErrorCode::badInput, "phasing: I_00 is not positive on any shell: the mean image says nothing");
    for (std::size_t i = 0; i < shells; ++i)
        if (c.i00[i] > 0)
            m_rootWeight[i] = std::sqrt(std::pow(c.q[i], weightPower) / std::max(c.i00[i], kLeastI00 * largest));
    m_floor = kIntensityFloor * sum / (static_cast<double>(shells) * std::sqrt(4 * std::numbers::pi));
    const int last = std::min(c.maxOrder, space.intensity.maxOrder());
    for (int l = 0; l <= last; l += 2)
        addOrder(c, space, l, freeOrder && *freeOrder == l);
    for (const Order& order : m_orders)
        m_norm += order.held ? 0.0 : order.norm;
}

void InvariantTarget::addOrder(const Coefficients& c, const PhasingSpace& space, int l, bool held) {
    Order order;
    order.l = l;
    order.held = held;
    order.dimension = static_cast<std::size_t>(space.group.dimension(l));
    const std::size_t n = shells();
    if (l == 0) { // sign and size are the mean image's
        order.columns = 1;
        for (std::size_t i = 0; i < n; ++i)
            order.v.push_back(m_rootWeight[i] * std::max(0.0, c.i00[i]));
    } else {
        const auto rank =
            static_cast<std::size_t>(std::clamp(c.rank[static_cast<std::size_t>(l)], 0, toInt(c.vl.extent(2))));
        if (rank == 0 || order.dimension == 0)
            return;
        const auto v = c.vl[static_cast<std::size_t>(l)];
        checkFinite(v, n, "V_l", l);
        Eigen::MatrixXd weighted(n, rank);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < rank; ++k)
                weighted(toInt(i), toInt(k)) = m_rootWeight[i] * v(i, k);
        // Fewer columns say the same: V O is the same set for V and for V times any orthogonal matrix.
        const Eigen::JacobiSVD<Eigen::MatrixXd> svd(weighted, Eigen::ComputeThinU);
        const Eigen::VectorXd& sigma = svd.singularValues();
        while (order.columns < static_cast<std::size_t>(sigma.size()) && order.columns < order.dimension &&
               sigma(toInt(order.columns)) > kNegligible * sigma(0))
            ++order.columns;
        if (order.columns == 0)
            return;
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < order.columns; ++k)
                order.v.push_back(svd.matrixU()(toInt(i), toInt(k)) * sigma(toInt(k)));
    }
    for (const double value : order.v)
        order.norm += value * value;
    m_orders.push_back(std::move(order));
}

InvariantProjection::InvariantProjection(const PhasingSpace& space) : m_space(space) {
    const std::size_t shells = space.grid.q().size();
    const auto components = static_cast<std::size_t>(2 * space.intensity.maxOrder() + 1);
    m_packed = Array<double, 2>({shells, components});
    m_projected = Array<double, 2>({shells, components});
    m_product = Array<double, 2>({shells, components});
    m_work = Array<double, 2>({2 * shells + 1, shells});
}

void InvariantProjection::pack(int l, View<const double, 3> lm, const std::vector<double>& scale) {
    const SphericalTransform& layout = m_space.intensity;
    const std::size_t count = layout.orderCount(l), fold = static_cast<std::size_t>(m_space.group.fold);
    double* to = m_packed.data();
    for (std::size_t s = 0; s < scale.size(); ++s) {
        const double* from = lm.data() + 2 * (s * layout.coefficientCount() + layout.offset(l));
        const double both = std::numbers::sqrt2 * scale[s];
        if (m_space.group.dihedral) {
            *to++ = from[0] * scale[s]; // even l
            for (std::size_t mu = 1; mu < count; ++mu)
                *to++ = from[2 * mu + (mu * fold) % 2] * both;
        } else {
            *to++ = from[0] * scale[s];
            for (std::size_t k = 2; k < 2 * count; ++k)
                *to++ = from[k] * both;
        }
    }
}

void InvariantProjection::unpack(int l, View<double, 3> lm, double factor, const std::vector<double>& rootWeight,
                                 Output output) const {
    const SphericalTransform& layout = m_space.intensity;
    const std::size_t count = layout.orderCount(l), fold = static_cast<std::size_t>(m_space.group.fold);
    const double *packed = m_packed.data(), *projected = m_projected.data();
    for (std::size_t s = 0; s < rootWeight.size(); ++s) {
        double* to = lm.data() + 2 * (s * layout.coefficientCount() + layout.offset(l));
        const double w = rootWeight[s];
        const double scale = output == Output::slope ? factor * w : (w > 0 ? factor / w : 0.0);
        to[0] = scale * (*projected++ - *packed++);
        to[1] = 0;
        for (std::size_t k = 2; k < 2 * count; ++k) {
            const bool allowed = !m_space.group.dihedral || k % 2 == (k / 2 * fold) % 2;
            to[k] = allowed ? scale / std::numbers::sqrt2 * (*projected++ - *packed++) : 0.0;
        }
    }
}

double InvariantProjection::projectOrder(const InvariantTarget& target, const InvariantTarget::Order& order,
                                         View<const double, 3> intensity) {
    const int shells = toInt(target.shells()), columns = toInt(order.columns), dimension = toInt(order.dimension);
    pack(order.l, intensity, target.rootWeight());
    if (order.l == 0) {
        std::copy(order.v.begin(), order.v.end(), m_projected.data());
    } else {
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, columns, dimension, shells, 1.0, order.v.data(), columns,
                    m_packed.data(), dimension, 0.0, m_product.data(), dimension);
        polarFactor(order.columns, order.dimension, m_product.data(), m_work.data());
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, shells, dimension, columns, 1.0, order.v.data(), columns,
                    m_product.data(), dimension, 0.0, m_projected.data(), dimension);
    }
    double distance = 0;
    for (std::size_t i = 0; i < target.shells() * order.dimension; ++i) {
        const double d = m_projected.data()[i] - m_packed.data()[i];
        distance += d * d;
    }
    return distance;
}

double InvariantProjection::run(const InvariantTarget& target, View<const double, 3> intensity, View<double, 3> out,
                                Output output) {
    double sum = 0;
    std::fill_n(out.data(), out.size(), 0.0);
    for (const InvariantTarget::Order& order : target.orders()) {
        if (order.held)
            continue;
        sum += projectOrder(target, order, intensity);
        unpack(order.l, out, output == Output::slope ? -2 / target.norm() : 1.0, target.rootWeight(), output);
    }
    return sum / target.norm();
}

double InvariantProjection::difference(const InvariantTarget& target, View<const double, 3> intensity,
                                       View<double, 3> change) {
    return run(target, intensity, change, Output::change);
}

double InvariantProjection::gradient(const InvariantTarget& target, View<const double, 3> intensity,
                                     View<double, 3> slope) {
    return run(target, intensity, slope, Output::slope);
}

std::vector<double> InvariantProjection::residualPerOrder(const InvariantTarget& target,
                                                          View<const double, 3> intensity) {
    std::vector<double> residuals;
    for (const InvariantTarget::Order& order : target.orders())
        residuals.push_back(projectOrder(target, order, intensity) / order.norm);
    return residuals;
}

} // namespace fxs
