#include "blobs.h"
#include "engine/density/averaging.h"
#include "engine/density/fsc.h"

#include <QTest>

using namespace fxs;
using namespace fxs::test;

namespace {

SphericalAmplitudes noise(std::uint64_t seed, const std::vector<double>& q, int order) {
    RandomStream stream(seed, 0);
    SphericalAmplitudes a{order, q, Array<double, 3>({q.size(), lmCount(order), 2})};
    for (std::size_t i = 0; i < q.size(); ++i)
        for (int l = 0; l <= order; ++l)
            for (int m = 0; m <= l; ++m)
                for (std::size_t part = 0; part < (m == 0 ? 1u : 2u); ++part)
                    a.lm(i, lmIndex(l, m), part) = (m == 0 ? std::sqrt(2.0) : 1.0) * stream.normal();
    return a;
}

} // namespace

class TestFsc : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void identicalIsOne();
    void noiseIsNone();
    void readsCrossings();
    void signalAndNoise();
    void phaseTransfer();
    void averages();
    void refusesBadInput();
};

void TestFsc::identicalIsOne() {
    const auto a = Blobs::random(1, 8, 40).amplitudes(amplitudeShells(0.2, 100), 14);
    const ShellCorrelation c = shellCorrelation(a, a);
    for (double f : c.fsc)
        QVERIFY(std::abs(f - 1) < 1e-12);
    QVERIFY(c.reachesBandLimitHalf && c.reachesBandLimit0143);
    QVERIFY(std::abs(c.resolutionHalf - 2 * std::numbers::pi / 0.2) < 1e-9);
}

void TestFsc::noiseIsNone() {
    const auto q = amplitudeShells(0.2, 100);
    const ShellCorrelation c = shellCorrelation(noise(1, q, 14), noise(2, q, 14));
    // 225 independent real numbers a shell: standard deviation 1/15 each; five of them.
    for (double f : c.fsc)
        QVERIFY(std::abs(f) < 5.0 / 15);
    QVERIFY(!c.reachesBandLimitHalf);
}

void TestFsc::readsCrossings() {
    const ShellCorrelation c = shellCorrelation({0.05, 0.15, 0.25, 0.35}, {1.0, 0.8, 0.3, 0.0});
    // 0.5 lies 0.3/0.5 of the way from 0.15 to 0.25; 0.143 lies 0.157/0.3 of the way from 0.25 to 0.35.
    QVERIFY(std::abs(c.resolutionHalf - 2 * std::numbers::pi / 0.21) < 1e-9);
    QVERIFY(std::abs(c.resolution0143 - 2 * std::numbers::pi / (0.25 + 0.1 * 0.157 / 0.3)) < 1e-9);
    QVERIFY(std::abs(c.mean - 0.525) < 1e-12);
    const ShellCorrelation never = shellCorrelation({0.05, 0.15}, {0.1, 0.1});
    QVERIFY(std::abs(never.resolutionHalf - 2 * std::numbers::pi / 0.05) < 1e-9);
}

void TestFsc::signalAndNoise() {
    // Equal signal with independent noise of equal power: FSC = 1/2.
    const auto q = amplitudeShells(0.2, 200);
    auto a = noise(1, q, 20), b = noise(2, q, 20);
    const auto common = noise(3, q, 20);
    for (std::size_t i = 0; i < a.lm.size(); ++i) {
        a.lm.data()[i] += common.lm.data()[i];
        b.lm.data()[i] += common.lm.data()[i];
    }
    // 441 numbers a shell, 13 shells: 1/sqrt(5733) = 0.013 times about 1; four of them.
    QVERIFY(std::abs(shellCorrelation(a, b).mean - 0.5) < 0.055);
}

void TestFsc::phaseTransfer() {
    const auto q = amplitudeShells(0.2, 100);
    std::vector<SphericalAmplitudes> same, random;
    for (std::uint64_t k = 0; k < 9; ++k) {
        same.push_back(noise(1, q, 14));
        random.push_back(noise(k, q, 14));
    }
    for (double p : fxs::phaseTransfer(same))
        QVERIFY(std::abs(p - 1) < 1e-9);
    // A random walk of 9 unit steps in the plane is sqrt(π/4 · 9) long on average: 0.295 of 9.
    for (double p : fxs::phaseTransfer(random))
        QVERIFY(std::abs(p - 0.295) < 0.05);
}

void TestFsc::averages() {
    Blobs blobs = Blobs::random(3, 8, 35);
    blobs.sigma = 8;
    const auto q = amplitudeShells(0.15, 100);
    std::vector<SphericalDensity> densities;
    std::vector<const SphericalDensity*> pointers;
    for (std::uint64_t k = 0; k < 3; ++k)
        densities.push_back(
            blobs.moved(randomRotation(5, k), {2.0 * static_cast<double>(k), 1, 0}, k == 1).spherical(80, 5, 18));
    for (double& v : densities[1].lm.span())
        v *= 3; // scale does not matter
    for (const auto& d : densities)
        pointers.push_back(&d);
    const Average average = averageAligned(pointers, {2, 0, 1}, q, {}, 3);
    QCOMPARE(average.selected.size(), std::size_t{3});
    QVERIFY(relativeDifference(average.density.lm.span(), densities[2].lm.span()) < 0.02);
    QCOMPARE(selectedCount(6), std::size_t{4});
    QCOMPARE(selectedCount(1), std::size_t{1});
    QCOMPARE(averageAligned(pointers, {2, 0, 1}, q, {}).selected.size(), std::size_t{2});
}

void TestFsc::refusesBadInput() {
    const auto a = noise(1, amplitudeShells(0.2, 100), 4), b = noise(1, amplitudeShells(0.1, 100), 4);
    QVERIFY_EXCEPTION_THROWN(shellCorrelation(a, b), Error);
    QVERIFY_EXCEPTION_THROWN(fxs::phaseTransfer({}), Error);
    QVERIFY_EXCEPTION_THROWN(averageAligned({}, {}, a.q, {}), Error);
}

QTEST_APPLESS_MAIN(TestFsc)
#include "tst_fsc.moc"
