#include "blobs.h"
#include "engine/density/amplitudes.h"
#include "engine/density/density_grid.h"

#include <QTest>

#include <limits>

using namespace fxs;
using namespace fxs::test;

class TestAmplitudes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void ball();
    void mapAgreesWithClosedForm_data();
    void mapAgreesWithClosedForm();
    void hankelThereAndBack();
    void gridThereAndBack();
    void gridAgreesWithClosedForm();
    void shellsHoldTheDiameter();
    void joinsFineVoxels();
    void refusesBadInput();
};

void TestAmplitudes::ball() {
    // A(q) of a ball of radius R: 4π (sin x - x cos x)/q³ with x = qR, only l = 0: a_00 = A sqrt(4π).
    const double radius = 40, step = 0.5;
    SphericalDensity density{2, {}, {}};
    for (double r = step / 2; r < 60; r += step)
        density.r.push_back(r);
    density.lm = Array<double, 3>({density.r.size(), lmCount(2), 2});
    for (std::size_t j = 0; j < density.r.size(); ++j)
        density.lm(j, 0, 0) = density.r[j] < radius ? std::sqrt(4 * std::numbers::pi) : 0;
    const auto a = sphericalAmplitudes(density, amplitudeShells(0.15, 80));
    const double total = 4 * std::numbers::pi / 3 * std::pow(radius, 3);
    for (std::size_t i = 0; i < a.q.size(); ++i) {
        const double x = a.q[i] * radius;
        const double expected = 4 * std::numbers::pi * (std::sin(x) - x * std::cos(x)) / std::pow(a.q[i], 3);
        // The edge falls between two midpoints: the midpoint rule errs by (step)² only.
        QVERIFY(std::abs(a.lm(i, 0, 0) / std::sqrt(4 * std::numbers::pi) - expected) < 1e-4 * total);
        QCOMPARE(a.lm(i, lmIndex(2, 1), 0), 0.0);
    }
}

void TestAmplitudes::mapAgreesWithClosedForm_data() {
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("shifted");
    QTest::newRow("even edge") << 40 << false;
    QTest::newRow("odd edge") << 41 << false;
    QTest::newRow("shifted origin") << 44 << true;
}

void TestAmplitudes::mapAgreesWithClosedForm() {
    QFETCH(int, size);
    QFETCH(bool, shifted);
    // Voxels of 4 Å under blobs of σ = 8 Å: aliasing is exp(-(2π/4 - 0.15)² 8²/2) < 1e-20; float values leave 1e-7.
    Blobs blobs = Blobs::random(1, 6, 30);
    blobs.sigma = 8;
    const auto q = amplitudeShells(0.15, 100);
    const std::array<double, 3> origin = shifted ? std::array<double, 3>{6, -4, 2} : std::array<double, 3>{};
    const auto found = sphericalAmplitudes(blobs.map(static_cast<std::size_t>(size), 4), q, 12, {}, origin);
    const auto expected = blobs.moved({}, {-origin[0], -origin[1], -origin[2]}, false).amplitudes(q, 12);
    QVERIFY(relativeDifference(found.lm.span(), expected.lm.span()) < 1e-6);
}

void TestAmplitudes::hankelThereAndBack() {
    // Smooth inside the box and in q: both midpoint sums are then exact to what is cut off.
    Blobs blobs = Blobs::random(2, 6, 30);
    blobs.sigma = 8;
    const auto density = blobs.spherical(80, 4, 16);
    const auto back =
        sphericalDensity(sphericalAmplitudes(density, amplitudeShells(std::numbers::pi / 4, 160)), density.r);
    QVERIFY(relativeDifference(back.lm.span(), density.lm.span()) < 1e-3);
}

void TestAmplitudes::gridThereAndBack() {
    Blobs blobs = Blobs::random(3, 6, 30);
    blobs.sigma = 8;
    const DensityMap map = blobs.map(40, 4);
    std::vector<double> r;
    for (double x = 2; x < 80; x += 4)
        r.push_back(x);
    const DensityMap back = mapOf(sphericalDensity(map, r, 20, {}), {40, 4}, {});
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < map.values.size(); ++i) {
        difference += std::pow(back.values.data()[i] - map.values.data()[i], 2);
        norm += std::pow(map.values.data()[i], 2);
    }
    // Orders above 20 carry exp(-l²σ²/2r²) of a blob at 30 Å: 1e-6 of the power; radial interpolation 1e-3.
    QVERIFY2(std::sqrt(difference / norm) < 5e-3, qPrintable(QString::number(std::sqrt(difference / norm))));
}

void TestAmplitudes::gridAgreesWithClosedForm() {
    Blobs blobs = Blobs::random(4, 6, 30);
    blobs.sigma = 8;
    const DensityMap map = mapOf(blobs.spherical(80, 4, 20), {33, 5}, {});
    const DensityMap expected = blobs.map(33, 5);
    float top = 0, worst = 0;
    for (std::size_t i = 0; i < map.values.size(); ++i) {
        top = std::max(top, expected.values.data()[i]);
        worst = std::max(worst, std::abs(map.values.data()[i] - expected.values.data()[i]));
    }
    QVERIFY2(worst < 0.01f * top, qPrintable(QString::number(worst / top)));
}

void TestAmplitudes::shellsHoldTheDiameter() {
    const auto q = amplitudeShells(0.15, 190);
    QCOMPARE(q.size(), std::size_t{10}); // 0.15 · 190/π = 9.07
    QVERIFY(q[1] - q[0] <= std::numbers::pi / 190);
    QCOMPARE(q.back() + (q[1] - q[0]) / 2, 0.15);
    const GridSize grid = gridFor(190, 0.15);
    QVERIFY(static_cast<double>(grid.size) * grid.spacingAngstrom >= 1.35 * 190 - 1e-9);
    QCOMPARE(gridFor(190, 0.15, 10).spacingAngstrom, 10.0);
}

void TestAmplitudes::joinsFineVoxels() {
    Blobs blobs = Blobs::random(5, 6, 30);
    const auto q = amplitudeShells(0.1, 100);
    const auto fine = sphericalAmplitudes(blobs.map(81, 1.25), q, 10, {}, {3, 0, 0});
    const auto expected = blobs.moved({}, {-3, 0, 0}, false).amplitudes(q, 10);
    // Joined once to 2.5 Å: 1 - (q s)²/24 at the edge, s = 2.5; and the origin snaps to half of 2.5 Å.
    QVERIFY(relativeDifference(fine.lm.span(), expected.lm.span()) < 0.06);
    const auto snapped = sphericalAmplitudes(blobs.map(80, 1.25), q, 10, {}, {2.5, 0, 0});
    const auto exact = blobs.moved({}, {-2.5, 0, 0}, false).amplitudes(q, 10);
    QVERIFY2(relativeDifference(snapped.lm.span(), exact.lm.span()) < 0.005,
             qPrintable(QString::number(relativeDifference(snapped.lm.span(), exact.lm.span()))));
}

void TestAmplitudes::refusesBadInput() {
    QVERIFY_EXCEPTION_THROWN(amplitudeShells(0, 100), Error);
    QVERIFY_EXCEPTION_THROWN(amplitudeShells(0.1, -1), Error);
    QVERIFY_EXCEPTION_THROWN(gridFor(0, 0.1), Error);
    const auto q = amplitudeShells(0.1, 100);
    QVERIFY_EXCEPTION_THROWN(sphericalAmplitudes(DensityMap{}, q, 4, {}), Error);
    DensityMap map{Array<float, 3>({4, 4, 4}), 0};
    QVERIFY_EXCEPTION_THROWN(sphericalAmplitudes(map, q, 4, {}), Error);
    map.spacingAngstrom = 2;
    map.values(1, 1, 1) = std::numeric_limits<float>::quiet_NaN();
    QVERIFY_EXCEPTION_THROWN(sphericalAmplitudes(map, q, 4, {}), Error);
    SphericalDensity uneven{0, {1, 2, 4}, Array<double, 3>({3, 1, 2})};
    QVERIFY_EXCEPTION_THROWN(sphericalAmplitudes(uneven, q), Error);
    QVERIFY_EXCEPTION_THROWN(mapOf(SphericalDensity{}, {8, 4}, {}), Error);
}

QTEST_APPLESS_MAIN(TestAmplitudes)
#include "tst_amplitudes.moc"
