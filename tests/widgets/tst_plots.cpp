#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"
#include "widgets/theme/theme.h"

#include "widgets/plot/plot_library.h"

#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <memory>

using namespace fxs::ui;

/// The two plot widgets: colours at known places, cursors by real clicks, axes that follow the data.
class TestPlots : public QObject {
    Q_OBJECT

private:
    static PicturePtr steps() {
        auto p = std::make_shared<Picture>(4, 2);
        p->xFirst = 0;
        p->xLast = 3;
        p->yFirst = 0;
        p->yLast = 1;
        p->values = {0, 1, 2, 3, 4, 5, 6, std::nanf("")};
        return p;
    }
    static QColor colourAt(HeatMap& map, double x, double y) {
        return map.grab().toImage().pixelColor(map.widgetPosition(x, y));
    }

private Q_SLOTS:
    void coloursAreWhereValuesAre() {
        QApplication::setPalette(lightPalette());
        HeatMap map;
        map.resize(500, 300);
        map.setColourMap(ColourMap::grey);
        map.show();
        QVERIFY(QTest::qWaitForWindowExposed(&map));
        map.setPicture(steps());
        map.setLevels({0, 6});
        map.plot()->replot();
        const auto grey = [&](double x, double y) { return colourAt(map, x, y).lightness(); };
        QVERIFY(grey(0.2, 0.2) < 6);
        QVERIFY(grey(1.9, 0.8) > 249);
        // 350 steps of the colour map, so 3 of 6 is within one of 127.5 of 255.
        QVERIFY(std::abs(grey(2.8, 0.2) - 127) <= 2);
        QCOMPARE(colourAt(map, 2.8, 0.8), QColor(0xd9, 0xdc, 0xe1)); // NaN: the masked colour
    }

    void logarithmAndRoot() {
        HeatMap map;
        map.resize(500, 300);
        map.setColourMap(ColourMap::grey);
        auto p = std::make_shared<Picture>(3, 1);
        p->xLast = 2;
        p->yFirst = 0;
        p->yLast = 1;
        p->values = {1, 10, 100};
        map.show();
        QVERIFY(QTest::qWaitForWindowExposed(&map));
        map.setPicture(p);
        map.setColourScale(ColourScale::logarithmic);
        map.setLevels({1, 100});
        map.plot()->replot();
        QVERIFY(std::abs(colourAt(map, 1, 0.5).lightness() - 127) <= 2); // 10 is half way on a logarithm
        map.setColourScale(ColourScale::squareRoot);
        map.setLevels({0, 100});
        map.plot()->replot();
        QVERIFY(std::abs(colourAt(map, 1, 0.5).lightness() - 81) <= 3); // sqrt(10)/10 of 255
    }

    void aClickMovesTheCursor() {
        HeatMap map;
        map.resize(500, 300);
        map.show();
        QVERIFY(QTest::qWaitForWindowExposed(&map));
        map.setPicture(steps());
        map.plot()->replot();
        const QSignalSpy moved(&map, &HeatMap::cursorMoved);
        QTest::mouseClick(map.plot(), Qt::LeftButton, {}, map.plot()->mapFrom(&map, map.widgetPosition(2, 0.8)));
        QCOMPARE(moved.count(), 1);
        QVERIFY(std::abs(moved[0][0].toDouble() - 2) < 0.05);
        QVERIFY(std::abs(moved[0][1].toDouble() - 0.8) < 0.05);
    }

    void zoomIsKeptForTheSameExtent() {
        HeatMap map;
        map.resize(500, 300);
        map.setPicture(steps());
        map.plot()->xAxis->setRange(1, 2);
        map.setPicture(steps()); // the next snapshot
        QCOMPARE(map.plot()->xAxis->range().lower, 1.0);
        map.setPicture(nullptr);
        map.setPicture(steps());
        QVERIFY(map.plot()->xAxis->range().lower < 0.5);
    }

    void curvesFollowTheData() {
        CurvePlot plot;
        plot.resize(500, 300);
        plot.setLogarithmic(false, true);
        plot.setCurves({{.name = QStringLiteral("a"), .x = {1, 2, 3}, .y = {0.1, -5, 1000}, .error = {0.01, 1, 10}}});
        const QCPRange y = plot.plot()->yAxis->range();
        QVERIFY(y.lower > 0 && y.lower < 0.1); // what a logarithm cannot show does not set the range
        QVERIFY(y.upper > 1000);
        QCOMPARE(plot.plot()->xAxis->range().lower, 1.0);
        plot.setRangeX(Levels{0, 10});
        QCOMPARE(plot.plot()->xAxis->range().upper, 10.0);
    }

    void darkAndLight() {
        CurvePlot plot;
        plot.resize(300, 200);
        plot.setPalette(darkPalette());
        plot.setCurves({{.x = {0, 1}, .y = {0, 1}}});
        QVERIFY(plot.grab().toImage().pixelColor(150, 60).lightness() < 60);
        plot.setPalette(lightPalette());
        QCoreApplication::processEvents(); // plots draw anew when the events at hand are done
        QVERIFY(plot.grab().toImage().pixelColor(150, 60).lightness() > 200);
    }
};

QTEST_MAIN(TestPlots)
#include "tst_plots.moc"
