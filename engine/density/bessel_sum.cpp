#include "engine/density/bessel_sum.h"

#include "engine/core/parallel.h"
#include "engine/math/legendre.h"
#include "engine/math/spherical_bessel.h"

#include <cblas.h>

namespace fxs {

BesselSum::BesselSum(std::vector<double> q, int maxOrder)
    : m_q(std::move(q)), m_maxOrder(maxOrder), m_sum({m_q.size(), 2 * lmCount(maxOrder)}) {}

void BesselSum::add(std::span<const double> radii, View<const double, 2> s, View<const double, 2> f,
                    const TaskContext& task) {
    const std::size_t count = radii.size(), orders = static_cast<std::size_t>(m_maxOrder) + 1;
    Array<double, 3> bessel = Array<double, 3>::uninitialised({orders, m_q.size(), count});
    parallelFor(m_q.size(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        std::vector<double> j(orders);
        for (std::size_t i = range.begin(); i != range.end(); ++i)
            for (std::size_t k = 0; k < count; ++k) {
                sphericalBessel(m_maxOrder, m_q[i] * radii[k], j);
                const double factor = f.empty() ? 1.0 : f(k, i);
                for (std::size_t l = 0; l < orders; ++l)
                    bessel(l, i, k) = factor * j[l];
            }
    });
    // Orders touch different columns of the sums, so they may run side by side and still add up in one order of
    // batches.
    parallelFor(orders, 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t l = range.begin(); l != range.end(); ++l) {
            const std::size_t column = 2 * lmIndex(static_cast<int>(l), 0);
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(m_q.size()),
                        static_cast<int>(2 * (l + 1)), static_cast<int>(count), 1.0, &bessel(l, 0, 0),
                        static_cast<int>(count), s.data() + column, static_cast<int>(s.strides()[0]), 1.0,
                        &m_sum(0, column), static_cast<int>(m_sum.extent(1)));
        }
    });
}

Array<double, 3> BesselSum::result(double weight) const {
    Array<double, 3> out({m_q.size(), lmCount(m_maxOrder), 2});
    for (std::size_t i = 0; i < m_sum.size(); ++i)
        out.data()[i] = weight * m_sum.data()[i];
    return out;
}

} // namespace fxs
