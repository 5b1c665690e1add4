#include "engine/polar/lane_transform.h"
#include "engine/polar/ring_transform.h"

#include "engine/core/error.h"

#include <QtTest>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

using namespace fxs;

namespace {

constexpr double kPi = std::numbers::pi;

/// Rings with random harmonics 0 ... highest (only even ones if asked).
Array<float, 2> bandLimited(const PolarGrid& grid, std::size_t highest, bool evenOnly = false) {
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    Array<float, 2> image({grid.qCount(), grid.phiCount});
    for (std::size_t q = 0; q < grid.qCount(); ++q) {
        std::vector<double> ring(grid.phiCount, 10);
        for (std::size_t m = 1; m <= highest; m += 1) {
            const double a = normal(random), b = normal(random);
            for (std::size_t k = 0; k < grid.phiCount && !(evenOnly && m % 2); ++k) {
                const double phi = 2 * kPi * static_cast<double>(k * m) / static_cast<double>(grid.phiCount);
                ring[k] += a * std::cos(phi) + b * std::sin(phi);
            }
        }
        for (std::size_t k = 0; k < grid.phiCount; ++k)
            image(q, k) = static_cast<float>(ring[k]);
    }
    return image;
}

Array<std::uint8_t, 2> maskWithGap(const PolarGrid& grid, std::size_t first, std::size_t count) {
    Array<std::uint8_t, 2> mask({grid.qCount(), grid.phiCount});
    for (std::size_t q = 0; q < grid.qCount(); ++q)
        for (std::size_t k = 0; k < grid.phiCount; ++k)
            mask(q, k) = (k + grid.phiCount - first - q) % grid.phiCount >= count;
    return mask;
}

BandLimit upTo(std::size_t m) {
    BandLimit limit;
    limit.maxHarmonic = m;
    return limit;
}

} // namespace

class TestRingTransform : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cosineHasOneHarmonic() {
        const PolarGrid grid = PolarGrid::uniform(0, 0.1, 2, 64);
        Array<float, 2> image({2, 64});
        for (std::size_t k = 0; k < 64; ++k)
            image(1, k) = static_cast<float>(3 + 2 * std::cos(2 * kPi * 5 * static_cast<double>(k) / 64 + 0.3));
        const auto f = RingTransform(grid, {}, {}).harmonics(image);
        for (std::size_t m = 0; m <= 32; ++m) {
            const double re = m == 0 ? 3 : m == 5 ? std::cos(0.3) : 0, im = m == 5 ? std::sin(0.3) : 0;
            QVERIFY(std::abs(f(1, m, 0) - re) < 1e-6 && std::abs(f(1, m, 1) - im) < 1e-6); // the input is float
            QCOMPARE(f(0, m, 0), 0.0);
        }
    }

    void bandLimitGrowsWithQ() {
        const PolarGrid grid = PolarGrid::uniform(0, 0.2, 20, 256);
        BandLimit limit;
        limit.diameterAngstrom = 200;
        const RingTransform rings(grid, {}, limit);
        for (std::size_t q = 0; q < 20; ++q) {
            const auto carried = static_cast<double>(rings.ringHarmonics()[q]) - 1;
            QVERIFY(carried >= grid.q[q] * 200 + 3 && carried < grid.q[q] * 200 + 12);
            QVERIFY(q == 0 || rings.ringHarmonics()[q] >= rings.ringHarmonics()[q - 1]);
        }
        QCOMPARE(static_cast<std::int32_t>(rings.harmonics()), rings.ringHarmonics().back());
    }

    void fitEqualsNoMask() {
        const PolarGrid grid = PolarGrid::uniform(0, 0.1, 5, 128);
        const Array<float, 2> image = bandLimited(grid, 12);
        Array<float, 2> holes = image.clone();
        const auto mask = maskWithGap(grid, 20, 16);
        for (std::size_t i = 0; i < mask.size(); ++i)
            if (!mask.data()[i])
                holes.data()[i] = std::numeric_limits<float>::quiet_NaN(); // what is masked is never looked at
        const RingTransform fitted(grid, mask, upTo(12)), whole(grid, {}, upTo(12));
        const auto a = fitted.harmonics(holes), b = whole.harmonics(image);
        for (std::size_t q = 0; q < 5; ++q) {
            QCOMPARE(fitted.methods()[q], RingMethod::fit);
            QVERIFY(fitted.condition()[q] > 1 && fitted.condition()[q] < 1e3);
        }
        for (std::size_t i = 0; i < a.size(); ++i) // float input (1e-6 of 30) times the condition number (below 30)
            QVERIFY2(std::abs(a.data()[i] - b.data()[i]) < 1e-4, qPrintable(QString::number(fitted.condition()[2])));
    }

    void conditionGrowsWithTheBandAndTheGap() {
        // science.md: one gap of 20° (15 of 256 bins): 54 at M = 28, 2·10⁴ at 57; the digits by a singular value decomposition.
        std::vector<std::uint8_t> mask(256, 1);
        std::fill_n(mask.begin(), 15, std::uint8_t{0});
        QVERIFY(std::abs(ringFitCondition(mask, {28, false}) / 54.35787030956824 - 1) < 1e-9);
        QVERIFY(std::abs(ringFitCondition(mask, {57, false}) / 21059.668541281724 - 1) < 1e-5);
        QVERIFY(std::isinf(ringFitCondition(mask, {128, false})));
    }

    void flatDataUseFriedelsLaw() {
        // A gap of a quarter of the ring and no band limit: hopeless, but the opposite quarter is there.
        const PolarGrid grid = PolarGrid::uniform(0, 0.1, 3, 64);
        const Array<float, 2> image = bandLimited(grid, 30, true);
        const auto mask = maskWithGap(grid, 5, 16);
        const RingTransform curved(grid, mask, {}), flat(grid, mask, {}, MaskCorrection::automatic, true);
        QCOMPARE(curved.methods()[1], RingMethod::ratio);
        QVERIFY(curved.needsRatio());
        QCOMPARE(flat.methods()[1], RingMethod::fit);
        QVERIFY(flat.evenOnly(1));
        const auto a = flat.harmonics(image), b = RingTransform(grid, {}, {}).harmonics(image);
        for (std::size_t i = 0; i < a.size(); ++i)
            QVERIFY(std::abs(a.data()[i] - b.data()[i]) < 1e-5);
    }

    void ringsWithoutBinsHaveNoHarmonics() {
        const PolarGrid grid = PolarGrid::uniform(0, 0.1, 3, 64);
        Array<std::uint8_t, 2> mask({3, 64});
        std::fill_n(&mask(1, 0), 128, std::uint8_t{1});
        const RingTransform rings(grid, mask, {});
        QCOMPARE(rings.methods()[0], RingMethod::none);
        QCOMPARE(rings.ringHarmonics()[0], 0);
        QCOMPARE(rings.methods()[2], RingMethod::complete);
        QVERIFY(!rings.needsRatio());
    }

    void selfTermIsTheNoiseThatPassesThrough() {
        const PolarGrid grid = PolarGrid::uniform(0, 0.1, 1, 64);
        QVERIFY(std::abs(RingTransform(grid, {}, {}).selfTerm()(0, 7) - 1.0 / 64) < 1e-15);
        const auto mask = maskWithGap(grid, 10, 9);
        const RingTransform rings(grid, mask, upTo(8));
        const auto term = rings.selfTerm();
        // F_m is linear in the bins: Σ |P_mφ|² is the sum over images of one bright bin.
        for (std::size_t m = 0; m <= 8; ++m) {
            double sum = 0;
            for (std::size_t k = 0; k < 64; ++k) {
                Array<float, 2> one({1, 64});
                one(0, k) = 1;
                const auto f = rings.harmonics(one);
                sum += f(0, m, 0) * f(0, m, 0) + f(0, m, 1) * f(0, m, 1);
            }
            QVERIFY(std::abs(sum / term(0, m) - 1) < 1e-10);
        }
    }

    void lanesEqualTheSlowTransform_data() {
        QTest::addColumn<int>("azimuths");
        QTest::addColumn<bool>("masked");
        for (const int azimuths : {64, 100})
            for (const bool masked : {false, true})
                QTest::addRow("%d %s", azimuths, masked ? "masked" : "whole") << azimuths << masked;
    }
    void lanesEqualTheSlowTransform() {
        QFETCH(int, azimuths);
        QFETCH(bool, masked);
        const PolarGrid grid = PolarGrid::uniform(0, 0.1, 19, static_cast<std::size_t>(azimuths));
        const Array<float, 2> image = bandLimited(grid, 9);
        const auto mask = maskWithGap(grid, 3, masked ? 7 : 0);
        const RingTransform rings(grid, mask, upTo(9));
        const auto expected = rings.harmonics(image);
        check<float>(rings, image, expected, 1e-5);
        check<double>(rings, image, expected, 1e-12);
    }

    void wrongMasksAreRefused() {
        const PolarGrid grid = PolarGrid::uniform(0, 0.1, 3, 64);
        const Array<std::uint8_t, 2> other({3, 63}), nothing({3, 64});
        QVERIFY_EXCEPTION_THROWN(RingTransform(grid, other, {}), Error);
        QVERIFY_EXCEPTION_THROWN(RingTransform(grid, nothing, {}), Error);
    }

private:
    template <class T>
    void check(const RingTransform& rings, const Array<float, 2>& image, const Array<double, 3>& expected,
               double tolerance) {
        const LaneTransform<T> lanes(rings);
        typename LaneTransform<T>::Scratch scratch(lanes, 2);
        const std::vector<double> scale(rings.qCount(), 0.5);
        const float* images[] = {image.data(), image.data()};
        Array<double, 2> means({2, rings.qCount()});
        const auto n = static_cast<double>(rings.phiCount());
        for (std::size_t group = 0; group < lanes.groupCount(); ++group)
            lanes.transform(images, group, scale, means.view(), scratch, [&](std::size_t, const T* spectrum) {
                for (std::size_t lane = 0; lane < 16 && group * 16 + lane < rings.qCount(); ++lane)
                    for (std::size_t m = 1; m < rings.harmonics(); ++m)
                        for (std::size_t part = 0; part < 2; ++part) {
                            const double found = static_cast<double>(spectrum[(2 * m + part) * 16 + lane]) * 2 / n;
                            QVERIFY(std::abs(found - expected(group * 16 + lane, m, part)) < tolerance);
                        }
            });
        for (std::size_t q = 0; q < rings.qCount(); ++q)
            QVERIFY(std::abs(means(1, q) - expected(q, 0, 0)) < tolerance);
    }
};

QTEST_APPLESS_MAIN(TestRingTransform)
#include "tst_ring_transform.moc"
