#include "blobs.h"
#include "engine/core/parallel.h"
#include "engine/density/alignment.h"
#include "engine/density/fsc.h"

#include <QTest>

#include <tbb/global_control.h>

using namespace fxs;
using namespace fxs::test;

namespace {

constexpr double kQMax = 0.2, kDiameter = 130;

std::vector<double> shells() {
    return amplitudeShells(kQMax, kDiameter);
}

SphericalAmplitudes noisy(SphericalAmplitudes a, double level, std::uint64_t seed) {
    RandomStream stream(seed, 7);
    for (std::size_t i = 0; i < a.q.size(); ++i) {
        double norm = 0;
        for (std::size_t k = 0; k < 2 * lmCount(a.maxOrder); ++k)
            norm += a.lm.data()[i * 2 * lmCount(a.maxOrder) + k] * a.lm.data()[i * 2 * lmCount(a.maxOrder) + k];
        const double scale = level * std::sqrt(norm / static_cast<double>(2 * lmCount(a.maxOrder)));
        for (int l = 0; l <= a.maxOrder; ++l)
            for (int m = 0; m <= l; ++m)
                for (std::size_t part = 0; part < (m == 0 ? 1u : 2u); ++part)
                    a.lm(i, lmIndex(l, m), part) += scale * stream.normal();
    }
    return a;
}

} // namespace

class TestAlignment : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void turnsAsTheObjectTurns();
    void findsRotationTranslationAndHand_data();
    void findsRotationTranslationAndHand();
    void alignsInSpiteOfNoise();
    void keepsTheHandWhenTold();
    void movesDensitiesAsAmplitudes();
    void sameBitsForAnyThreadCount();
    void stops();
    void refusesWhatCannotBeAligned();
};

void TestAlignment::turnsAsTheObjectTurns() {
    const Blobs blobs = Blobs::random(1, 10, 55);
    const Rotation rotation = randomRotation(3, 1);
    const std::array<double, 3> shift{4, -7, 2};
    // Generous order: the translation lifts orders by q t = 1.7, and what is beyond is lost.
    const auto q = shells();
    const auto expected = blobs.moved(rotation, shift, true).amplitudes(q, 26);
    const auto found = transformed(blobs.amplitudes(q, 26), {rotation, shift, true, 0});
    QVERIFY(relativeDifference(found.lm.span(), expected.lm.span()) < 1e-6);
}

void TestAlignment::findsRotationTranslationAndHand_data() {
    QTest::addColumn<int>("seed");
    QTest::addColumn<bool>("mirrored");
    for (int seed = 1; seed <= 4; ++seed) {
        QTest::addRow("same hand %d", seed) << seed << false;
        QTest::addRow("other hand %d", seed) << seed << true;
    }
}

void TestAlignment::findsRotationTranslationAndHand() {
    QFETCH(int, seed);
    QFETCH(bool, mirrored);
    const Blobs blobs = Blobs::random(static_cast<std::uint64_t>(seed), 12, 50);
    const Rotation rotation = randomRotation(11, static_cast<std::uint64_t>(seed));
    const std::array<double, 3> shift{6.0 - seed, 1.5 * seed, -5};
    const int order = amplitudeOrder(kQMax, kDiameter);
    const auto reference = blobs.moved(rotation, shift, mirrored).amplitudes(shells(), order);
    const Alignment found = align(reference, blobs.amplitudes(shells(), order), {});
    // Noise-free: only the orders cut off (amplitudes of blobs 60 Å out, order 17) keep it from being exact.
    QCOMPARE(found.mirrored, mirrored);
    QVERIFY2(degrees((found.rotation.inverse() * rotation).angle()) < 0.1,
             qPrintable(QString::number(degrees((found.rotation.inverse() * rotation).angle()))));
    QVERIFY(distance(found.translationAngstrom, shift) < 0.1);
    QVERIFY(found.score > 0.999);
}

void TestAlignment::alignsInSpiteOfNoise() {
    const Blobs blobs = Blobs::random(5, 12, 50);
    const Rotation rotation = randomRotation(12, 0);
    const int order = amplitudeOrder(kQMax, kDiameter);
    const auto reference = noisy(blobs.moved(rotation, {3, 3, -4}, true).amplitudes(shells(), order), 0.5, 1);
    const auto moving = noisy(blobs.amplitudes(shells(), order), 0.5, 2);
    const Alignment found = align(reference, moving, {});
    QCOMPARE(found.mirrored, true);
    QVERIFY(degrees((found.rotation.inverse() * rotation).angle()) < 1.0);
    QVERIFY(distance(found.translationAngstrom, {3, 3, -4}) < 1.0);
}

void TestAlignment::keepsTheHandWhenTold() {
    const Blobs blobs = Blobs::random(6, 12, 50);
    const auto reference = blobs.moved({}, {}, true).amplitudes(shells(), 17);
    AlignmentOptions options;
    options.allowMirror = false;
    const Alignment found = align(reference, blobs.amplitudes(shells(), 17), {}, options);
    QVERIFY(!found.mirrored);
    QVERIFY(found.score < 0.95);
}

void TestAlignment::movesDensitiesAsAmplitudes() {
    // The box must hold the moved object, the order its detail: blobs of 8 Å within 40 Å, box 80 Å.
    Blobs blobs = Blobs::random(7, 8, 40);
    blobs.sigma = 8;
    const Alignment move{randomRotation(2, 2), {5, -4, 3}, true, 0};
    const auto found = transformed(blobs.spherical(80, 4, 24), move);
    const auto expected = blobs.moved(move.rotation, move.translationAngstrom, true).spherical(80, 4, 24);
    QVERIFY(relativeDifference(found.lm.span(), expected.lm.span()) < 2e-3);
    const auto centre = centreOfMass(found),
               wanted = blobs.moved(move.rotation, move.translationAngstrom, true).centre();
    QVERIFY(distance(centre, wanted) < 0.05);
}

void TestAlignment::sameBitsForAnyThreadCount() {
    const Blobs blobs = Blobs::random(8, 12, 50);
    const auto reference = blobs.moved(randomRotation(1, 1), {2, 0, 0}, false).amplitudes(shells(), 17);
    const auto moving = blobs.amplitudes(shells(), 17);
    const auto run = [&](int threads) {
        const ThreadLimit limit(threads);
        return align(reference, moving, {});
    };
    const Alignment one = run(1), many = run(4);
    QVERIFY(one.rotation.quaternion() == many.rotation.quaternion());
    QVERIFY(one.translationAngstrom == many.translationAngstrom);
    QVERIFY(one.score == many.score);
}

void TestAlignment::stops() {
    const auto a = Blobs::random(9, 5, 40).amplitudes(shells(), 17);
    std::stop_source stop;
    stop.request_stop();
    TaskContext task;
    task.stop = stop.get_token();
    QVERIFY_EXCEPTION_THROWN(align(a, a, task), Stopped);
    QVERIFY_EXCEPTION_THROWN(refineAlignment(a, a, {}, task), Stopped);
}

void TestAlignment::refusesWhatCannotBeAligned() {
    const auto a = Blobs::random(9, 5, 40).amplitudes(shells(), 17);
    const auto other = Blobs::random(9, 5, 40).amplitudes(amplitudeShells(0.1, 130), 17);
    QVERIFY_EXCEPTION_THROWN(align(a, other, {}), Error);
    SphericalAmplitudes zero{17, a.q, Array<double, 3>(a.lm.shape())};
    QVERIFY_EXCEPTION_THROWN(align(a, zero, {}), Error);
}

QTEST_APPLESS_MAIN(TestAlignment)
#include "tst_alignment.moc"
