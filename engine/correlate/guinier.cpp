#include "engine/correlate/guinier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

constexpr double kValidTo = 1.3; // q R_g
constexpr std::size_t kFewest = 3;

/// A straight line through (q², ln I).
struct Line {
    double intercept = 0, slope = 0, interceptVariance = 0, slopeVariance = 0, reducedChiSquare = 0;
    double firstQ = 0, lastQ = 0;
    std::size_t points = 0;
};

Line fitLine(const SaxsMean& curve, double qMin, double qMax) {
    Line line;
    bool haveErrors = curve.error.size() == curve.q.size();
    const auto used = [&](std::size_t i) {
        return curve.q[i] >= qMin && curve.q[i] <= qMax && curve.intensity[i] > 0 && std::isfinite(curve.intensity[i]);
    };
    for (std::size_t i = 0; i < curve.q.size(); ++i)
        haveErrors = haveErrors && (!used(i) || curve.error[i] > 0);
    double s = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    const auto weight = [&](std::size_t i) {
        const double relative = haveErrors ? curve.error[i] / curve.intensity[i] : 1;
        return 1 / (relative * relative);
    };
    for (std::size_t i = 0; i < curve.q.size(); ++i) {
        if (!used(i))
            continue;
        const double w = weight(i), x = curve.q[i] * curve.q[i], y = std::log(curve.intensity[i]);
        line.firstQ = line.points == 0 ? curve.q[i] : line.firstQ;
        line.lastQ = curve.q[i];
        ++line.points;
        s += w;
        sx += w * x;
        sy += w * y;
        sxx += w * x * x;
        sxy += w * x * y;
    }
    const double determinant = s * sxx - sx * sx;
    if (line.points < kFewest || !(determinant > 0))
        return line;
    line.slope = (s * sxy - sx * sy) / determinant;
    line.intercept = (sxx * sy - sx * sxy) / determinant;
    double chi = 0;
    for (std::size_t i = 0; i < curve.q.size(); ++i)
        if (used(i)) {
            const double r = std::log(curve.intensity[i]) - line.intercept - line.slope * curve.q[i] * curve.q[i];
            chi += weight(i) * r * r;
        }
    const double reduced = chi / static_cast<double>(line.points - 2);
    const double inflation = haveErrors ? std::max(1.0, reduced) : reduced;
    line.reducedChiSquare = haveErrors ? reduced : 0;
    line.slopeVariance = s / determinant * inflation;
    line.interceptVariance = sxx / determinant * inflation;
    return line;
}

/// Up to where the intensity has halved: a first guess of the region, whatever the particle's size.
double firstGuess(const SaxsMean& curve, double qMin) {
    double start = 0, last = qMin;
    std::size_t count = 0;
    for (std::size_t i = 0; i < curve.q.size(); ++i) {
        if (curve.q[i] < qMin || !(curve.intensity[i] > 0))
            continue;
        start = count == 0 ? curve.intensity[i] : start;
        if (++count > 5 && curve.intensity[i] < 0.5 * start)
            break;
        last = curve.q[i];
    }
    return last;
}

} // namespace

double GuinierFit::intensityAt(double q) const {
    return intensity0 * std::exp(-q * q * radius * radius / 3);
}

Result<GuinierFit> fitGuinier(const SaxsMean& curve, const GuinierRange& range) {
    const double qMin = range.qMin.value_or(0);
    double qMax = range.qMax ? *range.qMax : firstGuess(curve, qMin);
    Line line = fitLine(curve, qMin, qMax);
    constexpr int kRounds = 30;
    for (int round = 0; !range.qMax && round < kRounds && line.slope < 0; ++round) {
        const double next = kValidTo / std::sqrt(-3 * line.slope);
        const Line again = fitLine(curve, qMin, next);
        if (again.points < kFewest)
            return Error(ErrorCode::numerical,
                         fmt::format("the Guinier region ends at {:.4g} 1/Å, below the third ring", next));
        const bool same = again.points == line.points && again.lastQ == line.lastQ;
        line = again;
        if (same)
            break;
    }
    if (line.points < kFewest)
        return Error(ErrorCode::numerical, fmt::format("{} rings in the range, 3 are needed", line.points));
    if (!(line.slope < 0))
        return Error(ErrorCode::numerical,
                     fmt::format("the intensity does not fall between {:.4g} and {:.4g} 1/Å", line.firstQ, line.lastQ));
    GuinierFit fit;
    fit.radius = std::sqrt(-3 * line.slope);
    fit.radiusError = 1.5 * std::sqrt(line.slopeVariance) / fit.radius; // R² = -3 slope
    fit.intensity0 = std::exp(line.intercept);
    fit.intensity0Error = fit.intensity0 * std::sqrt(line.interceptVariance);
    fit.qMin = line.firstQ;
    fit.qMax = line.lastQ;
    fit.points = line.points;
    fit.reducedChiSquare = line.reducedChiSquare;
    return fit;
}

} // namespace fxs
