#include "engine/mtif/coefficient_packing.h"

#include <algorithm>
#include <cmath>

namespace fxs::mtif {

namespace {

constexpr int kMeanExtraTerms = 4;
/// The l = 0 series must follow the mean to this, relative and weighted by q; else it is interpolated.
constexpr double kMeanMisfit = 0.02;

/// Cubic through the four rings around x; the mean is close to smooth on the scale of rings.
double interpolate(std::span<const double> q, std::span<const double> y, double x) {
    const auto above = static_cast<std::ptrdiff_t>(std::upper_bound(q.begin(), q.end(), x) - q.begin());
    const auto count = static_cast<std::ptrdiff_t>(q.size());
    const std::ptrdiff_t points = std::min<std::ptrdiff_t>(4, count);
    const std::ptrdiff_t first = std::clamp<std::ptrdiff_t>(above - 2, 0, count - points);
    double sum = 0;
    for (std::ptrdiff_t i = first; i < first + points; ++i) {
        double term = y[static_cast<std::size_t>(i)];
        for (std::ptrdiff_t j = first; j < first + points; ++j)
            if (j != i)
                term *= (x - q[static_cast<std::size_t>(j)]) /
                        (q[static_cast<std::size_t>(i)] - q[static_cast<std::size_t>(j)]);
        sum += term;
    }
    return sum;
}

/// b = scale F X Fᵀ.
void setMatrix(View<double, 2> b, const Array<double, 2>& functions, const Array<double, 2>& x, double scale) {
    const Array<double, 2> product = expand(functions, x);
    for (std::size_t i = 0; i < b.extent(0); ++i)
        for (std::size_t j = 0; j < b.extent(1); ++j)
            b(i, j) = product(i, j) * scale;
}

/// V = F factor sqrt(scale) and B = V Vᵀ, the latter from the former so that they agree to the last bit.
void setFactors(View<double, 2> v, View<double, 2> b, const Array<double, 2>& functions, const Array<double, 2>& factor,
                double scale) {
    const std::size_t shells = functions.extent(0), rank = factor.extent(1);
    for (std::size_t i = 0; i < shells; ++i)
        for (std::size_t c = 0; c < rank; ++c) {
            double sum = 0;
            for (std::size_t n = 0; n < factor.extent(0); ++n)
                sum += functions(i, n) * factor(n, c);
            v(i, c) = sum * std::sqrt(scale);
        }
    for (std::size_t i = 0; i < shells; ++i)
        for (std::size_t j = 0; j < shells; ++j) {
            double sum = 0;
            for (std::size_t c = 0; c < rank; ++c)
                sum += v(i, c) * v(j, c);
            b(i, j) = sum;
        }
}

/// Standard error of B(q,q) from one noise matrix: it is taken as s(q) s(q') times independent numbers, whose s is the
/// row's mean.
void setErrors(View<double, 1> errors, const Array<double, 2>& noise) {
    double total = 0;
    std::vector<double> rows(noise.extent(0), 0.0);
    for (std::size_t i = 0; i < noise.extent(0); ++i) {
        for (std::size_t j = 0; j < noise.extent(1); ++j)
            rows[i] += noise(i, j) * noise(i, j);
        total += rows[i];
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
        errors(i) = total > 0 ? rows[i] / std::sqrt(total) : 0;
}

double weightedNorm(View<const double, 2> b, const Coefficients& c) {
    double sum = 0;
    for (std::size_t i = 0; i < c.q.size(); ++i)
        for (std::size_t j = 0; j < c.q.size(); ++j) {
            const double weight = c.q[i] * c.q[i] * c.q[j] * c.q[j] / std::max(std::abs(c.i00[i] * c.i00[j]), 1e-300);
            sum += weight * b(i, j) * b(i, j);
        }
    return std::sqrt(sum);
}

void packOrder(Coefficients& c, const OrderEstimate& estimate, double scale, int set) {
    const auto l = static_cast<std::size_t>(estimate.order);
    const bool whole = set < 0;
    const Array<double, 2>& x = whole ? estimate.whole : estimate.x[static_cast<std::size_t>(set)];
    setMatrix(c.blRaw[l], estimate.basis.coarse, x, scale);
    if (whole) {
        setFactors(c.vl[l], c.bl[l], estimate.basis.coarse, estimate.kept.factor, scale);
        c.eigenvalues[l] = estimate.kept.eigenvalues;
        c.rank[l] = estimate.kept.rank;
        c.noiseLevel[l] = estimate.kept.noise;
    } else {
        // Half the frames: noise is √2 as large.
        const LowRank kept = keepComponents(x, estimate.kept.rank, M_SQRT2 * estimate.whiteDeviation);
        setFactors(c.vl[l], c.bl[l], estimate.basis.coarse, kept.factor, scale);
        c.eigenvalues[l] = kept.eigenvalues;
        c.rank[l] = kept.rank;
        c.noiseLevel[l] = estimate.kept.noise;
    }
    if (estimate.noise.empty() || !whole)
        return;
    Array<double, 2> noise({c.q.size(), c.q.size()});
    setMatrix(noise.view(), estimate.basis.coarse, estimate.noise,
              2 * scale); // the difference of the halves, not half of it
    const double size = weightedNorm(c.blRaw[l], c);
    c.orderError[l] = size > 0 ? weightedNorm(noise.view(), c) / size : 0;
    setMatrix(noise.view(), estimate.basis.coarse, remainingNoise(estimate), scale);
    setErrors(c.error[l], noise);
}

} // namespace

std::vector<double> outputShells(const HarmonicData& data, double spacing, double qMax) {
    std::size_t first = 0;
    while (first + 1 < data.qCount() && !data.measured(first))
        ++first;
    std::vector<double> shells;
    for (int i = 0; (i + 0.5) * spacing < qMax * (1 - 1e-9); ++i)
        if ((i + 1) * spacing > data.q[first])
            shells.push_back((i + 0.5) * spacing);
    return shells;
}

std::vector<double> meanOnShells(const HarmonicData& data, std::span<const double> mean, double diameter, double qMax,
                                 double particles, std::span<const double> shells) {
    const std::size_t nq = data.qCount();
    std::vector<double> weights(nq, 0.0), fitted(shells.size(), 0.0);
    double largest = 0;
    for (std::size_t q = 0; q < nq; ++q)
        largest = std::max(largest, std::abs(mean[q]));
    for (std::size_t q = 0; q < nq; ++q)
        if (data.measured(q))
            weights[q] = data.q[q] / std::max(std::abs(mean[q]), 1e-8 * largest);
    const HankelBasis basis =
        makeHankelBasis(0, diameter, hankelTermCount(0, qMax, diameter) + kMeanExtraTerms, data.q, weights, shells);
    double misfit = 0, size = 0;
    std::vector<double> series(nq, 0.0);
    for (std::size_t n = 0; n < basis.size(); ++n) {
        double a = 0;
        for (std::size_t q = 0; q < nq; ++q)
            a += weights[q] * weights[q] * basis.fine(q, n) * mean[q];
        for (std::size_t q = 0; q < nq; ++q)
            series[q] += a * basis.fine(q, n);
        for (std::size_t i = 0; i < shells.size(); ++i)
            fitted[i] += a * basis.coarse(i, n);
    }
    std::vector<double> knownQ, known;
    for (std::size_t q = 0; q < nq; ++q)
        if (data.measured(q)) {
            misfit += std::pow(weights[q] * (series[q] - mean[q]), 2);
            size += std::pow(weights[q] * mean[q], 2);
            knownQ.push_back(data.q[q]);
            known.push_back(mean[q]);
        }
    const double scale = std::sqrt(4 * M_PI) / particles;
    const bool follows = misfit <= kMeanMisfit * kMeanMisfit * size;
    for (std::size_t i = 0; i < shells.size(); ++i)
        fitted[i] = scale * (follows ? fitted[i] : interpolate(knownQ, known, shells[i]));
    return fitted;
}

Coefficients packCoefficients(const PackingPlan& plan, const std::vector<OrderEstimate>& estimates,
                              std::vector<double> i00, int set) {
    const std::size_t shells = plan.shells.size(), orders = static_cast<std::size_t>(plan.maxOrder) + 1;
    std::size_t columns = 1;
    const std::size_t packed = std::min(estimates.size(), static_cast<std::size_t>(plan.maxOrder / 2));
    for (const OrderEstimate& estimate : std::span(estimates).first(packed))
        columns = std::max(columns, static_cast<std::size_t>(estimate.kept.rank));
    Coefficients c;
    c.q = plan.shells;
    c.maxOrder = plan.maxOrder;
    c.bl = Array<double, 3>({orders, shells, shells});
    c.blRaw = Array<double, 3>({orders, shells, shells});
    c.vl = Array<double, 3>({orders, shells, columns});
    c.eigenvalues.resize(orders);
    c.rank.assign(orders, 0);
    c.noiseLevel.assign(orders, 0);
    c.condition.assign(orders, 0);
    c.orderError.assign(orders, 0);
    c.i00 = std::move(i00);
    c.diameterAngstrom = plan.diameter;
    c.experiment = plan.experiment;
    if (set < 0 && !estimates.empty() && !estimates.front().noise.empty())
        c.error = Array<double, 2>({orders, shells});
    for (std::size_t i = 0; i < shells; ++i) {
        c.vl(0, i, 0) = c.i00[i];
        for (std::size_t j = 0; j < shells; ++j)
            c.bl(0, i, j) = c.blRaw(0, i, j) = c.i00[i] * c.i00[j];
    }
    c.rank[0] = 1;
    for (std::size_t k = 0; k < packed; ++k) {
        c.condition[static_cast<std::size_t>(estimates[k].order)] = plan.condition[k];
        packOrder(c, estimates[k], 1 / plan.particles, set);
    }
    return c;
}

} // namespace fxs::mtif
