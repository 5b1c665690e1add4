#include "engine/mtif/legendre_fit.h"

#include "engine/core/parallel.h"
#include "engine/math/legendre.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace fxs::mtif {

namespace {
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rounding of single-precision images leaves this much of a ring's mean squared in C_m.
constexpr double kRounding = 1e-16;
} // namespace

Array<double, 2> fallingDiagonal(const HarmonicData& data) {
    const std::size_t rows = data.raw.extent(0), nq = data.qCount();
    Array<double, 2> d({rows, nq});
    for (std::size_t q = 0; q < nq; ++q) {
        // The running maximum from above: odd m of curved data are tiny and must not lend their weight to the even
        // ones.
        double largest = std::max(kRounding * data.mean[q] * data.mean[q], 1e-300);
        for (std::size_t m = rows; m-- > 0;) {
            largest = std::max(largest, data.raw(m, q));
            d(m, q) = largest;
        }
    }
    return d;
}

LegendreFit::LegendreFit(const HarmonicData& data, const LegendreFitOptions& options) : m_options(options) {
    const int lMax = options.maxOrder;
    m_step = options.allOrders ? 1 : 2;
    m_orderCount = (lMax - m_firstOrder) / m_step + 1;
    m_rowCount = std::min(lMax, data.maxHarmonic) - 1;
    const std::size_t nq = data.qCount();
    const auto orders = static_cast<std::size_t>(m_orderCount), rows = static_cast<std::size_t>(m_rowCount);
    const Array<double, 2> falling = fallingDiagonal(data);
    m_angular = Array<double, 3>({nq, static_cast<std::size_t>(lMax) + 1, orders});
    m_scaled = Array<double, 3>({nq, rows, orders});
    m_rowWeight = Array<double, 2>({nq, rows});
    m_unit = Array<double, 2>({nq, orders});
    std::vector<double> p(lmCount(lMax));
    for (std::size_t q = 0; q < nq; ++q) {
        normalisedLegendre(lMax, std::cos(data.theta[q]), p);
        for (std::size_t k = 0; k < orders; ++k) {
            const int l = orderOf(static_cast<int>(k));
            // cos(π/2) is not quite 0 in floating point; the flat sphere's zeros are meant exactly.
            for (int m = 0; m <= l; ++m)
                m_angular(q, m, k) = !data.curved && (l - m) % 2 ? 0 : p[lmIndex(l, m)] / std::sqrt(2.0 * l + 1);
        }
        for (std::size_t r = 0; r < rows; ++r) {
            const double noise = options.rowNoise.empty() ? 1.0 : options.rowNoise[r + 2];
            m_rowWeight(q, r) = 1 / std::sqrt(falling(r + 2, q) * noise);
        }
        for (std::size_t k = 0; k < orders; ++k) {
            const auto l = static_cast<std::size_t>(orderOf(static_cast<int>(k)));
            const std::size_t row = std::min(std::max<std::size_t>(l, 2), rows + 1) - 2;
            const double diagonal = std::abs(m_angular(q, row + 2, k)) * m_rowWeight(q, row);
            m_unit(q, k) = diagonal > 0 ? 1 / diagonal : 0;
            for (std::size_t r = 0; r < rows; ++r)
                m_scaled(q, r, k) = m_angular(q, r + 2, k) * m_rowWeight(q, r) * m_unit(q, k);
        }
    }
}

/// One pair's small system, reused from pair to pair of a task.
struct LegendreFit::Pair {
    std::size_t i = 0, j = 0;
    int unknowns = 0;
    Matrix design, normal, right, solution; ///< right and solution: [unknown][set]
    Eigen::LLT<Eigen::MatrixXd> factors;
    Matrix y;

    Pair(int rows, int orders, int sets)
        : design(rows, orders), normal(orders, orders), right(orders, sets), solution(orders, sets), y(rows, sets) {}
};

int LegendreFit::fitted(const HarmonicData& data, std::size_t i, std::size_t j) const {
    if (data.missing(i, j))
        return 0;
    const int limit = std::min(data.ringOrder[i], data.ringOrder[j]);
    int n = 0;
    while (n < m_orderCount && orderOf(n) <= std::max(limit, 0))
        ++n;
    return n;
}

bool LegendreFit::solvePair(const HarmonicData& data, View<const double, 3> prior, Pair& pair) const {
    const int n = pair.unknowns, sets = static_cast<int>(data.setCount());
    const int rows = std::min(m_rowCount, std::min(data.ringOrder[pair.i], data.ringOrder[pair.j]) - 1);
    if (rows < 1)
        return false;
    for (int r = 0; r < rows; ++r) {
        const double weight = m_rowWeight(pair.i, r) * m_rowWeight(pair.j, r);
        for (int k = 0; k < n; ++k)
            pair.design(r, k) = m_scaled(pair.i, r, k) * m_scaled(pair.j, r, k);
        for (int s = 0; s < sets; ++s)
            pair.y(r, s) = data.c(s, r + 2, pair.i, pair.j) * weight;
    }
    const auto a = pair.design.topLeftCorner(rows, n);
    auto normal = pair.normal.topLeftCorner(n, n);
    normal.setZero();
    normal.selfadjointView<Eigen::Lower>().rankUpdate(a.transpose());
    pair.right.topRows(n).noalias() = a.transpose() * pair.y.topRows(rows);
    for (int k = 0; k < n; ++k) {
        const double hold = m_options.hold.empty() ? 0 : m_options.hold[static_cast<std::size_t>(k)];
        normal(k, k) += m_options.tikhonov * m_options.tikhonov + hold * hold;
        if (hold > 0 && !prior.empty()) {
            const double centre = prior(k, pair.i, pair.j) / (m_unit(pair.i, k) * m_unit(pair.j, k));
            for (int s = 0; s < sets; ++s)
                pair.right(k, s) += hold * hold * centre;
        }
    }
    pair.factors.compute(normal.selfadjointView<Eigen::Lower>());
    if (pair.factors.info() != Eigen::Success)
        return false;
    pair.solution.topRows(n) = pair.factors.solve(pair.right.topRows(n));
    return true;
}

Array<double, 4> LegendreFit::solve(const HarmonicData& data, View<const double, 3> prior,
                                    const TaskContext& task) const {
    const std::size_t nq = data.qCount(), sets = data.setCount(), orders = static_cast<std::size_t>(m_orderCount);
    Array<double, 4> b({sets, orders, nq, nq});
    parallelFor(nq, 1, task, [&](const auto& range) {
        Pair pair(m_rowCount, m_orderCount, static_cast<int>(sets));
        for (std::size_t i = range.begin(); i < range.end(); ++i)
            for (std::size_t j = i; j < nq; ++j) {
                pair.i = i;
                pair.j = j;
                pair.unknowns = fitted(data, i, j);
                if (pair.unknowns > 0 && !solvePair(data, prior, pair))
                    pair.unknowns = 0;
                for (std::size_t k = 0; k < orders; ++k) {
                    const bool known = static_cast<int>(k) < pair.unknowns;
                    const double other = prior.empty() ? 0 : prior(k, i, j);
                    const double unit = m_unit(i, k) * m_unit(j, k);
                    for (std::size_t s = 0; s < sets; ++s)
                        b(s, k, i, j) = b(s, k, j, i) = known ? pair.solution(k, s) * unit : other;
                }
            }
    });
    return b;
}

std::vector<double> LegendreFit::condition(const HarmonicData& data) const {
    std::vector<std::vector<double>> values(static_cast<std::size_t>(m_orderCount));
    Pair pair(m_rowCount, m_orderCount, static_cast<int>(data.setCount()));
    for (std::size_t q = 0; q < data.qCount(); ++q) {
        pair.i = pair.j = q;
        pair.unknowns = fitted(data, q, q);
        if (pair.unknowns == 0 || !solvePair(data, {}, pair))
            continue;
        const Eigen::MatrixXd inverse = pair.factors.solve(Eigen::MatrixXd::Identity(pair.unknowns, pair.unknowns));
        for (int k = 0; k < pair.unknowns; ++k)
            values[static_cast<std::size_t>(k)].push_back(std::sqrt(inverse(k, k) * pair.normal(k, k)));
    }
    std::vector<double> medians;
    for (auto& v : values) {
        std::sort(v.begin(), v.end());
        medians.push_back(v.empty() ? 0 : v[v.size() / 2]);
    }
    return medians;
}

Array<double, 3> LegendreFit::predict(View<const double, 3> bl, int maxHarmonic, const TaskContext& task) const {
    const std::size_t nq = m_angular.extent(0), orders = bl.extent(0);
    Array<double, 3> c({static_cast<std::size_t>(maxHarmonic) + 1, nq, nq});
    const int last = std::min(maxHarmonic, static_cast<int>(m_angular.extent(1)) - 1);
    parallelFor(static_cast<std::size_t>(last) + 1, 1, task, [&](const auto& range) {
        for (std::size_t m = range.begin(); m < range.end(); ++m)
            for (std::size_t k = 0; k < orders; ++k)
                for (std::size_t i = 0; i < nq; ++i) {
                    const double left = m_angular(i, m, k);
                    if (left == 0)
                        continue;
                    for (std::size_t j = 0; j < nq; ++j)
                        c(m, i, j) += left * m_angular(j, m, k) * bl(k, i, j);
                }
    });
    return c;
}

} // namespace fxs::mtif
