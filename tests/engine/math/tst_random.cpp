#include "engine/math/random.h"

#include <QtTest>

#include <cmath>
#include <vector>

using namespace fxs;

class TestRandom : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void philoxKnownAnswers() {
        // The known answers published with the Random123 library.
        using Block = std::array<std::uint32_t, 4>;
        QVERIFY((philox4x32({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
        QVERIFY((philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
                 Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
        QVERIFY((philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
                 Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
    }

    void streamsRepeatAndDiffer() {
        RandomStream a(5, 7, 9), same(5, 7, 9), seed(6, 7, 9), stream(5, 8, 9), lane(5, 7, 10);
        int equal = 0;
        for (int i = 0; i < 1000; ++i) {
            const auto value = a.bits();
            QCOMPARE(same.bits(), value);
            equal += seed.bits() == value;
            equal += stream.bits() == value;
            equal += lane.bits() == value;
        }
        QVERIFY(equal <= 1); // 3000 chances of 2^-32
    }

    void uniformIsUniform() {
        // n = 2e5: standard errors of mean, variance and of a tenth's share are 6.5e-4, 1.7e-4, 6.7e-4; five of them
        // are allowed.
        constexpr int kCount = 200000;
        RandomStream random(1, 2);
        double sum = 0, squares = 0;
        std::array<int, 10> bins{};
        for (int i = 0; i < kCount; ++i) {
            const double u = random.uniform();
            QVERIFY(u >= 0 && u < 1);
            sum += u;
            squares += (u - 0.5) * (u - 0.5);
            ++bins[static_cast<std::size_t>(10 * u)];
        }
        QVERIFY(std::abs(sum / kCount - 0.5) < 3.3e-3);
        QVERIFY(std::abs(squares / kCount - 1.0 / 12) < 9e-4);
        for (int n : bins)
            QVERIFY(std::abs(n / static_cast<double>(kCount) - 0.1) < 3.4e-3);
    }

    void neighbouringStreamsAreIndependent() {
        // One number of each of 1e5 neighbouring lanes: mean and correlation of neighbours within five standard errors.
        constexpr std::uint32_t kCount = 100000;
        double sum = 0, correlation = 0, last = 0;
        for (std::uint32_t lane = 0; lane < kCount; ++lane) {
            const double u = RandomStream(3, 4, lane).uniform() - 0.5;
            sum += u;
            correlation += u * last;
            last = u;
        }
        QVERIFY(std::abs(sum / kCount) < 5 * 9.2e-4);
        QVERIFY(std::abs(correlation / kCount * 12) < 5 * 3.2e-3);
    }

    void normalMoments() {
        // Standard errors for n = 2e5: mean 2.2e-3, variance 3.2e-3, fourth moment 2.2e-2.
        constexpr int kCount = 200000;
        RandomStream random(11, 0);
        double m1 = 0, m2 = 0, m4 = 0;
        for (int i = 0; i < kCount; ++i) {
            const double g = random.normal();
            m1 += g;
            m2 += g * g;
            m4 += g * g * g * g;
        }
        QVERIFY(std::abs(m1 / kCount) < 0.011);
        QVERIFY(std::abs(m2 / kCount - 1) < 0.016);
        QVERIFY(std::abs(m4 / kCount - 3) < 0.11);
    }

    void poissonDistribution_data() {
        QTest::addColumn<double>("mean");
        for (double mean : {1e-3, 0.2, 1.0, 5.0, 9.99, 10.0, 12.5, 80.0, 4000.0, 1e7})
            QTest::addRow("%g", mean) << mean;
    }
    void poissonDistribution() {
        QFETCH(double, mean);
        constexpr int kCount = 100000;
        RandomStream random(21, 3);
        double sum = 0, squares = 0;
        std::map<std::uint64_t, int> seen;
        for (int i = 0; i < kCount; ++i) {
            const auto k = random.poisson(mean);
            sum += static_cast<double>(k) - mean;
            squares += (static_cast<double>(k) - mean) * (static_cast<double>(k) - mean);
            ++seen[k];
        }
        // Five standard errors: of the mean sqrt(λ/n), of the variance sqrt((λ + 2λ²)/n).
        QVERIFY(std::abs(sum / kCount) < 5 * std::sqrt(mean / kCount));
        QVERIFY(std::abs(squares / kCount - mean) < 5 * std::sqrt((mean + 2 * mean * mean) / kCount));
        // Chi-squared over the values expected 20 times or more; its standard deviation is sqrt(2 dof).
        double chi = 0;
        int cells = 0;
        for (double k = std::max(0.0, std::floor(mean - 6 * std::sqrt(mean))); k <= mean + 6 * std::sqrt(mean) + 5;
             ++k) {
            const double expected = kCount * std::exp(k * std::log(mean) - mean - std::lgamma(k + 1));
            if (expected < 20)
                continue;
            const double found = seen[static_cast<std::uint64_t>(k)];
            chi += (found - expected) * (found - expected) / expected;
            ++cells;
        }
        if (cells > 1)
            QVERIFY2(std::abs(chi - cells) < 5 * std::sqrt(2.0 * cells),
                     qPrintable(QString("%1 of %2").arg(chi).arg(cells)));
    }

    void poissonOfNothing() {
        RandomStream random(1, 1);
        QCOMPARE(random.poisson(0), std::uint64_t{0});
        QCOMPARE(random.poisson(-3), std::uint64_t{0});
        QCOMPARE(random.poisson(std::nan("")), std::uint64_t{0});
    }
};

QTEST_APPLESS_MAIN(TestRandom)
#include "tst_random.moc"
