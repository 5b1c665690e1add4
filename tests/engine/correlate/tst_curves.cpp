#include "engine/correlate/agreement.h"
#include "engine/correlate/c2.h"
#include "engine/correlate/guinier.h"

#include <QTest>
#include <cmath>
#include <numbers>
#include <random>

using namespace fxs;

/// What is read from curves: radius of gyration, growth of agreement, its limit in q, the error of a line of C2.
class TestCurves : public QObject {
    Q_OBJECT

    static SaxsMean sphere(double radius, std::size_t rings, double qMax) {
        SaxsMean curve;
        for (std::size_t i = 0; i < rings; ++i) {
            const double q = (static_cast<double>(i) + 0.5) * qMax / static_cast<double>(rings), x = q * radius;
            const double amplitude = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
            curve.q.push_back(q);
            curve.intensity.push_back(1000 * amplitude * amplitude);
            curve.error.push_back(0.01 * curve.intensity.back());
        }
        return curve;
    }

    static CorrelationSums noisySums(std::mt19937_64& random, Parity parity) {
        CorrelationSums sums;
        sums.grid = PolarGrid::uniform(0.01, 0.1, 2, 64);
        sums.parity = parity;
        sums.harmonics = 33;
        sums.frames = {300, 100};
        const std::size_t parts = parity == Parity::full ? 2 : 1;
        sums.sumC = Array<double, 4>({2, 33, 3, parts});
        for (std::size_t half = 0; half < 2; ++half)
            for (std::size_t m = 0; m < 33; ++m)
                for (std::size_t p = 0; p < 3; ++p)
                    for (std::size_t c = 0; c < parts; ++c) {
                        // The error of a sum over n frames is that of a frame times sqrt(n); 3 in the mean image, 0.1 elsewhere.
                        std::normal_distribution<double> noise(
                            0, (m == 0 ? 3 : 0.1) * std::sqrt(static_cast<double>(sums.frames[half])));
                        sums.sumC(half, m, p, c) = static_cast<double>(sums.frames[half]) / (1.0 + m) + noise(random);
                    }
        return sums;
    }

private Q_SLOTS:
    void guinierOfASphere() {
        const double radius = 60, gyration = std::sqrt(0.6) * radius;
        // ln P = -x²/5 - x⁴/350 ...: up to q R_g = 0.4 (x² = 0.27) the second term bends the slope by less than 2 · 0.27 / 70.
        const auto low = fitGuinier(sphere(radius, 400, 0.1), {.qMin = {}, .qMax = 0.4 / gyration});
        QVERIFY(bool(low));
        QVERIFY(std::abs(low->radius / gyration - 1) < 0.004);
        QVERIFY(std::abs(low->intensity0 / 1000 - 1) < 0.001);
        // Chosen by itself: to 1.3, where x² = 2.8 bends the slope by at most 8 %, R_g by half of that.
        const auto chosen = fitGuinier(sphere(radius, 400, 0.1));
        QVERIFY(bool(chosen));
        QVERIFY(std::abs(chosen->qMax * chosen->radius - 1.3) < 0.02);
        QVERIFY(chosen->radius > gyration && chosen->radius < 1.04 * gyration);
        QVERIFY(std::abs(chosen->intensityAt(0.5 / gyration) / (1000 * std::exp(-0.25 / 3)) - 1) < 0.02);
    }

    void guinierErrorsAreStandardErrors() {
        std::mt19937_64 random(7);
        double squares = 0, count = 0, errors = 0;
        constexpr int kRepeats = 400;
        for (int i = 0; i < kRepeats; ++i) {
            SaxsMean curve;
            for (int k = 1; k <= 20; ++k) {
                const double q = 0.001 * k, exact = 5 * std::exp(-q * q * 2500 / 3);
                std::normal_distribution<double> noise(0, 0.02 * exact);
                curve.q.push_back(q);
                curve.intensity.push_back(exact + noise(random));
                curve.error.push_back(0.02 * exact);
            }
            const auto fit = fitGuinier(curve, {.qMin = 0, .qMax = 0.02});
            QVERIFY(bool(fit));
            squares += (fit->radius - 50) * (fit->radius - 50);
            errors += fit->radiusError;
            ++count;
        }
        // The scatter of 400 draws is known to 1 / sqrt(800) = 3.5 %; the inflation by chi square above 1 adds about 10 %.
        const double ratio = errors / count / std::sqrt(squares / count);
        QVERIFY2(ratio > 0.9 && ratio < 1.3, qPrintable(QString::number(ratio)));
    }

    void guinierRefusesWithASentence() {
        SaxsMean rising{{0.01, 0.02, 0.03, 0.04}, {1, 2, 3, 4}, {0.1, 0.1, 0.1, 0.1}};
        QVERIFY(QByteArray(fitGuinier(rising).error().what()).contains("does not fall"));
        QVERIFY(!fitGuinier(SaxsMean{}));
        QVERIFY(!fitGuinier(sphere(60, 100, 0.1), {.qMin = 0.5, .qMax = 0.6}));
        QVERIFY(!fitGuinier(sphere(60, 4, 1.0))); // the first ring lies beyond the region
    }

    void growthOfSyntheticHalves() {
        // Signal of variance 1 in 400 values, noise of variance 1000 a frame: a = 2 · 1000 / 2, since a half has N/2 images.
        std::mt19937_64 random(3);
        std::normal_distribution<double> normal;
        std::vector<double> signal(4000), even(4000), odd(4000);
        for (double& s : signal)
            s = normal(random);
        std::vector<GrowthPoint> points;
        for (std::uint64_t images = 200; images <= 6400; images += 200) {
            // 100 frames more in each half
            for (std::size_t i = 0; i < signal.size(); ++i) {
                even[i] += 100 * signal[i] + std::sqrt(100.0 * 1000) * normal(random);
                odd[i] += 100 * signal[i] + std::sqrt(100.0 * 1000) * normal(random);
            }
            double xx = 0, yy = 0, xy = 0;
            for (std::size_t i = 0; i < signal.size(); ++i) {
                xx += even[i] * even[i];
                yy += odd[i] * odd[i];
                xy += even[i] * odd[i];
            }
            points.push_back({images, xy / std::sqrt(xx * yy)});
        }
        const auto fit = fitGrowth(points);
        QVERIFY(fit);
        // Pearson of 4000 values scatters by 1/sqrt(4000) = 0.016, which at agreement 0.5 is 6 % of a; cumulative points do not average.
        QVERIFY2(std::abs(fit->imagesToHalf / 2000 - 1) < 0.15, qPrintable(QString::number(fit->imagesToHalf)));
        QVERIFY(std::abs(fit->agreementAt(20000) - 1 / 1.1) < 0.02);
    }

    void growthThatIsNoneIsNotExtrapolated() {
        QVERIFY(!fitGrowth({{100, 0.9}, {200, 0.9}, {300, 0.9}}));                 // too few
        QVERIFY(!fitGrowth({{100, 0.5}, {110, 0.5}, {120, 0.5}, {130, 0.5}}));     // too short
        QVERIFY(!fitGrowth({{100, 0.0}, {400, 0.02}, {800, 0.01}, {1600, 0.05}})); // nothing there
        QVERIFY(!fitGrowth({{100, 0.6}, {1000, 0.6}, {3000, 0.6}, {10000, 0.6}})); // does not grow: not noise
        QVERIFY(!fitGrowth({}));
    }

    void theLimitOfAgreement() {
        const std::vector<double> q{1, 2, 3, 4, 5, 6};
        QCOMPARE(agreementLimit(q, {0.9, 0.9, 0.1, 0.9, 0.9, 0.2}), 5.0); // one odd ring decides nothing
        QCOMPARE(agreementLimit(q, {0.1, 0.2, 0.9, 0.9, 0.9, 0.9}), 0.0);
        QCOMPARE(agreementLimit(q, {1, 1, 1, 1, 1, 1}), 6.0);
        QCOMPARE(agreementLimit({}, {}), 0.0);
    }

    void theErrorOfALineIsItsScatter_data() {
        QTest::addColumn<int>("parity");
        QTest::addColumn<bool>("withMean");
        QTest::newRow("even") << int(Parity::even) << false;
        QTest::newRow("even, with the mean") << int(Parity::even) << true;
        QTest::newRow("full") << int(Parity::full) << false;
    }
    void theErrorOfALineIsItsScatter() {
        QFETCH(int, parity);
        QFETCH(bool, withMean);
        std::mt19937_64 random(11);
        constexpr int kRepeats = 300;
        std::vector<double> squares(64), errors(64);
        for (int i = 0; i < kRepeats; ++i) {
            const CorrelationSums sums = noisySums(random, static_cast<Parity>(parity));
            const C2Line line = c2Line(sums, 0, 1, withMean);
            for (std::size_t k = 0; k < 64; ++k) {
                double exact = withMean ? 1 : 0;
                for (std::size_t m = 1; m < 33; ++m) {
                    const double angle = 2 * std::numbers::pi * static_cast<double>(m * k) / 64;
                    const double factor = m == 32 ? 1 : 2;
                    exact += factor * std::cos(angle) / (1.0 + m);
                    if (static_cast<Parity>(parity) == Parity::full)
                        exact -= factor * std::sin(angle) / (1.0 + m);
                }
                squares[k] += (line.value[k] - exact) * (line.value[k] - exact);
                errors[k] += line.error[k] * line.error[k];
            }
        }
        // Twice the variance of the line's middle at Δφ = 0 for even parity: the band is not one width.
        for (const std::size_t k :
             {std::size_t(0), std::size_t(5), std::size_t(16), std::size_t(32), std::size_t(45)}) {
            const double ratio = std::sqrt(errors[k] / squares[k]);
            // 300 draws: 1 / sqrt(600) = 4 %, and as much again of the estimate
            QVERIFY2(std::abs(ratio - 1) < 0.15, qPrintable(QStringLiteral("%1: %2").arg(k).arg(ratio)));
        }
    }
};

QTEST_APPLESS_MAIN(TestCurves)
#include "tst_curves.moc"
