#include "tests/widgets/synthetic_results.h"

#include "widgets/convergence/convergence_view.h"
#include "widgets/convergence/restart_table.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/panel.h"
#include "widgets/theme/theme.h"

#include <QApplication>
#include <QHeaderView>
#include <QSignalSpy>
#include <QTest>

using namespace fxs;
using namespace fxs::ui;

/// Curves, table and crossings of a phasing with three restarts, the second the best and the third left out.
class TestConvergence : public QObject {
    Q_OBJECT

    static std::shared_ptr<Reconstruction> result() {
        auto r = std::make_shared<Reconstruction>(Reconstruction{});
        r->restarts = test::restarts();
        for (std::size_t i = 0; i < 3; ++i) {
            r->restarts[i].seed = 100 - i;
            r->restarts[i].residual = i == 1 ? 1e-6 : 2e-6 * static_cast<double>(i + 1);
        }
        const auto other = test::reconstruction();
        r->halfSetFsc = other->halfSetFsc;
        r->prtfQ = other->prtfQ;
        r->prtf = other->prtf;
        return r;
    }

    static Panel* panelOf(CurvePlot* plot) {
        for (QWidget* w = plot->parentWidget(); w; w = w->parentWidget())
            if (auto* panel = qobject_cast<Panel*>(w))
                return panel;
        return nullptr;
    }

private Q_SLOTS:
    void initTestCase() { QApplication::setPalette(lightPalette()); }

    void theBestIsMarkedAndTheRestIsNamed() {
        ConvergenceView view;
        view.setReconstruction(result());
        const auto& curves = view.residualPlot()->curves();
        QCOMPARE(curves.size(), std::size_t(4));
        QVERIFY(curves[0].faint); // what was left out lies behind
        QCOMPARE(curves[0].name, QStringLiteral("left out"));
        QCOMPARE(curves[1].name, QStringLiteral("averaged (2)"));
        QVERIFY(curves[3].points);
        QCOMPARE(curves[3].name, QStringLiteral("best: no. 2"));
        QCOMPARE(curves[3].x.front(), 100.0);
    }

    void theTableSortsByNumberNotByText() {
        ConvergenceView view;
        view.setReconstruction(result());
        RestartTable* table = view.restartTable();
        QCOMPARE(table->rowCount(), 3);
        table->sortByColumn(RestartTable::residual, Qt::AscendingOrder);
        QCOMPARE(table->restartInRow(0), std::size_t(1)); // 1e-6, then 2e-6, 6e-6
        QCOMPARE(table->restartInRow(1), std::size_t(0));
        table->sortByColumn(RestartTable::seed, Qt::AscendingOrder); // as text, 100 would come before 98
        QCOMPARE(table->restartInRow(0), std::size_t(2));
        QCOMPARE(table->restartInRow(2), std::size_t(0));
        QVERIFY(table->item(1, RestartTable::number)->font().bold());
    }

    void aClickBringsACurveOut() {
        ConvergenceView view;
        view.resize(420, 800);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.setReconstruction(result());
        RestartTable* table = view.restartTable();
        const QPoint third = table->visualItemRect(table->item(2, 1)).center();
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, third);
        QCOMPARE(view.chosenRestart(), std::optional<std::size_t>(2));
        const auto& curves = view.residualPlot()->curves();
        QCOMPARE(curves[2].name, QStringLiteral("no. 3, seed 98"));
        QVERIFY(curves[2].width > curves[1].width && curves[1].faint);
        QVERIFY(view.grab().save(QStringLiteral("view-convergence.png")));
        // What runs on keeps the choice; a second click lets it go.
        view.setReconstruction(result());
        QCOMPARE(view.chosenRestart(), std::optional<std::size_t>(2));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, third);
        QVERIFY(!view.chosenRestart());
        QVERIFY(!view.residualPlot()->curves()[1].faint);
        // And by the keyboard.
        table->setFocus();
        table->setCurrentCell(0, 0);
        QTest::keyClick(table, Qt::Key_Down);
        QCOMPARE(view.chosenRestart(), std::optional<std::size_t>(1));
    }

    void theMouseNamesTheRestart() {
        ConvergenceView view;
        view.resize(420, 800);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.setReconstruction(result());
        QTest::qWait(50);
        const double y = static_cast<double>(test::restarts()[2].convergence[89]);
        Q_EMIT view.residualPlot()->hovered(90, y);
        QVERIFY2(panelOf(view.residualPlot())->note().startsWith(QStringLiteral("no. 3 · seed 98")),
                 qPrintable(panelOf(view.residualPlot())->note()));
        Q_EMIT view.residualPlot()->hovered(90, 1.5);
        QCOMPARE(panelOf(view.residualPlot())->note(), QStringLiteral("restarts: 3"));
    }

    void crossingsAreLabelledInBothUnits() {
        ConvergenceView view;
        view.setReconstruction(result());
        QCOMPARE(panelOf(view.fscPlot())->note(),
                 QStringLiteral("0.5 at 100.5 Å (10.05 nm), 0.143 at 58.7 Å (5.87 nm)"));
        QCOMPARE(view.fscPlot()->curves().size(), std::size_t(1));
        ShellCorrelation reference;
        reference.q = {0.01, 0.02};
        reference.fsc = {1, 0.9};
        reference.resolutionHalf = reference.resolution0143 = 42;
        reference.reachesBandLimitHalf = reference.reachesBandLimit0143 = true;
        view.setReferenceFsc(reference, QStringLiteral("1OEL"));
        QCOMPARE(view.fscPlot()->curves().size(), std::size_t(2));
        QCOMPARE(view.fscPlot()->curves()[1].name, QStringLiteral("against 1OEL"));
        QVERIFY(panelOf(view.fscPlot())->toolTip().contains(QStringLiteral("≤ 42.0 Å (4.20 nm)")));
        view.setReferenceFsc({}, {});
        QCOMPARE(view.fscPlot()->curves().size(), std::size_t(1));
        view.setReconstruction(nullptr);
        QVERIFY(view.fscPlot()->curves().empty());
        QVERIFY(view.prtfPlot()->curves().empty());
    }

    void theStateComesBack() {
        ConvergenceView first, second;
        first.setReconstruction(result());
        first.restartTable()->sortByColumn(RestartTable::residual, Qt::DescendingOrder);
        first.restartTable()->choose(1);
        second.restoreViewState(first.saveViewState());
        second.setReconstruction(result());
        QCOMPARE(second.chosenRestart(), std::optional<std::size_t>(1));
        QCOMPARE(second.restartTable()->restartInRow(0), std::size_t(2));
        second.restoreViewState("no state");
        QCOMPARE(second.chosenRestart(), std::optional<std::size_t>(1));
    }

    void aRunningPhasingIsShown() {
        ConvergenceView view;
        auto running = std::make_shared<PhasingSnapshot>();
        running->restarts = test::restarts();
        for (Restart& restart : running->restarts)
            restart.selected = false;
        running->bestRestart = 7; // more than there are: nothing is marked
        running->iteration = 5;
        running->iterationCount = 10;
        view.setPhasing(running);
        QCOMPARE(view.residualPlot()->curves().size(), std::size_t(3));
        QCOMPARE(panelOf(view.residualPlot())->note(), QStringLiteral("iteration 5 of 10"));
        view.setPhasing(nullptr);
        QCOMPARE(view.restartTable()->rowCount(), 3);
    }
};

QTEST_MAIN(TestConvergence)
#include "tst_convergence.moc"
