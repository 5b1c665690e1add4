#include "tests/widgets/synthetic_results.h"

#include "engine/correlate/c2.h"
#include "engine/correlate/correlator.h"
#include "widgets/correlation/correlation_view.h"
#include "widgets/correlation/label_choice.h"
#include "widgets/correlation/quality_plot.h"
#include "widgets/correlation/saxs_plot.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/four_panels.h"
#include "widgets/plot/grid_spin.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/stale_mark.h"
#include "widgets/theme/theme.h"

#include "widgets/plot/plot_library.h"

#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <numbers>
#include <random>

using namespace fxs;
using namespace fxs::ui;

namespace {

/// Sums with noise of their own in each half; signal C_m(q,q') = f f' / (1 + m)² in even m, mean image f = 5 e^(-q² R²/3), R = 60 Å.
CorrelationSums noisySums(std::size_t rings, std::size_t phiCount, std::uint64_t images, Parity parity, unsigned seed,
                          double signal = 1) {
    CorrelationSums sums;
    sums.grid = PolarGrid::uniform(0.002, 0.062, rings, phiCount);
    sums.parity = parity;
    sums.harmonics = phiCount / 2 + 1;
    sums.frames = {images / 2, images - images / 2};
    const std::size_t parts = parity == Parity::full ? 2 : 1, pairs = pairCount(rings);
    sums.sumC = Array<double, 4>({2, sums.harmonics, pairs, parts});
    sums.sumIntensity = Array<double, 2>({2, rings});
    sums.sumIntensitySquared = Array<double, 2>({2, rings});
    const auto f = [&](std::size_t i) {
        const double q = sums.grid.q[i];
        return 5 * std::exp(-q * q * 3600 / 3);
    };
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    for (std::size_t half = 0; half < 2; ++half) {
        const auto frames = static_cast<double>(sums.frames[half]);
        for (std::size_t i = 0; i < rings; ++i) {
            sums.sumIntensity(half, i) = frames * f(i);
            sums.sumIntensitySquared(half, i) = frames * f(i) * f(i) * 1.01;
        }
        for (std::size_t m = 0; m < sums.harmonics; ++m) {
            const double each = (m % 2 == 0 ? signal : 0.0) / ((1.0 + m) * (1.0 + m));
            for (std::size_t i = 0; i < rings; ++i)
                for (std::size_t j = i; j < rings; ++j)
                    for (std::size_t c = 0; c < parts; ++c)
                        sums.sumC(half, m, pairIndex(i, j, rings), c) =
                            (c == 0 ? frames * each * f(i) * f(j) : 0) + std::sqrt(frames) * 0.3 * normal(random);
        }
    }
    return sums;
}

std::shared_ptr<const CorrelationSnapshot> noisy(std::uint64_t images = 4000, unsigned seed = 1, double signal = 1) {
    return makeSnapshot(noisySums(24, 64, images, Parity::even, seed, signal));
}

/// Filtered harmonics that are the noise-free ones.
std::shared_ptr<const FilterResult> filteredOf(const CorrelationSums& sums) {
    auto result = std::make_shared<FilterResult>();
    const Array<double, 3> c = meanHarmonics(sums);
    result->filteredC = Array<double, 3>({c.extent(0), c.extent(1), c.extent(2)});
    for (std::size_t m = 0; m < c.extent(0); m += 2)
        for (std::size_t i = 0; i < c.extent(1); ++i)
            for (std::size_t j = 0; j < c.extent(2); ++j)
                result->filteredC(m, i, j) = 0.9 * c(m, i, j);
    return result;
}

/// C2 at one place from c2.h, without its mean, normalised.
double expected(const CorrelationSums& sums, std::size_t q1, std::size_t q2, std::size_t k) {
    const C2Line line = c2Line(sums, q1, q2);
    double mean = 0;
    for (const double v : line.value)
        mean += v / static_cast<double>(line.value.size());
    const SaxsMean saxs = saxsMean(sums);
    return (line.value[k] - mean) / (saxs.intensity[q1] * saxs.intensity[q2]);
}

template <class W>
W* findByName(QWidget& view, const char* name) {
    for (W* widget : view.findChildren<W*>())
        if (widget->accessibleName() == QLatin1String(name))
            return widget;
    return nullptr;
}

void click(HeatMap* map, double x, double y) {
    QTest::mouseClick(map->plot(), Qt::LeftButton, {}, map->plot()->mapFrom(map, map->widgetPosition(x, y)));
}

} // namespace

/// The correlation view by itself: numbers at known places, real clicks, live snapshots, labels, fits.
class TestCorrelationView : public QObject {
    Q_OBJECT

    InlineBackground m_inline;

    static void show(QWidget& view) {
        view.resize(1100, 700);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
    }
    static void save(QWidget& view, const char* name) {
        QTest::qWait(80); // queued replots
        QVERIFY(view.grab().save(QStringLiteral("correlation-%1.png").arg(QLatin1String(name))));
    }

private Q_SLOTS:
    void init() { QApplication::setPalette(lightPalette()); }

    void numbersAreThoseOfTheEngine() {
        CorrelationView view(m_inline);
        const auto snapshot = noisy();
        view.setCorrelation(snapshot);
        view.setCursor(5, 17, 13);
        const CorrelationSums& sums = *snapshot->sums;
        const auto near = [](float shown, double exact) {
            return std::abs(static_cast<double>(shown) - exact) < 1e-5 * (1 + std::abs(exact)); // float
        };
        for (const std::size_t k : {std::size_t(0), std::size_t(7), std::size_t(40)})
            QVERIFY(near(view.diagonalMap()->picture()->at(k, 9), expected(sums, 9, 9, k)));
        QVERIFY(near(view.pairMap()->picture()->at(17, 5), expected(sums, 5, 17, 13)));
        QVERIFY(near(view.pairMap()->picture()->at(5, 17), expected(sums, 17, 5, 13)));
        const Curve& line = view.linePlot()->curves()[0];
        QVERIFY(std::abs(line.y[13] - expected(sums, 5, 17, 13)) < 1e-12);
        const SaxsMean saxs = saxsMean(sums);
        const C2Line exact = c2Line(sums, 5, 17, false);
        QCOMPARE(line.error[13], exact.error[13] / (saxs.intensity[5] * saxs.intensity[17]));
    }

    void clicksAnywhereMoveEveryCursor() {
        CorrelationView view(m_inline);
        show(view);
        const auto snapshot = noisy();
        view.setCorrelation(snapshot);
        QTest::qWait(80); // queued layout of the plots
        const std::vector<double>& q = snapshot->sums->grid.q;
        click(view.diagonalMap(), 90, q[15]);
        QCOMPARE(view.q1(), std::size_t(15));
        QCOMPARE(view.q2(), std::size_t(15));
        QCOMPARE(view.deltaIndex(), std::size_t(16));
        auto* q1 = findByName<GridSpin>(view, "Cursor q");
        auto* delta = findByName<GridSpin>(view, "Cursor azimuth difference");
        QVERIFY(q1 && delta);
        QCOMPARE(q1->value(), 15);
        QVERIFY(delta->text().startsWith(QStringLiteral("90.0")));
        click(view.pairMap(), q[20], q[3]);
        QCOMPARE(view.q1(), std::size_t(3));
        QCOMPARE(view.q2(), std::size_t(20));
        QCOMPARE(view.deltaIndex(), std::size_t(16)); // kept
        QVERIFY(std::abs(view.linePlot()->curves()[0].y[4] - expected(*snapshot->sums, 3, 20, 4)) < 1e-12);
        CurvePlot* line = view.linePlot();
        const double middle = (line->plot()->yAxis->range().lower + line->plot()->yAxis->range().upper) / 2;
        QTest::mouseClick(line->plot(), Qt::LeftButton, {},
                          line->plot()->mapFrom(line, line->widgetPosition(180, middle)));
        QCOMPARE(view.deltaIndex(), std::size_t(32));
        QVERIFY(std::abs(static_cast<double>(view.pairMap()->picture()->at(7, 6)) -
                         expected(*snapshot->sums, 6, 7, 32)) < 1e-5);
        // By keyboard: one ring up, and a typed q to the nearest ring.
        q1->setFocus();
        QTest::keyClick(q1, Qt::Key_Up);
        QCOMPARE(view.q1(), std::size_t(4));
        q1->selectAll();
        QTest::keyClicks(q1, QString::number(q[11] + 0.0003, 'f', 4));
        QTest::keyClick(q1, Qt::Key_Return);
        QCOMPARE(view.q1(), std::size_t(11));
        save(view, "light");
    }

    void sideBySideWithTheSameLevels() {
        CorrelationView view(m_inline);
        show(view);
        const auto snapshot = noisy();
        view.setCorrelation(snapshot);
        view.setFiltered(filteredOf(*snapshot->sums));
        view.setShown(CorrelationView::showSideBySide);
        QTest::qWait(80);
        for (const std::size_t i : {std::size_t(0), std::size_t(1), std::size_t(2)}) {
            QVERIFY(view.diagonalMap(i)->isVisible() && view.pairMap(i)->isVisible());
            QVERIFY(view.diagonalMap(i)->levels() == view.diagonalMap(0)->levels());
            QVERIFY(view.pairMap(i)->picture());
        }
        const auto at = [&](std::size_t i) { return static_cast<double>(view.diagonalMap(i)->picture()->at(8, 10)); };
        QVERIFY(std::abs(at(0) - at(1) - at(2)) < 1e-6);
        // Levels, colours and zoom follow the first.
        view.diagonalMap(0)->setLevels({-0.2, 0.3});
        view.diagonalMap(0)->setColourMap(ColourMap::magma);
        QVERIFY((view.diagonalMap(2)->levels() == Levels{-0.2, 0.3}));
        QCOMPARE(view.diagonalMap(1)->colourMap(), ColourMap::magma);
        view.diagonalMap(1)->plot()->xAxis->setRange(30, 60);
        QCOMPARE(view.diagonalMap(2)->plot()->xAxis->range().upper, 60.0);
        // A click in the third map is a click.
        view.diagonalMap(0)->showAll();
        QTest::qWait(30);
        click(view.diagonalMap(2), 45, snapshot->sums->grid.q[4]);
        QCOMPARE(view.q1(), std::size_t(4));
        QCOMPARE(view.linePlot()->curves().size(), std::size_t(3));
        save(view, "side-by-side");
        view.setShown(CorrelationView::showRaw);
        QVERIFY(!view.diagonalMap(1)->isVisible());
    }

    void labelsAreOverlaidAndSubtracted() {
        CorrelationView view(m_inline);
        show(view);
        const auto on = noisy(4000, 2, 1.2), off = noisy(3000, 3, 1.0);
        view.setCorrelation(noisy(7000));
        QVERIFY(!view.labels()->isVisible());
        view.setLabelled({{"laser on", on}, {"laser off", off}});
        QVERIFY(view.labels()->isVisible());
        view.setCursor(6, 6, 10);
        QCOMPARE(view.linePlot()->curves().size(), std::size_t(2));
        QCOMPARE(view.linePlot()->curves()[0].name, QStringLiteral("laser on"));
        QVERIFY(std::abs(view.linePlot()->curves()[1].y[3] - expected(*off->sums, 6, 6, 3)) < 1e-12);
        view.labels()->setDifference(QStringLiteral("laser on"), QStringLiteral("laser off"));
        const double difference = expected(*on->sums, 9, 9, 20) - expected(*off->sums, 9, 9, 20);
        QVERIFY(std::abs(static_cast<double>(view.diagonalMap()->picture()->at(20, 9)) - difference) < 1e-6);
        QCOMPARE(view.linePlot()->curves().size(), std::size_t(3));
        const Curve& line = view.linePlot()->curves()[2];
        const auto& a = view.linePlot()->curves()[0];
        const auto& b = view.linePlot()->curves()[1];
        QVERIFY(std::abs(line.y[5] - (a.y[5] - b.y[5])) < 1e-12);
        QVERIFY(std::abs(line.error[5] - std::hypot(a.error[5], b.error[5])) < 1e-12);
        view.labels()->setChecked({QStringLiteral("laser off")});
        QCOMPARE(view.linePlot()->curves().size(), std::size_t(2));
        save(view, "labels");
        // The next snapshot keeps what was chosen.
        view.setLabelled({{"laser on", on}, {"laser off", off}});
        QCOMPARE(view.labels()->minus(), QStringLiteral("laser off"));
        QCOMPARE(view.labels()->checked(), QStringList{QStringLiteral("laser off")});
        view.setLabelled({});
        QVERIFY(!view.labels()->isVisible());
        QCOMPARE(view.linePlot()->curves().size(), std::size_t(1));
    }

    void guinierFromTheMeanImage() {
        CorrelationView view(m_inline);
        show(view);
        view.setCorrelation(noisy());
        auto* kinds = findByName<QComboBox>(view, "What is drawn of the mean image or of the half sets");
        QVERIFY(kinds);
        kinds->setCurrentIndex(1);
        QVERIFY(view.saxs()->fit());
        // The mean image is Guinier's law itself.
        QVERIFY2(std::abs(view.saxs()->fit()->radius - 60) < 1e-6,
                 qPrintable(QString::number(view.saxs()->fit()->radius)));
        QVERIFY(std::abs(view.saxs()->fit()->intensity0 - 5) < 1e-8);
        QCOMPARE(view.saxsPlot()->curves().size(), std::size_t(2)); // points, line
        QVERIFY(view.saxsPlot()->curves()[0].points);
        view.saxs()->setFitRange({.qMin = 0.004, .qMax = 0.012});
        QVERIFY(view.saxs()->fit()->qMin >= 0.004 && view.saxs()->fit()->qMax <= 0.012);
        save(view, "guinier");
        kinds->setCurrentIndex(2); // Kratky: q² I peaks where q² = 3/R², at q = 0.0289
        const Curve& kratky = view.saxsPlot()->curves()[0];
        const auto peak = std::max_element(kratky.y.begin(), kratky.y.end()) - kratky.y.begin();
        QVERIFY(std::abs(kratky.x[static_cast<std::size_t>(peak)] - std::sqrt(3.0) / 60) < 0.0026); // a ring apart
    }

    void growthIsRecordedFromSnapshots() {
        CorrelationView view(m_inline);
        show(view);
        // Sums that grow: each snapshot adds images to those before.
        CorrelationSums sums = noisySums(24, 64, 500, Parity::even, 100, 0.05);
        for (unsigned i = 1; i <= 12; ++i) {
            view.setCorrelation(makeSnapshot(clone(sums), i));
            view.setCorrelation(makeSnapshot(clone(sums), i)); // the same again counts once
            merge(sums, noisySums(24, 64, 500, Parity::even, 100 + i, 0.05));
        }
        const auto& all = view.quality()->history().series()[0];
        QCOMPARE(all.size(), std::size_t(12));
        QCOMPARE(all.back().images, std::uint64_t(6000));
        QVERIFY(all.back().agreement > all.front().agreement);
        auto* kinds = findByName<QComboBox>(view, "What is drawn of the mean image or of the half sets");
        kinds->setCurrentIndex(6);
        QCOMPARE(view.quality()->kind(), QualityPlot::growth);
        QVERIFY(view.quality()->plot()->curves().size() >= 5); // all rings and four shells, with extrapolations
        save(view, "growth");
        kinds->setCurrentIndex(4);
        QVERIFY(view.quality()->note().contains(QStringLiteral("agree")));
        QCOMPARE(view.quality()->plot()->curves()[0].y.size(), std::size_t(24));
        kinds->setCurrentIndex(5);
        QCOMPARE(view.quality()->plot()->curves()[0].x[0], 2.0); // even m first
        // Another accumulation begins: its images are fewer.
        view.setCorrelation(makeSnapshot(noisySums(24, 64, 500, Parity::even, 7), 1));
        QCOMPARE(view.quality()->history().series()[0].size(), std::size_t(1));
    }

    void ringsThatTheMaskTookHaveNoValue() {
        CorrelationView view(m_inline);
        CorrelationSums sums = noisySums(24, 64, 1000, Parity::even, 1);
        sums.ringHarmonics.assign(24, 33);
        sums.ringHarmonics[6] = 0;
        view.setCorrelation(makeSnapshot(std::move(sums)));
        QVERIFY(std::isnan(view.diagonalMap()->picture()->at(5, 6)));
        QVERIFY(std::isnan(view.pairMap()->picture()->at(6, 9)));
        QVERIFY(!std::isnan(view.pairMap()->picture()->at(7, 9)));
    }

    void staleAndEmpty() {
        CorrelationView view(m_inline);
        show(view);
        QVERIFY(!view.diagonalMap()->picture());
        QVERIFY(!view.findChild<StaleMark*>()->isVisible());
        view.setCorrelation(noisy());
        view.setStale(QStringLiteral("settings have changed"));
        QVERIFY(view.findChild<StaleMark*>()->isVisible());
        QVERIFY(view.diagonalMap()->picture()); // marked, not erased
        view.setStale({});
        QVERIFY(!view.findChild<StaleMark*>()->isVisible());
        view.setShown(CorrelationView::showFiltered);
        QVERIFY(!view.diagonalMap()->picture()); // not filtered yet
        view.setShown(CorrelationView::showSideBySide);
        QVERIFY(view.diagonalMap(0)->picture() && !view.diagonalMap(1)->picture());
        view.clear();
        QVERIFY(!view.diagonalMap()->picture());
        QVERIFY(view.linePlot()->curves().empty());
        view.setCursor(3, 4, 5); // of nothing
    }

    void theStateComesBack() {
        QByteArray state;
        const auto snapshot = noisy();
        {
            CorrelationView view(m_inline);
            show(view);
            view.setCorrelation(snapshot);
            view.setCursor(4, 19, 21);
            view.setShown(CorrelationView::showDifference);
            view.saxs()->setFitRange({.qMin = {}, .qMax = 0.02});
            state = view.saveViewState();
        }
        CorrelationView view(m_inline);
        view.restoreViewState(state); // before there are data
        QCOMPARE(view.shown(), CorrelationView::showDifference);
        view.setCorrelation(snapshot);
        QCOMPARE(view.q1(), std::size_t(4));
        QCOMPARE(view.q2(), std::size_t(19));
        QCOMPARE(view.deltaIndex(), std::size_t(21));
        QCOMPARE(view.saveViewState().size(), state.size());
        CorrelationView other(m_inline);
        other.restoreViewState(QByteArray("rubbish"));
        other.restoreViewState(state.left(20));
        other.restoreViewState({});
        QCOMPARE(other.shown(), CorrelationView::showRaw);
    }

    void bordersComeBack() {
        FourPanels panels(new QWidget, new QWidget, new QWidget, new QWidget);
        panels.resize(800, 600);
        panels.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panels));
        auto* outer = panels.findChild<QSplitter*>(QString(), Qt::FindDirectChildrenOnly);
        outer->setSizes({200, 595});
        const QByteArray state = panels.saveState();
        panels.setArrangement(FourPanels::Arrangement::rows);
        panels.setArrangement(FourPanels::Arrangement::grid);
        outer = panels.findChild<QSplitter*>(QString(), Qt::FindDirectChildrenOnly);
        QTRY_VERIFY(std::abs(outer->sizes()[0] - 200) < 5); // once it is laid out
        outer->setSizes({500, 295});
        QVERIFY(panels.restoreState(state));
        QVERIFY(std::abs(outer->sizes()[0] - 200) < 5);
        QVERIFY(!panels.restoreState(QByteArray("rubbish")));
    }

    void darkLooksDark() {
        QApplication::setPalette(darkPalette());
        CorrelationView view(m_inline);
        show(view);
        const auto snapshot = noisy();
        view.setCorrelation(snapshot);
        view.setFiltered(filteredOf(*snapshot->sums));
        QTest::qWait(80);
        save(view, "dark");
        QVERIFY(view.grab().toImage().pixelColor(3, 3).lightness() < 80);
    }

    /// 300 rings x 256 azimuths, full parity (186 MB of sums): what the GUI thread does with a snapshot, and what the background does.
    void aFullSnapshotStallsNothing() {
        struct Stopwatch : Background {
            qint64 made = 0, shown = 0;
            int pictures = 0;
            void run(Work work) override {
                QElapsedTimer clock;
                clock.start();
                const auto showIt = work();
                made = std::max(made, clock.restart());
                if (showIt) {
                    showIt();
                    ++pictures;
                }
                shown = std::max(shown, clock.elapsed());
            }
        } background;
        CorrelationView view(background);
        show(view);
        CorrelationSums sums;
        sums.grid = PolarGrid::uniform(0.002, 0.1, 300, 256);
        sums.parity = Parity::full;
        sums.harmonics = 129;
        sums.frames = {500, 500};
        sums.sumC = Array<double, 4>({2, 129, pairCount(300), 2});
        for (std::size_t i = 0; i < sums.sumC.size(); i += 7)
            sums.sumC.data()[i] = static_cast<double>(i % 1013);
        sums.sumIntensity = Array<double, 2>({2, 300});
        sums.sumIntensitySquared = Array<double, 2>({2, 300});
        for (std::size_t i = 0; i < 600; ++i) {
            sums.sumIntensity.data()[i] = 500;
            sums.sumIntensitySquared.data()[i] = 600;
        }
        auto snapshot = std::make_shared<CorrelationSnapshot>();
        snapshot->sums = std::make_shared<CorrelationSums>(std::move(sums));
        snapshot->halfSetPerRing.assign(300, 0.5);
        snapshot->halfSetPerHarmonic.assign(129, 0.5);
        view.setCorrelation(snapshot); // once to lay everything out
        qint64 slot = 0;
        for (const bool side : {false, true}) {
            view.setShown(side ? CorrelationView::showSideBySide : CorrelationView::showRaw);
            background.made = background.shown = 0;
            background.pictures = 0;
            QElapsedTimer clock;
            clock.start();
            view.setCorrelation(snapshot);
            slot = clock.elapsed();
            clock.restart();
            QCoreApplication::processEvents(); // repaints
            qInfo("%s: slowest picture %lld ms in the background, shown in %lld ms, repaints %lld ms, all %lld ms",
                  side ? "side by side" : "raw", background.made, background.shown, clock.elapsed(), slot);
            QVERIFY(background.pictures > 0); // made there, not in the slot
        }
    }
};

QTEST_MAIN(TestCorrelationView)
#include "tst_correlation_view.moc"
