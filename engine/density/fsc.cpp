#include "engine/density/fsc.h"

#include "engine/density/direction_field.h"
#include "engine/math/legendre.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

/// Re Σ_m conj(a) b over all m of one shell, orders up to maxOrder, from m >= 0.
double innerProduct(const SphericalAmplitudes& a, const SphericalAmplitudes& b, std::size_t shell, int maxOrder) {
    double sum = 0;
    for (int l = 0; l <= maxOrder; ++l) {
        const double* x = &a.lm(shell, lmIndex(l, 0), 0);
        const double* y = &b.lm(shell, lmIndex(l, 0), 0);
        double twice = 0;
        for (int k = 2; k < 2 * (l + 1); ++k)
            twice += x[k] * y[k];
        sum += x[0] * y[0] + 2 * twice;
    }
    return sum;
}

/// q where the curve first falls below level; negative if it never does.
double crossing(const std::vector<double>& q, const std::vector<double>& fsc, double level) {
    for (std::size_t i = 0; i < q.size(); ++i) {
        if (fsc[i] >= level)
            continue;
        if (i == 0)
            return q[0];
        return q[i - 1] + (q[i] - q[i - 1]) * (fsc[i - 1] - level) / (fsc[i - 1] - fsc[i]);
    }
    return -1;
}

} // namespace

ShellCorrelation shellCorrelation(std::vector<double> q, std::vector<double> fsc) {
    ShellCorrelation out;
    if (q.empty())
        return out;
    for (double f : fsc)
        out.mean += f / static_cast<double>(fsc.size());
    const double edge = q.size() > 1 ? q.back() + (q.back() - q[q.size() - 2]) / 2 : 2 * q.front();
    const auto resolution = [&](double level, bool& reachesLimit) {
        const double at = crossing(q, fsc, level);
        reachesLimit = at < 0;
        return 2 * std::numbers::pi / (at < 0 ? edge : at);
    };
    out.resolutionHalf = resolution(0.5, out.reachesBandLimitHalf);
    out.resolution0143 = resolution(0.143, out.reachesBandLimit0143);
    out.q = std::move(q);
    out.fsc = std::move(fsc);
    return out;
}

ShellCorrelation shellCorrelation(const SphericalAmplitudes& first, const SphericalAmplitudes& second) {
    if (first.q != second.q)
        throw Error(ErrorCode::badInput,
                    fmt::format("shell correlation of {} and {} shells: they must be the same shells", first.q.size(),
                                second.q.size()));
    const int maxOrder = std::min(first.maxOrder, second.maxOrder);
    std::vector<double> fsc(first.q.size());
    for (std::size_t i = 0; i < fsc.size(); ++i) {
        // Norms take all orders: what one has and the other lacks is disagreement.
        const double norm =
            innerProduct(first, first, i, first.maxOrder) * innerProduct(second, second, i, second.maxOrder);
        fsc[i] = norm > 0 ? innerProduct(first, second, i, maxOrder) / std::sqrt(norm) : 0.0;
    }
    return shellCorrelation(first.q, std::move(fsc));
}

std::vector<double> phaseTransfer(const std::vector<SphericalAmplitudes>& aligned) {
    if (aligned.empty())
        throw Error(ErrorCode::badInput, "phase transfer function of no results");
    for (const auto& a : aligned)
        if (a.q != aligned.front().q || a.maxOrder != aligned.front().maxOrder)
            throw Error(ErrorCode::badInput, "phase transfer function of results on different shells or orders");
    const DirectionGrid grid(aligned.front().maxOrder, aligned.front().q, 0);
    const std::size_t points = grid.pointCount();
    std::vector<double> re(points), im(points);
    for (const auto& a : aligned) {
        const DirectionField field = grid.synthesise(a);
        for (std::size_t k = 0; k < points; ++k) {
            const double x = field.re.data()[k], y = field.im.data()[k], size = std::hypot(x, y);
            if (size > 0) {
                re[k] += x / size;
                im[k] += y / size;
            }
        }
    }
    std::vector<double> out(aligned.front().q.size());
    for (std::size_t k = 0; k < points; ++k)
        out[grid.shellOf(k)] += grid.weightOf(k) * std::hypot(re[k], im[k]) / static_cast<double>(aligned.size());
    return out;
}

} // namespace fxs
