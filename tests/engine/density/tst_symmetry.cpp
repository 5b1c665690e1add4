#include "blobs.h"
#include "engine/density/symmetry.h"

#include <QTest>

using namespace fxs;
using namespace fxs::test;

class TestSymmetry : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void powerTellsTheGroup();
    void inertiaOfTwoBlobs();
    void findsTheAxis_data();
    void findsTheAxis();
    void stops();
    void refusesBadInput();
};

void TestSymmetry::powerTellsTheGroup() {
    Blobs blobs = Blobs::symmetric(1, 4, 45, 7, true);
    const auto density = blobs.spherical(80, 4, 20);
    QVERIFY(std::abs(symmetricPower(density, 7, true) - 1) < 1e-9);
    QVERIFY(std::abs(symmetricPower(density, 7, false) - 1) < 1e-9);
    QVERIFY(symmetricPower(density, 6, false) < 0.9);
    const auto c7 = Blobs::symmetric(2, 4, 45, 7, false).spherical(80, 4, 20);
    QVERIFY(std::abs(symmetricPower(c7, 7, false) - 1) < 1e-9);
    QVERIFY(symmetricPower(c7, 7, true) < 0.9);
    QVERIFY(std::abs(symmetricPower(symmetrised(c7, 7, true), 7, true) - 1) < 1e-12);
}

void TestSymmetry::inertiaOfTwoBlobs() {
    // Two blobs of weight 1 at ±30 Å on an axis: moments 2·2σ² about the axis, 2(30² + 2σ²) across; off-centre on
    // purpose.
    Blobs blobs;
    blobs.sigma = 8;
    const Rotation turn = randomRotation(4, 4);
    for (double z : {-30.0, 30.0}) {
        blobs.centres.push_back(turn.apply({0, 0, z}));
        blobs.weights.push_back(1);
    }
    const InertiaTensor tensor = inertia(blobs.moved({}, {5, 2, 1}, false).spherical(100, 4, 20));
    QVERIFY(std::abs(tensor.moments[0] - 4 * 64) < 5);
    QVERIFY(std::abs(tensor.moments[1] - 2 * (900 + 128)) < 5);
    QVERIFY(std::abs(tensor.moments[2] - 2 * (900 + 128)) < 5);
    QCOMPARE(tensor.distinctAxis(), std::size_t{0});
    const auto axis = turn.apply({0, 0, 1});
    const double along = axis[0] * tensor.axes[0][0] + axis[1] * tensor.axes[0][1] + axis[2] * tensor.axes[0][2];
    QVERIFY(std::abs(std::abs(along) - 1) < 1e-4);
}

void TestSymmetry::findsTheAxis_data() {
    QTest::addColumn<int>("fold");
    QTest::addColumn<bool>("dihedral");
    QTest::addColumn<int>("seed");
    for (int seed = 1; seed <= 2; ++seed) {
        QTest::addRow("C2 %d", seed) << 2 << false << seed;
        QTest::addRow("C7 %d", seed) << 7 << false << seed;
        QTest::addRow("D2 %d", seed) << 2 << true << seed;
        QTest::addRow("D7 %d", seed) << 7 << true << seed;
    }
}

void TestSymmetry::findsTheAxis() {
    QFETCH(int, fold);
    QFETCH(bool, dihedral);
    QFETCH(int, seed);
    Blobs blobs = Blobs::symmetric(static_cast<std::uint64_t>(seed), 4, 42, fold, dihedral);
    blobs.sigma = 8;
    const Rotation turn = randomRotation(9, static_cast<std::uint64_t>(seed));
    const auto density = blobs.moved(turn, {4, -3, 5}, false).spherical(90, 5, 20);
    const OrientedDensity found = orientForSymmetry(density, fold, dihedral, {});
    QVERIFY2(found.alignment.score > 0.99, qPrintable(QString::number(found.alignment.score)));
    QVERIFY(std::abs(symmetricPower(found.density, fold, dihedral) - found.alignment.score) < 2e-3);
    // The object's axis, as the orientation lays it, is z. (D2 has three axes, any of which may become z.)
    if (fold > 2) {
        const auto axis = (found.alignment.rotation * turn).apply({0, 0, 1});
        QVERIFY(degrees(std::acos(std::min(1.0, std::abs(axis[2])))) < 1);
    }
}

void TestSymmetry::stops() {
    std::stop_source stop;
    stop.request_stop();
    TaskContext task;
    task.stop = stop.get_token();
    QVERIFY_EXCEPTION_THROWN(orientForSymmetry(Blobs::random(1, 4, 30).spherical(60, 5, 8), 3, false, task), Stopped);
}

void TestSymmetry::refusesBadInput() {
    const auto density = Blobs::random(1, 4, 30).spherical(60, 5, 1);
    QVERIFY_EXCEPTION_THROWN(orientForSymmetry(density, 3, false, {}), Error);
    QVERIFY_EXCEPTION_THROWN(symmetricPower(density, 0, false), Error);
}

QTEST_APPLESS_MAIN(TestSymmetry)
#include "tst_symmetry.moc"
