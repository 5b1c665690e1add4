#include "engine/mtif/order_filter.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxs::mtif {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Part of an order's largest signal (in the metric of amplitudes) below which rings get no more weight: the size of
/// what the Hankel series with its extra terms leaves out.
constexpr double kTruncation = 1e-2;
constexpr int kFewestExtra = 2, kMostExtra = 4;
constexpr int kFillPasses = 30;
constexpr double kFillTolerance = 1e-4;

Eigen::Map<const Matrix> map(const Array<double, 2>& a) {
    return {a.data(), static_cast<Eigen::Index>(a.extent(0)), static_cast<Eigen::Index>(a.extent(1))};
}

double dot(const Array<double, 2>& a, const Array<double, 2>& b) {
    return map(a).cwiseProduct(map(b)).sum();
}

/// Projection where pairs are missing: they are filled with what the basis says, again and again
/// (expectation-maximisation of a least-squares fit whose weights are not a product of rings).
Array<double, 2> projectFilled(const HankelBasis& basis, std::span<const double> weights, const HarmonicData& data,
                               View<const double, 2> b) {
    Array<double, 2> x = project(basis, weights, b);
    const std::size_t nq = data.qCount();
    if (std::none_of(data.missing.span().begin(), data.missing.span().end(), [](std::uint8_t m) { return m != 0; }))
        return x;
    Array<double, 2> filled({nq, nq});
    for (int pass = 0; pass < kFillPasses; ++pass) {
        const Array<double, 2> model = expand(basis.fine, x);
        for (std::size_t i = 0; i < nq; ++i)
            for (std::size_t j = 0; j < nq; ++j)
                filled(i, j) = data.missing(i, j) ? model(i, j) : b(i, j);
        Array<double, 2> next = project(basis, weights, filled);
        const double change = (map(next) - map(x)).norm(), size = map(next).norm();
        x = std::move(next);
        if (change <= kFillTolerance * size)
            break;
    }
    return x;
}

/// Expected squared error of the mean of two sets in this basis, up to a constant that no basis changes: what the sets
/// have in common is signal caught, a quarter of their squared difference is the noise let through.
double risk(const Array<double, 2>& a, const Array<double, 2>& b) {
    return 0.25 * (map(a) - map(b)).squaredNorm() - dot(a, b);
}

/// Deviation that the sets' difference on all pairs of rings leads one to expect of an element in the basis. Noise is taken as
/// independent from pair to pair, of deviation s(q) s(q'), s from its mean over each ring's pairs: thousands of numbers against
/// the few in the basis. (It is below the truth where noise is not independent: sampling errors lie inside the basis.)
double expectedDeviation(const OrderEstimate& estimate, const HarmonicData& data,
                         std::span<const View<const double, 2>> b) {
    const std::size_t nq = data.qCount();
    std::vector<double> rows(nq, 0.0);
    double total = 0;
    for (std::size_t i = 0; i < nq; ++i) {
        for (std::size_t j = 0; j < nq; ++j)
            if (!data.missing(i, j))
                rows[i] += std::pow(0.5 * (b[0](i, j) - b[1](i, j)) * estimate.weights[i] * estimate.weights[j], 2);
        total += rows[i];
    }
    if (!(total > 0))
        return 0;
    double sum = 0;
    const std::size_t n = estimate.basis.size();
    for (std::size_t i = 0; i < nq; ++i)
        for (std::size_t k = 0; k < n; ++k)
            sum += std::pow(estimate.basis.fine(i, k) * estimate.weights[i], 2) * rows[i] / std::sqrt(total);
    return sum / static_cast<double>(n);
}

} // namespace

std::vector<double> whiteningWeights(const HarmonicData& data, View<const double, 2> falling, int l) {
    const std::size_t nq = data.qCount();
    const auto row = static_cast<std::size_t>(std::min(l, data.maxHarmonic));
    const auto metric = [&](std::size_t q) { return data.q[q] * data.q[q] / std::max(std::abs(data.mean[q]), 1e-300); };
    double largest = 0;
    for (std::size_t q = 0; q < nq; ++q)
        if (data.measured(q))
            largest = std::max(largest, falling(row, q) * metric(q));
    std::vector<double> weights(nq, 0.0);
    for (std::size_t q = 0; q < nq; ++q)
        if (data.ringOrder[q] >= std::max(l, 2)) {
            const double floor = kTruncation * kTruncation * largest / metric(q);
            weights[q] = std::sqrt(data.q[q] / (falling(row, q) + floor));
        }
    return weights;
}

OrderEstimate prepareOrder(int l, const OrderRules& rules, const HarmonicData& data, View<const double, 2> falling,
                           std::span<const View<const double, 2>> b, std::span<const double> shells) {
    OrderEstimate best;
    best.order = l;
    best.weights = whiteningWeights(data, falling, l);
    const int inside = hankelTermCount(l, rules.qMax, rules.diameter);
    const bool choose = !rules.extraTerms && b.size() == 2;
    int first = kFewestExtra, last = kMostExtra;
    if (!choose)
        first = last = rules.extraTerms.value_or(data.hasSelfTerm ? 2 : 3);
    double leastRisk = std::numeric_limits<double>::infinity();
    for (int extra = first; extra <= last; ++extra) {
        const int terms = std::max(1, inside + extra);
        HankelBasis basis = makeHankelBasis(l, rules.diameter, terms, data.q, best.weights, shells);
        double r = 0;
        if (choose)
            r = risk(projectFilled(basis, best.weights, data, b[0]), projectFilled(basis, best.weights, data, b[1]));
        if (r < leastRisk) {
            leastRisk = r;
            best.basis = std::move(basis);
            best.terms = terms;
        }
    }
    return best;
}

void estimateOrder(OrderEstimate& estimate, const OrderRules& rules, const HarmonicData& data,
                   std::span<const View<const double, 2>> b) {
    const std::size_t n = estimate.basis.size();
    estimate.x.clear();
    estimate.whole = Array<double, 2>({n, n});
    for (std::size_t s = 0; s < b.size(); ++s) {
        estimate.x.push_back(projectFilled(estimate.basis, estimate.weights, data, b[s]));
        for (std::size_t k = 0; k < n * n; ++k)
            estimate.whole.span()[k] += data.weight[s] * estimate.x[s].span()[k];
    }
    std::optional<Noise> noise;
    if (b.size() == 2) {
        estimate.noise = Array<double, 2>({n, n});
        for (std::size_t k = 0; k < n * n; ++k)
            estimate.noise.span()[k] = 0.5 * (estimate.x[0].span()[k] - estimate.x[1].span()[k]);
        estimate.whiteDeviation = expectedDeviation(estimate, data, b);
        noise = Noise{estimate.noise.view(), estimate.whiteDeviation};
    }
    estimate.kept = reduceRank(estimate.whole, noise, rules.rankThreshold, 2 * estimate.order + 1);
}

Array<double, 2> remainingNoise(const OrderEstimate& estimate) {
    const std::size_t n = estimate.basis.size();
    Array<double, 2> left = estimate.noise.clone();
    if (estimate.kept.rank == 0)
        return left;
    const Matrix noise = map(estimate.noise);
    Matrix vectors = map(estimate.kept.factor);
    for (Eigen::Index k = 0; k < vectors.cols(); ++k)
        vectors.col(k).normalize();
    const Matrix outside =
        Matrix::Identity(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n)) - vectors * vectors.transpose();
    const Matrix kept = noise - outside * noise * outside;
    std::copy_n(kept.data(), kept.size(), left.data());
    return left;
}

} // namespace fxs::mtif
