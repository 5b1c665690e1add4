#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/mtif/harmonic_data.h"

#include <vector>

namespace fxs::mtif {

/// Which orders are fitted and how they are held.
struct LegendreFitOptions {
    int maxOrder = 0;             ///< highest l of the unknowns
    bool allOrders = false;       ///< odd l too: a diagnostic for curved data
    double tikhonov = 0;          ///< λ in scaled units: adds λ² |x|² to the weighted residual
    std::vector<double> hold;     ///< [unknown]: λ with which B_l is held at the prior; empty: none
    std::vector<double> rowNoise; ///< [m]: relative noise of a row against the others; empty: 1
};

/// Tier 1: B_l(q,q') from C_m(q,q') = Σ_l P̄_lm(cosθ_q) P̄_lm(cosθ_q') B_l(q,q')/(2l+1) (Kam 1977), m = 2 ... maxOrder, by
/// weighted least squares for each pair of rings. Row m is divided by sqrt(d_m(q) d_m(q')), d_m the raw C_m(q,q) made
/// non-increasing in m; unknowns are measured in units in which the diagonal (m = l) of the scaled system is 1.
/// m = 0 is left out: only it holds B_0 and the M(M-1) term of several particles.
/// Shape:   unknown k is l = 2 + 2k (all orders: 2 + k); solutions [set][k][q][q'], both triangles.
///          A pair is determined at order l if both rings carry m up to l and it was measured; else the prior, or 0.
/// Owns:    the tables of P̄_lm at each ring.
/// Threads: const use is free; solve() is parallel over pairs; the same bits for any thread count.
/// Throws:  Stopped.
/// Cost:    rows * unknowns²/2 + unknowns³/6 multiplications a pair.
class LegendreFit {
public:
    LegendreFit(const HarmonicData& data, const LegendreFitOptions& options);

    int orderCount() const { return m_orderCount; }
    int orderOf(int k) const { return m_firstOrder + m_step * k; }

    /// prior: [k][q][q'] per frame (all particles), used where hold says so and where a pair is not determined; may be
    /// empty.
    Array<double, 4> solve(const HarmonicData& data, View<const double, 3> prior, const TaskContext& task) const;

    /// Collinearity of unknown k: how much the others amplify its error, sqrt((N⁻¹)_kk N_kk), the median over rings. 1:
    /// not at all.
    std::vector<double> condition(const HarmonicData& data) const;

    /// C_m(q,q') that given B_l [k][q][q'] say, m = 0 ... maxHarmonic; order 0 is not in it.
    Array<double, 3> predict(View<const double, 3> bl, int maxHarmonic, const TaskContext& task) const;

private:
    struct Pair;
    bool solvePair(const HarmonicData& data, View<const double, 3> prior, Pair& pair) const;
    int fitted(const HarmonicData& data, std::size_t i, std::size_t j) const;

    LegendreFitOptions m_options;
    int m_firstOrder = 2, m_step = 2, m_orderCount = 0, m_rowCount = 0;
    Array<double, 3> m_angular;   ///< [q][m][k]: P̄_lm(cosθ_q)/sqrt(2l+1), m = 0 ... maxOrder
    Array<double, 3> m_scaled;    ///< [q][row][k]: the same times row weight times unit, row = m - 2
    Array<double, 2> m_rowWeight; ///< [q][row]
    Array<double, 2> m_unit;      ///< [q][k]
};

/// d_m(q): raw C_m(q,q) made non-increasing in m (for m >= 1) and kept above rounding. [m][q]
Array<double, 2> fallingDiagonal(const HarmonicData& data);

} // namespace fxs::mtif
