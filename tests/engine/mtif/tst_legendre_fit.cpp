#include "engine/core/parallel.h"
#include "engine/math/random.h"
#include "engine/mtif/legendre_fit.h"
#include "tests/engine/mtif/sample_sums.h"

#include <QtTest>

using namespace fxs;
using namespace fxs::mtif;

namespace {

constexpr int kMaxOrder = 16;

/// Random positive semidefinite B_l whose size falls over decades with l, as a particle's does.
Array<double, 3> randomCoefficients(const std::vector<double>& q) {
    Array<double, 3> b({kMaxOrder + 1, q.size(), q.size()});
    RandomStream random(7, 0);
    for (std::size_t l = 0; l <= kMaxOrder; l += 2)
        for (int component = 0; component < 3; ++component) {
            std::vector<double> v;
            for (double x : q)
                v.push_back(std::pow(10.0, 3 - 0.25 * static_cast<double>(l)) * std::exp(-10 * x) * random.normal());
            for (std::size_t i = 0; i < q.size(); ++i)
                for (std::size_t j = 0; j < q.size(); ++j)
                    b(l, i, j) += v[i] * v[j];
        }
    return b;
}

std::vector<double> rings(std::size_t n) {
    return PolarGrid::uniform(0, 0.15, n, 64).q;
}

double worstError(View<const double, 4> fit, const Array<double, 3>& truth) {
    double worst = 0;
    for (std::size_t k = 0; k < fit.extent(1); ++k) {
        double difference = 0, size = 0;
        for (std::size_t i = 0; i < fit.extent(2); ++i)
            for (std::size_t j = 0; j < fit.extent(3); ++j) {
                difference += std::pow(fit(0, k, i, j) - truth(2 + 2 * k, i, j), 2);
                size += std::pow(truth(2 + 2 * k, i, j), 2);
            }
        worst = std::max(worst, std::sqrt(difference / size));
    }
    return worst;
}

} // namespace

class TestLegendreFit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void recoversWhatMadeTheHarmonics_data() {
        QTest::addColumn<double>("wavelength");
        QTest::newRow("flat") << 0.0;
        QTest::newRow("1.5 Å") << 1.5;
        QTest::newRow("2.5 Å") << 2.5;
    }
    void recoversWhatMadeTheHarmonics() {
        QFETCH(double, wavelength);
        const auto q = rings(12);
        const Array<double, 3> b = randomCoefficients(q);
        const auto sums = sample::expectedSums(q, b, 64, 33, wavelength, 1, {3, 2});
        const HarmonicData data = gatherHarmonics(sums, kMaxOrder, {});
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        const LegendreFit fit(data, options);
        QCOMPARE(fit.orderCount(), kMaxOrder / 2);
        // Exact data: what is left is rounding (1e-16) times the condition of the normal equations (below 1e5), with the decades
        // between C_2 and C_16 (1e8 in B) taken out by the scaling.
        const Array<double, 4> solved = fit.solve(data, {}, {});
        QVERIFY2(worstError(solved, b) < 1e-8, qPrintable(QString::number(worstError(solved, b))));
        // And back: the prediction is the data, but for row 0.
        const Array<double, 3> c = fit.predict(solved[0], kMaxOrder, {});
        for (std::size_t m = 2; m <= kMaxOrder; ++m)
            for (std::size_t i = 0; i < q.size(); ++i)
                for (std::size_t j = 0; j < q.size(); ++j)
                    QVERIFY(std::abs(c(m, i, j) - data.c(0, m, i, j)) <=
                            1e-9 * std::sqrt(data.raw(m, i) * data.raw(m, j)) + 1e-18);
    }

    void curvedDataTreatedAsFlatAreWrong() {
        const auto q = rings(12);
        const Array<double, 3> b = randomCoefficients(q);
        // 0.15 1/Å at 5 Å: the last ring looks 3.4 degrees off the plane, and P̄_lm near the equator changes as l² times its square.
        auto sums = sample::expectedSums(q, b, 64, 33, 5, 1, {3, 2});
        sums.experiment.wavelengthAngstrom = 0;
        const HarmonicData data = gatherHarmonics(sums, kMaxOrder, {});
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        QVERIFY(worstError(LegendreFit(data, options).solve(data, {}, {}), b) > 0.01);
    }

    void oddOrdersOfARealDensityAreNothing() {
        const auto q = rings(12);
        const Array<double, 3> b = randomCoefficients(q);
        const auto sums = sample::expectedSums(q, b, 64, 33, 2.5, 1, {3, 2});
        const HarmonicData data = gatherHarmonics(sums, kMaxOrder, {});
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        options.allOrders = true;
        const LegendreFit fit(data, options);
        QCOMPARE(fit.orderOf(1), 3);
        const Array<double, 4> solved = fit.solve(data, {}, {});
        // The all-l system is far worse conditioned (rings near the beam look almost flat); judged on the outer rings.
        double odd = 0, even = 0;
        for (int k = 0; k < fit.orderCount(); ++k)
            (fit.orderOf(k) % 2 ? odd : even) += std::abs(solved(0, static_cast<std::size_t>(k), 11, 11));
        QVERIFY2(odd < 1e-3 * even, qPrintable(QString("odd %1 even %2").arg(odd).arg(even)));
    }

    void severalParticlesChangeOnlyTheScale() {
        const auto q = rings(8);
        const Array<double, 3> b = randomCoefficients(q);
        const HarmonicData one = gatherHarmonics(sample::expectedSums(q, b, 64, 33, 2.5, 1, {4, 4}), kMaxOrder, {});
        const HarmonicData ten = gatherHarmonics(sample::expectedSums(q, b, 64, 33, 2.5, 10, {4, 4}), kMaxOrder, {});
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        const Array<double, 4> x = LegendreFit(one, options).solve(one, {}, {});
        const Array<double, 4> y = LegendreFit(ten, options).solve(ten, {}, {});
        for (std::size_t n = 0; n < x.size(); ++n)
            QVERIFY(std::abs(y.span()[n] - 10 * x.span()[n]) <= 1e-7 * std::abs(10 * x.span()[n]) + 1e-9);
    }

    void ringsWithFewerHarmonicsLeaveTheirHighOrdersToThePrior() {
        const auto q = rings(8);
        const Array<double, 3> b = randomCoefficients(q);
        auto sums = sample::expectedSums(q, b, 64, 33, 0, 1, {4, 4});
        sums.ringHarmonics.assign(8, 33);
        sums.ringHarmonics[2] = 7; // carries m up to 6
        sums.ringHarmonics[5] = 0; // not measured
        const HarmonicData data = gatherHarmonics(sums, kMaxOrder, {});
        QCOMPARE(data.ringOrder[2], 6);
        QCOMPARE(data.ringOrder[5], -1);
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        Array<double, 3> prior({kMaxOrder / 2, 8, 8});
        for (double& x : prior.span())
            x = 42;
        const Array<double, 4> solved = LegendreFit(data, options).solve(data, prior, {});
        QCOMPARE(solved(0, 3, 2, 4), 42.0); // l = 8
        QCOMPARE(solved(0, 0, 5, 5), 42.0);
        QVERIFY(std::abs(solved(0, 5, 3, 4) - b(12, 3, 4)) < 1e-9 * std::sqrt(b(12, 3, 3) * b(12, 4, 4)));
    }

    void heldOrdersStayAtThePrior() {
        const auto q = rings(6);
        const Array<double, 3> b = randomCoefficients(q);
        const HarmonicData data = gatherHarmonics(sample::expectedSums(q, b, 64, 33, 0, 1, {4, 4}), kMaxOrder, {});
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        options.hold.assign(kMaxOrder / 2, 0.0);
        options.hold.back() = 1e4;
        const Array<double, 3> zero({kMaxOrder / 2, 6, 6});
        const Array<double, 4> solved = LegendreFit(data, options).solve(data, zero, {});
        for (std::size_t i = 0; i < 6; ++i)
            QVERIFY(std::abs(solved(0, kMaxOrder / 2 - 1, i, i)) < 1e-6 * b(16, i, i));
    }

    void conditionIsFiniteAndAtLeastOne() {
        const auto q = rings(10);
        const HarmonicData data =
            gatherHarmonics(sample::expectedSums(q, randomCoefficients(q), 64, 33, 1.5, 1, {4, 4}), kMaxOrder, {});
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        for (double c : LegendreFit(data, options).condition(data))
            QVERIFY2(c >= 1 - 1e-9 && c < 1e4, qPrintable(QString::number(c)));
    }

    void threadsDoNotChangeABit() {
        const auto q = rings(16);
        const HarmonicData data =
            gatherHarmonics(sample::expectedSums(q, randomCoefficients(q), 64, 33, 1.5, 1, {4, 4}), kMaxOrder, {});
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        options.tikhonov = 1e-4;
        const LegendreFit fit(data, options);
        Array<double, 4> one;
        {
            const ThreadLimit limit(1);
            one = fit.solve(data, {}, {});
        }
        const ThreadLimit limit(4);
        const Array<double, 4> four = fit.solve(data, {}, {});
        QVERIFY(std::equal(one.span().begin(), one.span().end(), four.span().begin()));
    }

    void stopsBeforeTheWork() {
        const auto q = rings(6);
        const auto sums = sample::expectedSums(q, randomCoefficients(q), 64, 33, 0, 1, {4, 4});
        const HarmonicData data = gatherHarmonics(sums, kMaxOrder, {});
        LegendreFitOptions options;
        options.maxOrder = kMaxOrder;
        const LegendreFit fit(data, options);
        std::stop_source source;
        source.request_stop();
        TaskContext task;
        task.stop = source.get_token();
        QVERIFY_EXCEPTION_THROWN(fit.solve(data, {}, task), Stopped);
        QVERIFY_EXCEPTION_THROWN(gatherHarmonics(sums, kMaxOrder, task), Stopped);
    }
};

QTEST_APPLESS_MAIN(TestLegendreFit)
#include "tst_legendre_fit.moc"
