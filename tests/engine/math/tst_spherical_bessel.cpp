#include "engine/math/spherical_bessel.h"

#include <QtTest>

#include <cmath>
#include <numbers>
#include <vector>

using namespace fxs;

class TestSphericalBessel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void closedForms() {
        std::vector<double> j(3);
        for (double x : {0.5, 1.0, 2.5, 10.0, 500.0}) {
            sphericalBessel(2, x, j);
            const double s = std::sin(x), c = std::cos(x);
            // The closed forms cancel for small x: 1/x³ of the rounding is allowed.
            const double tolerance = 1e-15 * (1 + 1 / (x * x * x));
            QVERIFY(std::abs(j[0] - s / x) < tolerance);
            QVERIFY(std::abs(j[1] - (s / x - c) / x) < tolerance);
            QVERIFY(std::abs(j[2] - ((3 / (x * x) - 1) * s / x - 3 * c / (x * x))) < 4 * tolerance);
        }
    }

    void seriesForSmallArguments() {
        // j_l(x) = x^l / (2l+1)!! (1 - x²/(2(2l+3)) + x⁴/(8(2l+3)(2l+5)) - ...): terms fall as x², so six of them leave
        // 1e-17 at 0.5.
        std::vector<double> j(31);
        for (double x : {1e-300, 1e-12, 1e-5, 0.01, 0.5}) {
            sphericalBessel(30, x, j);
            double leading = 1;
            for (int l = 0; l <= 30; ++l) {
                if (l > 0)
                    leading *= x / (2 * l + 1);
                double term = 1, sum = 1;
                for (int k = 1; k < 8; ++k) {
                    term *= -x * x / (2.0 * k * (2 * l + 2 * k + 1));
                    sum += term;
                }
                const double expected = leading * sum;
                QVERIFY(std::abs(j[static_cast<std::size_t>(l)] - expected) <= 2e-14 * expected);
            }
        }
    }

    void zeroArgument() {
        std::vector<double> j(201, 7.0);
        sphericalBessel(200, 0.0, j);
        QCOMPARE(j[0], 1.0);
        for (std::size_t l = 1; l < j.size(); ++l)
            QCOMPARE(j[l], 0.0);
        QCOMPARE(sphericalBesselDerivative(0, 0.0), 0.0);
        QVERIFY(std::abs(sphericalBesselDerivative(1, 0.0) - 1.0 / 3) < 1e-16);
        QCOMPARE(sphericalBesselDerivative(2, 0.0), 0.0);
    }

    void sumRules() {
        // Σ (2l+1) j_l² = 1 and Σ (2l+1) (-1)^l j_l² = sin(2x)/(2x) for every x: they see every order's error at once.
        for (double x : {0.1, 3.0, 20.0, 99.99, 100.0, 150.5, 300.0}) {
            const int lMax = static_cast<int>(x) + 100;
            std::vector<double> j(static_cast<std::size_t>(lMax) + 1);
            sphericalBessel(lMax, x, j);
            double sum = 0, alternating = 0;
            for (int l = 0; l <= lMax; ++l) {
                const double value = j[static_cast<std::size_t>(l)];
                sum += (2 * l + 1) * value * value;
                alternating += (l % 2 ? -1 : 1) * (2 * l + 1) * value * value;
            }
            QVERIFY2(std::abs(sum - 1) < 1e-12, qPrintable(QString("x %1: %2").arg(x).arg(sum - 1)));
            QVERIFY(std::abs(alternating - std::sin(2 * x) / (2 * x)) < 1e-12);
        }
    }

    void orderDoesNotDependOnHowManyAreAsked() {
        std::vector<double> few(11), many(201);
        for (double x : {0.7, 5.0, 10.0, 10.5, 60.0, 250.0}) {
            sphericalBessel(10, x, few);
            sphericalBessel(200, x, many);
            for (std::size_t l = 0; l <= 10; ++l)
                QVERIFY(std::abs(few[l] - many[l]) <= 1e-14 / std::max(1.0, x));
        }
    }

    void agreesWithStandardLibrary() {
        // libstdc++ is good to about 1e-13 of the envelope, and gives up (NaN) where j_l underflows.
        std::vector<double> j(201);
        for (double x : {0.3, 8.0, 45.0, 120.0, 199.9, 240.0}) {
            sphericalBessel(200, x, j);
            for (unsigned l : {0U, 1U, 7U, 44U, 119U, 200U})
                if (l < x + 60)
                    QVERIFY2(std::abs(j[l] - std::sph_bessel(l, x)) <= 1e-12 / std::max(1.0, x),
                             qPrintable(QString("l %1 x %2").arg(l).arg(x)));
        }
    }

    void largeArgumentsAgreeWithExtendedPrecision() {
        // Upward recursion is stable below l = x; in 64-bit mantissas its error is out of sight.
        std::vector<double> j(201);
        for (double x : {201.0, 800.0, 5000.0}) {
            sphericalBessel(200, x, j);
            const long double xl = x;
            long double twoBack = std::sin(xl) / xl, oneBack = (twoBack - std::cos(xl)) / xl;
            QVERIFY(std::abs(j[1] - static_cast<double>(oneBack)) < 1e-14 / x);
            for (int l = 2; l <= 200; ++l) {
                const long double value = (2 * l - 1) / xl * oneBack - twoBack;
                twoBack = oneBack;
                oneBack = value;
                QVERIFY(std::abs(j[static_cast<std::size_t>(l)] - static_cast<double>(value)) < 1e-13 / x);
            }
        }
    }

    void derivativeAgreesWithDifferences() {
        // Central difference with h = 1e-4: truncation h² |j'''| / 6 <= 2e-9.
        std::vector<double> up(41), down(41);
        for (double x : {0.2, 3.0, 17.0, 90.0}) {
            sphericalBessel(40, x + 1e-4, up);
            sphericalBessel(40, x - 1e-4, down);
            for (int l : {0, 1, 2, 13, 40}) {
                const auto i = static_cast<std::size_t>(l);
                QVERIFY(std::abs(sphericalBesselDerivative(l, x) - (up[i] - down[i]) / 2e-4) < 3e-9);
            }
        }
    }

    void zerosOfOrderOne() {
        // tan z = z
        const auto z = sphericalBesselZeros(1, 3);
        QVERIFY(std::abs(z[0] - 4.493409457909064) < 1e-14);
        QVERIFY(std::abs(z[1] - 7.725251836937707) < 1e-14);
        QVERIFY(std::abs(z[2] - 10.904121659428899) < 2e-14);
    }

    void zerosInterlace() {
        // Between two zeros of j_l lies exactly one of j_{l+1}: none is missed, none counted twice.
        auto lower = sphericalBesselZeros(0, 60);
        for (int l = 1; l <= 120; ++l) {
            const auto upper = sphericalBesselZeros(l, 60);
            for (std::size_t n = 0; n < 60; ++n) {
                QVERIFY(upper[n] > lower[n]);
                if (n + 1 < 60)
                    QVERIFY(upper[n] < lower[n + 1]);
            }
            lower = upper;
        }
    }

    void zerosAreZeros() {
        std::vector<double> j(201);
        for (int l : {0, 1, 2, 10, 57, 200})
            for (double z : sphericalBesselZeros(l, 40)) {
                sphericalBessel(200, z, j);
                QVERIFY2(std::abs(j[static_cast<std::size_t>(l)] / sphericalBesselDerivative(l, z)) < 1e-12,
                         qPrintable(QString("l %1 z %2").arg(l).arg(z)));
            }
        QVERIFY(sphericalBesselZeros(5, 0).empty());
    }
};

QTEST_APPLESS_MAIN(TestSphericalBessel)
#include "tst_spherical_bessel.moc"
