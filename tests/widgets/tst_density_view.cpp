#include "tests/widgets/synthetic_results.h"

#include "widgets/density/density_controls.h"
#include "widgets/density/density_scene.h"
#include "widgets/density/density_view.h"
#include "widgets/density/scene_overlay.h"
#include "widgets/density/slice_panels.h"
#include "widgets/plot/heat_map.h"
#include "widgets/theme/theme.h"
#include "widgets/vtk/opengl_support.h"

#include <QApplication>
#include <QDoubleSpinBox>
#include <QSlider>
#include <QTest>
#include <QWheelEvent>
#include <cmath>
#include <deque>
#include <limits>

using namespace fxs;
using namespace fxs::ui;

namespace {

/// Work that is done when the test says so.
class HeldBackground : public Background {
public:
    void run(Work work) override { m_waiting.push_back(std::move(work)); }
    void doAll() {
        while (!m_waiting.empty()) {
            const Work work = std::move(m_waiting.front());
            m_waiting.pop_front();
            if (const auto show = work())
                show();
        }
    }
    std::size_t waiting() const { return m_waiting.size(); }

private:
    std::deque<Work> m_waiting;
};

std::shared_ptr<const Reconstruction> mapAlone(DensityMap map) {
    auto r = std::make_shared<Reconstruction>();
    r->map = std::move(map);
    return r;
}

/// value = 100 z + 10 y + x, so that every voxel is known.
DensityMap ramp(std::size_t n) {
    DensityMap map;
    map.values = Array<float, 3>({n, n, n});
    map.spacingAngstrom = 2;
    for (std::size_t z = 0; z < n; ++z)
        for (std::size_t y = 0; y < n; ++y)
            for (std::size_t x = 0; x < n; ++x)
                map.values(z, y, x) = static_cast<float>(100 * z + 10 * y + x);
    return map;
}

int coloured(const QImage& picture, int step = 2) {
    int count = 0;
    for (int y = 0; y < picture.height(); y += step)
        for (int x = 0; x < picture.width(); x += step) {
            const QColor c = picture.pixelColor(x, y);
            if (c.alpha() > 100 && c.hsvSaturation() > 80 && c.value() > 60)
                ++count;
        }
    return count;
}

} // namespace

#define NEEDS_OPENGL                                                                                                   \
    if (!openGlSupport().available)                                                                                    \
    QSKIP(qPrintable(openGlSupport().description))

/// The 3-D view in a real window: something is drawn, it turns under the mouse, the level decides how much is seen.
class TestDensityView : public QObject {
    Q_OBJECT

    InlineBackground m_background;

    std::unique_ptr<DensityView> shown(std::shared_ptr<const Reconstruction> what) {
        auto view = std::make_unique<DensityView>(m_background);
        view->resize(700, 600);
        view->show();
        if (!QTest::qWaitForWindowExposed(view.get()))
            return view;
        view->setReconstruction(std::move(what));
        (void)QTest::qWaitFor([&] { return view->renderCount() > 0; });
        return view;
    }

private Q_SLOTS:
    void initTestCase() { QApplication::setPalette(darkPalette()); }

    void roundLengths() {
        QCOMPARE(roundLength(7.3), 5.0);
        QCOMPARE(roundLength(20), 20.0);
        QCOMPARE(roundLength(199), 100.0);
        QCOMPARE(roundLength(0.25), 0.2);
        QCOMPARE(roundLength(0), 0.0);
        QCOMPARE(roundLength(-1), 0.0);
    }

    void statisticsOfAMap() {
        auto map = std::make_shared<DensityMap>(ramp(4));
        map->values(0, 0, 0) = std::numeric_limits<float>::quiet_NaN();
        map->values(0, 0, 1) = std::numeric_limits<float>::infinity();
        const auto volume = MapVolume::of(map);
        QCOMPARE(volume->notFinite(), std::size_t(2));
        QCOMPARE(volume->lowest(), 2.0);
        QCOMPARE(volume->highest(), 333.0);
        // The mean of all 64 is 166.5: the two left out sum to 1.
        QVERIFY(std::abs(volume->mean() - (166.5 * 64 - 1) / 62) < 1e-9);
        QCOMPARE(volume->at(0, 0, 0), static_cast<float>(volume->mean()));
        QCOMPARE(volume->coordinateOf(0), -3.0);
        QCOMPARE(volume->indexOf(2.9), std::size_t(3));
        QCOMPARE(volume->indexOf(-1000), std::size_t(0));
        QVERIFY(std::isnan(volume->valueAt({100, 0, 0})));
        QVERIFY(!MapVolume::of(nullptr));
        QVERIFY(!MapVolume::of(std::make_shared<DensityMap>()));
    }

    void aFinerMapGoesThroughTheVoxels() {
        const auto volume = MapVolume::of(std::make_shared<DensityMap>(ramp(5)));
        const auto fine = volume->finer(3);
        QCOMPARE(fine->size(), std::size_t(13));
        QCOMPARE(fine->first(), volume->first());
        QVERIFY(std::abs(fine->at(6, 9, 3) - volume->at(2, 3, 1)) < 1e-3f);
        // Splines give straight lines back, but at the ends, where the outermost voxel counts twice.
        QVERIFY(std::abs(fine->at(6, 6, 7) - (700.0f / 3 + 22)) < 1e-3f);
        QVERIFY(std::abs(fine->at(5, 6, 6) - (200 + 20 + 5.0f / 3)) < 1e-3f);
    }

    void slicesHoldTheMapsValues() {
        auto panels = std::make_unique<SlicePanels>();
        const auto volume = MapVolume::of(std::make_shared<DensityMap>(ramp(9)));
        panels->setMap(volume);
        panels->setPosition({4, -2, 6}); // Å: voxels 6, 3, 7
        for (const SliceAxis axis : {SliceAxis::x, SliceAxis::y, SliceAxis::z})
            QCOMPARE(panels->slice(axis)->picture()->columns, std::size_t(9));
        QCOMPARE(panels->slice(SliceAxis::x)->picture()->valueAt(-0.2, 0.6), 736.0f);
        QCOMPARE(panels->slice(SliceAxis::y)->picture()->valueAt(0.4, 0.6), 736.0f);
        QCOMPARE(panels->slice(SliceAxis::z)->picture()->valueAt(0.4, -0.2), 736.0f);
        QCOMPARE(volume->valueAt({4, -2, 6}), 736.0f);
    }

    void mouseAndWheelMoveTheSlices() {
        NEEDS_OPENGL;
        const auto view = shown(mapAlone(ramp(9)));
        DensityAppearance look = view->appearance();
        look.slices = true;
        view->setAppearance(look);
        HeatMap* z = view->slices()->slice(SliceAxis::z);
        QTRY_VERIFY(z->isVisible() && z->width() > 100);
        QTest::qWait(50); // the layout of the plot settles at its first painting
        auto* plot = z->findChild<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
        const QPoint at = z->widgetPosition(0.4, -0.2) - plot->pos();
        QTest::mouseClick(plot, Qt::LeftButton, {}, at);
        QCOMPARE(view->appearance().position[0], 4.0);
        QCOMPARE(view->appearance().position[1], -2.0);
        QWheelEvent wheel(at, plot->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                          false);
        QApplication::sendEvent(plot, &wheel);
        QCOMPARE(view->appearance().position[2], 2.0);
        QCOMPARE(z->picture()->valueAt(0.4, -0.2), 536.0f);
        // The slider says the same, and moves it.
        QCOMPARE(view->controls()->positionSlider(2)->value(), 5);
        view->controls()->positionSlider(2)->setFocus();
        QTest::keyClick(view->controls()->positionSlider(2), Qt::Key_Right);
        QCOMPARE(z->picture()->valueAt(0.4, -0.2), 636.0f);
    }

    void aBallIsSeenAndTurns() {
        NEEDS_OPENGL;
        const auto view = shown(test::reconstruction());
        QTRY_VERIFY(coloured(view->picture()) > 1000);
        QVERIFY(view->grab().save(QStringLiteral("view-density.png")));
        const QImage before = view->picture();
        // A drag turns the box under the mouse.
        const QPoint centre = view->drawing()->rect().center();
        QTest::mousePress(view->drawing(), Qt::LeftButton, {}, centre);
        QTest::mouseMove(view->drawing(), centre + QPoint(60, 30));
        QVERIFY(view->scene()->isMoving());
        QTest::mouseRelease(view->drawing(), Qt::LeftButton, {}, centre + QPoint(90, 45));
        QTRY_VERIFY(view->picture() != before);
        QTRY_VERIFY(!view->scene()->isMoving());
        // 2 nm fit into the bar's 150 pixels.
        QVERIFY(view->overlay()->scaleText().endsWith(QStringLiteral("nm")));
        view->setReconstruction(nullptr);
        QVERIFY(view->scene()->isEmpty());
        QCOMPARE(view->message(), QStringLiteral("nothing to show yet"));
    }

    void theLevelDecidesHowMuchIsSeen() {
        NEEDS_OPENGL;
        const auto view = shown(test::reconstruction());
        view->setLevel(view->map()->sigmasOf(0.5));
        // Half way between 0 and 1 the ball has its radius: 4 π r² of 48 Å, in faces of a third of a voxel about two triangles each.
        const double faces = 4 * M_PI * 48 * 48 / (16.0 / 9);
        QVERIFY(static_cast<double>(view->scene()->triangleCount()) > 1.5 * faces);
        QVERIFY(static_cast<double>(view->scene()->triangleCount()) < 5 * faces);
        QTRY_VERIFY(coloured(view->picture()) > 1000);
        const int large = coloured(view->picture());
        const std::size_t triangles = view->scene()->triangleCount();
        view->controls()->levelSpin()->setValue(view->map()->sigmasOf(0.999));
        QVERIFY(view->scene()->triangleCount() < triangles);
        QTRY_VERIFY(coloured(view->picture()) < large * 0.8);
        // The slider goes with it, and back.
        QVERIFY(std::abs(view->controls()->levelSlider()->value() * 0.02 - view->level()) < 0.011);
        DensityAppearance look = view->appearance();
        look.surface = false;
        view->setAppearance(look);
        QTRY_VERIFY(coloured(view->picture()) < large / 10); // the axes remain
    }

    void updatesLeaveTheCameraAlone() {
        NEEDS_OPENGL;
        const auto view = shown(test::reconstruction());
        view->scene()->camera().look(CameraPreset::alongX);
        view->scene()->camera().turn(20);
        const QJsonObject camera = view->scene()->camera().state();
        view->setLevel(1.0);
        auto phasing = std::make_shared<PhasingSnapshot>();
        phasing->map = test::ball();
        for (float& v : phasing->map.values.span())
            v *= 3;
        view->setPhasing(phasing);
        QCOMPARE(view->scene()->camera().state(), camera);
        QCOMPARE(view->level(), 1.0);
        QVERIFY(view->note().contains(QStringLiteral("running")));
    }

    void theNewestMapWinsAndAClearedViewStaysClear() {
        HeldBackground held;
        DensityView view(held);
        view.setReconstruction(mapAlone(ramp(5)));
        view.setReconstruction(mapAlone(ramp(6)));
        view.setReconstruction(mapAlone(ramp(7)));
        QCOMPARE(held.waiting(), std::size_t(1)); // the second was overtaken and never begins
        held.doAll();
        QCOMPARE(view.map()->size(), std::size_t(7));
        QVERIFY(view.isIdle());
        view.setReconstruction(mapAlone(ramp(5)));
        view.setReconstruction(nullptr);
        held.doAll();
        QVERIFY(!view.map());
    }

    void oddMapsAreSaid() {
        const auto view = shown(mapAlone(ramp(3)));
        auto constant = test::ball();
        std::fill(constant.values.span().begin(), constant.values.span().end(), 2.5f);
        view->setReconstruction(mapAlone(std::move(constant)));
        QCOMPARE(view->map()->sigma(), 0.0);
        if (view->hasOpenGl())
            QVERIFY(view->message().contains(QStringLiteral("no surface")));
        auto bad = test::ball();
        std::fill(bad.values.span().begin(), bad.values.span().end(), std::numeric_limits<float>::quiet_NaN());
        view->setReconstruction(mapAlone(std::move(bad)));
        QVERIFY(view->note().contains(QStringLiteral("64000 values are not finite")));
        view->setReconstruction(mapAlone(DensityMap{}));
        QVERIFY(!view->map());
        QTest::qWait(50); // and it is drawn
    }

    void cloudAndSlicesAreDrawn() {
        NEEDS_OPENGL;
        const auto view = shown(test::reconstruction());
        DensityAppearance look = view->appearance();
        look.surface = false;
        look.box = look.axes = false;
        look.volume = true;
        view->setAppearance(look);
        QVERIFY(view->scene()->showsVolume());
        QCOMPARE(view->scene()->volumeIsSoftware(), openGlSupport().software);
        QTRY_VERIFY(coloured(view->picture()) > 500);
        look.volume = false;
        look.slices = true;
        view->setAppearance(look);
        QTRY_VERIFY(coloured(view->picture()) > 500);
        look.edges = look.perspective = look.outerShell = look.surface = true;
        view->setAppearance(look);
        QVERIFY(view->scene()->camera().isPerspective());
    }

    void picturesHaveTheSizeAskedFor() {
        NEEDS_OPENGL;
        const auto view = shown(test::reconstruction());
        QTRY_VERIFY(coloured(view->picture()) > 1000);
        QImage image;
        view->makePicture({1300, 1100}, false, [&](const QImage& made) { image = made; });
        QTRY_VERIFY_WITH_TIMEOUT(!image.isNull(), 20000);
        QCOMPARE(image.size(), QSize(1300, 1100));
        QVERIFY(image.save(QStringLiteral("picture-density.png")));
        QCOMPARE(image.pixelColor(3, 3).rgb(), Theme::of(darkPalette()).canvas.rgb());
        // The tiles fit together: the ball covers the same part of the picture as of the screen.
        const double onScreen =
            static_cast<double>(coloured(view->picture())) * 4 / (view->drawing()->width() * view->drawing()->height());
        const double scale = static_cast<double>(view->drawing()->height()) / 1100;
        const double inPicture = static_cast<double>(coloured(image)) * 4 * scale * scale /
                                 (view->drawing()->width() * view->drawing()->height());
        QVERIFY2(std::abs(inPicture / onScreen - 1) < 0.05, qPrintable(QString::number(inPicture / onScreen)));
        image = {};
        view->makePicture({600, 500}, true, [&](const QImage& made) { image = made; });
        QTRY_VERIFY_WITH_TIMEOUT(!image.isNull(), 20000);
        QCOMPARE(image.pixelColor(3, 3).alpha(), 0);
        QCOMPARE(image.pixelColor(300, 250).alpha(), 255);
        // The screen is as it was.
        QTRY_VERIFY(coloured(view->picture()) > 1000);
    }

    void theStateComesBack() {
        DensityView first(m_background), second(m_background);
        DensityAppearance look = first.appearance();
        look.level = 1.75;
        look.volume = look.slices = look.outerShell = true;
        look.colour = SurfaceColour::byHeight;
        look.position = {4, -8, 12};
        look.referenceColour = Qt::green;
        first.setAppearance(look);
        if (first.hasOpenGl())
            first.scene()->camera().look(CameraPreset::alongY);
        second.restoreViewState(first.saveViewState());
        QCOMPARE(second.appearance(), first.appearance());
        if (first.hasOpenGl()) {
            // It also outlives the first map, which would else be fitted into the view.
            second.setReconstruction(test::reconstruction());
            QCOMPARE(second.scene()->camera().state(), first.scene()->camera().state());
        }
        second.restoreViewState("no state");
        second.restoreViewState(R"({"look":{"level":"x","opacity":7},"camera":{"position":[1]}})");
        QCOMPARE(second.appearance().opacity, 1.0);
    }

    void aReferenceIsLaidOver() {
        NEEDS_OPENGL;
        const auto view = shown(test::reconstruction());
        auto overlay = std::make_shared<ReferenceOverlay>();
        overlay->name = QStringLiteral("1ABC");
        overlay->map = std::make_shared<DensityMap>(test::ball());
        for (int i = 0; i < 50; ++i)
            overlay->beads.push_back({.position = {static_cast<float>(i - 25), 0, 60}});
        DensityAppearance look = view->appearance();
        look.surface = false;
        look.axes = false;
        look.referenceOpacity = 1;
        view->setAppearance(look);
        QTRY_VERIFY(coloured(view->picture()) < 40);
        view->setReference(overlay);
        QTRY_VERIFY(coloured(view->picture()) > 500);
        look.referenceAtoms = true;
        look.referenceColour = Qt::red;
        view->setAppearance(look);
        QTRY_VERIFY(coloured(view->picture()) > 20);
        view->setReference(nullptr);
        QTRY_VERIFY(coloured(view->picture()) < 20);
    }

    void survivesANewParent() {
        NEEDS_OPENGL;
        auto* view = new DensityView(m_background);
        QWidget first, second;
        view->setParent(&first);
        view->resize(400, 300);
        first.resize(420, 320);
        first.show();
        QVERIFY(QTest::qWaitForWindowExposed(&first));
        view->setReconstruction(test::reconstruction());
        QTRY_VERIFY(view->renderCount() > 0);
        second.resize(420, 320);
        view->setParent(&second); // as a dock that is torn off
        view->show();
        second.show();
        QVERIFY(QTest::qWaitForWindowExposed(&second));
        QTRY_VERIFY(coloured(view->picture()) > 300);
    }

    void withoutOpenGlSlicesAreShown() {
        if (openGlSupport().available)
            QSKIP("this run has OpenGL; tst_density_view_without_gl is the one without");
        const auto view = shown(test::reconstruction());
        QVERIFY(!view->hasOpenGl());
        QVERIFY(view->message().contains(QStringLiteral("3-D is off")));
        QVERIFY(view->slices()->isVisible());
        QVERIFY(view->slices()->slice(SliceAxis::z)->picture());
        QVERIFY(view->grab().save(QStringLiteral("view-density-without-gl.png")));
        view->setReference(nullptr);
        QCOMPARE(view->picture(), QImage());
    }
};

int main(int argc, char** argv) {
    requestOpenGlFormat();
    QApplication::setAttribute(Qt::AA_ShareOpenGLContexts);
    QApplication application(argc, argv);
    TestDensityView test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_density_view.moc"
