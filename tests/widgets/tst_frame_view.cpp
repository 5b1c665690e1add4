#include "engine/detector/assembly.h"
#include "synthetic_results.h"
#include "widgets/background/background.h"
#include "widgets/frames/frame_controls.h"
#include "widgets/frames/frame_player.h"
#include "widgets/frames/frame_view.h"
#include "widgets/frames/hit_strip.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/levels_bar.h"
#include "widgets/theme/theme.h"

#include "widgets/plot/plot_library.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QDir>
#include <QSignalSpy>
#include <QTest>
#include <cmath>

using namespace fxs;
using namespace fxs::ui;

namespace {

constexpr std::size_t kSlow = 40, kFast = 60;
constexpr double kPitch = 2e-4; // m

/// Two panels above and below the beam with a gap of 4 mm; the upper one is turned by a right angle.
std::shared_ptr<const DetectorGeometry> twoPanels() {
    auto g = std::make_shared<DetectorGeometry>();
    g->slow = kSlow;
    g->fast = kFast;
    g->wavelengthAngstrom = 2;
    g->panels.push_back({{-6e-3, -12e-3, 0.2}, {kPitch, 0, 0}, {0, kPitch, 0}});
    g->panels.push_back({{4e-3, 2e-3, 0.2}, {0, kPitch, 0}, {-kPitch, 0, 0}});
    return g;
}

std::shared_ptr<const RunInfo> rawRun(std::uint64_t frames = 100) {
    auto run = std::make_shared<RunInfo>();
    run->layout = "frames";
    run->files = {"/data/raw.h5"};
    run->frameCount = frames;
    run->valueType = "uint16";
    run->panels = 2;
    run->slow = kSlow;
    run->fast = kFast;
    run->frameMask = Array<std::uint8_t, 3>({2, kSlow, kFast});
    for (std::size_t i = 0; i < run->frameMask.size(); ++i)
        run->frameMask.data()[i] = 1;
    run->frameMask(0, 10, 20) = 0;
    return run;
}

std::shared_ptr<const BrowsedFrame> rawFrame(const std::shared_ptr<const RunInfo>& run, std::uint64_t index) {
    auto out = std::make_shared<BrowsedFrame>();
    out->index = index;
    out->run = run;
    out->raw.data = Array<float, 4>({1, 2, kSlow, kFast});
    for (std::size_t i = 0; i < out->raw.data.size(); ++i)
        out->raw.data.data()[i] = static_cast<float>(i + 1000 * index);
    out->raw.data(0, 0, 10, 20) = 65535;
    return out;
}

std::shared_ptr<const RangeStatistics> sumsOf(const std::shared_ptr<const RunInfo>& run, FrameRange range) {
    auto sums = std::make_shared<RangeStatistics>();
    sums->run = run;
    sums->range = range;
    sums->frames = range.count();
    sums->complete = true;
    sums->sum = Array<double, 3>({2, kSlow, kFast});
    sums->maximum = Array<float, 3>({2, kSlow, kFast});
    sums->count = Array<std::uint32_t, 3>({2, kSlow, kFast});
    for (std::size_t i = 0; i < sums->sum.size(); ++i) {
        sums->sum.data()[i] = 40;
        sums->maximum.data()[i] = 9;
        sums->count.data()[i] = static_cast<std::uint32_t>(range.count());
    }
    return sums;
}

std::shared_ptr<const HitScores> scoresOf(const std::shared_ptr<const RunInfo>& run) {
    auto scores = std::make_shared<HitScores>();
    scores->run = run;
    scores->frameCount = *run->frameCount;
    scores->planned = *run->frameCount;
    for (std::uint64_t i = 0; i < *run->frameCount; ++i) {
        scores->frames.push_back(i);
        scores->intensity.push_back(i % 10 == 3 ? 900 : 100);
        scores->lit.push_back(i % 10 == 3 ? 50 : 2);
    }
    return scores;
}

void save(QWidget& widget, const QString& name) {
    const QString folder = QDir::current().filePath(QStringLiteral("pictures"));
    QDir().mkpath(folder);
    widget.grab().save(folder + QStringLiteral("/") + name + QStringLiteral(".png"));
}

} // namespace

/// The Frames view by clicks, keys and pixels.
class TestFrameView : public QObject {
    Q_OBJECT

    InlineBackground m_inline;

    struct Bench {
        explicit Bench(Background& background) : view(background) {
            view.resize(1200, 760);
            view.show();
            if (!QTest::qWaitForWindowExposed(&view))
                qFatal("no window");
            run = rawRun();
            view.setRun(run);
            view.setGeometry(twoPanels());
            view.setFrame(rawFrame(run, 0));
            view.setScores(scoresOf(run));
            QTest::qWait(80); // layouts and replots that wait for the event loop
        }
        void hover(HeatMap* map, double x, double y) {
            QTest::mouseMove(map->plot(), map->plot()->mapFrom(map, map->widgetPosition(x, y)));
            QTest::qWait(20);
        }
        FrameView view;
        std::shared_ptr<const RunInfo> run;
    };

private Q_SLOTS:
    void panelsAreWhereTheGeometryHasThem() {
        Bench bench(m_inline);
        HeatMap* map = bench.view.leftMap();
        map->setColourMap(ColourMap::grey);
        map->setColourScale(ColourScale::linear);
        map->setLevels({0, 4800});
        map->plot()->replot();
        const QImage seen = map->grab().toImage();
        const auto grey = [&](double x, double y) { return seen.pixelColor(map->widgetPosition(x, y)).lightness(); };
        // Panel 0, pixel (ss 30, fs 50): index 1850 of 4800; at x = -6 + 50.5 * 0.2, y = -12 + 30.5 * 0.2 mm.
        QVERIFY(std::abs(grey(4.1, -5.9) - 1850 * 255 / 4800) <= 3);
        // Panel 1, pixel (ss 30, fs 50): 4250; turned: x = 4 - 30.5 * 0.2, y = 2 + 50.5 * 0.2.
        QVERIFY(std::abs(grey(-2.1, 12.1) - 4250 * 255 / 4800) <= 3);
        const QColor gap = seen.pixelColor(map->widgetPosition(0, -1));
        QVERIFY(gap == QColor(0xd9, 0xdc, 0xe1) || gap == QColor(0x38, 0x3c, 0x43));
        QVERIFY(std::isnan(map->picture()->valueAt(0, 0)));
        save(bench.view, QStringLiteral("frames-detector"));
    }

    void withoutGeometryPanelsAreStacked() {
        Bench bench(m_inline);
        bench.view.setGeometry(nullptr);
        QTest::qWait(50);
        QCOMPARE(bench.view.leftMap()->picture()->columns, kFast);
        QCOMPARE(bench.view.leftMap()->picture()->rows, 2 * kSlow);
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(5, 43), static_cast<float>((kSlow + 3) * kFast + 5));
        QVERIFY(bench.view.leftPlacement());
        QCOMPARE(*bench.view.leftPlacement()->pixelAt({5, 43}), (RawPixel{1, 3, 5}));
        bench.hover(bench.view.leftMap(), 5, 43);
        QVERIFY2(bench.view.readout().contains("panel 1   ss 3   fs 5   value 2585"), qPrintable(bench.view.readout()));
    }

    void theReadoutIsExact() {
        Bench bench(m_inline);
        bench.hover(bench.view.leftMap(), 4.1, -5.9);
        const QString text = bench.view.readout();
        QVERIFY2(text.contains("panel 0   ss 30   fs 50   value 1850"), qPrintable(text));
        // q of the point under the mouse, which is within half a pixel of the screen of where it was sent.
        const double q = 4 * M_PI / 2 * std::sin(0.5 * std::atan2(std::hypot(4.1, 5.9), 200));
        const double said = text.section("   q ", 1).section(' ', 0, 0).toDouble();
        QVERIFY2(std::abs(said - q) < 0.01 * q, qPrintable(text));
        QVERIFY(text.contains("d ") && text.contains(QStringLiteral("φ 30")));
        bench.hover(bench.view.leftMap(), -6 + 20.5 * 0.2, -12 + 10.5 * 0.2);
        QVERIFY2(bench.view.readout().contains("value 65535 (masked)"), qPrintable(bench.view.readout()));
        bench.hover(bench.view.leftMap(), 0, -1);
        QVERIFY(bench.view.readout().contains("no panel here"));
    }

    void maskedPixelsAreTintedAndDoNotSetLevels() {
        Bench bench(m_inline);
        HeatMap* map = bench.view.leftMap();
        map->setColourScale(ColourScale::linear);
        QVERIFY(map->levels().high < 5000);
        map->setColourMap(ColourMap::grey);
        bench.view.setMaskColour(QColor(255, 0, 0));
        map->plot()->replot();
        const QPoint at = map->widgetPosition(-6 + 20.5 * 0.2, -12 + 10.5 * 0.2);
        QCOMPARE(map->grab().toImage().pixelColor(at), QColor(255, 0, 0));
        QTest::keyClick(&bench.view, Qt::Key_M);
        map->plot()->replot();
        QCOMPARE(map->grab().toImage().pixelColor(at), QColor(255, 255, 255));
    }

    void zoomAndLevelsAreKept() {
        Bench bench(m_inline);
        HeatMap* map = bench.view.leftMap();
        map->plot()->xAxis->setRange(-3, 2);
        map->plot()->yAxis->setRange(-9, -5);
        map->setLevels({5, 500});
        bench.view.setFrame(rawFrame(bench.run, 1));
        QTest::keyClick(&bench.view, Qt::Key_M);
        QCOMPARE(map->plot()->xAxis->range().lower, -3.0);
        QCOMPARE(map->plot()->yAxis->range().upper, -5.0);
        QCOMPARE(map->levels(), (Levels{5, 500}));
    }

    void theStripIsClickedAndDragged() {
        Bench bench(m_inline);
        HitStrip* strip = bench.view.strip();
        const QSignalSpy asked(&bench.view, &FrameView::frameRequested),
            sums(&bench.view, &FrameView::statisticsRequested);
        const auto at = [strip](std::uint64_t frame) { return QPoint(qRound(strip->xOf(frame)), strip->height() / 2); };
        QTest::mouseClick(strip, Qt::LeftButton, {}, at(42));
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked[0][0].value<std::uint64_t>(), std::uint64_t(42));
        QCOMPARE(bench.view.frameIndex(), std::uint64_t(42));
        QTest::mousePress(strip, Qt::LeftButton, {}, at(20));
        QTest::mouseMove(strip, at(50));
        QTest::mouseMove(strip, at(59));
        QTest::mouseRelease(strip, Qt::LeftButton, {}, at(59));
        QCOMPARE(sums.count(), 1);
        QCOMPARE(sums[0][0].value<FrameRange>(), (FrameRange{20, 60}));
        QCOMPARE(bench.view.controls()->statistic(), FrameStatistic::mean);
        bench.view.setStatistics(sumsOf(bench.run, {0, 60})); // of another wish: not shown
        QVERIFY(bench.view.leftMap()->picture()->valueAt(4.1, -5.9) != 1);
        bench.view.setStatistics(sumsOf(bench.run, {20, 60}));
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(4.1, -5.9), 1.0F); // 40 in 40 frames
        QTest::keyClick(&bench.view, Qt::Key_2);
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(4.1, -5.9), 40.0F);
        QTest::mouseClick(bench.view.controls()->statisticButton(FrameStatistic::maximum), Qt::LeftButton);
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(4.1, -5.9), 9.0F);
        QCOMPARE(sums.count(), 1); // all three from one reading
        save(bench.view, QStringLiteral("frames-range"));
        QTest::keyClick(&bench.view, Qt::Key_Right); // a frame again
        QCOMPARE(bench.view.controls()->statistic(), FrameStatistic::single);
        QCOMPARE(bench.view.frameIndex(), std::uint64_t(43));
    }

    void keysGoThroughTheRun() {
        Bench bench(m_inline);
        const auto key = [&](int k, Qt::KeyboardModifiers m = {}) { QTest::keyClick(&bench.view, Qt::Key(k), m); };
        key(Qt::Key_End);
        QCOMPARE(bench.view.frameIndex(), std::uint64_t(99));
        key(Qt::Key_Right);
        QCOMPARE(bench.view.frameIndex(), std::uint64_t(99));
        key(Qt::Key_Left, Qt::ShiftModifier);
        QCOMPARE(bench.view.frameIndex(), std::uint64_t(89));
        key(Qt::Key_Home);
        QCOMPARE(bench.view.frameIndex(), std::uint64_t(0));
        // A click into the picture brings the keys here.
        QTest::mouseClick(bench.view.leftMap()->plot(), Qt::LeftButton);
        QTest::keyClick(bench.view.leftMap()->plot(), Qt::Key_Right);
        QCOMPARE(bench.view.frameIndex(), std::uint64_t(1));
    }

    void playingWaitsForFrames() {
        Bench bench(m_inline);
        bench.view.player()->setRate(30);
        QSignalSpy asked(&bench.view, &FrameView::frameRequested);
        QTest::keyClick(&bench.view, Qt::Key_Space);
        QVERIFY(bench.view.isPlaying());
        QTRY_COMPARE(asked.count(), 1);
        QTest::qWait(150); // the frame does not come: nothing more is asked
        QCOMPARE(asked.count(), 1);
        bench.view.setFrame(rawFrame(bench.run, 1));
        QTRY_COMPARE(asked.count(), 2);
        QTest::keyClick(&bench.view, Qt::Key_Space);
        QVERIFY(!bench.view.isPlaying());
    }

    void levelsAreDragged() {
        Bench bench(m_inline);
        HeatMap* map = bench.view.leftMap();
        map->setColourScale(ColourScale::linear);
        QTest::qWait(50);
        auto* bar = map->parentWidget()->findChild<LevelsBar*>();
        QVERIFY(bar);
        const Levels before = map->levels();
        const int middle = bar->width() / 2;
        QTest::mousePress(bar, Qt::LeftButton, {}, QPoint(middle, qRound(bar->yOf(before.high))));
        const double target = 0.5 * (before.low + before.high);
        QTest::mouseMove(bar, QPoint(middle, qRound(bar->yOf(before.high)) + 3));
        QTest::qWait(30);
        QTest::mouseMove(bar, QPoint(middle, qRound(bar->yOf(target))));
        QTest::qWait(30);
        QTest::mouseRelease(bar, Qt::LeftButton, {}, QPoint(middle, qRound(bar->yOf(target))));
        QVERIFY(std::abs(map->levels().high - target) < 0.02 * (before.high - before.low));
        QCOMPARE(map->levels().low, before.low);
        QVERIFY(!map->autoLevels());
        QTest::mouseDClick(bar, Qt::LeftButton, {}, QPoint(middle, bar->height() / 2));
        QVERIFY(map->autoLevels());
        QCOMPARE(map->levels(), before);
    }

    void correctedFramesHaveAPlace() {
        Bench bench(m_inline);
        QVERIFY(!bench.view.controls()->stepChoice()->isVisible());
        bench.view.setCorrector([](const BrowsedFrame& frame) {
            FrameCorrection correction;
            auto& steps = correction.steps;
            steps.resize(2);
            for (std::size_t k = 0; k < 2; ++k) {
                steps[k].name = k == 0 ? QStringLiteral("dark") : QStringLiteral("corrected");
                steps[k].values = Array<float, 3>({2, kSlow, kFast});
                for (std::size_t i = 0; i < steps[k].values.size(); ++i)
                    steps[k].values.data()[i] = frame.raw.data.data()[i] / 2 + static_cast<float>(k);
            }
            return correction;
        });
        QVERIFY(bench.view.controls()->stepChoice()->isVisible());
        QCOMPARE(bench.view.controls()->stepChoice()->count(), 3);
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(4.1, -5.9), 1850.0F);
        bench.view.controls()->stepChoice()->setCurrentIndex(2);
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(4.1, -5.9), 926.0F);
        bench.view.setCorrector(
            [](const BrowsedFrame&) -> FrameCorrection { throw Error(ErrorCode::badInput, "no dark"); });
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(4.1, -5.9), 1850.0F); // as stored, with the reason beside
        bench.view.setCorrector(nullptr);
        QVERIFY(!bench.view.controls()->stepChoice()->isVisible());
    }

    void aRejectedFrameSaysWhyAndShowsHowFarItCame() {
        Bench bench(m_inline);
        const auto corrector = [](bool rejects) {
            return [rejects](const BrowsedFrame& frame) {
                FrameCorrection correction;
                for (const char* name : {"dark", "gain", "corrected"}) {
                    if (rejects && correction.steps.size() == 1)
                        break; // the first step is all it got
                    FrameStep step;
                    step.name = QString::fromLatin1(name);
                    step.values = Array<float, 3>({2, kSlow, kFast});
                    for (std::size_t i = 0; i < step.values.size(); ++i)
                        step.values.data()[i] =
                            frame.raw.data.data()[i] + static_cast<float>(correction.steps.size() + 1);
                    correction.steps.push_back(std::move(step));
                }
                if (rejects)
                    correction.rejected = QStringLiteral("too dim");
                return correction;
            };
        };
        bench.view.setCorrector(corrector(false));
        bench.view.controls()->setStep(QStringLiteral("gain"));
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(4.1, -5.9), 1852.0F);
        QVERIFY(bench.view.rejected().isEmpty());
        bench.view.setCorrector(corrector(true));
        QCOMPARE(bench.view.rejected(), QStringLiteral("too dim"));
        QCOMPARE(bench.view.controls()->step(), QStringLiteral("gain")); // still wanted
        QCOMPARE(bench.view.leftMap()->picture()->valueAt(4.1, -5.9), 1851.0F);
    }

    void aDrawnMaskDoesNotCountForLevels() {
        Bench bench(m_inline);
        const Levels before = bench.view.leftMap()->levels();
        auto mask = std::make_shared<Array<std::uint8_t, 3>>(bench.view.values()->values.shape());
        // Only the dim half of the values is left.
        const auto& values = bench.view.values()->values;
        for (std::size_t i = 0; i < mask->size(); ++i)
            mask->data()[i] = static_cast<double>(values.data()[i]) < 0.5 * (before.low + before.high);
        bench.view.setDrawnMask(mask);
        QVERIFY(bench.view.leftMap()->levels().high < before.high);
        bench.view.setDrawnMask(nullptr);
        QCOMPARE(bench.view.leftMap()->levels(), before);
    }

    void keepsItsState() {
        QByteArray state;
        {
            Bench bench(m_inline);
            bench.view.leftMap()->setColourMap(ColourMap::cividis);
            bench.view.leftMap()->setLevels({3, 77});
            bench.view.leftMap()->setZoom(HeatMap::Zoom{-3, 2, -9, -5});
            bench.view.controls()->ringChoice()->setCurrentIndex(3);
            bench.view.controls()->maskButton()->setChecked(false);
            bench.view.controls()->setStep(QStringLiteral("corrected"));
            state = bench.view.saveViewState();
        }
        Bench bench(m_inline);
        bench.view.restoreViewState(state);
        QCOMPARE(bench.view.leftMap()->colourMap(), ColourMap::cividis);
        QCOMPARE(bench.view.leftMap()->levels(), (Levels{3, 77}));
        QVERIFY(bench.view.leftMap()->zoom());
        QCOMPARE(bench.view.leftMap()->zoom()->top, -5.0);
        QCOMPARE(bench.view.controls()->ringChoice()->currentIndex(), 3);
        QVERIFY(!bench.view.controls()->isMaskShown());
        QCOMPARE(bench.view.controls()->step(), QStringLiteral("corrected"));
        bench.view.restoreViewState("no state at all"); // changes nothing
        QCOMPARE(bench.view.leftMap()->levels(), (Levels{3, 77}));
        // Restored before there is a run, what needs one waits for it.
        FrameView later(m_inline);
        later.restoreViewState(state);
        QVERIFY(later.leftMap()->zoom());
    }

    void aPolarImageIsMadeOfDetectorFrames() {
        Bench bench(m_inline);
        QVERIFY(!bench.view.rightMap()->isVisible());
        bench.view.controls()->polarButton()->click();
        QVERIFY(bench.view.rightMap()->picture());
        QVERIFY(bench.view.rightMap()->isVisible());
        bench.view.controls()->polarButton()->click();
        QVERIFY(!bench.view.rightMap()->isVisible());
    }

    void anotherRunForgets() {
        Bench bench(m_inline);
        bench.view.setPlaying(true);
        bench.view.setRun(test::polarRun(7));
        QVERIFY(!bench.view.isPlaying());
        QVERIFY(!bench.view.strip()->scores());
        bench.view.setFrame(rawFrame(bench.run, 3)); // late, of the run before
        QVERIFY(!bench.view.values());
        bench.view.setRun(nullptr);
        QVERIFY(!bench.view.leftMap()->picture());
    }

    void bothPalettes() {
        Bench bench(m_inline);
        QApplication::setPalette(darkPalette());
        QCoreApplication::processEvents();
        save(bench.view, QStringLiteral("frames-dark"));
        QApplication::setPalette(lightPalette());
        QCoreApplication::processEvents();
        save(bench.view, QStringLiteral("frames-light"));
    }
};

QTEST_MAIN(TestFrameView)
#include "tst_frame_view.moc"
