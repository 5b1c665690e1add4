#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"

#include <span>
#include <vector>

namespace fxs {

/// Accumulates a_lm(q) = Σ_j f_j(q) j_l(q r_j) s_lm[j] over scatterers or shells j, batch by batch, as one matrix
/// product an order. Shape:   s [j][2 lm + (0 re, 1 im)]; f, where given, [j][q]. Owns:    its sums. Threads: one add()
/// at a time, parallel inside; the same bits for any thread count. Cost:    an add is 4 (maxOrder + 1)² * q * j flops
/// and (maxOrder + 1) * q * j Bessel values.
class BesselSum {
public:
    BesselSum(std::vector<double> q, int maxOrder);

    void add(std::span<const double> radii, View<const double, 2> s, View<const double, 2> f, const TaskContext& task);

    /// The sums times weight, [q][lm][2].
    Array<double, 3> result(double weight) const;

private:
    std::vector<double> m_q;
    int m_maxOrder;
    Array<double, 2> m_sum; ///< [q][2 lm]
};

} // namespace fxs
