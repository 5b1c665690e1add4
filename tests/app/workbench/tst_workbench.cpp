#include "tests/app/workbench/small_run.h"

#include "app/workbench/main_window.h"
#include "app/workbench/pictures.h"
#include "app/workbench/settings_panel.h"
#include "app/workbench/workbench.h"
#include "engine/core/thread.h"
#include "widgets/coefficients/coefficients_view.h"
#include "widgets/convergence/convergence_view.h"
#include "widgets/correlation/correlation_view.h"
#include "widgets/frames/frame_view.h"
#include "widgets/jobs/jobs_model.h"
#include "widgets/jobs/log_model.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"
#include "widgets/settings/settings_form.h"
#include "widgets/stages/stage_bar.h"
#include "widgets/theme/theme.h"
#include "widgets/vtk/opengl_support.h"

#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolBar>
#include <QToolButton>
#include <atomic>

using namespace fxs;
using namespace fxs::app;

namespace {

/// A job that publishes known results from a thread of its own until it is stopped, finished or told to end.
class FakeJob : public Job {
public:
    FakeJob(JobEvents events, std::shared_ptr<std::atomic<bool>> mayEnd)
        : m_thread("fake job", [events, mayEnd](std::stop_token stop) {
              events.state(JobState::running);
              Snapshot live;
              live.correlation = test::correlation();
              live.coefficients = test::coefficients();
              while (!stop.stop_requested() && !*mayEnd) {
                  events.progress(
                      {.stage = "Correlation", .fraction = 0.5, .done = 50, .total = 100, .ratePerSecond = 700});
                  if (events.wantSnapshot())
                      events.snapshot(std::make_shared<const Snapshot>(live));
                  std::this_thread::sleep_for(std::chrono::milliseconds(5));
              }
              if (stop.stop_requested()) {
                  events.state(JobState::stopped);
                  events.finished(Stopped());
                  return;
              }
              JobResult result;
              result.last = live;
              result.last.density = test::reconstruction();
              events.state(JobState::done);
              events.finished(result);
          }) {}
    JobId id() const override { return "fake-1"; }
    void requestFinish() noexcept override {}
    void requestStop() noexcept override { m_thread.requestStop(); }

private:
    NamedThread m_thread;
};

class FakeBackend : public Backend {
public:
    std::shared_ptr<std::atomic<bool>> mayEnd = std::make_shared<std::atomic<bool>>(false);
    std::vector<Problem> problems;
    std::vector<JobSpec> submitted;

    BackendInfo info() const override { return {.id = "fake", .name = "A test", .threads = 1}; }
    std::vector<Problem> check(const JobSpec&) const override { return problems; }
    void probe(const SettingValues&, ProbeEvents) override {}
    std::vector<JobRecord> jobs() const override { return {}; }
    std::unique_ptr<Job> submit(const JobSpec& spec, JobEvents events) override {
        submitted.push_back(spec);
        return std::make_unique<FakeJob>(std::move(events), mayEnd);
    }
    std::unique_ptr<Job> attach(const JobId&, JobEvents) override { throw Error(ErrorCode::notFound, "no such job"); }
    Artifact fetch(const JobId&, ArtifactKind) override { return {}; }
};

} // namespace

/// The real window with a backend that computes nothing: opening, running, stopping, closing, by real clicks.
class TestWorkbench : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_run;

    static QToolButton* button(MainWindow& window, const QString& text) {
        for (QToolButton* b : window.findChild<QToolBar*>()->findChildren<QToolButton*>())
            if (b->defaultAction() && b->defaultAction()->text().remove(QLatin1Char('&')) == text)
                return b;
        return nullptr;
    }
    static void click(MainWindow& window, const QString& text) {
        QToolButton* b = button(window, text);
        QVERIFY2(b, qPrintable(text));
        QVERIFY2(b->isEnabled(), qPrintable(text));
        QTest::mouseClick(b, Qt::LeftButton);
    }

private Q_SLOTS:
    void initTestCase() {
        QApplication::setPalette(ui::lightPalette());
        m_run = m_folder.filePath(QStringLiteral("run12.h5"));
        test::writeSmallRun(m_run);
    }

    void showsAFrameAtOnce() {
        FakeBackend backend;
        Workbench workbench(backend);
        MainWindow window(workbench, false);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        QVERIFY(!button(window, QStringLiteral("Analyse"))->isEnabled());
        workbench.open({m_run});
        QTRY_VERIFY(window.frameView()->rightMap()->picture());
        QCOMPARE(window.frameView()->rightMap()->picture()->at(3, 4), 403.0F);
        QVERIFY(button(window, QStringLiteral("Analyse"))->isEnabled());
        window.frameView()->setFrameIndex(5);
        QTRY_COMPARE(window.frameView()->rightMap()->picture()->at(3, 4), 5403.0F);
    }

    void runsAndShowsLiveResults() {
        FakeBackend backend;
        Workbench workbench(backend);
        MainWindow window(workbench, false);
        window.show();
        workbench.open({m_run});
        QTRY_VERIFY(workbench.session().run());
        click(window, QStringLiteral("Analyse"));
        QTRY_VERIFY(window.correlationView()->diagonalMap()->picture());
        QTRY_COMPARE(window.stageBar()->status(ui::StageBar::correlation).state, ui::StageState::running);
        QVERIFY(window.coefficientsView()->orderMap()->picture());
        *backend.mayEnd = true;
        QTRY_VERIFY(!workbench.jobs().isRunning());
        QCOMPARE(window.stageBar()->status(ui::StageBar::density).state, ui::StageState::done);
        QCOMPARE(window.convergenceView()->fscPlot()->curves().size(), std::size_t(1));
        QCOMPARE(window.jobsModel()->index(0, ui::JobsModel::kProgress).data().toString(), QStringLiteral("100 %"));
        QVERIFY(waitUntilIdle(workbench, 5000));
        for (int tab = 0; tab < window.tabs()->count(); ++tab) {
            window.showTab(tab);
            QTest::qWait(100);
            QVERIFY(window.grab().save(QStringLiteral("window-%1.png").arg(tab)));
        }
        // A changed setting marks what depends on it, and erases nothing.
        qobject_cast<QLineEdit*>(window.settingsPanel()->form("filter")->editor("diameter"))
            ->setText(QStringLiteral("190"));
        QCOMPARE(window.stageBar()->status(ui::StageBar::correlation).state, ui::StageState::done);
        QCOMPARE(window.stageBar()->status(ui::StageBar::coefficients).state, ui::StageState::stale);
        QCOMPARE(window.stageBar()->status(ui::StageBar::density).state, ui::StageState::stale);
        QVERIFY(window.coefficientsView()->orderMap()->picture());
    }

    void stopAnswersAtOnce() {
        FakeBackend backend;
        Workbench workbench(backend);
        MainWindow window(workbench, false);
        window.show();
        workbench.open({m_run});
        QTRY_VERIFY(workbench.session().run());
        click(window, QStringLiteral("Analyse"));
        QTRY_VERIFY(window.correlationView()->diagonalMap()->picture());
        click(window, QStringLiteral("Stop"));
        QTRY_VERIFY_WITH_TIMEOUT(!workbench.jobs().isRunning(), 500);
        QCOMPARE(window.stageBar()->status(ui::StageBar::correlation).state, ui::StageState::stopped);
        QVERIFY(window.correlationView()->diagonalMap()->picture()); // what is there stays
        click(window, QStringLiteral("Analyse"));
        QTRY_COMPARE(backend.submitted.size(), std::size_t(2));
    }

    void closingWhileRunningEndsCleanly() {
        FakeBackend backend;
        {
            Workbench workbench(backend);
            MainWindow window(workbench, false);
            window.show();
            workbench.open({m_run});
            QTRY_VERIFY(workbench.session().run());
            workbench.analyse();
            QTRY_VERIFY(window.correlationView()->diagonalMap()->picture());
            window.close();
        }
        QCoreApplication::processEvents(); // late results of what is gone
    }

    void badFilesAreSaidAndHarmless() {
        FakeBackend backend;
        Workbench workbench(backend);
        MainWindow window(workbench, false);
        window.show();
        const QString text = m_folder.filePath(QStringLiteral("notes.txt"));
        QFile file(text);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("not a run");
        file.close();
        workbench.open({text});
        QTRY_VERIFY(window.logModel()->rowCount() >= 2);
        workbench.open({m_folder.filePath(QStringLiteral("missing.h5"))});
        workbench.open({m_folder.path()}); // holds no results
        QTRY_VERIFY(window.logModel()->rowCount() >= 4);
        workbench.open({m_run}); // as usable as before
        QTRY_VERIFY(window.frameView()->rightMap()->picture());
    }

    void problemsStartNothing() {
        FakeBackend backend;
        backend.problems = {{"diameter", "a diameter of 1 Å is smaller than an atom"}};
        Workbench workbench(backend);
        MainWindow window(workbench, false);
        window.show();
        workbench.open({m_run});
        QTRY_VERIFY(workbench.session().run());
        click(window, QStringLiteral("Analyse"));
        QVERIFY(waitUntilIdle(workbench, 5000));
        QVERIFY(backend.submitted.empty());
        QVERIFY(!workbench.jobs().isRunning());
    }

    void darkPalette() {
        FakeBackend backend;
        Workbench workbench(backend);
        MainWindow window(workbench, false);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        QApplication::setPalette(ui::darkPalette());
        Snapshot results;
        results.correlation = test::correlation();
        workbench.session().takeResults(results, {});
        window.showTab(1);
        QVERIFY(waitUntilIdle(workbench, 5000));
        const QImage picture = window.grab().toImage();
        QVERIFY(picture.save(QStringLiteral("window-dark.png")));
        QVERIFY(picture.pixelColor(3, picture.height() / 2).lightness() < 80);
        QApplication::setPalette(ui::lightPalette());
    }
};

int main(int argc, char** argv) {
    ui::requestOpenGlFormat();
    QApplication::setAttribute(Qt::AA_ShareOpenGLContexts);
    QApplication application(argc, argv);
    TestWorkbench test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_workbench.moc"
