#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace fxs {

/// Minimises a smooth function over lower = 0 <= x <= upper by projected L-BFGS: on the variables that are not held at
/// a bound by their gradient, the two-loop direction of the pairs restricted to them; then backtracking along the
/// projected ray. Nocedal, Math. Comp. 35 (1980) 773 for the direction; Bertsekas, SIAM J. Control Optim. 20 (1982) 221
/// for the projection. Owns:    x, its gradient, the pairs: (2 memory + 5) dimensions. start may allocate where the
/// dimension grows; step does not. Threads: one at a time. Cost:    a step: about one evaluation and 5 memory dimension
/// multiply-adds.
class BoundedLbfgs {
public:
    /// Value at x; fills gradient.
    using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

    explicit BoundedLbfgs(int memory = 8);
    /// Makes room for problems up to this size.
    void reserve(std::size_t dimension);

    /// Begins at x0, moved into the bounds. upper: empty for none, else one a variable.
    void start(std::span<const double> x0, std::span<const double> upper, const Objective& objective);
    /// One iteration. False: x is as good as it gets (no descent left, or the search found none).
    bool step(const Objective& objective);

    std::span<const double> x() const { return m_x; }
    std::span<const double> gradient() const { return m_gradient; }
    double value() const { return m_value; }
    bool isFinished() const { return m_finished; }

    /// The whole state, for going on later with the same bits. restore returns what is left of the span.
    void save(std::vector<double>& out) const;
    std::span<const double> restore(std::span<const double> state);

private:
    /// Single precision: pairs are read several times a step and do not fit into the nearest cache; the curvature they
    /// tell is approximate anyway.
    struct Pair {
        std::vector<float> s, y;
    };
    struct Overlap {
        double sy = 0, yy = 0, sd = 0; ///< over the free variables, d the direction so far
    };
    void markFree();
    void direction();
    double project(double step);
    void remember();
    double freeDot(const std::vector<double>& a, const std::vector<double>& b) const;
    Overlap overlap(const Pair& pair) const;

    std::size_t m_memory;
    std::vector<double> m_x, m_gradient, m_upper, m_direction, m_trial, m_trialGradient, m_free;
    std::vector<Pair> m_pairs; ///< a ring: m_pairCount newest ones end before m_next
    std::size_t m_pairCount = 0, m_next = 0;
    std::vector<double> m_alpha, m_curvature;
    double m_value = 0;
    bool m_finished = false;
};

} // namespace fxs
