#include "engine/math/random.h"
#include "engine/mtif/low_rank.h"

#include <QtTest>

#include <cmath>

using namespace fxs;
using namespace fxs::mtif;

namespace {

Array<double, 2> signal(std::size_t n, const std::vector<double>& strengths) {
    Array<double, 2> x({n, n});
    for (std::size_t c = 0; c < strengths.size(); ++c)
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) {
                // Cosines at half-integer points are orthogonal, with norm n/2 (n for c = 0).
                const auto wave = [&](std::size_t k) {
                    return std::cos(M_PI * static_cast<double>(c) * (static_cast<double>(k) + 0.5) /
                                    static_cast<double>(n)) *
                           std::sqrt((c ? 2.0 : 1.0) / static_cast<double>(n));
                };
                x(i, j) += strengths[c] * wave(i) * wave(j);
            }
    return x;
}

Array<double, 2> noise(std::size_t n, double sigma, std::uint64_t seed) {
    Array<double, 2> x({n, n});
    RandomStream random(seed, 0);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i; j < n; ++j)
            x(i, j) = x(j, i) = sigma * random.normal();
    return x;
}

double distance(const Array<double, 2>& a, const Array<double, 2>& b) {
    double sum = 0;
    for (std::size_t n = 0; n < a.size(); ++n)
        sum += std::pow(a.span()[n] - b.span()[n], 2);
    return std::sqrt(sum);
}

Array<double, 2> product(const Array<double, 2>& factor) {
    Array<double, 2> x({factor.extent(0), factor.extent(0)});
    for (std::size_t i = 0; i < factor.extent(0); ++i)
        for (std::size_t j = 0; j < factor.extent(0); ++j)
            for (std::size_t c = 0; c < factor.extent(1); ++c)
                x(i, j) += factor(i, c) * factor(j, c);
    return x;
}

} // namespace

class TestLowRank : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsWhatStandsAboveTheNoiseAndImproves() {
        const std::size_t n = 12;
        const Array<double, 2> truth = signal(n, {100, 40});
        Array<double, 2> even = noise(n, 1, 1), odd = noise(n, 1, 2), x({n, n}), half({n, n});
        for (std::size_t k = 0; k < n * n; ++k) {
            x.span()[k] = truth.span()[k] + 0.5 * (even.span()[k] + odd.span()[k]);
            half.span()[k] = 0.5 * (even.span()[k] - odd.span()[k]);
        }
        const LowRank kept = reduceRank(x, Noise{half.view(), 0}, 1.5, 5);
        QCOMPARE(kept.rank, 2);
        // Of n² noise entries, about 2n·rank survive: the error falls by about sqrt(4/n) = 0.58.
        const Array<double, 2> filtered = product(kept.factor);
        QVERIFY2(distance(filtered, truth) < 0.85 * distance(x, truth),
                 qPrintable(QString("%1 %2").arg(distance(filtered, truth)).arg(distance(x, truth))));
        QVERIFY(std::is_sorted(kept.eigenvalues.rbegin(), kept.eigenvalues.rend()));
    }

    void nothingIsKeptOfNoise() {
        const Array<double, 2> even = noise(10, 1, 3), odd = noise(10, 1, 4);
        Array<double, 2> x({10, 10}), half({10, 10});
        for (std::size_t k = 0; k < 100; ++k) {
            x.span()[k] = 0.5 * (even.span()[k] + odd.span()[k]);
            half.span()[k] = 0.5 * (even.span()[k] - odd.span()[k]);
        }
        const LowRank kept = reduceRank(x, Noise{half.view(), 0}, 1.5, 5);
        QCOMPARE(kept.rank, 0);
        QCOMPARE(kept.factor.extent(1), std::size_t(0));
    }

    /// A few rows: that the noise matrix is small by chance must not let noise pass. 200 draws of 3 x 3; with the deviation known,
    /// 1.5 edges = 5.2σ is passed by none.
    void smallMatricesOfNoiseDoNotPass() {
        for (std::uint64_t draw = 0; draw < 200; ++draw) {
            const Array<double, 2> x = noise(3, 1, 100 + 2 * draw), n = noise(3, 1, 101 + 2 * draw);
            QCOMPARE(reduceRank(x, Noise{n.view(), 1}, 1.5, 5).rank, 0);
        }
    }

    /// Wigner's law and the shrinkage: a component θ over noise σ appears at λ = θ + nσ²/θ and is best kept as θ − nσ²/θ.
    void keptEigenvaluesAreShrunk() {
        const std::size_t n = 100;
        const double theta = 40, sigma = 1;
        Array<double, 2> x = signal(n, {theta});
        const Array<double, 2> more = noise(n, sigma, 9), other = noise(n, sigma, 10);
        for (std::size_t k = 0; k < n * n; ++k)
            x.span()[k] += more.span()[k];
        const LowRank kept = reduceRank(x, Noise{other.view(), sigma}, 1.5, 5);
        QCOMPARE(kept.rank, 1);
        double size = 0;
        for (double f : kept.factor.span())
            size += f * f;
        // Both fluctuate by about σ.
        QVERIFY2(std::abs(kept.eigenvalues[0] - (theta + 100 * sigma / theta)) < 4,
                 qPrintable(QString::number(kept.eigenvalues[0])));
        QVERIFY2(std::abs(size - (theta - 100 * sigma / theta)) < 4, qPrintable(QString::number(size)));
    }

    /// A strong component that fluctuates by 10 does not hide a weak one of 4 over noise of 0.1.
    void noiseAlongAStrongComponentDoesNotHideAWeakOne() {
        Array<double, 2> x = signal(10, {1000, 4}), half = noise(10, 0.1, 11);
        const Array<double, 2> along = signal(10, {10});
        for (std::size_t k = 0; k < 100; ++k) {
            half.span()[k] += along.span()[k];
            x.span()[k] += along.span()[k];
        }
        QCOMPARE(reduceRank(x, Noise{half.view(), 0.1}, 1.5, 5).rank, 2);
    }

    void withoutHalvesTheNegativeEigenvaluesAreTheGauge() {
        Array<double, 2> x = signal(8, {10, 5, 1.2, -1});
        const LowRank kept = reduceRank(x, std::nullopt, 1.5, 9);
        QCOMPARE(kept.rank, 2);
        QVERIFY(std::abs(kept.noise - 1.5) < 1e-12);
        QCOMPARE(reduceRank(x, std::nullopt, 1, 9).rank, 3);
    }

    void neverMoreThanThePhysicsAllows() {
        const Array<double, 2> x = signal(8, {8, 7, 6, 5, 4, 3, 2});
        QCOMPARE(reduceRank(x, std::nullopt, 1.5, 5).rank, 5);
        QCOMPARE(keepComponents(x, 3, 0).rank, 3);
        // Rounding is not a component.
        QCOMPARE(reduceRank(signal(8, {3, 2}), std::nullopt, 1.5, 5).rank, 2);
    }

    void scaleDoesNotMatter() {
        Array<double, 2> x = signal(8, {10, 5, 1, -1}), big = x.clone();
        for (double& v : big.span())
            v *= 1024;
        const LowRank a = reduceRank(x, std::nullopt, 1.5, 9), b = reduceRank(big, std::nullopt, 1.5, 9);
        QCOMPARE(a.rank, b.rank);
        for (std::size_t n = 0; n < a.factor.size(); ++n)
            QVERIFY(std::abs(b.factor.span()[n] - 32 * a.factor.span()[n]) < 1e-10);
    }
};

QTEST_APPLESS_MAIN(TestLowRank)
#include "tst_low_rank.moc"
