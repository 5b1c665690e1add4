#include "engine/correlate/agreement.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fxs {

namespace {

double squaredDifference(const std::vector<GrowthPoint>& points, double a) {
    double sum = 0;
    for (const GrowthPoint& p : points) {
        const double d = p.agreement - 1 / (1 + a / static_cast<double>(p.images));
        sum += d * d;
    }
    return sum;
}

} // namespace

std::optional<GrowthFit> fitGrowth(const std::vector<GrowthPoint>& points) {
    constexpr std::size_t kFewest = 4;
    constexpr double kLeastAgreement = 0.3, kLargestRms = 0.05;
    if (points.size() < kFewest || points.front().images == 0 || points.back().images < 2 * points.front().images ||
        points.back().agreement < kLeastAgreement)
        return std::nullopt;
    // A coarse search over a's decades, then a golden section of the best interval: the sum of squares has one valley there.
    double best = -6, bestSum = squaredDifference(points, 1e-6);
    constexpr double kStep = 0.25;
    for (double exponent = -6; exponent <= 12; exponent += kStep)
        if (const double sum = squaredDifference(points, std::pow(10, exponent)); sum < bestSum) {
            bestSum = sum;
            best = exponent;
        }
    double low = best - kStep, high = best + kStep;
    const double golden = (std::sqrt(5.0) - 1) / 2;
    for (int i = 0; i < 60; ++i) {
        const double x1 = high - golden * (high - low), x2 = low + golden * (high - low);
        if (squaredDifference(points, std::pow(10, x1)) < squaredDifference(points, std::pow(10, x2)))
            high = x2;
        else
            low = x1;
    }
    GrowthFit fit;
    fit.imagesToHalf = std::pow(10, (low + high) / 2);
    fit.rms = std::sqrt(squaredDifference(points, fit.imagesToHalf) / static_cast<double>(points.size()));
    if (fit.rms > kLargestRms)
        return std::nullopt;
    return fit;
}

double agreementLimit(const std::vector<double>& q, const std::vector<double>& perRing, double threshold) {
    const std::size_t n = std::min(q.size(), perRing.size());
    double limit = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::array<double, 3> around{perRing[i == 0 ? i : i - 1], perRing[i], perRing[std::min(i + 1, n - 1)]};
        std::nth_element(around.begin(), around.begin() + 1, around.end());
        if (!(around[1] >= threshold))
            break;
        limit = q[i];
    }
    return limit;
}

} // namespace fxs
