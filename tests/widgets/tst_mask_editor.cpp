#include "tests/widgets/mask_cases.h"
#include "widgets/canvas/canvas_layer.h"
#include "widgets/mask/mask_editor.h"
#include "widgets/mask/mask_model.h"
#include "widgets/mask/mask_overlay.h"
#include "widgets/mask/mask_tools.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/plot_library.h"
#include "widgets/theme/theme.h"

#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>
#include <cmath>
#include <numbers>
#include <random>

using namespace fxs;
using namespace fxs::ui;
using namespace fxs::ui::test;

namespace {

PicturePtr ramp(std::size_t columns, std::size_t rows) {
    auto picture = std::make_shared<Picture>(columns, rows);
    picture->xLast = static_cast<double>(columns) - 1;
    picture->yLast = static_cast<double>(rows) - 1;
    for (std::size_t i = 0; i < picture->values.size(); ++i)
        picture->values[i] = static_cast<float>(100 + 80 * std::sin(0.05 * static_cast<double>(i % columns)) *
                                                          std::cos(0.04 * static_cast<double>(i / columns)));
    return picture;
}

/// A picture of one panel with the editor beside it, as a user has them.
struct Bench {
    explicit Bench(std::size_t slow = 150, std::size_t fast = 200)
        : model(undo), editor(model, undo, background), shape{1, slow, fast} {
        auto* layout = new QHBoxLayout(&window);
        map = new HeatMap;
        map->setSquare(true);
        layout->addWidget(map, 1);
        layout->addWidget(&editor);
        map->setPicture(ramp(fast, slow));
        layer = editor.addCanvas(map);
        placement = placeStacked(shape);
        editor.setPlacement(map, placement);
        model.reset(shape);
        window.resize(1000, 700);
        window.show();
        if (!QTest::qWaitForWindowExposed(&window))
            qWarning("the window is not shown");
        settle();
    }
    ~Bench() {
        editor.setParent(nullptr); // a member, not the layout's to delete
    }

    void settle() {
        QTest::qWait(20);
        map->plot()->replot();
        QCoreApplication::processEvents();
    }
    /// Where a point of the picture is in the window.
    QPoint at(double x, double y) const { return layer->mapTo(&window, layer->toWidget({x, y}).toPoint()); }
    /// The picture's point under that whole pixel of the screen.
    PicturePoint seen(double x, double y) const { return layer->toPicture(layer->toWidget({x, y}).toPoint()); }

    // Through the window, as the system delivers it.
    void press(double x, double y, Qt::KeyboardModifiers m = {}) {
        QTest::mousePress(window.windowHandle(), Qt::LeftButton, m, at(x, y));
    }
    void move(double x, double y) { QTest::mouseMove(window.windowHandle(), at(x, y)); }
    void release(double x, double y, Qt::KeyboardModifiers m = {}) {
        QTest::mouseRelease(window.windowHandle(), Qt::LeftButton, m, at(x, y));
    }
    void drag(double x0, double y0, double x1, double y1, Qt::KeyboardModifiers m = {}) {
        press(x0, y0, m);
        move(0.5 * (x0 + x1), 0.5 * (y0 + y1));
        move(x1, y1);
        release(x1, y1, m);
    }
    void click(double x, double y) {
        press(x, y);
        release(x, y);
        QTest::qWait(QApplication::doubleClickInterval() + 10); // two clicks, not a double one
    }
    QList<double> zoom() const {
        const auto x = map->plot()->xAxis->range(), y = map->plot()->yAxis->range();
        return {x.lower, x.upper, y.lower, y.upper};
    }
    QAbstractButton* button(const QString& name) const {
        for (auto* b : editor.findChildren<QAbstractButton*>())
            if (b->accessibleName() == name)
                return b;
        qWarning("no button %s", qPrintable(name));
        return nullptr;
    }

    QUndoStack undo;
    InlineBackground background;
    QWidget window;
    MaskModel model;
    MaskEditor editor;
    MaskModel::Shape shape;
    HeatMap* map;
    CanvasLayer* layer;
    std::shared_ptr<const PixelPlacement> placement;
};

Mask expectedMask(const Bench& bench, const MaskShape& shape) {
    Mask mask(bench.shape);
    std::ranges::fill(mask.span(), std::uint8_t{1});
    setPixels(mask, pixelsIn(*bench.placement, shape), 0);
    return mask;
}

} // namespace

class tst_mask_editor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setPalette(lightPalette()); }

    // ---- drawing with the mouse

    void rectangleByMouse() {
        Bench bench;
        const auto zoom = bench.zoom();
        const PicturePoint from = bench.seen(30, 100), to = bench.seen(90, 40);
        bench.drag(30, 100, 90, 40);
        QVERIFY(equal(bench.model.drawn(), expectedMask(bench, RectangleShape{from, to})));
        // Ctrl: the other way; the mode button as well.
        const PicturePoint a = bench.seen(50, 50), b = bench.seen(70, 70);
        bench.drag(50, 50, 70, 70, Qt::ControlModifier);
        QCOMPARE(bench.model.drawn()(0, 60, 60), std::uint8_t{1});
        auto expected = expectedMask(bench, RectangleShape{from, to});
        setPixels(expected, pixelsIn(*bench.placement, RectangleShape{a, b}), 1);
        QVERIFY(equal(bench.model.drawn(), expected));
        bench.undo.undo();
        QTest::mouseClick(bench.button("Unmask"), Qt::LeftButton);
        bench.drag(50, 50, 70, 70);
        QVERIFY(equal(bench.model.drawn(), expected));
        QCOMPARE(bench.zoom(), zoom);
        // A click without a drag is no shape.
        bench.press(20, 20);
        bench.release(20, 20);
        QCOMPARE(bench.undo.count(), 2);
    }

    void ellipseByMouse() {
        Bench bench;
        bench.editor.setTool(MaskEditor::Tool::ellipse);
        const PicturePoint from = bench.seen(20, 20), to = bench.seen(120, 90);
        bench.drag(20, 20, 120, 90);
        const EllipseShape e{{0.5 * (from.x + to.x), 0.5 * (from.y + to.y)},
                             0.5 * std::abs(to.x - from.x),
                             0.5 * std::abs(to.y - from.y)};
        QVERIFY(equal(bench.model.drawn(), expectedMask(bench, e)));
        QVERIFY(bench.model.drawnCount() > 4000);
        // Escape in the middle of a drag gives it up.
        bench.press(130, 100);
        bench.move(180, 140);
        QTest::keyClick(bench.layer, Qt::Key_Escape);
        bench.release(180, 140);
        QCOMPARE(bench.undo.count(), 1);
    }

    void polygonByMouse() {
        Bench bench;
        bench.editor.setTool(MaskEditor::Tool::polygon);
        PolygonShape polygon;
        for (const auto& [x, y] : {std::pair{20.0, 20.0}, {150.0, 30.0}, {90.0, 60.0}, {160.0, 130.0}})
            polygon.corners.push_back(bench.seen(x, y));
        for (const auto& [x, y] : {std::pair{20.0, 20.0}, {150.0, 30.0}, {90.0, 60.0}, {160.0, 130.0}})
            bench.click(x, y);
        bench.click(100, 140); // one too many
        QTest::keyClick(bench.layer, Qt::Key_Backspace);
        QCOMPARE(bench.undo.count(), 0);
        QTest::keyClick(bench.layer, Qt::Key_Return);
        QCOMPARE(bench.undo.count(), 1);
        QVERIFY(equal(bench.model.drawn(), expectedMask(bench, polygon)));
        // Closed by a click on the first corner, and by a double click.
        bench.undo.undo();
        for (const auto& [x, y] : {std::pair{20.0, 20.0}, {150.0, 30.0}, {90.0, 60.0}, {160.0, 130.0}, {20.5, 20.5}})
            bench.click(x, y);
        QVERIFY(equal(bench.model.drawn(), expectedMask(bench, polygon)));
        bench.undo.undo();
        for (const auto& [x, y] : {std::pair{20.0, 20.0}, {150.0, 30.0}, {90.0, 60.0}})
            bench.click(x, y);
        bench.press(160, 130);
        bench.release(160, 130);
        QTest::mouseDClick(bench.window.windowHandle(), Qt::LeftButton, {}, bench.at(160, 130));
        QVERIFY(equal(bench.model.drawn(), expectedMask(bench, polygon)));
    }

    void brushByMouse() {
        Bench bench;
        bench.editor.setTool(MaskEditor::Tool::brush);
        bench.editor.setBrushSize(12);
        const auto zoom = bench.zoom();
        const QSignalSpy changed(&bench.model, &MaskModel::changed);
        StrokeShape stroke{{bench.seen(20, 30)}, 6, 6};
        bench.press(20, 30);
        QVERIFY(changed.count() == 1); // seen at once
        for (int i = 1; i <= 10; ++i) {
            stroke.path.push_back(bench.seen(20 + 15 * i, 30 + 10 * std::sin(i)));
            bench.move(20 + 15 * i, 30 + 10 * std::sin(i));
        }
        bench.release(20 + 150, 30 + 10 * std::sin(10));
        QVERIFY(equal(bench.model.drawn(), expectedMask(bench, stroke)));
        QCOMPARE(bench.undo.count(), 1);
        bench.undo.undo();
        QCOMPARE(bench.model.drawnCount(), std::size_t{0});
        // Escape takes the stroke back.
        bench.press(50, 50);
        bench.move(90, 90);
        QVERIFY(bench.model.drawnCount() > 0);
        QTest::keyClick(bench.layer, Qt::Key_Escape);
        bench.release(90, 90);
        QCOMPARE(bench.model.drawnCount(), std::size_t{0});
        QCOMPARE(bench.zoom(), zoom);
    }

    /// The wheel zooms as without a tool, the mask follows, and drawing goes on where the picture is now.
    void zoomStaysThePictures() {
        Bench bench;
        const auto whole = bench.zoom();
        const QPoint place = bench.layer->toWidget({60, 60}).toPoint();
        QWheelEvent wheel(place, bench.layer->mapToGlobal(place), {}, QPoint(0, 240), {}, {}, Qt::NoScrollPhase, false);
        // What a test sends is not passed on to parents as the system's own events are: the layer must leave it to the plot.
        QCoreApplication::sendEvent(bench.layer, &wheel);
        QVERIFY(!wheel.isAccepted());
        QCoreApplication::sendEvent(bench.map->plot(), &wheel);
        bench.settle();
        const auto near = bench.zoom();
        QVERIFY(near != whole);
        const PicturePoint from = bench.seen(50, 50), to = bench.seen(70, 65);
        bench.drag(50, 50, 70, 65);
        QVERIFY(equal(bench.model.drawn(), expectedMask(bench, RectangleShape{from, to})));
        QCOMPARE(bench.zoom(), near);
        bench.model.invert();
        bench.map->setPicture(ramp(200, 150)); // the next frame
        bench.settle();
        QCOMPARE(bench.zoom(), near);
    }

    /// Hidden or with "Look" in hand, the mouse is the picture's.
    void withoutAToolTheMouseIsThePictures() {
        Bench bench;
        const QSignalSpy cursor(bench.map, &HeatMap::cursorMoved);
        bench.editor.setTool(MaskEditor::Tool::none);
        bench.drag(30, 30, 60, 60);
        QVERIFY(cursor.count() > 0);
        QCOMPARE(bench.undo.count(), 0);
        bench.editor.setTool(MaskEditor::Tool::rectangle);
        bench.editor.hide();
        const int before = static_cast<int>(cursor.count());
        bench.drag(30, 30, 60, 60);
        QVERIFY(cursor.count() > before);
        QCOMPARE(bench.undo.count(), 0);
    }

    /// Turned panels: what is drawn on the assembled picture is what lies there, and only there.
    void turnedPanelsByMouse() {
        Bench bench;
        const MaskModel::Shape shape{2, 60, 70};
        const double a = 0.5;
        bench.shape = shape;
        bench.placement =
            placePanels(shape, {{{20, 60}, {0, 1}, {1, 0}, {}},
                                {{120, 20}, {-std::sin(a), std::cos(a)}, {std::cos(a), std::sin(a)}, {}}});
        bench.model.reset(shape);
        bench.editor.setPlacement(bench.map, bench.placement);
        bench.settle();
        bench.editor.setTool(MaskEditor::Tool::ellipse);
        const PicturePoint from = bench.seen(60, 30), to = bench.seen(150, 110);
        bench.drag(60, 30, 150, 110);
        const double cx = 0.5 * (from.x + to.x), cy = 0.5 * (from.y + to.y);
        const double rx = 0.5 * std::abs(to.x - from.x), ry = 0.5 * std::abs(to.y - from.y);
        std::array<int, 2> masked{};
        for (std::size_t s = 0; s < 60; ++s)
            for (std::size_t f = 0; f < 70; ++f) {
                const double x0 = 20 + static_cast<double>(f), y0 = 60 + static_cast<double>(s);
                const double u = static_cast<double>(f), v = static_cast<double>(s);
                const double x1 = 120 + u * std::cos(a) - v * std::sin(a), y1 = 20 + u * std::sin(a) + v * std::cos(a);
                QCOMPARE(bench.model.drawn()(0, s, f) == 0,
                         std::pow((x0 - cx) / rx, 2) + std::pow((y0 - cy) / ry, 2) <= 1);
                QCOMPARE(bench.model.drawn()(1, s, f) == 0,
                         std::pow((x1 - cx) / rx, 2) + std::pow((y1 - cy) / ry, 2) <= 1);
                masked[0] += bench.model.drawn()(0, s, f) == 0;
                masked[1] += bench.model.drawn()(1, s, f) == 0;
            }
        QVERIFY(masked[0] > 100 && masked[1] > 100);
    }

    /// One mask, two pictures of polar images: drawn on the rings, seen on the pattern.
    void ringsAndPattern() {
        QUndoStack undo;
        InlineBackground background;
        MaskModel model(undo);
        MaskEditor editor(model, undo, background);
        std::vector<double> q(40);
        for (std::size_t i = 0; i < q.size(); ++i)
            q[i] = 0.02 + 0.002 * static_cast<double>(i);
        HeatMap rings, disk;
        auto ringPicture = std::make_shared<Picture>(64, 40);
        ringPicture->xLast = 360.0 * 63 / 64;
        ringPicture->yFirst = q.front();
        ringPicture->yLast = q.back();
        std::ranges::fill(ringPicture->values, 1.0F);
        auto diskPicture = std::make_shared<Picture>(200, 200);
        diskPicture->xFirst = diskPicture->yFirst = -0.1;
        diskPicture->xLast = diskPicture->yLast = 0.1;
        std::ranges::fill(diskPicture->values, 1.0F);
        disk.resize(500, 500);
        rings.setPicture(ringPicture);
        disk.setPicture(diskPicture);
        disk.setColourMap(ColourMap::grey);
        editor.addCanvas(&rings);
        CanvasLayer* pattern = editor.addCanvas(&disk);
        model.reset({1, 40, 64});
        editor.setPlacement(&rings, placeRings(q, 64));
        editor.setPlacement(&disk, placeDisk(q, 64));
        disk.show();
        QVERIFY(QTest::qWaitForWindowExposed(&disk));
        disk.plot()->replot();
        // Azimuths around 90 degrees: the pattern's upper part.
        model.setPixels(pixelsIn(*placeRings(q, 64), RectangleShape{{60, 0.05}, {120, 0.08}}), false, "test");
        const auto colourAt = [&](double x, double y) {
            const QImage image = disk.plot()->grab().toImage();
            return image.pixelColor(pattern->toWidget({x, y}).toPoint());
        };
        const QColor masked = colourAt(0, 0.065), valid = colourAt(0, -0.065);
        QVERIFY2(masked != valid && masked.red() > masked.blue() + 40, qPrintable(masked.name() + valid.name()));
        QCOMPARE(colourAt(0.065, 0), valid);
        // A brush on the rings is so many bins wide and high.
        const PicturePoint bin = placeRings(q, 64)->pixelSize();
        const PixelRuns dab = pixelsIn(*placeRings(q, 64), StrokeShape{{{180, q[20]}}, 2.5 * bin.x, 2.5 * bin.y});
        QCOMPARE(countPixels(dab), std::size_t{21});
    }

    /// A single masked pixel of a large detector is seen in a small picture of it.
    void singlePixelsAreSeenFromAfar() {
        Bench bench(2000, 2000);
        const auto redIn = [&] {
            const QImage image = bench.map->plot()->grab().toImage();
            int n = 0;
            const QPoint at = bench.layer->toWidget({777, 1234}).toPoint();
            for (int y = at.y() - 3; y <= at.y() + 3; ++y)
                for (int x = at.x() - 3; x <= at.x() + 3; ++x)
                    n += image.pixelColor(x, y).red() > image.pixelColor(x, y).green() + 30;
            return n;
        };
        bench.map->setColourMap(ColourMap::grey);
        bench.settle();
        QCOMPARE(redIn(), 0);
        bench.model.setPixels({{1234 * 2000 + 777, 1}}, false, "dead pixel");
        QVERIFY(redIn() > 0);
        bench.undo.undo();
        QCOMPARE(redIn(), 0);
    }

    /// The table of raw pixels is what asking for every point gives, panels over one another included.
    void tableOfRawPixels() {
        const PictureGrid grid{150, 140, -60, 70, -50, 65};
        const double a = 0.5, b = 2.1;
        const auto place =
            placePanels({3, 40, 50}, {{{-40, -30}, {0, 1}, {1, 0}, {}},
                                      {{0, 0}, {-std::sin(a), std::cos(a)}, {std::cos(a), std::sin(a)}, {}},
                                      {{10, -5}, {std::cos(b), std::sin(b)}, {-std::sin(b), std::cos(b)}, {}}});
        const auto table = rawPixelsUnder(grid, *place);
        int seen = 0;
        for (std::size_t row = 0; row < grid.rows; ++row)
            for (std::size_t column = 0; column < grid.columns; ++column) {
                const auto raw = place->pixelAt(
                    {-60 + 130.0 * static_cast<double>(column) / 149, -50 + 115.0 * static_cast<double>(row) / 139});
                const std::int32_t expected = raw ? static_cast<std::int32_t>(place->indexOf(*raw)) : -1;
                QCOMPARE(table[row * grid.columns + column], expected);
                seen += expected >= 0;
            }
        QVERIFY(seen > 4000);
    }

    // ---- the panel's buttons

    void buttons() {
        Bench bench;
        auto frame = std::make_shared<BrowsedFrame>();
        frame->raw.data = Array<float, 4>({1, 1, 150, 200});
        frame->raw.data(0, 0, 7, 9) = 70000;
        frame->raw.data(0, 0, 8, 9) = -5;
        bench.editor.setFrame(frame);
        QAbstractButton* apply = bench.button("Mask these values");
        QVERIFY(!apply->isEnabled());
        for (auto* check : bench.editor.findChildren<QCheckBox*>())
            if (check->text() == QLatin1String("below") || check->text() == QLatin1String("above"))
                check->setChecked(true);
        QVERIFY(apply->isEnabled());
        apply->click();
        QCOMPARE(bench.model.drawnCount(), std::size_t{2});
        QCOMPARE(bench.model.drawn()(0, 7, 9), std::uint8_t{0});
        bench.button("Grow")->click();
        QCOMPARE(bench.model.drawnCount(), std::size_t{12});
        bench.button("Shrink")->click();
        QCOMPARE(bench.model.drawnCount(), std::size_t{2});
        bench.button("Invert")->click();
        QCOMPARE(bench.model.drawnCount(), std::size_t{150 * 200 - 2});
        bench.button("Clear")->click();
        bench.button("Panel edges")->click();
        QCOMPARE(bench.model.drawnCount(), std::size_t{2 * 200 + 2 * 148});
        for (int i = 0; i < 6; ++i)
            bench.undo.undo();
        QCOMPARE(bench.model.drawnCount(), std::size_t{0});
        bench.editor.takeLoaded(randomMask(bench.shape, 9), false, "m.h5");
        QVERIFY(equal(bench.model.drawn(), randomMask(bench.shape, 9)));
        bench.editor.takeLoaded(randomMask(bench.shape, 10), true, "n.h5");
        const Mask a = randomMask(bench.shape, 9), b = randomMask(bench.shape, 10);
        for (std::size_t i = 0; i < a.size(); ++i)
            QCOMPARE(bench.model.drawn().data()[i], std::uint8_t(a.data()[i] & b.data()[i]));
        for (auto* widget : bench.editor.findChildren<QAbstractButton*>()) {
            QVERIFY2(!widget->toolTip().isEmpty(), qPrintable(widget->text()));
            QVERIFY2(!widget->accessibleName().isEmpty() || !widget->text().isEmpty(), qPrintable(widget->toolTip()));
        }
    }

    // ---- speed, looks

    /// Four megapixels: a stroke's event with its repaint.
    void brushIsFluidOnFourMegapixels() {
        Bench bench(2048, 2048);
        bench.editor.setTool(MaskEditor::Tool::brush);
        bench.editor.setBrushSize(40);
        QElapsedTimer clock;
        double worst = 0, sum = 0;
        const auto timed = [&](auto act) {
            clock.start();
            act();
            QCoreApplication::processEvents(); // the repaint belongs to it
            const double ms = static_cast<double>(clock.nsecsElapsed()) / 1e6;
            worst = std::max(worst, ms);
            sum += ms;
        };
        timed([&] { bench.press(200, 300); });
        constexpr int kMoves = 100;
        for (int i = 1; i <= kMoves; ++i)
            timed([&] { bench.move(200 + 16 * i, 1000 + 700 * std::sin(0.1 * i)); });
        timed([&] { bench.release(1800, 1000); });
        const double stroke = sum / (kMoves + 2), strokeWorst = worst;
        const std::size_t painted = bench.model.drawnCount();
        QVERIFY(painted > 1600 * 40); // as wide as the brush, all the way
        worst = 0;
        timed([&] { bench.model.invert(); });
        const double invert = worst;
        worst = 0;
        timed([&] { bench.undo.undo(); });
        QCOMPARE(bench.model.drawnCount(), painted);
        qInfo("4 megapixels: brush event with repaint %.1f ms mean, %.1f ms worst; invert %.1f ms; undo %.1f ms",
              stroke, strokeWorst, invert, worst);
    }

    void looks() {
        for (const bool dark : {false, true}) {
            QApplication::setPalette(dark ? darkPalette() : lightPalette());
            Bench bench;
            bench.map->setColourMap(dark ? ColourMap::magma : ColourMap::viridis);
            bench.drag(20, 20, 60, 50);
            bench.editor.setTool(MaskEditor::Tool::ellipse);
            bench.drag(90, 90, 150, 130);
            bench.editor.setTool(MaskEditor::Tool::brush);
            bench.drag(20, 100, 80, 130);
            bench.editor.setTool(MaskEditor::Tool::polygon);
            for (const auto& [x, y] : {std::pair{110.0, 20.0}, {180.0, 30.0}, {150.0, 70.0}})
                bench.click(x, y);
            bench.move(120, 60);
            bench.editor.setMessage("saved to run.mask.h5");
            bench.settle();
            QVERIFY(bench.window.grab().save(dark ? "mask-editor-dark.png" : "mask-editor-light.png"));
        }
        QApplication::setPalette(lightPalette());
    }
};

QTEST_MAIN(tst_mask_editor)
#include "tst_mask_editor.moc"
