#include "tests/widgets/synthetic_results.h"

#include "widgets/background/background.h"
#include "widgets/jobs/jobs_model.h"
#include "widgets/jobs/log_model.h"
#include "widgets/runs/run_tree.h"
#include "widgets/settings/settings_form.h"
#include "widgets/stages/stage_bar.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <deque>

using namespace fxs;
using namespace fxs::ui;

namespace {

/// Keeps work until the test lets it run.
class HeldBackground : public Background {
public:
    std::deque<Work> held;
    void run(Work work) override { held.push_back(std::move(work)); }
    void runOne() {
        const Work work = std::move(held.front());
        held.pop_front();
        if (const auto show = work())
            show();
    }
};

} // namespace

/// Jobs, log, settings form, stage bar, run tree, and the queue of background work.
class TestModels : public QObject {
    Q_OBJECT

    static std::vector<SettingInfo> infos() {
        return {{.key = "diameter",
                 .label = "Diameter",
                 .unit = "Å",
                 .group = "Particle",
                 .type = SettingType::real,
                 .minimum = 0,
                 .minimumExclusive = true,
                 .optional = true},
                {.key = "restarts",
                 .label = "Restarts",
                 .group = "Phasing",
                 .type = SettingType::integer,
                 .defaultValue = std::int64_t(4),
                 .minimum = 1,
                 .maximum = 99},
                {.key = "recipe",
                 .label = "Recipe",
                 .group = "Phasing",
                 .type = SettingType::choice,
                 .defaultValue = std::string("polished"),
                 .choices = {"polished", "basic"}},
                {.key = "double",
                 .label = "Double precision",
                 .group = "Phasing",
                 .type = SettingType::boolean,
                 .defaultValue = false,
                 .advanced = true}};
    }

private Q_SLOTS:
    void jobsModelKeepsTheRules() {
        JobsModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.addJob(QStringLiteral("1"), QStringLiteral("run12"), QStringLiteral("This computer"));
        model.setState(QStringLiteral("1"), JobState::running);
        model.setProgress(QStringLiteral("1"),
                          {.stage = "Correlation", .fraction = 0.25, .done = 10, .total = 40, .ratePerSecond = 1234});
        QCOMPARE(model.index(0, JobsModel::kState).data().toString(), QStringLiteral("Correlation"));
        QCOMPARE(model.index(0, JobsModel::kProgress).data().toString(), QStringLiteral("25 %"));
        QCOMPARE(model.index(0, JobsModel::kProgress).data(JobsModel::kFractionRole).toDouble(), 0.25);
        QVERIFY(model.index(0, JobsModel::kRate).data().toString().endsWith(QStringLiteral("frames/s")));
        model.setState(QStringLiteral("1"), JobState::done);
        QCOMPARE(model.index(0, JobsModel::kProgress).data().toString(), QStringLiteral("100 %"));
        model.setState(QStringLiteral("unknown"), JobState::done); // of a job of another day: no row, no crash
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(durationText(125), QStringLiteral("2 min 5 s"));
        QCOMPARE(durationText(-1), QString());
    }

    void logIsBounded() {
        LogModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (std::size_t i = 0; i < LogModel::kLimit + 10; ++i)
            model.append({LogLevel::info, std::to_string(i)});
        QCOMPARE(model.rowCount(), static_cast<int>(LogModel::kLimit));
        QVERIFY(model.index(0, 0).data().toString().endsWith(QStringLiteral(" 10")));
    }

    void formGivesWhatDiffersFromDefaults() {
        SettingsForm form(infos());
        QVERIFY(form.values().empty());
        const QSignalSpy changed(&form, &SettingsForm::changed);
        auto* diameter = qobject_cast<QLineEdit*>(form.editor("diameter"));
        QTest::keyClicks(diameter, QStringLiteral("190.5"));
        QVERIFY(changed.count() > 0);
        QCOMPARE(std::get<double>(form.values().at("diameter")), 190.5);
        qobject_cast<QLineEdit*>(form.editor("restarts"))->setText(QStringLiteral("4"));
        QVERIFY(!form.values().contains("restarts")); // its default
        qobject_cast<QComboBox*>(form.editor("recipe"))->setCurrentText(QStringLiteral("basic"));
        qobject_cast<QCheckBox*>(form.editor("double"))->setChecked(true);
        QCOMPARE(std::get<std::string>(form.values().at("recipe")), std::string("basic"));
        QCOMPARE(std::get<bool>(form.values().at("double")), true);
        form.setValues({});
        QVERIFY(form.values().empty());
    }

    void problemsAreAtTheField() {
        SettingsForm form(infos());
        form.show();
        auto* restarts = qobject_cast<QLineEdit*>(form.editor("restarts"));
        restarts->setText(QStringLiteral("1000"));
        QCOMPARE(form.problems().size(), std::size_t(1));
        QCOMPARE(form.problems()[0].key, std::string("restarts"));
        QVERIFY(!form.values().contains("restarts")); // what is wrong is not handed on
        const auto shown = [&] {
            int count = 0;
            for (const QLabel* label : restarts->parentWidget()->findChildren<QLabel*>())
                count += label->isVisible() && !label->text().isEmpty() ? 1 : 0;
            return count;
        };
        QCOMPARE(shown(), 1);
        restarts->setText(QStringLiteral("many"));
        QCOMPARE(form.problems().size(), std::size_t(1));
        restarts->setText(QStringLiteral("8"));
        QVERIFY(form.problems().empty());
        QCOMPARE(shown(), 0);
        form.setProblems({{"restarts", "too many for this computer", false}}); // found by a backend
        QCOMPARE(shown(), 1);
    }

    void stageBarIsClicked() {
        StageBar bar;
        bar.resize(900, bar.sizeHint().height());
        bar.show();
        bar.setStatus(StageBar::correlation, {StageState::running, 0.4, QStringLiteral("1,200 frames/s")});
        const QSignalSpy clicked(&bar, &StageBar::fieldClicked);
        QTest::mouseClick(&bar, Qt::LeftButton, {}, bar.fieldRect(StageBar::coefficients).center());
        QCOMPARE(clicked.count(), 1);
        QCOMPARE(clicked[0][0].value<StageBar::Field>(), StageBar::coefficients);
    }

    void runTreeTellsWhatIsOpen() {
        RunTree tree;
        tree.setRun(test::polarRun(1234));
        QCOMPARE(tree.topLevelItem(0)->text(0), QStringLiteral("run12.h5"));
        tree.setRunError(QStringLiteral("bad.h5"), QStringLiteral("bad.h5: not HDF5"));
        QCOMPARE(tree.topLevelItem(0)->child(0)->text(0), QStringLiteral("bad.h5: not HDF5"));
    }

    void theNewestRequestWins() {
        HeldBackground background;
        QList<int> shown;
        {
            LatestWork latest(background);
            for (int i = 0; i < 5; ++i)
                latest.submit([&shown, i]() -> std::function<void()> { return [&shown, i] { shown << i; }; });
            QCOMPARE(background.held.size(), std::size_t(1)); // the others were overtaken
            background.runOne();
            background.runOne();
            QCOMPARE(shown, (QList<int>{0, 4}));
            QVERIFY(!latest.isBusy());
            latest.submit([&shown]() -> std::function<void()> { return [&shown] { shown << 99; }; });
        }
        background.runOne(); // its owner is gone: nothing is shown
        QCOMPARE(shown.size(), 2);
    }
};

QTEST_MAIN(TestModels)
#include "tst_models.moc"
