#include "tests/widgets/synthetic_results.h"

#include "widgets/background/background.h"
#include "widgets/coefficients/coefficients_view.h"
#include "widgets/convergence/convergence_view.h"
#include "widgets/correlation/correlation_view.h"
#include "widgets/frames/frame_pictures.h"
#include "widgets/frames/frame_view.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"
#include "widgets/theme/theme.h"

#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <cmath>

using namespace fxs;
using namespace fxs::ui;

/// Each view by itself: what it shows of known results, and that cursors and sliders do what they say.
class TestViews : public QObject {
    Q_OBJECT

    InlineBackground m_inline;

    static void save(QWidget& view, const char* name) {
        QVERIFY(view.grab().save(QStringLiteral("view-%1.png").arg(QLatin1String(name))));
    }

private Q_SLOTS:
    void initTestCase() { QApplication::setPalette(lightPalette()); }

    void framesAreShownAsRingsAndAsAPattern() {
        FrameView view(m_inline);
        view.resize(1000, 600);
        const auto run = test::polarRun();
        view.setRun(run);
        view.setFrame(test::frame(run, 0));
        const PicturePtr rings = view.rightMap()->picture();
        QVERIFY(rings);
        QCOMPARE(rings->at(7, 4), 407.0F);
        QVERIFY(std::isnan(rings->at(7, 5))); // masked
        const PicturePtr disk = view.leftMap()->picture();
        QVERIFY(disk);
        const double q = run->polarGrid->q[10];
        QCOMPARE(disk->valueAt(q, 0), 1000.0F);  // φ = 0
        QCOMPARE(disk->valueAt(0, q), 1016.0F);  // φ = 90°: azimuth 16 of 64
        QCOMPARE(disk->valueAt(-q, 0), 1032.0F); // φ = 180°
        QVERIFY(std::isnan(disk->valueAt(0, 0)));
        save(view, "frames");
    }

    void framesAreAskedForByTheSlider() {
        FrameView view(m_inline);
        view.setRun(test::polarRun(100));
        const QSignalSpy asked(&view, &FrameView::frameRequested);
        view.setFrameIndex(42);
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked[0][0].value<std::uint64_t>(), std::uint64_t(42));
        view.setFrameIndex(1000); // beyond the run: its last frame
        QCOMPARE(view.frameIndex(), std::uint64_t(99));
        view.setRun(test::polarRun(10));
        QCOMPARE(view.frameIndex(), std::uint64_t(0));
        view.setRun(nullptr);
        QVERIFY(!view.rightMap()->picture());
    }

    void correlationIsRight() {
        CorrelationView view(m_inline);
        view.resize(1000, 640);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.setCorrelation(test::correlation());
        // C_m(q,q)/<I>² = 1/(1 + m)²: without m = 0, at Δφ = 0, it is 2 Σ_{m=1}^{31} 1/(1+m)² + 1/33² on every ring.
        double expected = 1.0 / (33.0 * 33.0);
        for (int m = 1; m < 32; ++m)
            expected += 2.0 / ((1.0 + m) * (1.0 + m));
        const PicturePtr map = view.diagonalMap()->picture();
        QVERIFY(map);
        for (const std::size_t ring : {std::size_t(0), std::size_t(7), std::size_t(19)})
            QVERIFY(std::abs(map->at(0, ring) - expected) < 1e-5); // float
        view.setCursor(3, 11, 0);
        const PicturePtr pairs = view.pairMap()->picture();
        QVERIFY(std::abs(pairs->at(11, 3) - expected) < 1e-5);
        const auto& curves = view.linePlot()->curves();
        QCOMPARE(curves.size(), std::size_t(1));
        QVERIFY(std::abs(curves[0].y[0] - expected) < 1e-9);
        QVERIFY(curves[0].error[0] > 0); // the halves differ by 2 %
        QCOMPARE(view.saxsPlot()->curves()[0].y[4], 5.0);
        save(view, "correlation");
    }

    void theFilteredLineIsDrawnBesideTheRaw() {
        CorrelationView view(m_inline);
        view.setCorrelation(test::correlation());
        QCOMPARE(view.linePlot()->curves().size(), std::size_t(1));
        auto filtered = std::make_shared<FilterResult>();
        filtered->filteredC = Array<double, 3>({33, 20, 20});
        filtered->filteredC(2, view.q1(), view.q2()) = 5; // 2 · 5 cos 2Δφ
        view.setFiltered(filtered);
        QCOMPARE(view.linePlot()->curves().size(), std::size_t(2));
        const auto& y = view.linePlot()->curves()[1].y;
        QVERIFY(y[0] > 0);
        QVERIFY(std::abs(y[16] + y[0]) < 1e-9); // 90°: the other sign
    }

    void cursorsAreLinked() {
        CorrelationView view(m_inline);
        view.resize(1000, 640);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.setCorrelation(test::correlation());
        QTest::qWait(50); // queued layout of the plots
        const auto snapshot = test::correlation();
        const double q = snapshot->sums->grid.q[12];
        QWidget* plot = view.diagonalMap()->findChild<QWidget*>();
        QTest::mouseClick(plot, Qt::LeftButton, {}, view.diagonalMap()->widgetPosition(90, q));
        QCOMPARE(view.q1(), std::size_t(12));
        QCOMPARE(view.q2(), std::size_t(12));
        QCOMPARE(view.deltaIndex(), std::size_t(16)); // 90° of 64
        plot = view.pairMap()->findChild<QWidget*>();
        QTest::mouseClick(plot, Qt::LeftButton, {},
                          view.pairMap()->widgetPosition(snapshot->sums->grid.q[15], snapshot->sums->grid.q[2]));
        QCOMPARE(view.q1(), std::size_t(2));
        QCOMPARE(view.q2(), std::size_t(15));
        QCOMPARE(view.deltaIndex(), std::size_t(16)); // kept
    }

    void nothingToShowIsNoCrash() {
        CorrelationView view(m_inline);
        view.setCorrelation(nullptr);
        view.setCursor(3, 4, 5);
        auto empty = std::make_shared<CorrelationSnapshot>();
        empty->sums = std::make_shared<CorrelationSums>();
        view.setCorrelation(empty);
        view.clear();
        CoefficientsView coefficients;
        coefficients.setResult(std::make_shared<FilterResult>());
        coefficients.setResult(nullptr);
        ConvergenceView convergence;
        convergence.setReconstruction(std::make_shared<Reconstruction>());
        convergence.setPhasing(nullptr);
    }

    void coefficientsOfAnOrder() {
        CoefficientsView view;
        view.resize(1000, 640);
        view.setResult(test::coefficients());
        view.setOrder(6);
        QVERIFY(std::abs(view.orderMap()->picture()->at(3, 3) - std::pow(10.0, -1.5)) < 1e-6);
        QVERIFY(std::abs(view.orderMap()->picture()->at(0, 11) - std::pow(10.0, -1.5) * std::cos(3 * 11.0 / 11.5)) <
                1e-6);
        const auto& eigenvalues = view.eigenvaluePlot()->curves();
        QCOMPARE(eigenvalues.size(), std::size_t(3)); // kept, left out, negative
        QCOMPARE(eigenvalues[0].x.size(), std::size_t(2));
        QCOMPARE(view.waterfallPlot()->curves().size(), std::size_t(5)); // l = 0 2 4 6 8
        view.setResult(test::coefficients());                            // the next snapshot keeps the order
        QCOMPARE(view.order(), 6);
        save(view, "coefficients");
    }

    void fscAndRestarts() {
        ConvergenceView view;
        view.resize(500, 700);
        view.setReconstruction(test::reconstruction());
        QCOMPARE(view.residualPlot()->curves().size(), std::size_t(3));
        QCOMPARE(view.fscPlot()->curves().size(), std::size_t(1));
        QCOMPARE(view.prtfPlot()->curves().size(), std::size_t(1));
        save(view, "convergence");
        view.setReconstruction(nullptr);
        QVERIFY(view.fscPlot()->curves().empty());
    }
};

QTEST_MAIN(TestViews)
#include "tst_views.moc"
