#include "engine/core/parallel.h"
#include "engine/density/alignment.h"
#include "engine/density/fsc.h"
#include "engine/mtip/reconstructor.h"
#include "engine/mtip/symmetry_scan.h"
#include "tests/engine/density/blobs.h"
#include "tests/engine/mtip/known_coefficients.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>

using namespace fxs;
using namespace fxs::test;

namespace {

constexpr double kQMax = 0.15, kDiameter = 90;

/// A D3 particle of broad blobs, noise-free.
FilterResult particle(bool withHalves = false) {
    Blobs blobs = Blobs::symmetric(3, 3, 32, 3, true);
    blobs.sigma = 7;
    const auto amplitudes = blobs.amplitudes(amplitudeShells(kQMax, kDiameter), amplitudeOrder(kQMax, kDiameter));
    FilterResult out;
    out.all = knownCoefficients(amplitudes, kQMax, kDiameter);
    if (withHalves)
        for (int half = 0; half < 2; ++half)
            out.halves.push_back(knownCoefficients(amplitudes, kQMax, kDiameter));
    return out;
}

SphericalAmplitudes truth() {
    Blobs blobs = Blobs::symmetric(3, 3, 32, 3, true);
    blobs.sigma = 7;
    return blobs.amplitudes(amplitudeShells(kQMax, kDiameter), amplitudeOrder(kQMax, kDiameter));
}

double meanFsc(const Reconstruction& r) {
    const auto reference = truth();
    const auto found = sphericalAmplitudes(r.spherical, reference.q);
    return shellCorrelation(reference, transformed(found, align(reference, found, {}))).mean;
}

ReconstructSettings quick(int restarts = 2) {
    ReconstructSettings settings;
    settings.restarts = restarts;
    settings.recipe = "basic";
    settings.halfSets = "none";
    return settings;
}

bool sameBits(const Reconstruction& a, const Reconstruction& b) {
    return std::equal(a.spherical.lm.span().begin(), a.spherical.lm.span().end(), b.spherical.lm.span().begin()) &&
           std::equal(a.map.values.span().begin(), a.map.values.span().end(), b.map.values.span().begin()) &&
           a.restarts.size() == b.restarts.size() && a.restarts[0].convergence == b.restarts[0].convergence;
}

} // namespace

class TestReconstructor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void imposesAKnownGroup();
    void findsTheGroup();
    void choosesAmongGroups_data();
    void choosesAmongGroups();
    void averagesAndJudges();
    void asymmetricRecipeRefines();
    void sameBitsForAnyThreadCount();
    void resumesWithTheSameBits();
    void keepsItsStateInAFile();
    void refusesAForeignState();
    void finishesWithWhatItHas();
    void stopsAtOnce();
    void limitsTheRange();
    void reportsEveryProblem();
    void refusesBadCoefficients();
};

void TestReconstructor::imposesAKnownGroup() {
    ReconstructSettings settings = quick(3);
    settings.recipe = "polished";
    settings.symmetry = "D3";
    const Reconstruction r = Reconstructor(settings).run(particle(), {});
    QCOMPARE(r.symmetry, std::string("D3"));
    QVERIFY2(meanFsc(r) > 0.99, qPrintable(QString::number(meanFsc(r))));
    QVERIFY(r.map.size() >= 33 && r.map.spacingAngstrom > 0);
    QVERIFY(std::abs(r.qMax - kQMax) < 1e-9);
}

void TestReconstructor::findsTheGroup() {
    ReconstructSettings settings = quick(2);
    settings.recipe = "polished";
    settings.symmetry = "auto";
    const Reconstruction r = Reconstructor(settings).run(particle(), {});
    QCOMPARE(r.symmetry, std::string("D3"));
    QVERIFY(r.symmetryScan.size() > 3);
    QCOMPARE(r.symmetryScan.front().first, std::string("C1"));
    QVERIFY(meanFsc(r) > 0.99);
}

void TestReconstructor::choosesAmongGroups_data() {
    QTest::addColumn<QStringList>("names");
    QTest::addColumn<QList<double>>("residuals");
    QTest::addColumn<QString>("expected");
    // Measured: GroEL and RNA polymerase II, 42 Å, noise-free.
    QTest::newRow("GroEL") << QStringList{"C1", "C2", "C3", "C7", "C6", "C8", "D7", "D6", "D8", "D2", "D3"}
                           << QList<double>{7.66e-6, 1.98e-5, 3.24e-4, 2.32e-4, 1.26e-3, 6.56e-4,
                                            2.89e-4, 2.18e-3, 1.56e-3, 3.27e-4, 9.38e-4}
                           << "D7";
    // 60,000 images of 2,000 photons: noise lifts all.
    QTest::newRow("GroEL with noise") << QStringList{"C1", "C2", "C3", "D7", "D6", "D8", "C7", "C6", "C8", "D2", "D3"}
                                      << QList<double>{2.18e-4, 2.67e-4, 6.53e-4, 4.23e-4, 1.91e-3, 1.05e-3,
                                                       3.33e-4, 1.83e-3, 5.16e-4, 4.52e-4, 1.24e-3}
                                      << "D7";
    QTest::newRow("no symmetry") << QStringList{"C1", "C2", "C3", "C12", "C11"}
                                 << QList<double>{2.37e-6, 3.93e-3, 0.031, 0.0618, 0.0585} << "C1";
    QTest::newRow("noise hides it") << QStringList{"C1", "C6", "C7", "C8"} << QList<double>{0.01, 0.0101, 0.01, 0.0102}
                                    << "C1";
    QTest::newRow("only one") << QStringList{"C1"} << QList<double>{0.5} << "C1";
}

void TestReconstructor::choosesAmongGroups() {
    QFETCH(QStringList, names);
    QFETCH(QList<double>, residuals);
    QFETCH(QString, expected);
    std::vector<std::pair<std::string, double>> scan;
    for (qsizetype k = 0; k < names.size(); ++k)
        scan.emplace_back(names[k].toStdString(), residuals[k]);
    QCOMPARE(QString::fromStdString(chooseGroup(scan).name()), expected);
}

void TestReconstructor::averagesAndJudges() {
    ReconstructSettings settings = quick(3);
    settings.recipe = "polished";
    settings.halfSets = "independent";
    int snapshots = 0;
    bool hadMap = false;
    double lastFraction = 0;
    TaskContext task;
    task.onProgress = [&](const Progress& p) { lastFraction = p.fraction; };
    const Reconstruction r = Reconstructor(settings).run(particle(true), task, [&](auto snapshot) {
        ++snapshots;
        hadMap = hadMap || snapshot->map.size() > 0;
        QVERIFY(snapshot->bestRestart < snapshot->restarts.size());
    });
    QCOMPARE(r.restarts.size(), std::size_t{3});
    for (std::size_t k = 0; k < 3; ++k)
        QCOMPARE(r.restarts[k].seed, std::uint64_t{1} + k);
    QVERIFY(std::any_of(r.restarts.begin(), r.restarts.end(), [](const Restart& x) { return x.selected; }));
    QVERIFY(snapshots > 0 && hadMap);
    QCOMPARE(lastFraction, 1.0);
    QCOMPARE(r.halfSetFsc.q.size(), std::size_t{5}); // 0.15 · 90 / π = 4.3
    QVERIFY(!r.finishedEarly);
    QVERIFY(distance(centreOfMass(r.spherical), {0, 0, 0}) < 1);
    settings.halfSets = "refined";
    const Reconstruction refined = Reconstructor(settings).run(particle(true), {});
    // Equal halves refined from one start must agree.
    QVERIFY2(refined.halfSetFsc.mean > 0.999, qPrintable(QString::number(refined.halfSetFsc.mean)));
}

void TestReconstructor::asymmetricRecipeRefines() {
    ReconstructSettings settings = quick(3);
    settings.recipe = "asymmetric";
    settings.weight = 40000;
    settings.freeOrder = 8;
    const Reconstruction r = Reconstructor(settings).run(particle(), {});
    QCOMPARE(r.restarts.size(), std::size_t{3});
    QVERIFY(r.restarts[0].freeResidual > 0);
    QVERIFY(meanFsc(r) > 0.5);
}

void TestReconstructor::sameBitsForAnyThreadCount() {
    const FilterResult f = particle();
    const auto run = [&](int threads) {
        const ThreadLimit limit(threads);
        return Reconstructor(quick(3)).run(f, {});
    };
    QVERIFY(sameBits(run(1), run(4)));
}

void TestReconstructor::resumesWithTheSameBits() {
    const FilterResult f = particle();
    const Reconstruction expected = Reconstructor(quick(3)).run(f, {});
    for (const int stopAt : {1, 700, 1500}) {
        std::stop_source stop;
        std::atomic<int> reports = 0;
        TaskContext task;
        task.stop = stop.get_token();
        // Progress comes at most 20 times a second; the log of iterations is the snapshot's. Stop by count of done items.
        task.onProgress = [&](const Progress& p) {
            ++reports;
            if (static_cast<int>(p.done) >= stopAt)
                stop.request_stop();
        };
        Reconstructor reconstructor(quick(3));
        try {
            (void)reconstructor.run(f, task);
        } catch (const Stopped&) {
            QVERIFY(!reconstructor.state().empty());
        }
        const Reconstruction resumed = reconstructor.run(f, {});
        QVERIFY(sameBits(resumed, expected));
        QVERIFY(reconstructor.state().empty());
    }
}

void TestReconstructor::keepsItsStateInAFile() {
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("state")).toStdString();
    ReconstructionState state;
    state.fingerprint = 77;
    state.restarts["phase/0"] = {1, 2.5, -3};
    state.restarts["scan/D7"] = {};
    writeReconstructionState(path, state);
    const ReconstructionState back = readReconstructionState(path);
    QCOMPARE(back.fingerprint, state.fingerprint);
    QVERIFY(back.restarts == state.restarts);

    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray whole = file.readAll();
    file.close();
    for (const qsizetype size : {qsizetype{0}, qsizetype{7}, qsizetype{30}, whole.size() - 1}) {
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(whole.left(size));
        file.close();
        QVERIFY_EXCEPTION_THROWN(readReconstructionState(path), Error);
    }
    QByteArray damaged = whole;
    damaged[39] = '\x7f'; // a name's length
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(damaged);
    file.close();
    QVERIFY_EXCEPTION_THROWN(readReconstructionState(path), Error);
    QVERIFY_EXCEPTION_THROWN(readReconstructionState(path + ".nowhere"), Error);
}

void TestReconstructor::refusesAForeignState() {
    ReconstructionState state;
    state.fingerprint = 1;
    state.restarts["phase/0"] = {1, 2};
    Reconstructor reconstructor(quick());
    reconstructor.resumeFrom(std::move(state));
    QVERIFY_EXCEPTION_THROWN(reconstructor.run(particle(), {}), Error);
}

void TestReconstructor::finishesWithWhatItHas() {
    std::stop_source finish;
    TaskContext task;
    task.finish = finish.get_token();
    finish.request_stop();
    const Reconstruction early = Reconstructor(quick(4)).run(particle(true), task);
    QVERIFY(early.finishedEarly);
    QVERIFY(!early.restarts.empty());
    QVERIFY(early.map.size() > 0);
    QVERIFY(early.halfSetFsc.q.empty());
}

void TestReconstructor::stopsAtOnce() {
    std::stop_source stop;
    stop.request_stop();
    TaskContext task;
    task.stop = stop.get_token();
    Reconstructor reconstructor(quick());
    QVERIFY_EXCEPTION_THROWN(reconstructor.run(particle(), task), Stopped);
    QVERIFY_EXCEPTION_THROWN(reconstructor.run(particle(), task), Stopped);
}

void TestReconstructor::limitsTheRange() {
    ReconstructSettings settings = quick(1);
    settings.qMax = 0.1;
    const Reconstruction r = Reconstructor(settings).run(particle(), {});
    QVERIFY(r.qMax <= 0.1 && r.qMax > 0.08); // whole shells of 0.03
    settings.qMax = 0.01;
    QVERIFY_EXCEPTION_THROWN(Reconstructor(settings).run(particle(), {}), Error);
    settings.qMax.reset();
    settings.diameter = 200; // shells are too coarse for that
    QVERIFY_EXCEPTION_THROWN(Reconstructor(settings).run(particle(), {}), Error);
}

void TestReconstructor::reportsEveryProblem() {
    ReconstructSettings settings;
    settings.restarts = 0;
    settings.symmetry = "I";
    settings.recipe = "magic";
    settings.freeOrder = 3;
    QVERIFY(settings.validate().size() >= 4);
    QVERIFY_EXCEPTION_THROWN(Reconstructor{settings}, Error);
    QVERIFY(ReconstructSettings{}.validate().empty());
    for (const char* name : {"auto", "C1", "C7", "d7", "C12"}) {
        settings = {};
        settings.symmetry = name;
        QVERIFY(settings.validate().empty());
    }
}

void TestReconstructor::refusesBadCoefficients() {
    QVERIFY_EXCEPTION_THROWN(Reconstructor(quick()).run(FilterResult{}, {}), Error);
    FilterResult f = particle();
    f.all.i00.clear();
    QVERIFY_EXCEPTION_THROWN(Reconstructor(quick()).run(f, {}), Error);
    FilterResult nan = particle();
    nan.all.bl(2, 1, 1) = std::numeric_limits<double>::quiet_NaN();
    QVERIFY_EXCEPTION_THROWN(Reconstructor(quick()).run(nan, {}), Error);
}

QTEST_APPLESS_MAIN(TestReconstructor)
#include "tst_reconstructor.moc"
