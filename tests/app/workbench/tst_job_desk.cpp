#include "tests/app/workbench/scripted_backend.h"
#include "tests/app/workbench/small_run.h"

#include "app/workbench/docks.h"
#include "app/workbench/job_desk.h"
#include "app/workbench/main_window.h"
#include "app/workbench/pictures.h"
#include "app/workbench/run_on_box.h"
#include "app/workbench/workbench.h"
#include "engine/backend/job_spec_file.h"
#include "widgets/correlation/correlation_view.h"
#include "widgets/jobs/jobs_model.h"
#include "widgets/jobs/jobs_panel.h"
#include "widgets/jobs/jobs_view.h"
#include "widgets/jobs/log_model.h"
#include "widgets/jobs/log_panel.h"
#include "widgets/plot/heat_map.h"
#include "widgets/theme/theme.h"

#include <QApplication>
#include <QDialog>
#include <QPlainTextEdit>
#include <QTemporaryDir>
#include <QTest>

using namespace fxs;
using namespace fxs::app;
using fxs::test::ScriptedBackend;
using fxs::test::ScriptedCluster;
using ui::JobAct;

namespace {

const QString kMaxwell = QStringLiteral("slurm/maxwell");

/// A window with this computer and a cluster, both scripted, and a book of jobs in a folder.
struct Desk {
    std::shared_ptr<ScriptedCluster> here = std::make_shared<ScriptedCluster>();
    std::shared_ptr<ScriptedCluster> cluster;
    ScriptedBackend local{here, "local", "This computer"};
    std::shared_ptr<ScriptedBackend> remote;
    Workbench workbench{local};
    MainWindow window{workbench, false};

    explicit Desk(std::shared_ptr<ScriptedCluster> far = std::make_shared<ScriptedCluster>(), const QString& book = {})
        : cluster(std::move(far)), remote(std::make_shared<ScriptedBackend>(cluster)) {
        if (!book.isEmpty())
            workbench.jobBook().openBook(book);
        workbench.jobs().places().put({kMaxwell, QStringLiteral("maxwell"), {}, true, remote});
        window.show();
    }
    ui::JobsModel& jobs() { return *window.jobsModel(); }
    ui::JobsPanel& panel() { return *window.docks()->jobDesk()->jobsPanel(); }
    QString id(int row) { return jobs().jobs()[static_cast<std::size_t>(row)].id; }
    QString state(int row) { return jobs().index(row, ui::JobsModel::kState).data().toString(); }
    /// Chooses rows and presses the key or button of an act.
    void ask(JobAct act, const QStringList& ids) {
        panel().choose(ids);
        QVERIFY2(panel().action(act)->isEnabled(), qPrintable(panel().action(act)->text()));
        panel().action(act)->trigger();
    }
};

void runs(ScriptedCluster& cluster, const std::string& id, double fraction) {
    cluster.tell(id, [fraction](auto& job) {
        job.state = JobState::running;
        job.progress = {.stage = "Correlation", .fraction = fraction, .done = 50, .total = 100, .ratePerSecond = 900};
    });
}

void ends(ScriptedCluster& cluster, const std::string& id) {
    cluster.tell(id, [](auto& job) {
        job.state = JobState::done;
        JobResult result;
        result.last.correlation = test::correlation();
        job.outcome = result;
    });
}

} // namespace

/// Jobs in the real window: several at once, elsewhere and here, gone and back.
class TestJobDesk : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_run;

    void open(Desk& desk) {
        desk.workbench.open({m_run});
        QTRY_VERIFY(desk.workbench.session().run());
    }
    QString book(const char* name) { return m_folder.filePath(QString::fromUtf8(name)); }

private Q_SLOTS:
    void initTestCase() {
        QApplication::setPalette(ui::lightPalette());
        m_run = m_folder.filePath(QStringLiteral("run12.h5"));
        test::writeSmallRun(m_run);
    }

    void choosesWhereToRun() {
        Desk desk;
        open(desk);
        auto* box = desk.window.findChild<RunOnBox*>();
        QCOMPARE(box->count(), 2);
        QCOMPARE(box->currentText(), QStringLiteral("This computer"));
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        QCOMPARE(desk.workbench.place(), kMaxwell);
        desk.workbench.analyse();
        QTRY_COMPARE(desk.cluster->size(), std::size_t(1));
        QCOMPARE(desk.here->size(), std::size_t(0));
        QTRY_COMPARE(desk.jobs().rowCount(), 1);
        QCOMPARE(desk.jobs().index(0, ui::JobsModel::kWhere).data().toString(), QStringLiteral("maxwell"));
        desk.workbench.jobs().places().remove(kMaxwell); // its profile is gone: the job goes on, the choice does not
        QCOMPARE(desk.workbench.place(), Places::kLocal);
        QCOMPARE(box->count(), 1);
        ends(*desk.cluster, "1000");
        QTRY_COMPARE(desk.state(0), QStringLiteral("done"));
    }

    void severalJobsAtOnce() {
        Desk desk;
        open(desk);
        desk.workbench.setPlace(kMaxwell);
        desk.workbench.analyse();
        QTRY_COMPARE(desk.jobs().rowCount(), 1);
        const QString far = desk.id(0);
        runs(*desk.cluster, "1000", 0.3);
        desk.cluster->tell("1000", [](auto& job) { job.publishes = true; });
        QTRY_VERIFY(desk.window.correlationView()->diagonalMap()->picture());
        desk.workbench.setPlace(Places::kLocal);
        QVERIFY(desk.workbench.jobs().canStart(Places::kLocal)); // one elsewhere is no hindrance
        desk.workbench.analyse();
        QTRY_COMPARE(desk.jobs().rowCount(), 2);
        const QString near = desk.workbench.jobs().followed();
        QVERIFY(near != far);
        QVERIFY(desk.jobs().job(near)->followed && !desk.jobs().job(far)->followed);
        runs(*desk.here, "1000", 0.6);
        runs(*desk.cluster, "1000", 0.4); // told although it is not followed
        QTRY_COMPARE(desk.jobs().job(far)->progress.fraction, 0.4);
        QTRY_COMPARE(desk.jobs().job(near)->progress.fraction, 0.6);
        QVERIFY(!desk.workbench.jobs().canStart(Places::kLocal)); // here the cores are shared
        desk.ask(JobAct::follow, {far});
        QCOMPARE(desk.workbench.jobs().followed(), far);
        desk.ask(JobAct::stop, {near}); // the one that is chosen, not the one that is followed
        QTRY_COMPARE(desk.jobs().job(near)->state, JobState::stopped);
        QVERIFY(!desk.cluster->job("1000").stopAsked);
        desk.ask(JobAct::finish, {far});
        QVERIFY(desk.cluster->job("1000").finishAsked);
    }

    void vanishesAndComesBack() {
        Desk desk;
        open(desk);
        desk.workbench.setPlace(kMaxwell);
        desk.workbench.analyse();
        QTRY_COMPARE(desk.jobs().rowCount(), 1);
        runs(*desk.cluster, "1000", 0.3);
        QTRY_COMPARE(desk.state(0), QStringLiteral("Correlation"));
        desk.cluster->tell("1000", [](auto& job) { job.state = JobState::unknown; });
        QTRY_VERIFY(desk.state(0).startsWith(QStringLiteral("unknown")));
        QVERIFY(desk.workbench.jobs().isRunning()); // not known is not over
        QVERIFY(!desk.jobs().job(desk.id(0))->isOver());
        runs(*desk.cluster, "1000", 0.8);
        QTRY_COMPARE(desk.state(0), QStringLiteral("Correlation"));
        ends(*desk.cluster, "1000");
        QTRY_COMPARE(desk.state(0), QStringLiteral("done"));
    }

    void anotherRunLeavesAClusterJobAlone() {
        Desk desk;
        open(desk);
        desk.workbench.setPlace(kMaxwell);
        desk.workbench.analyse();
        QTRY_COMPARE(desk.jobs().rowCount(), 1);
        const QString other = m_folder.filePath(QStringLiteral("run13.h5"));
        test::writeSmallRun(other);
        desk.workbench.open({other});
        QTRY_COMPARE(desk.workbench.session().inputs(), QStringList{other}); // at once, with no question
        QVERIFY(desk.workbench.waitingRun().isEmpty());
        QVERIFY(!desk.cluster->job("1000").stopAsked);
    }

    void isReattachedAtTheNextStart() {
        const auto cluster = std::make_shared<ScriptedCluster>();
        {
            Desk desk(cluster, book("reattach"));
            open(desk);
            desk.workbench.setPlace(kMaxwell);
            desk.workbench.analyse();
            QTRY_COMPARE(desk.jobs().rowCount(), 1);
            runs(*cluster, "1000", 0.2);
            QTRY_COMPARE(desk.state(0), QStringLiteral("Correlation"));
        }
        QCOMPARE(cluster->detached.load(), 1);
        QVERIFY(!cluster->job("1000").stopAsked); // closing leaves it alone
        runs(*cluster, "1000", 0.7);
        Desk next(cluster, book("reattach"));
        QTRY_COMPARE(next.jobs().rowCount(), 1);
        QTRY_COMPARE(cluster->attached.load(), 2);
        QTRY_COMPARE(next.jobs().job(next.id(0))->progress.fraction, 0.7);
        QCOMPARE(next.jobs().index(0, 0).data().toString(), QStringLiteral("run12"));
        // Shown in the views: its run is opened, and its snapshots come.
        cluster->tell("1000", [](auto& job) { job.publishes = true; });
        next.ask(JobAct::follow, {next.id(0)});
        QTRY_COMPARE(next.workbench.session().inputs(), QStringList{m_run});
        QTRY_VERIFY(next.window.correlationView()->diagonalMap()->picture());
        ends(*cluster, "1000");
        QTRY_COMPARE(next.state(0), QStringLiteral("done"));
        QTRY_VERIFY(next.workbench.isIdle());
    }

    void aPlaceThatCannotBeReachedIsUnknown() {
        const auto cluster = std::make_shared<ScriptedCluster>();
        {
            Desk desk(cluster, book("unreachable"));
            open(desk);
            desk.workbench.setPlace(kMaxwell);
            desk.workbench.analyse();
            QTRY_COMPARE(desk.jobs().rowCount(), 1);
        }
        cluster->refuses = true;
        Desk next(cluster, book("unreachable"));
        QTRY_COMPARE(next.jobs().rowCount(), 1);
        QTRY_VERIFY(next.jobs().job(next.id(0))->message.contains(QStringLiteral("cannot be reached")));
        QVERIFY(next.state(0).startsWith(QStringLiteral("unknown")));
        // Submitting fails with its reason, and the window is as usable as before.
        open(next);
        next.workbench.setPlace(kMaxwell);
        const int lines = next.window.logModel()->rowCount();
        next.workbench.analyse();
        QTRY_COMPARE(next.window.logModel()->rowCount(), lines + 1);
        QTRY_VERIFY(!next.workbench.jobs().isRunning());
        QTRY_VERIFY(next.workbench.canAnalyse());
        cluster->refuses = false;
        next.workbench.analyse();
        next.workbench.analyse(); // pressed twice: once submitted
        QTRY_COMPARE(next.jobs().rowCount(), 2);
        QTRY_VERIFY(next.workbench.isIdle());
        QCOMPARE(cluster->size(), std::size_t(2));
    }

    void aJobWhoseProgramDiedCanBeResumed() {
        const QString folder = book("died");
        JobSpec spec;
        spec.name = "run12";
        spec.inputs = {m_run.toStdString()};
        spec.outputFolder = m_folder.filePath(QStringLiteral("run12-result")).toStdString();
        spec.last = Stage::correlate;
        {
            JobBook written(folder);
            written.note({"local-1-2-3", spec.name, "This computer", spec.outputFolder, "running",
                          "2026-11-20T10:00:00Z", "", "", jobSpecToToml(spec)});
            written.note({"local-1-2-4", "run11", "This computer", "", "done", "2026-11-19T10:00:00Z",
                          "2026-11-19T10:05:00Z", "", ""});
        }
        Desk desk(std::make_shared<ScriptedCluster>(), folder);
        QTRY_COMPARE(desk.jobs().rowCount(), 2);
        QCOMPARE(desk.state(0), QStringLiteral("interrupted"));
        QCOMPARE(desk.state(1), QStringLiteral("done"));
        QCOMPARE(desk.jobs().index(1, ui::JobsModel::kElapsed).data().toString(), QStringLiteral("5 min 0 s"));
        desk.ask(JobAct::resume, {desk.id(0)});
        QTRY_COMPARE(desk.here->size(), std::size_t(1));
        QVERIFY(desk.here->job("1000").spec.resume);
        QCOMPARE(desk.here->job("1000").spec.outputFolder, spec.outputFolder);
        QCOMPARE(desk.here->job("1000").spec.last, Stage::correlate);
        // Forgotten for good.
        desk.ask(JobAct::remove, {QStringLiteral("local-1-2-4")});
        QTRY_VERIFY(desk.workbench.isIdle());
        QCOMPARE(JobBook(folder).read().size(), std::size_t(2)); // the resumed one is a job of its own
    }

    void aJobOfAnotherWindowIsNotTakenForDead() {
        const QString folder = book("other-window");
        JobBook other(folder); // holds its lock as long as it lives
        other.note({"local-9-9-9", "run9", "This computer", "", "running", "2026-11-20T10:00:00Z", "", "", ""});
        Desk desk(std::make_shared<ScriptedCluster>(), folder);
        QTRY_COMPARE(desk.jobs().rowCount(), 1);
        QCOMPARE(desk.state(0), QStringLiteral("running (in another window)"));
        desk.panel().choose({desk.id(0)});
        QVERIFY(!desk.panel().action(JobAct::resume)->isEnabled());
        QVERIFY(!desk.panel().action(JobAct::stop)->isEnabled());
    }

    void resubmitsAndShowsWhatRan() {
        Desk desk;
        open(desk);
        desk.workbench.analyse();
        QTRY_COMPARE(desk.jobs().rowCount(), 1);
        ends(*desk.here, "1000");
        QTRY_COMPARE(desk.state(0), QStringLiteral("done"));
        const QString first = desk.id(0);
        desk.window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&desk.window));
        desk.panel().view()->setFocus();
        desk.panel().choose({first});
        QTest::keyClick(desk.panel().view(), Qt::Key_N);
        QTRY_COMPARE(desk.here->size(), std::size_t(2));
        QVERIFY(!desk.here->job("1001").spec.resume);
        QCOMPARE(desk.here->job("1001").spec.inputs, desk.here->job("1000").spec.inputs);
        desk.ask(JobAct::openScript, {first});
        auto* script = desk.window.findChild<QDialog*>(QStringLiteral("script"));
        QVERIFY(script);
        QVERIFY(script->findChild<QPlainTextEdit*>()->toPlainText().contains(QStringLiteral("run12.h5")));
        script->close();
        desk.ask(JobAct::openLog, {first});
        QCOMPARE(desk.window.docks()->jobDesk()->logPanel()->filter()->job(), first);
    }

    void fetchesResultsAndLogs() {
        Desk desk;
        open(desk);
        desk.workbench.setPlace(kMaxwell);
        desk.workbench.analyse();
        QTRY_COMPARE(desk.jobs().rowCount(), 1);
        ends(*desk.cluster, "1000");
        QTRY_COMPARE(desk.state(0), QStringLiteral("done"));
        const auto lines = [&] { return desk.window.logModel()->rowCount(); };
        const int before = lines();
        desk.ask(JobAct::fetch, {desk.id(0)});
        QTRY_VERIFY(lines() >= before + 2); // that it fetches, and why it cannot
        QFile log(m_folder.filePath(QStringLiteral("slurm.out")));
        QVERIFY(log.open(QIODevice::WriteOnly));
        log.write("rank 0 of 4\n");
        log.close();
        desk.remote->artifactFile = log.fileName().toStdString();
        desk.ask(JobAct::openLog, {desk.id(0)});
        QTRY_VERIFY(desk.window.findChild<QDialog*>(QStringLiteral("script")));
        QVERIFY(desk.window.findChild<QDialog*>(QStringLiteral("script"))
                    ->findChild<QPlainTextEdit*>()
                    ->toPlainText()
                    .contains(QStringLiteral("rank 0 of 4")));
    }
};

QTEST_MAIN(TestJobDesk)
#include "tst_job_desk.moc"
