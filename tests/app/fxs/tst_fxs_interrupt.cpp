#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "tests/app/fxs/program_runner.h"
#include "tests/app/fxs/small_case.h"
#include "tests/engine/same_bits.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <cstring>

using namespace fxs;
using namespace fxs::test;

namespace {

/// Runs the program and presses Ctrl-C after some milliseconds.
ProgramEnd interrupted(const QStringList& arguments, int milliseconds) {
    QProcess process;
    process.start(FXS_PROGRAM, arguments);
    if (!process.waitForStarted())
        return {-1, {}, "it did not start"};
    if (!process.waitForFinished(milliseconds))
        kill(static_cast<pid_t>(process.processId()), SIGINT);
    if (!process.waitForFinished(60000))
        process.kill();
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
            QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

} // namespace

/// Ctrl-C saves what can be resumed, and the resumed result has the same bits as an uninterrupted one.
class TestFxsInterrupt : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;

    QString place(const QString& name) const { return m_dir.filePath(name); }
    std::string path(const QString& name) const { return place(name).toStdString(); }

    /// Runs the command, interrupting it sooner or later until one interruption left something to go on from, then to its end.
    /// How long it takes uninterrupted depends on the machine, so that is measured first. False: no interruption came in time.
    bool interruptAndResume(const QStringList& command, const QString& output, const QString& whole,
                            const QString& kept) {
        QElapsedTimer timer;
        timer.start();
        const ProgramEnd undisturbed = runFxs(QStringList(command) << "-o" << place(whole) << "--force");
        if (undisturbed.status != 0)
            return false;
        const auto milliseconds = timer.elapsed();
        for (const int percent : {60, 80, 45, 90, 70, 30, 50, 85}) {
            QFile::remove(place(output));
            const ProgramEnd end = interrupted(QStringList(command) << "-o" << place(output),
                                               static_cast<int>(milliseconds * percent / 100));
            if (end.status == 0)
                continue; // it was faster this time
            if (end.status != 130 || !end.out.isEmpty())
                return false;
            if (QFile::exists(place(kept)))
                return runFxs(QStringList(command) << "-o" << place(output) << "--resume").status == 0;
        }
        return false;
    }

private Q_SLOTS:
    void initTestCase() {
        const QString structure = writeSmallStructure(m_dir.path());
        const ProgramEnd end = runFxs(smallRun(structure, place("run.h5"), 12000));
        QVERIFY2(end.status == 0, qPrintable(end.err));
    }

    void aCorrelationGoesOnWithTheSameBits() {
        QVERIFY(interruptAndResume({"correlate", place("run.h5"), "--double"}, "c.h5", "whole.h5", "c.h5"));
        const CorrelationSums resumed = readCorrelation(path("c.h5")), whole = readCorrelation(path("whole.h5"));
        QCOMPARE(resumed.frameCount(), std::uint64_t(12000));
        QVERIFY(sameBits(resumed.sumC, whole.sumC));
        QVERIFY(sameBits(resumed.sumIntensity, whole.sumIntensity));
    }

    void aReconstructionGoesOnWithTheSameBits() {
        const ProgramEnd filtered = runFxs({"filter", place("whole.h5"), "-o", place("b.h5"), "--diameter", "66"});
        QVERIFY2(filtered.status == 0, qPrintable(filtered.err));
        QVERIFY(interruptAndResume({"reconstruct", place("b.h5"), "--restarts", "3", "--half-sets", "none"}, "d.h5",
                                   "dw.h5", "d.h5.state"));
        QVERIFY(sameBits(readDensity(path("d.h5")).map.values, readDensity(path("dw.h5")).map.values));
        QVERIFY(!QFile::exists(place("d.h5.state")));
    }

    void aSimulationLeavesNothingHalfWritten() {
        const QString structure = place("small.pdb");
        const ProgramEnd end = interrupted(smallRun(structure, place("half.h5"), 400000), 500);
        QCOMPARE(end.status, 130);
        QVERIFY(!QFile::exists(place("half.h5")));
        QVERIFY2(QDir(m_dir.path()).entryList({"*half*"}, QDir::Files | QDir::Hidden).isEmpty(),
                 "a temporary file stayed");
    }
};

QTEST_GUILESS_MAIN(TestFxsInterrupt)
#include "tst_fxs_interrupt.moc"
