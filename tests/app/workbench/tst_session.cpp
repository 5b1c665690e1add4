#include "app/workbench/autosave_slot.h"
#include "app/workbench/session.h"
#include "app/workbench/session_document.h"
#include "engine/core/error.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace fxs;
using namespace fxs::app;

namespace {

SessionDocument example(const std::string& folder) {
    SessionDocument d;
    d.sources = {folder + "/data/run12.h5", folder + "/data/run13.h5"};
    d.results = {folder + "/run12-result/CORRELATION.h5"};
    d.settings["polar"] = {{"q-max", 0.1 + 0.2}, {"q-bins", std::int64_t{120}}};
    d.settings["input"] = {{"mask", folder + "/mask.npy"}, {"dataset", std::string("/entry/data")}};
    d.settings["filter"] = {{"diameter", std::string("auto \"quoted\" \\ ü")}};
    auto mask = std::make_shared<Array<std::uint8_t, 3>>(std::array<std::size_t, 3>{2, 3, 4});
    mask->data()[5] = 1;
    d.mask = mask;
    d.views["frames"] = std::string("\0\1\xff binary", 10);
    d.tab = 2;
    d.jobs = {{"local-1", "run12", "This computer", folder + "/run12-result", "done", "2026-11-22T22:39:17Z", "x"}};
    return d;
}

} // namespace

/// The session as a document on disk, its steps, and what a program that was killed leaves behind.
class TestSession : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void documentReadsBackTheSame() {
        const SessionDocument d = example("/data/beamtime");
        const SessionDocument r = parseSession(toToml(d, "/data/beamtime"), "test", "/data/beamtime");
        QCOMPARE(r.sources, d.sources);
        QCOMPARE(r.results, d.results);
        QVERIFY(r.settings == d.settings);
        QCOMPARE(r.views.at("frames"), d.views.at("frames"));
        QCOMPARE(r.tab, 2);
        QCOMPARE(r.jobs.size(), std::size_t(1));
        QCOMPARE(r.jobs[0].folder, d.jobs[0].folder);
        QVERIFY(r.mask && r.mask->shape() == d.mask->shape());
        QCOMPARE(r.mask->data()[5], std::uint8_t(1));
        QVERIFY(r.warnings.empty());
    }

    void aMovedFolderTakesItsFilesAlong() {
        const std::string text = toToml(example("/data/beamtime"), "/data/beamtime");
        const SessionDocument r = parseSession(text, "test", "/elsewhere");
        QCOMPARE(r.sources[0], std::string("/elsewhere/data/run12.h5"));
        QVERIFY(r.settings.at("input").at("mask") == SettingValue(std::string("/elsewhere/mask.npy")));
        // A dataset inside a file is no file: it stays.
        QVERIFY(r.settings.at("input").at("dataset") == SettingValue(std::string("/entry/data")));
    }

    void badDocuments_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("not TOML") << QByteArray("[[[") << QByteArray("line");
        QTest::newRow("other TOML") << QByteArray("a = 1\n") << QByteArray("not a session");
        QTest::newRow("newer") << QByteArray("format = \"FXS Workbench session\"\nversion = 99\n")
                               << QByteArray("newer");
        QTest::newRow("no version") << QByteArray("format = \"FXS Workbench session\"\n") << QByteArray("version");
        QTest::newRow("sources") << QByteArray("format = \"FXS Workbench session\"\nversion = 1\nsources = 3\n")
                                 << QByteArray("sources");
    }
    void badDocuments() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, says);
        try {
            (void)parseSession(text.toStdString(), "bad.fxs.toml", "/");
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY2(error.message().find(says.toStdString()) != std::string::npos, error.what());
            QVERIFY2(error.message().find("bad.fxs.toml") != std::string::npos, error.what());
        }
    }

    void whatIsDamagedOrUnknownIsLeftOutAndSaid() {
        const std::string head = "format = \"FXS Workbench session\"\nversion = 1\n";
        const SessionDocument r = parseSession(
            head + "colour = 3\n[mask]\nshape = [1000000, 1000000, 1000000]\nzlib = \"AAAA\"\n", "test", "/");
        QCOMPARE(r.warnings.size(), std::size_t(2));
        QVERIFY(!r.mask);
    }

    void savingIsWholeOrNotAtAll() {
        QTemporaryDir dir;
        const std::string path = dir.filePath("a.fxs.toml").toStdString();
        writeSession(path, example(dir.path().toStdString()));
        QCOMPARE(readSession(path).tab, 2);
        QVERIFY_EXCEPTION_THROWN(writeSession(dir.filePath("no/such/a.fxs.toml").toStdString(), {}), Error);
        QCOMPARE(QDir(dir.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
    }

    void keystrokesAreOneStep() {
        Session session;
        for (const double v : {1.0, 19.0, 190.0})
            session.editSection("filter", {{"diameter", v}});
        session.editSection("filter", {{"diameter", 190.0}, {"max-order", std::int64_t{8}}});
        QCOMPARE(session.undo().count(), 2);
        QVERIFY(session.isModified());
        session.undo().undo();
        session.undo().undo();
        QVERIFY(session.settings().empty());
        QVERIFY(!session.isModified());
        session.undo().redo();
        QVERIFY(session.settings().at("filter").at("diameter") == SettingValue(190.0));
    }

    void staleMarksComeBackWithUndo() {
        Session session;
        Snapshot results;
        results.coefficients = std::make_shared<FilterResult>();
        session.takeResults(results, session.settings());
        QVERIFY(!session.isStale(Stage::filter));
        session.editSection("reconstruct", {{"restarts", std::int64_t{3}}});
        QVERIFY(!session.isStale(Stage::filter)); // a later stage's setting
        session.editSection("filter", {{"diameter", 190.0}});
        QVERIFY(session.isStale(Stage::filter));
        session.undo().undo();
        QVERIFY(!session.isStale(Stage::filter));
        session.undo().redo();
        QVERIFY(session.isStale(Stage::filter));
    }

    void windowsDoNotTakeEachOthers() {
        QTemporaryDir dir;
        AutosaveSlot one(dir.path()), two(dir.path());
        one.write(example("/data/beamtime"));
        two.write(example("/data/beamtime"));
        QVERIFY(AutosaveSlot::lost(dir.path()).empty()); // both are held
        one.close(true);                                 // left unsaved on purpose
        const auto lost = AutosaveSlot::lost(dir.path());
        QCOMPARE(lost.size(), std::size_t(1));
        QVERIFY(!lost[0].crashed);
        QCOMPARE(lost[0].what, QStringLiteral("run12.h5"));
        two.close(false);
        AutosaveSlot::remove(lost[0]);
        QVERIFY(QDir(dir.path()).entryList(QDir::Files).isEmpty());
    }

    /// A real program that writes and writes is killed at random moments: what it leaves is always a whole session.
    void killedAtRandomMoments() {
        for (int round = 0; round < 6; ++round) {
            QTemporaryDir dir;
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--write-forever"), dir.path()});
            QVERIFY(child.waitForStarted());
            QTRY_VERIFY(!QDir(dir.path()).entryList({QStringLiteral("*.fxs.toml")}).isEmpty());
            QTest::qWait(QRandomGenerator::global()->bounded(60));
            ::kill(static_cast<pid_t>(child.processId()), SIGKILL);
            QVERIFY(child.waitForFinished());
            const auto lost = AutosaveSlot::lost(dir.path());
            QCOMPARE(lost.size(), std::size_t(1));
            QVERIFY(lost[0].crashed);
            QCOMPARE(readSession(lost[0].file.toStdString()).sources.size(), std::size_t(2));
        }
    }
};

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("tst_session"));
    if (argc == 3 && QByteArray(argv[1]) == "--write-forever") {
        AutosaveSlot slot(QString::fromLocal8Bit(argv[2]));
        for (;;)
            slot.write(example("/data/beamtime"));
    }
    TestSession test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_session.moc"
