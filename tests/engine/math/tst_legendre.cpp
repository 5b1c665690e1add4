#include "engine/core/error.h"
#include "engine/math/legendre.h"

#include <QtTest>

#include <cmath>
#include <numbers>

using namespace fxs;

namespace {

double integral(const Quadrature& rule, auto f) {
    double sum = 0;
    for (std::size_t i = 0; i < rule.nodes.size(); ++i)
        sum += rule.weights[i] * f(rule.nodes[i]);
    return sum;
}

} // namespace

class TestLegendre : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void indexCountsPairs() {
        std::size_t expected = 0;
        for (int l = 0; l <= 20; ++l)
            for (int m = 0; m <= l; ++m)
                QCOMPARE(lmIndex(l, m), expected++);
        QCOMPARE(lmCount(20), expected);
    }

    void agreesWithStandardLibrary() {
        // std::sph_legendre is an independent implementation; it is itself good to about 1e-13 at these orders. It
        // carries no Condon-Shortley phase in libstdc++ for odd m in some versions, so magnitudes are compared here and
        // signs below.
        std::vector<double> p(lmCount(40));
        for (double theta : {0.01, 0.3, 1.0, 1.57, 2.2, 3.1}) {
            normalisedLegendre(40, std::cos(theta), p);
            for (int l = 0; l <= 40; ++l)
                for (int m = 0; m <= l; ++m)
                    QVERIFY2(std::abs(std::abs(p[lmIndex(l, m)]) -
                                      std::abs(std::sph_legendre(static_cast<unsigned>(l), static_cast<unsigned>(m),
                                                                 theta))) < 1e-11,
                             qPrintable(QString("l %1 m %2 theta %3").arg(l).arg(m).arg(theta)));
        }
    }

    void lowOrdersHaveCondonShortleySigns() {
        const double pi = std::numbers::pi;
        for (double theta : {0.2, 0.9, 2.0}) {
            std::vector<double> p(lmCount(2));
            const double x = std::cos(theta), s = std::sin(theta);
            normalisedLegendre(2, x, p);
            QVERIFY(std::abs(p[lmIndex(0, 0)] - std::sqrt(1 / (4 * pi))) < 1e-15);
            QVERIFY(std::abs(p[lmIndex(1, 0)] - std::sqrt(3 / (4 * pi)) * x) < 1e-15);
            QVERIFY(std::abs(p[lmIndex(1, 1)] + std::sqrt(3 / (8 * pi)) * s) < 1e-15);
            QVERIFY(std::abs(p[lmIndex(2, 1)] + std::sqrt(15 / (8 * pi)) * s * x) < 1e-15);
            QVERIFY(std::abs(p[lmIndex(2, 2)] - std::sqrt(15 / (32 * pi)) * s * s) < 1e-15);
        }
    }

    void isOrthonormalToHighOrder() {
        // 2π ∫ P̄_lm P̄_l'm dx = δ; degree 600 at most, so 301 nodes are exact. Rounding: 300 steps of the recursion,
        // 1e-16 each.
        constexpr int kMax = 300;
        const auto rule = gaussLegendre(kMax + 1);
        std::vector<double> p(lmCount(kMax));
        const int ms[] = {0, 1, 2, 57, 150, 299, 300};
        std::vector<std::array<double, 3>> sums(std::size(ms), {0, 0, 0});
        for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
            normalisedLegendre(kMax, rule.nodes[i], p);
            for (std::size_t k = 0; k < std::size(ms); ++k) {
                const int m = ms[k];
                const double w = 2 * std::numbers::pi * rule.weights[i];
                const double top = p[lmIndex(kMax, m)];
                QVERIFY(std::isfinite(top));
                sums[k][0] += w * top * top;
                if (m <= kMax - 2)
                    sums[k][1] += w * top * p[lmIndex(kMax - 2, m)];
                sums[k][2] += w * p[lmIndex(m, m)] * p[lmIndex(m, m)];
            }
        }
        for (const auto& s : sums) {
            QVERIFY2(std::abs(s[0] - 1) < 1e-12, qPrintable(QString::number(s[0] - 1)));
            QVERIFY(std::abs(s[1]) < 1e-12);
            QVERIFY(std::abs(s[2] - 1) < 1e-12);
        }
    }

    void additionTheoremHoldsEverywhere() {
        // Σ_m |Y_lm|² = (2l+1)/4π at every point, the poles included.
        constexpr int kMax = 200;
        std::vector<double> p(lmCount(kMax));
        for (double x : {-1.0, -0.999999, -0.5, 0.0, 0.1234, 0.9, 1.0}) {
            normalisedLegendre(kMax, x, p);
            for (int l : {0, 1, 50, 199, 200}) {
                double sum = p[lmIndex(l, 0)] * p[lmIndex(l, 0)];
                for (int m = 1; m <= l; ++m)
                    sum += 2 * p[lmIndex(l, m)] * p[lmIndex(l, m)];
                QVERIFY(std::abs(sum * 4 * std::numbers::pi / (2 * l + 1) - 1) < 1e-12);
            }
        }
    }

    void polynomialsAgreeWithStandardLibrary() {
        std::vector<double> p(61);
        for (double x : {-1.0, -0.3, 0.0, 0.77, 1.0}) {
            legendrePolynomials(60, x, p);
            for (unsigned l = 0; l <= 60; ++l)
                QVERIFY(std::abs(p[l] - std::legendre(l, x)) < 1e-13);
        }
    }

    void quadratureIsExact() {
        for (int n : {1, 2, 3, 10, 33, 200, 500}) {
            const auto rule = gaussLegendre(n);
            QVERIFY(std::is_sorted(rule.nodes.begin(), rule.nodes.end()));
            QVERIFY(std::abs(integral(rule, [](double) { return 1.0; }) - 2) < 1e-14);
            // x^(2n-2) is even and of the highest even degree that must be exact.
            const int degree = 2 * n - 2;
            QVERIFY(std::abs(integral(rule, [&](double x) { return std::pow(x, degree); }) - 2.0 / (degree + 1)) <
                    1e-14);
            std::vector<double> p(static_cast<std::size_t>(n) + 1);
            for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
                QCOMPARE(rule.nodes[i], -rule.nodes[rule.nodes.size() - 1 - i]);
                QVERIFY(rule.weights[i] > 0);
                // A node off by 1e-15 leaves |P_n| <= 1e-15 |P_n'|.
                legendrePolynomials(n, rule.nodes[i], p);
                const double x = rule.nodes[i];
                const double slope = n * (p[p.size() - 2] - x * p.back()) / (1 - x * x);
                QVERIFY(std::abs(p.back() / slope) < 2e-15);
            }
        }
        const auto three = gaussLegendre(3);
        QVERIFY(std::abs(three.nodes[2] - std::sqrt(0.6)) < 1e-16);
        QVERIFY(std::abs(three.weights[0] - 5.0 / 9) < 1e-15);
        QVERIFY(std::abs(three.weights[1] - 8.0 / 9) < 1e-15);
    }

    void noNodesIsAnError() { QVERIFY_EXCEPTION_THROWN((void)gaussLegendre(0), Error); }
};

QTEST_APPLESS_MAIN(TestLegendre)
#include "tst_legendre.moc"
