#include "engine/mtif/diameter.h"

#include "engine/core/parallel.h"
#include "engine/mtif/legendre_fit.h"
#include "engine/mtif/order_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs::mtif {

namespace {

constexpr double kExtentLevel = 0.02;
constexpr int kExtraTerms = 2;
/// Orders count in the scan if the two sets' B_l correlate at least this well.
constexpr double kClearSignal = 0.95;
/// The flat part of the misfit: within this factor of its level, plus what truncation always leaves.
constexpr double kFlatFactor = 1.5;
constexpr double kFlatMargin = 0.003;
constexpr double kKneeToDiameter = 1.12;

/// Rings [0, first measured) are replaced by Guinier's law ln I = a + b q² through the first measured rings.
void continueToZero(std::vector<double>& q, std::vector<double>& intensity) {
    const double q0 = q[0], q1 = q[std::min<std::size_t>(2, q.size() - 1)];
    const double i0 = intensity[0], i1 = intensity[std::min<std::size_t>(2, q.size() - 1)];
    const double slope = i1 > 0 && i0 > 0 ? std::min(0.0, std::log(i1 / i0) / (q1 * q1 - q0 * q0)) : 0.0;
    const int steps = std::max(1, static_cast<int>(q0 / (q[1] - q[0])));
    std::vector<double> head, values;
    for (int k = 0; k < steps; ++k) {
        const double x = q0 * k / steps;
        head.push_back(x);
        values.push_back(i0 * std::exp(slope * (x * x - q0 * q0)));
    }
    q.insert(q.begin(), head.begin(), head.end());
    intensity.insert(intensity.begin(), values.begin(), values.end());
}

/// Squared misfit of order k relative to its signal; negative if the order has no clear signal.
double orderMisfit(const HarmonicData& data, View<const double, 4> b, std::size_t k, std::span<const double> weights,
                   double diameter, double qMax) {
    const std::size_t nq = data.qCount(), sets = data.setCount();
    const int l = 2 + 2 * static_cast<int>(k);
    double common = 0, power0 = 0, power1 = 0;
    const auto first = b[0][k], second = b[sets - 1][k];
    for (std::size_t i = 0; i < nq; ++i)
        for (std::size_t j = 0; j < nq; ++j) {
            const double w = weights[i] * weights[j];
            common += w * w * first(i, j) * second(i, j);
            power0 += w * w * first(i, j) * first(i, j);
            power1 += w * w * second(i, j) * second(i, j);
        }
    if (!(common > kClearSignal * std::sqrt(power0 * power1)))
        return -1;
    const int terms = hankelTermCount(l, qMax, diameter) + kExtraTerms;
    const HankelBasis basis = makeHankelBasis(l, diameter, terms, data.q, weights, {});
    const Array<double, 2> x0 = project(basis, weights, first);
    const Array<double, 2> x1 = project(basis, weights, second);
    double caught = 0;
    for (std::size_t n = 0; n < x0.size(); ++n)
        caught += x0.span()[n] * x1.span()[n];
    return std::max(0.0, (common - caught) / common);
}

/// The first diameter on the flat part, whose level is the median over the larger trials.
double kneeOf(const DiameterScan& scan) {
    const std::size_t n = scan.misfit.size();
    std::vector<double> upper(scan.misfit.begin() + static_cast<std::ptrdiff_t>(n / 2), scan.misfit.end());
    std::sort(upper.begin(), upper.end());
    const double limit = kFlatFactor * upper[upper.size() / 2] + kFlatMargin;
    std::size_t k = 0;
    while (k + 1 < n && scan.misfit[k] > limit)
        ++k;
    return scan.diameter[k];
}

} // namespace

PairDistances pairDistances(std::span<const double> q, std::span<const double> mean) {
    std::vector<double> x, y;
    for (std::size_t i = 0; i < q.size(); ++i)
        if (mean[i] > 0) {
            x.push_back(q[i]);
            y.push_back(mean[i]);
        }
    if (x.size() < 4)
        throw Error(
            ErrorCode::badInput,
            fmt::format("diameter from P(r): {} rings have a positive mean intensity, expected at least 4; give the "
                        "diameter",
                        x.size()));
    double spacing = x[1] - x[0];
    for (std::size_t i = 2; i < x.size(); ++i)
        spacing = std::min(spacing, x[i] - x[i - 1]);
    continueToZero(x, y);
    PairDistances result;
    const double qMax = x.back(), rMax = M_PI / spacing;
    const int steps = std::clamp(static_cast<int>(4 * rMax * qMax / M_PI), 50, 2000);
    for (int k = 0; k <= steps; ++k) {
        const double r = rMax * k / steps;
        double sum = 0;
        for (std::size_t i = 0; i + 1 < x.size(); ++i) {
            const auto term = [&](std::size_t n) {
                const double window = 0.5 + 0.5 * std::cos(M_PI * x[n] / qMax);
                return window * x[n] * y[n] * std::sin(x[n] * r);
            };
            sum += 0.5 * (term(i) + term(i + 1)) * (x[i + 1] - x[i]);
        }
        result.r.push_back(r);
        result.p.push_back(r * sum);
    }
    const auto peak = std::max_element(result.p.begin(), result.p.end());
    auto out = peak;
    const double level = kExtentLevel * *peak;
    while (out != result.p.end() && *out > level)
        ++out;
    result.extent = result.r[std::min(result.r.size() - 1, static_cast<std::size_t>(out - result.p.begin()))];
    const double scale = 1 / *peak;
    for (double& p : result.p)
        p *= scale;
    return result;
}

DiameterScan scanDiameter(const HarmonicData& data, View<const double, 4> b, std::span<const double> trials,
                          double qMax, const TaskContext& task) {
    const std::size_t orders = b.extent(1);
    const Array<double, 2> falling = fallingDiagonal(data);
    std::vector<std::vector<double>> weights;
    for (std::size_t k = 0; k < orders; ++k)
        weights.push_back(whiteningWeights(data, falling, 2 + 2 * static_cast<int>(k)));
    DiameterScan scan;
    scan.diameter.assign(trials.begin(), trials.end());
    Array<double, 2> misfit({trials.size(), orders});
    parallelFor(trials.size() * orders, 1, task, [&](const auto& range) {
        for (std::size_t n = range.begin(); n < range.end(); ++n) {
            const std::size_t k = n % orders;
            const bool served = std::any_of(weights[k].begin(), weights[k].end(), [](double w) { return w > 0; });
            misfit(n / orders, k) = served ? orderMisfit(data, b, k, weights[k], trials[n / orders], qMax) : -1;
        }
    });
    for (std::size_t t = 0; t < trials.size(); ++t) {
        double sum = 0;
        int count = 0;
        for (std::size_t k = 0; k < orders; ++k)
            if (misfit(t, k) >= 0) {
                sum += std::sqrt(misfit(t, k));
                ++count;
            }
        scan.misfit.push_back(count ? sum / count : 0);
    }
    scan.best = kKneeToDiameter * kneeOf(scan);
    return scan;
}

} // namespace fxs::mtif
