#include "engine/mtip/lbfgs.h"

#include "engine/core/error.h"

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

constexpr double kSufficientDecrease = 1e-4;
constexpr int kMaxBacktracks = 20;
constexpr double kFirstMove = 0.05; // of |x|: length of the first step, when nothing is known of the curvature
constexpr double kLeastCurvature = 1e-12;
constexpr double kRoundOff = 1e-15;

} // namespace

BoundedLbfgs::BoundedLbfgs(int memory)
    : m_memory(static_cast<std::size_t>(std::max(1, memory))), m_pairs(m_memory), m_alpha(m_memory),
      m_curvature(m_memory) {}

void BoundedLbfgs::reserve(std::size_t dimension) {
    for (std::vector<double>* v : {&m_x, &m_gradient, &m_upper, &m_direction, &m_trial, &m_trialGradient, &m_free})
        v->reserve(dimension);
    for (Pair& pair : m_pairs) {
        pair.s.reserve(dimension);
        pair.y.reserve(dimension);
    }
}

void BoundedLbfgs::start(std::span<const double> x0, std::span<const double> upper, const Objective& objective) {
    const std::size_t n = x0.size();
    for (std::vector<double>* v : {&m_gradient, &m_direction, &m_trial, &m_trialGradient, &m_free})
        v->resize(n);
    for (Pair& pair : m_pairs) {
        pair.s.resize(n);
        pair.y.resize(n);
    }
    m_x.assign(x0.begin(), x0.end());
    m_upper.assign(upper.begin(), upper.end());
    for (std::size_t i = 0; i < n; ++i)
        m_x[i] = std::clamp(m_x[i], 0.0, m_upper.empty() ? HUGE_VAL : m_upper[i]);
    m_pairCount = m_next = 0;
    m_finished = false;
    m_value = objective(m_x, m_gradient);
}

void BoundedLbfgs::markFree() {
    const bool bounded = !m_upper.empty();
    for (std::size_t i = 0; i < m_x.size(); ++i) {
        const bool held = (m_x[i] <= 0 && m_gradient[i] > 0) || (bounded && m_x[i] >= m_upper[i] && m_gradient[i] < 0);
        m_free[i] = held ? 0.0 : 1.0;
    }
}

double BoundedLbfgs::freeDot(const std::vector<double>& a, const std::vector<double>& b) const {
    // Four sums side by side: a fixed order that the compiler may still keep in registers.
    double sum[4] = {};
    std::size_t i = 0;
    for (; i + 4 <= a.size(); i += 4)
        for (std::size_t k = 0; k < 4; ++k)
            sum[k] += m_free[i + k] * a[i + k] * b[i + k];
    for (; i < a.size(); ++i)
        sum[0] += m_free[i] * a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

BoundedLbfgs::Overlap BoundedLbfgs::overlap(const Pair& pair) const {
    double sy[4] = {}, yy[4] = {}, sd[4] = {};
    const auto add = [&](std::size_t i, std::size_t lane) {
        const double s = m_free[i] * static_cast<double>(pair.s[i]), y = static_cast<double>(pair.y[i]);
        sy[lane] += s * y;
        yy[lane] += m_free[i] * y * y;
        sd[lane] += s * m_direction[i];
    };
    std::size_t i = 0;
    for (; i + 4 <= m_x.size(); i += 4)
        for (std::size_t lane = 0; lane < 4; ++lane)
            add(i + lane, lane);
    for (; i < m_x.size(); ++i)
        add(i, 0);
    const auto sum = [](const double* lanes) { return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]); };
    return {sum(sy), sum(yy), sum(sd)};
}

// The two-loop recursion; the direction stays 0 on held variables all the way.
void BoundedLbfgs::direction() {
    const std::size_t n = m_x.size();
    for (std::size_t i = 0; i < n; ++i)
        m_direction[i] = -m_free[i] * m_gradient[i];
    double scale = 0;
    const auto pairAt = [&](std::size_t age) -> const Pair& {
        return m_pairs[(m_next + 2 * m_memory - 1 - age) % m_memory];
    };
    for (std::size_t age = 0; age < m_pairCount; ++age) {
        const Pair& p = pairAt(age);
        const Overlap o = overlap(p);
        m_curvature[age] = o.sy > kLeastCurvature * o.yy && o.yy > 0 ? o.sy : 0.0;
        if (m_curvature[age] == 0)
            continue; // the pair says nothing on these variables
        if (scale == 0)
            scale = o.sy / o.yy;
        m_alpha[age] = o.sd / o.sy;
        for (std::size_t i = 0; i < n; ++i)
            m_direction[i] -= m_alpha[age] * m_free[i] * static_cast<double>(p.y[i]);
    }
    for (std::size_t i = 0; i < n; ++i)
        m_direction[i] *= scale > 0 ? scale : 1.0;
    for (std::size_t age = m_pairCount; age-- > 0;) {
        const Pair& p = pairAt(age);
        if (m_curvature[age] == 0)
            continue;
        double yd[4] = {};
        std::size_t i = 0;
        for (; i + 4 <= n; i += 4)
            for (std::size_t lane = 0; lane < 4; ++lane)
                yd[lane] += static_cast<double>(p.y[i + lane]) * m_direction[i + lane];
        for (; i < n; ++i)
            yd[0] += static_cast<double>(p.y[i]) * m_direction[i];
        const double step = m_alpha[age] - ((yd[0] + yd[1]) + (yd[2] + yd[3])) / m_curvature[age];
        for (std::size_t k = 0; k < n; ++k)
            m_direction[k] += step * m_free[k] * static_cast<double>(p.s[k]);
    }
}

// Trial point x + step direction, moved into the bounds; returns the gradient's product with the move.
double BoundedLbfgs::project(double step) {
    double descent = 0;
    for (std::size_t i = 0; i < m_x.size(); ++i) {
        double moved = std::max(0.0, m_x[i] + step * m_direction[i]);
        if (!m_upper.empty())
            moved = std::min(moved, m_upper[i]);
        m_trial[i] = moved;
        descent += m_gradient[i] * (moved - m_x[i]);
    }
    return descent;
}

void BoundedLbfgs::remember() {
    Pair& pair = m_pairs[m_next];
    double sy = 0, ss = 0, yy = 0;
    for (std::size_t i = 0; i < m_x.size(); ++i) {
        const double moved = m_trial[i] - m_x[i], turned = m_trialGradient[i] - m_gradient[i];
        pair.s[i] = static_cast<float>(moved);
        pair.y[i] = static_cast<float>(turned);
        sy += moved * turned;
        ss += moved * moved;
        yy += turned * turned;
    }
    if (!(sy > 1e-10 * std::sqrt(ss * yy)))
        return;
    m_next = (m_next + 1) % m_memory;
    m_pairCount = std::min(m_pairCount + 1, m_memory);
}

bool BoundedLbfgs::step(const Objective& objective) {
    if (m_finished)
        return false;
    markFree();
    direction();
    double slope = freeDot(m_gradient, m_direction);
    const double size = std::sqrt(freeDot(m_x, m_x)), steepness = std::sqrt(freeDot(m_gradient, m_gradient));
    if (m_pairCount == 0 || !(slope < 0)) { // along the gradient
        m_pairCount = 0;
        for (std::size_t i = 0; i < m_x.size(); ++i)
            m_direction[i] = -m_free[i] * m_gradient[i];
        slope = -steepness * steepness;
    }
    if (!(steepness > 0)) {
        m_finished = true;
        return false;
    }
    double length = m_pairCount == 0 ? (size > 0 ? kFirstMove * size / steepness : 1 / steepness) : 1.0;
    for (int trial = 0; trial < kMaxBacktracks; ++trial) {
        const double descent = project(length);
        if (!(descent < 0))
            break;
        const double value = objective(m_trial, m_trialGradient);
        if (value <= m_value + kSufficientDecrease * descent) {
            remember();
            m_x.swap(m_trial);
            m_gradient.swap(m_trialGradient);
            m_finished = m_value - value <= kRoundOff * std::abs(m_value); // what follows would be noise
            m_value = value;
            return true;
        }
        // The parabola through both values and the slope, kept within sane bounds.
        const double best = -descent / (2 * (value - m_value - descent));
        length *= std::isfinite(best) ? std::clamp(best, 0.1, 0.5) : 0.1;
    }
    if (m_pairCount > 0) { // old curvature misleads: once more along the gradient
        m_pairCount = 0;
        return step(objective);
    }
    m_finished = true;
    return false;
}

void BoundedLbfgs::save(std::vector<double>& out) const {
    const auto put = [&](const auto& v) { out.insert(out.end(), v.begin(), v.end()); };
    out.insert(out.end(),
               {static_cast<double>(m_x.size()), static_cast<double>(m_upper.size()), static_cast<double>(m_memory),
                static_cast<double>(m_pairCount), static_cast<double>(m_next), m_value, m_finished ? 1.0 : 0.0});
    put(m_x);
    put(m_gradient);
    put(m_upper);
    for (const Pair& pair : m_pairs) {
        put(pair.s);
        put(pair.y);
    }
}

std::span<const double> BoundedLbfgs::restore(std::span<const double> state) {
    const auto refuse = [] {
        return Error(ErrorCode::badInput, "phasing state: the optimiser's part is cut short or of another size");
    };
    constexpr std::size_t header = 7;
    if (state.size() < header || state[2] != static_cast<double>(m_memory))
        throw refuse();
    const auto n = static_cast<std::size_t>(state[0]), bounds = static_cast<std::size_t>(state[1]);
    if (state.size() < header + 2 * n + bounds + 2 * m_memory * n || (bounds != 0 && bounds != n) ||
        state[3] > static_cast<double>(m_memory))
        throw refuse();
    m_pairCount = static_cast<std::size_t>(state[3]);
    m_next = static_cast<std::size_t>(state[4]) % m_memory;
    m_value = state[5];
    m_finished = state[6] != 0;
    state = state.subspan(header);
    const auto get = [&](auto& v, std::size_t count) {
        v.assign(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(count));
        state = state.subspan(count);
    };
    get(m_x, n);
    get(m_gradient, n);
    get(m_upper, bounds);
    for (Pair& pair : m_pairs) {
        get(pair.s, n);
        get(pair.y, n);
    }
    for (std::vector<double>* v : {&m_direction, &m_trial, &m_trialGradient, &m_free})
        v->assign(n, 0.0);
    return state;
}

} // namespace fxs
