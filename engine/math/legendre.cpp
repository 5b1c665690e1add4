#include "engine/math/legendre.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace fxs {

void normalisedLegendre(int lMax, double x, std::span<double> out) {
    // (1 - x)(1 + x) keeps the digits that 1 - x² loses near the poles.
    const double sine = std::sqrt((1.0 - x) * (1.0 + x));
    double diagonal = std::sqrt(1.0 / (4.0 * std::numbers::pi)); // P̄_mm
    for (int m = 0; m <= lMax; ++m) {
        if (m > 0)
            diagonal *= -std::sqrt((2.0 * m + 1.0) / (2.0 * m)) * sine;
        double twoBack = 0.0;
        double oneBack = diagonal;
        double previousScale = 0.0; // 1 / a_{l-1}: the same factor serves two steps of the recursion
        out[lmIndex(m, m)] = diagonal;
        for (int l = m + 1; l <= lMax; ++l) {
            const double scale = std::sqrt((2.0 * l - 1.0) * (2.0 * l + 1.0) /
                                           (static_cast<double>(l - m) * static_cast<double>(l + m)));
            const double value = scale * (x * oneBack - previousScale * twoBack);
            out[lmIndex(l, m)] = value;
            twoBack = oneBack;
            oneBack = value;
            previousScale = 1.0 / scale;
        }
    }
}

void legendrePolynomials(int lMax, double x, std::span<double> out) {
    double twoBack = 0.0;
    double oneBack = 1.0;
    out[0] = 1.0;
    for (int l = 1; l <= lMax; ++l) {
        const double value = ((2.0 * l - 1.0) * x * oneBack - (l - 1.0) * twoBack) / l;
        out[static_cast<std::size_t>(l)] = value;
        twoBack = oneBack;
        oneBack = value;
    }
}

namespace {

struct PolynomialAndSlope {
    long double value, slope;
};

PolynomialAndSlope legendreWithSlope(int n, long double x) {
    long double twoBack = 0.0L;
    long double oneBack = 1.0L;
    for (int l = 1; l <= n; ++l) {
        const long double value = ((2.0L * l - 1.0L) * x * oneBack - (l - 1.0L) * twoBack) / l;
        twoBack = oneBack;
        oneBack = value;
    }
    return {oneBack, n * (twoBack - x * oneBack) / ((1.0L - x) * (1.0L + x))};
}

} // namespace

Quadrature gaussLegendre(int n) {
    if (n < 1)
        throw Error(ErrorCode::badSettings,
                    fmt::format("a Gauss-Legendre quadrature of {} nodes, expected at least 1", n));
    const auto count = static_cast<std::size_t>(n);
    Quadrature rule{std::vector<double>(count), std::vector<double>(count)};
    for (std::size_t i = 0; i < (count + 1) / 2; ++i) {
        // Tricomi's asymptotic node is good to O(1/n⁴), so that a few Newton steps reach the last bit.
        const long double nReal = n;
        long double x = (1.0L - (nReal - 1.0L) / (8.0L * nReal * nReal * nReal)) *
                        std::cos(std::numbers::pi_v<long double> * (4.0L * static_cast<long double>(i) + 3.0L) /
                                 (4.0L * nReal + 2.0L));
        if (2 * i + 1 == count)
            x = 0.0L;
        for (int step = 0; step < 10; ++step) {
            const auto p = legendreWithSlope(n, x);
            const long double change = p.value / p.slope;
            x -= change;
            if (std::abs(change) < 1e-18L)
                break;
        }
        const auto p = legendreWithSlope(n, x);
        const auto weight = static_cast<double>(2.0L / ((1.0L - x) * (1.0L + x) * p.slope * p.slope));
        rule.nodes[i] = -static_cast<double>(x);
        rule.nodes[count - 1 - i] = static_cast<double>(x);
        rule.weights[i] = rule.weights[count - 1 - i] = weight;
    }
    if (count % 2 == 1)
        rule.nodes[count / 2] = 0.0;
    return rule;
}

} // namespace fxs
