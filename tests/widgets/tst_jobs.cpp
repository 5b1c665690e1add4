#include "widgets/jobs/jobs_panel.h"
#include "widgets/jobs/jobs_view.h"
#include "widgets/jobs/log_model.h"
#include "widgets/jobs/log_panel.h"
#include "widgets/jobs/log_view.h"
#include "widgets/theme/theme.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace fxs;
using namespace fxs::ui;

namespace {

JobRow row(const QString& id, const QString& name, JobState state, int minutesAgo, JobActs acts) {
    JobRow made;
    made.id = id;
    made.name = name;
    made.where = QStringLiteral("This computer");
    made.state = state;
    made.started = QDateTime::currentDateTime().addSecs(-60 * minutesAgo);
    if (made.isOver())
        made.ended = made.started.addSecs(30);
    made.acts = acts;
    return made;
}

/// Four jobs as after a day's work.
void fill(JobsModel& model) {
    const JobActs over = JobActs(JobAct::openLog) | JobAct::resubmit | JobAct::remove | JobAct::follow;
    model.put(row(QStringLiteral("a"), QStringLiteral("run9"), JobState::done, 50, over | JobAct::compare));
    model.put(row(QStringLiteral("b"), QStringLiteral("run12"), JobState::done, 40, over | JobAct::compare));
    JobRow failed = row(QStringLiteral("c"), QStringLiteral("run2"), JobState::failed, 30, over | JobAct::resume);
    failed.message = QStringLiteral("run2.h5 ends in the middle of a dataset");
    model.put(failed);
    JobRow running = row(QStringLiteral("d"), QStringLiteral("run100"), JobState::running, 2,
                         JobActs(JobAct::openLog) | JobAct::stop | JobAct::finish);
    running.where = QStringLiteral("maxwell");
    running.detail = QStringLiteral("2 nodes, 8 ranks");
    running.progress = {.stage = "Correlation", .fraction = 0.4, .done = 400, .total = 1000, .ratePerSecond = 1520};
    running.stageStarted = running.started;
    running.followed = true;
    model.put(running);
}

} // namespace

/// The table of jobs and the log, by clicks and keys.
class TestJobs : public QObject {
    Q_OBJECT

    static QStringList names(const JobsPanel& panel) {
        QStringList all;
        for (int i = 0; i < panel.view()->model()->rowCount(); ++i)
            all << panel.view()->model()->index(i, 0).data().toString();
        return all;
    }
    static void show(QWidget& widget, QSize size) {
        widget.resize(size);
        widget.show();
        QVERIFY(QTest::qWaitForWindowExposed(&widget));
        widget.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&widget));
    }

private Q_SLOTS:
    void init() { QApplication::setPalette(lightPalette()); }

    void theYoungestStandsFirst() {
        JobsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        fill(model);
        QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("run100"));
        QCOMPARE(model.index(3, 0).data().toString(), QStringLiteral("run9"));
        model.put(row(QStringLiteral("a"), QStringLiteral("run9"), JobState::failed, 50, {})); // replaced, not added
        QCOMPARE(model.rowCount(), 4);
        model.removeJob(QStringLiteral("a"));
        model.removeJob(QStringLiteral("not there"));
        QCOMPARE(model.rowCount(), 3);
    }

    void statesReadWell() {
        JobsModel model;
        JobRow job = row(QStringLiteral("a"), QStringLiteral("run"), JobState::queued, 1, {});
        const auto state = [&] {
            model.put(job);
            return model.index(0, JobsModel::kState).data().toString();
        };
        job.reason = QStringLiteral("Priority");
        QCOMPARE(state(), QStringLiteral("queued (Priority)"));
        job.state = JobState::unknown;
        job.reason = QStringLiteral("since 14:03");
        QCOMPARE(state(), QStringLiteral("unknown since 14:03"));
        job.interrupted = true;
        QCOMPARE(state(), QStringLiteral("interrupted"));
        model.setState(QStringLiteral("a"), JobState::running); // taken up again
        QVERIFY(!model.job(QStringLiteral("a"))->interrupted);
        QVERIFY(!model.job(QStringLiteral("a"))->isOver());
    }

    void filtersByWordsAndState() {
        JobsModel model;
        fill(model);
        JobsPanel panel(&model);
        show(panel, {760, 220});
        QTest::keyClick(panel.view(), Qt::Key_F, Qt::ControlModifier); // to the box
        QTRY_VERIFY(panel.filterBox()->hasFocus());
        QTest::keyClicks(panel.filterBox(), QStringLiteral("RUN maxwell"));
        QCOMPARE(names(panel), QStringList{QStringLiteral("run100")});
        panel.filterBox()->setText(QStringLiteral("middle of"));
        QCOMPARE(names(panel), QStringList{QStringLiteral("run2")});
        panel.filterBox()->clear();
        QCOMPARE(names(panel).size(), 4);
        const QList<QStringList> expected = {
            {"run100", "run2", "run12", "run9"}, {"run100"}, {"run12", "run9"}, {"run2"}, {}};
        for (int i = 0; i < panel.stateBox()->count(); ++i) {
            panel.stateBox()->setCurrentIndex(i);
            QCOMPARE(names(panel), expected[i]);
        }
        panel.stateBox()->setCurrentIndex(1);
        model.setState(QStringLiteral("d"), JobState::done); // leaves the active ones at once
        QVERIFY(names(panel).isEmpty());
    }

    void sortsByAClickOnTheHeading() {
        JobsModel model;
        fill(model);
        JobsPanel panel(&model);
        show(panel, {760, 220});
        QHeaderView* header = panel.view()->horizontalHeader();
        const auto click = [&](int column) {
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                              {header->sectionViewportPosition(column) + 20, header->height() / 2});
        };
        click(JobsModel::kName); // by number, not by letter
        QCOMPARE(names(panel), (QStringList{"run2", "run9", "run12", "run100"}));
        click(JobsModel::kName);
        QCOMPARE(names(panel), (QStringList{"run100", "run12", "run9", "run2"}));
        click(JobsModel::kName); // as they came
        QCOMPARE(names(panel), (QStringList{"run100", "run2", "run12", "run9"}));
    }

    void offersWhatTheChosenRowsOffer() {
        JobsModel model;
        fill(model);
        JobsPanel panel(&model);
        show(panel, {760, 220});
        QVERIFY(!panel.action(JobAct::openLog)->isEnabled()); // nothing is chosen
        panel.choose({QStringLiteral("d")});
        QVERIFY(panel.action(JobAct::stop)->isEnabled());
        QVERIFY(!panel.action(JobAct::resubmit)->isEnabled());
        panel.choose({QStringLiteral("a"), QStringLiteral("b")});
        QVERIFY(panel.action(JobAct::compare)->isEnabled());
        QVERIFY(panel.action(JobAct::resubmit)->isEnabled());
        QVERIFY(!panel.action(JobAct::openLog)->isEnabled()); // of one at a time
        panel.choose({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")});
        QVERIFY(!panel.action(JobAct::compare)->isEnabled());
        model.setActs(QStringLiteral("a"), {});
        QVERIFY(!panel.action(JobAct::remove)->isEnabled());
    }

    void buttonsKeysAndMenuAskForTheSame() {
        JobsModel model;
        fill(model);
        JobsPanel panel(&model);
        show(panel, {760, 220});
        const QSignalSpy asked(&panel, &JobsPanel::requested);
        panel.choose({QStringLiteral("d")});
        for (QToolButton* button : panel.findChildren<QToolButton*>())
            if (button->defaultAction() == panel.action(JobAct::stop))
                QTest::mouseClick(button, Qt::LeftButton);
        panel.view()->setFocus();
        QTest::keyClick(panel.view(), Qt::Key_S);
        const QRect cell = panel.view()->visualRect(panel.view()->model()->index(0, 0));
        Q_EMIT panel.view()->customContextMenuRequested(cell.center());
        QTRY_VERIFY(QApplication::activePopupWidget());
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(panel.action(JobAct::stop)).center());
        QTRY_COMPARE(asked.count(), 3);
        for (const auto& one : asked) {
            QCOMPARE(one[0].value<JobAct>(), JobAct::stop);
            QCOMPARE(one[1].toStringList(), QStringList{QStringLiteral("d")});
        }
        for (QToolButton* button : panel.findChildren<QToolButton*>())
            if (button->defaultAction() && !qobject_cast<QLineEdit*>(button->parentWidget())) {
                QVERIFY(!button->accessibleName().isEmpty());
                QVERIFY(!button->defaultAction()->icon().isNull());
                QVERIFY(!button->toolTip().isEmpty());
            }
    }

    void picturesOfTheTable() {
        for (const bool dark : {false, true}) {
            QApplication::setPalette(dark ? darkPalette() : lightPalette());
            JobsModel model;
            fill(model);
            JobsPanel panel(&model);
            show(panel, {760, 220});
            panel.choose({QStringLiteral("b")});
            QVERIFY(panel.grab().save(QStringLiteral("jobs-%1.png").arg(dark ? "dark" : "light")));
        }
    }

    void logIsFilteredByLevelAndJob() {
        LogModel model;
        LogPanel panel(&model);
        show(panel, {560, 200});
        panel.setJobs({{QStringLiteral("d"), QStringLiteral("run100")}});
        model.append({LogLevel::debug, "a detail"});
        model.append({LogLevel::info, "opened run100"});
        model.append({LogLevel::warning, "37 frames without light"}, QStringLiteral("d"));
        model.append({LogLevel::error, "no space left"}, QStringLiteral("e"));
        const auto rows = [&] { return panel.view()->model()->rowCount(); };
        QCOMPARE(rows(), 3); // details are not shown at first
        panel.levelBox()->setCurrentIndex(0);
        QCOMPARE(rows(), 4);
        panel.levelBox()->setCurrentIndex(2);
        QCOMPARE(rows(), 2);
        panel.showJob(QStringLiteral("d"));
        QCOMPARE(rows(), 1);
        panel.showJob({});
        QCOMPARE(rows(), 2);
    }

    void logIsSearched() {
        LogModel model;
        LogPanel panel(&model);
        show(panel, {560, 200});
        for (int i = 0; i < 300; ++i)
            model.append({LogLevel::info, i % 100 == 50 ? "Frame " + std::to_string(i) + " has no LIGHT" : "fine"});
        panel.view()->setFocus();
        QTest::keyClick(panel.view(), Qt::Key_F, Qt::ControlModifier);
        QTRY_VERIFY(panel.searchBox()->hasFocus());
        QTest::keyClicks(panel.searchBox(), QStringLiteral("no light"));
        QCOMPARE(panel.searchText(), QStringLiteral("3 lines"));
        QTest::keyClick(panel.searchBox(), Qt::Key_Return);
        const int first = panel.view()->currentIndex().row();
        QCOMPARE(first % 100, 50);
        QTest::keyClick(panel.searchBox(), Qt::Key_F3);
        QCOMPARE(panel.view()->currentIndex().row(), (first + 100) % 300);
        QTest::keyClick(panel.searchBox(), Qt::Key_F3, Qt::ShiftModifier);
        QCOMPARE(panel.view()->currentIndex().row(), first);
        QVERIFY(!panel.view()->followsTail()); // who looks at something is not thrown to the end
        // The found text is marked: its colour is somewhere in the picture.
        const QImage picture = panel.view()->grab().toImage();
        int marked = 0;
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width(); ++x)
                marked += picture.pixelColor(x, y) == QColor(0xff, 0xe2, 0x7a) ? 1 : 0;
        QVERIFY(marked > 50);
        QVERIFY(panel.grab().save(QStringLiteral("log-light.png")));
        panel.searchBox()->setText(QStringLiteral("nowhere"));
        QCOMPARE(panel.searchText(), QStringLiteral("none"));
        model.append({LogLevel::info, "it is nowhere else"}); // counted soon
        QTRY_COMPARE(panel.searchText(), QStringLiteral("1 line"));
    }

    void logFollowsItsTail() {
        LogModel model;
        LogPanel panel(&model);
        show(panel, {560, 200});
        QScrollBar* bar = panel.view()->verticalScrollBar();
        for (int i = 0; i < 200; ++i)
            model.append({LogLevel::info, std::to_string(i)});
        QTRY_VERIFY(bar->maximum() > 0 && bar->value() == bar->maximum());
        bar->triggerAction(QAbstractSlider::SliderToMinimum);
        QTRY_VERIFY(!panel.followAction()->isChecked());
        for (int i = 0; i < 10; ++i)
            model.append({LogLevel::info, "more"});
        QTest::qWait(20);
        QCOMPARE(bar->value(), 0);
        panel.followAction()->trigger();
        QTRY_COMPARE(bar->value(), bar->maximum());
        bar->triggerAction(QAbstractSlider::SliderToMinimum);
        QTRY_VERIFY(!panel.followAction()->isChecked());
        bar->triggerAction(QAbstractSlider::SliderToMaximum); // back at the end by hand
        QTRY_VERIFY(panel.followAction()->isChecked());
    }

    void logIsCopiedAndSaved() {
        LogModel model;
        LogPanel panel(&model);
        show(panel, {560, 200});
        model.append({LogLevel::info, "one"});
        model.append({LogLevel::info, "two"});
        const QSignalSpy saved(&panel, &LogPanel::saveRequested);
        panel.saveAction()->trigger();
        QCOMPARE(saved.count(), 1);
        QCOMPARE(saved[0][0].toString().count(QLatin1Char('\n')), 2);
        panel.view()->setCurrentIndex(panel.view()->model()->index(1, 0));
        panel.view()->setFocus();
        QTest::keyClick(panel.view(), Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QApplication::clipboard()->text().trimmed().endsWith(QStringLiteral("two")));
        QVERIFY(!QApplication::clipboard()->text().contains(QStringLiteral("one")));
    }
};

QTEST_MAIN(TestJobs)
#include "tst_jobs.moc"
