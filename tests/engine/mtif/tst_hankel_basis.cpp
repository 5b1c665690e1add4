#include "engine/core/error.h"
#include "engine/math/legendre.h"
#include "engine/math/spherical_bessel.h"
#include "engine/mtif/hankel_basis.h"
#include "tests/engine/mtif/sample_sums.h"

#include <QtTest>

using namespace fxs;
using namespace fxs::mtif;

namespace {

std::vector<double> metricWeights(const sample::Groel& g) {
    std::vector<double> w;
    const auto i00 = g.i00();
    for (std::size_t i = 0; i < g.q.size(); ++i)
        w.push_back(g.q[i] / std::sqrt(i00[i]));
    return w;
}

double truncation(const sample::Groel& g, int l, double diameter, int extra) {
    const auto w = metricWeights(g);
    const HankelBasis basis = makeHankelBasis(l, diameter, hankelTermCount(l, 0.15, diameter) + extra, g.q, w, {});
    const auto truth = g.blTrue[static_cast<std::size_t>(l)];
    const Array<double, 2> b = expand(basis.fine, project(basis, w, truth));
    return sample::relativeError(b, truth, g.q, g.i00());
}

} // namespace

class TestHankelBasis : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void functionsAreTransformsOfWhatLivesInsideD_data() {
        QTest::addColumn<int>("l");
        QTest::newRow("l = 0") << 0;
        QTest::newRow("l = 2") << 2;
        QTest::newRow("l = 12") << 12;
    }
    /// Slow direct formula: ∫_0^D j_l(z_n r/D) j_l(qr) r² dr by quadrature lies in the span of the first n functions.
    void functionsAreTransformsOfWhatLivesInsideD() {
        QFETCH(int, l);
        const double diameter = 150;
        const auto q = PolarGrid::uniform(0, 0.2, 60, 8).q;
        const std::vector<double> w(q.size(), 1.0);
        const int terms = 6;
        const HankelBasis basis = makeHankelBasis(l, diameter, terms, q, w, q);
        QCOMPARE(basis.size(), static_cast<std::size_t>(terms));
        const auto zeros = sphericalBesselZeros(l, terms);
        const Quadrature quadrature = gaussLegendre(120);
        std::vector<double> j(static_cast<std::size_t>(l) + 1), jz(j.size());
        for (double z : zeros) {
            std::vector<double> f(q.size());
            for (std::size_t i = 0; i < q.size(); ++i)
                for (std::size_t k = 0; k < quadrature.nodes.size(); ++k) {
                    const double r = 0.5 * diameter * (1 + quadrature.nodes[k]);
                    sphericalBessel(l, q[i] * r, j);
                    sphericalBessel(l, z * r / diameter, jz);
                    f[i] += quadrature.weights[k] * r * r * j.back() * jz.back();
                }
            double norm = 0, left = 0;
            std::vector<double> rest = f;
            for (std::size_t n = 0; n < basis.size(); ++n) {
                double a = 0;
                for (std::size_t i = 0; i < q.size(); ++i)
                    a += basis.fine(i, n) * f[i];
                for (std::size_t i = 0; i < q.size(); ++i)
                    rest[i] -= a * basis.fine(i, n);
            }
            for (std::size_t i = 0; i < q.size(); ++i) {
                norm += f[i] * f[i];
                left += rest[i] * rest[i];
            }
            // Quadrature and basis are exact to rounding.
            QVERIFY2(std::sqrt(left / norm) < 1e-9, qPrintable(QString::number(std::sqrt(left / norm))));
        }
    }

    void columnsAreOrthonormalUnderTheWeights() {
        const auto q = PolarGrid::uniform(0, 0.15, 48, 8).q;
        std::vector<double> w;
        for (std::size_t i = 0; i < q.size(); ++i)
            w.push_back(i % 7 == 3 ? 0.0 : std::exp(40 * q[i]));
        const HankelBasis basis = makeHankelBasis(4, 189, 11, q, w, {});
        for (std::size_t a = 0; a < basis.size(); ++a)
            for (std::size_t b = 0; b < basis.size(); ++b) {
                double sum = 0;
                for (std::size_t i = 0; i < q.size(); ++i)
                    sum += w[i] * w[i] * basis.fine(i, a) * basis.fine(i, b);
                QVERIFY(std::abs(sum - (a == b)) < 1e-8);
            }
    }

    void aZeroOnARingIsNoTrouble() {
        const double z = sphericalBesselZeros(2, 3)[1], diameter = 100;
        const std::vector<double> q{0.5 * z / diameter, z / diameter, 1.5 * z / diameter, 2 * z / diameter};
        const std::vector<double> shifted{q[0], q[1] * (1 + 1e-6), q[2], q[3]};
        const std::vector<double> w(4, 1.0);
        const HankelBasis basis = makeHankelBasis(2, diameter, 3, q, w, shifted);
        for (std::size_t n = 0; n < 3; ++n)
            QVERIFY(std::abs(basis.fine(1, n) - basis.coarse(1, n)) < 1e-4);
    }

    void reproducesGroelWithinTheQuotedTruncation() {
        const auto g = sample::Groel::read(FXS_TEST_DATA);
        double small = 0;
        int belowOnePercent = 0;
        for (int l = 2; l <= 28; l += 2) {
            const double two = truncation(g, l, g.diameter, 2), three = truncation(g, l, g.diameter, 3);
            QVERIFY2(two <= 0.04, qPrintable(QString("l = %1: %2").arg(l).arg(two)));
            QVERIFY2(three <= 1e-3, qPrintable(QString("l = %1: %2").arg(l).arg(three)));
            belowOnePercent += two < 0.01;
            small = std::max(small, truncation(g, l, 0.9 * g.diameter, 2));
        }
        QVERIFY(belowOnePercent >= 10);
        // A diameter that is a tenth too small: 16 % at l = 20.
        QVERIFY2(small > 0.1, qPrintable(QString::number(small)));
        // Twice the diameter allows everything that D allows.
        for (int l = 2; l <= 28; l += 2)
            QVERIFY(truncation(g, l, 2 * g.diameter, 3) < 0.01);
    }

    void countsZeros() {
        // j_0 has its zeros at nπ.
        QCOMPARE(hankelTermCount(0, 0.15, 9.99 * M_PI / 0.15), 9);
        QCOMPARE(hankelTermCount(0, 0.15, 10.01 * M_PI / 0.15), 10);
        QCOMPARE(hankelTermCount(30, 0.15, 189), 0);
    }

    void withoutDataThereIsNoBasis() {
        const std::vector<double> q{0.1, 0.2}, w{0, 0};
        QVERIFY_EXCEPTION_THROWN(makeHankelBasis(2, 100, 2, q, w, {}), Error);
    }
};

QTEST_APPLESS_MAIN(TestHankelBasis)
#include "tst_hankel_basis.moc"
