#include "tests/widgets/synthetic_results.h"

#include "widgets/coefficients/coefficients_view.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/stale_mark.h"
#include "widgets/theme/theme.h"

#include <QtTest>
#include <QtWidgets>
#include <cmath>

using namespace fxs;
using namespace fxs::ui;

namespace {

/// test::coefficients with halves (± 5 %), errors, and values before filtering (0.1 more on the diagonal).
std::shared_ptr<const FilterResult> full() {
    auto result = std::const_pointer_cast<FilterResult>(test::coefficients());
    Coefficients& c = result->all;
    const std::size_t n = c.qCount();
    const auto scaled = [&](double factor, double diagonal) {
        auto out = c.bl.clone();
        for (std::size_t l = 0; l < out.extent(0); l += 2)
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < n; ++j)
                    out(l, i, j) = factor * c.bl(l, i, j) + (i == j ? diagonal : 0);
        return out;
    };
    c.blRaw = scaled(1, 0.1);
    c.error = Array<double, 2>({9, n});
    for (double& v : c.error.span())
        v = 0.02;
    for (int l = 0; l <= 8; ++l)
        c.condition.push_back(std::pow(10.0, l / 2.0));
    for (const double factor : {1.05, 0.95}) {
        Coefficients half;
        half.q = c.q;
        half.bl = scaled(factor, 0);
        half.blRaw = scaled(factor, 0.1);
        result->halves.push_back(std::move(half));
    }
    return result;
}

} // namespace

class TestCoefficientsView : public QObject {
    Q_OBJECT

    static void show(QWidget& view) {
        view.resize(1100, 700);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
    }
    static void save(QWidget& view, const char* name) {
        QTest::qWait(60);
        QVERIFY(view.grab().save(QStringLiteral("coefficients-%1.png").arg(QLatin1String(name))));
    }

private Q_SLOTS:
    void init() { QApplication::setPalette(lightPalette()); }

    void oddOrdersOnlyWhereTheyAreThere() {
        CoefficientsView view;
        view.setResult(full());
        view.setOrder(5);
        QVERIFY(view.order() == 4 || view.order() == 6);
        auto* spin = view.findChild<QSpinBox*>();
        spin->stepUp();
        QCOMPARE(view.order() % 2, 0);
        auto odd = std::const_pointer_cast<FilterResult>(full());
        odd->all.bl(3, 2, 2) = 1;
        view.setResult(odd);
        view.setOrder(3);
        QCOMPARE(view.order(), 3);
        QCOMPARE(view.orderMap()->picture()->at(2, 2), 1.0F);
    }

    void sourcesAndStages() {
        CoefficientsView view;
        view.setResult(full());
        view.setOrder(4);
        const auto at = [&] { return static_cast<double>(view.orderMap()->picture()->at(7, 7)); };
        QVERIFY(std::abs(at() - 0.1) < 1e-7); // 10^(-4/4)
        view.setStage(BlStage::before);
        QVERIFY(std::abs(at() - 0.2) < 1e-7);
        view.setStage(BlStage::removed);
        QVERIFY(std::abs(at() - 0.1) < 1e-7);
        view.setSource(BlSource::halfA);
        view.setStage(BlStage::filtered);
        QVERIFY(std::abs(at() - 0.105) < 1e-7);
        view.setSource(BlSource::halfDifference);
        QVERIFY(std::abs(at() - 0.01) < 1e-7);
        view.setResult(test::coefficients()); // without halves
        QVERIFY(!view.orderMap()->picture());
        QVERIFY(view.waterfallPlot()->curves().empty());
    }

    void clicksChooseShellsAndOrders() {
        CoefficientsView view;
        show(view);
        const auto result = full();
        view.setResult(result);
        QTest::qWait(80);
        HeatMap* map = view.orderMap();
        QWidget* plot = map->findChild<QWidget*>();
        QTest::mouseClick(plot, Qt::LeftButton, {},
                          plot->mapFrom(map, map->widgetPosition(result->all.q[9], result->all.q[2])));
        QCOMPARE(view.q1(), std::size_t(2));
        QCOMPARE(view.q2(), std::size_t(9));
        CurvePlot* quality = view.qualityPlot();
        plot = quality->findChild<QWidget*>();
        QTest::mouseClick(plot, Qt::LeftButton, {}, plot->mapFrom(quality, quality->widgetPosition(6.2, 0.05)));
        QCOMPARE(view.order(), 6);
        auto* slider = view.findChild<QSlider*>();
        slider->setFocus();
        QTest::keyClick(slider, Qt::Key_Right);
        QCOMPARE(view.order(), 8);
    }

    void waterfallThreeWays() {
        CoefficientsView view;
        show(view);
        view.setResult(full());
        view.setOrder(4);
        const auto& curves = view.waterfallPlot()->curves();
        QCOMPARE(curves.size(), std::size_t(5));
        QVERIFY(std::abs(curves[2].y[3] - 0.1) < 1e-12);
        QCOMPARE(curves[2].error[3], 0.02); // the chosen order's
        QVERIFY(curves[1].error.empty());
        save(view, "light");
        view.waterfallChoice()->setCurrentIndex(1); // offset: at the height of the order
        QVERIFY(std::abs(view.waterfallPlot()->curves()[2].y[3] - (4 + 0.9 * 2)) < 1e-9);
        save(view, "offset");
        view.waterfallChoice()->setCurrentIndex(2);
        QCOMPARE(view.waterfallMap()->picture()->rows, std::size_t(5));
        QVERIFY(std::abs(view.waterfallMap()->picture()->valueAt(0.025, 8) - 0.01F) < 1e-6F);
        QTest::qWait(60);
        HeatMap* map = view.waterfallMap();
        QWidget* plot = map->findChild<QWidget*>();
        QTest::mouseClick(plot, Qt::LeftButton, {}, plot->mapFrom(map, map->widgetPosition(0.035, 2)));
        QCOMPARE(view.order(), 2);
        QCOMPARE(view.q1(), std::size_t(3));
    }

    void eigenvaluesAndQuality() {
        CoefficientsView view;
        view.setResult(full());
        view.eigenvalueChoice()->setCurrentIndex(1);
        const auto& all = view.eigenvaluePlot()->curves();
        QCOMPARE(all.size(), std::size_t(3));       // kept, left out, noise level
        QCOMPARE(all[0].x.size(), std::size_t(10)); // two of each of five orders
        QCOMPARE(all[2].y[0], 0.03);
        view.qualityChoice()->setCurrentIndex(1);
        QCOMPARE(view.qualityPlot()->curves()[0].y[2], 100.0); // l = 4
        view.qualityChoice()->setCurrentIndex(2);
        QCOMPARE(view.qualityPlot()->curves()[0].y[1], 2.0);
        QCOMPARE(view.qualityPlot()->curves()[1].y[1], 5.0); // 2 l + 1
    }

    void theStateComesBack() {
        CoefficientsView view;
        view.setResult(full());
        view.setOrder(6);
        view.setCursor(1, 10);
        view.setStage(BlStage::before);
        view.waterfallChoice()->setCurrentIndex(2);
        const QByteArray state = view.saveViewState();
        CoefficientsView other;
        other.restoreViewState(state);
        other.setResult(full());
        QCOMPARE(other.order(), 6);
        QCOMPARE(other.q1(), std::size_t(1));
        QCOMPARE(other.q2(), std::size_t(10));
        QCOMPARE(other.choice().stage, BlStage::before);
        QCOMPARE(other.waterfallChoice()->currentIndex(), 2);
        other.restoreViewState(QByteArray("rubbish"));
        QCOMPARE(other.order(), 6);
    }

    void staleAndEmpty() {
        CoefficientsView view;
        show(view);
        view.setResult(nullptr);
        view.setCursor(100, 100);
        view.setOrder(50);
        QVERIFY(!view.orderMap()->picture());
        view.setResult(full());
        QCOMPARE(view.order(), 8);
        view.setStale(QStringLiteral("settings have changed"));
        QVERIFY(view.findChild<StaleMark*>()->isVisible());
        QVERIFY(view.orderMap()->picture());
    }

    void aResultIsShownAtOnce() {
        QApplication::setPalette(darkPalette());
        CoefficientsView view;
        show(view);
        view.setResult(full());
        save(view, "dark");
        // As large as they come: 100 shells, orders to 60.
        auto large = std::make_shared<FilterResult>();
        Coefficients& c = large->all;
        for (int i = 0; i < 100; ++i)
            c.q.push_back(0.001 * (i + 0.5));
        c.maxOrder = 60;
        c.i00.assign(100, 1.0);
        c.bl = Array<double, 3>({61, 100, 100});
        for (std::size_t l = 0; l <= 60; l += 2)
            for (double& v : c.bl[l].span())
                v = 1.0 / (1.0 + static_cast<double>(l));
        view.setResult(large);
        QElapsedTimer clock;
        clock.start();
        view.setResult(large);
        const qint64 milliseconds = clock.elapsed();
        qInfo("a result of 31 orders on 100 shells: %lld ms", milliseconds);
    }
};

QTEST_MAIN(TestCoefficientsView)
#include "tst_coefficients_view.moc"
