#include "widgets/canvas/canvas_layer.h"
#include "widgets/geometry_editor/geometry_editor.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/plot_library.h"
#include "widgets/theme/theme.h"

#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <numbers>

using namespace fxs;
using namespace fxs::ui;

namespace {

constexpr double kPi = std::numbers::pi;

/// One panel of 240 x 300 pixels whose beam is at (161.3, 108.8).
DetectorGeometry truth() {
    return DetectorGeometry::singlePanel(240, 300, 0.2, 2e-4, {161.3, 108.8}, 1.5);
}

std::shared_ptr<const BrowsedFrame> ringsOf(const DetectorGeometry& geometry) {
    auto frame = std::make_shared<BrowsedFrame>();
    const auto shape = geometry.frameShape();
    frame->raw.data = Array<float, 4>({1, shape[0], shape[1], shape[2]});
    for (std::size_t p = 0; p < geometry.panels.size(); ++p)
        for (std::size_t s = 0; s < geometry.slow; ++s)
            for (std::size_t f = 0; f < geometry.fast; ++f) {
                const double q = geometry.view(p, static_cast<double>(s) + 0.5, static_cast<double>(f) + 0.5).q;
                frame->raw.data(0, p, s, f) =
                    static_cast<float>(1000 * std::exp(-8 * q) * (1.2 + std::cos(2 * kPi * q / 0.1076)));
            }
    return frame;
}

/// The picture of a frame as it is stored, pixel centres at whole numbers.
PicturePtr pictureOf(const BrowsedFrame& frame) {
    const auto& data = frame.raw.data;
    auto picture = std::make_shared<Picture>(data.extent(3), data.extent(1) * data.extent(2));
    picture->xLast = static_cast<double>(picture->columns) - 1;
    picture->yLast = static_cast<double>(picture->rows) - 1;
    std::copy_n(data.data(), data.size(), picture->values.begin());
    return picture;
}

struct Bench {
    explicit Bench(const DetectorGeometry& given) {
        auto* layout = new QHBoxLayout(&window);
        map = new HeatMap;
        map->setSquare(true);
        map->setColourScale(ColourScale::logarithmic);
        editor = new GeometryEditor(background);
        editor->setFixedWidth(300);
        layout->addWidget(map, 1);
        layout->addWidget(editor);
        layer = editor->setCanvas(map);
        const auto frame = ringsOf(truth());
        map->setPicture(pictureOf(*frame));
        editor->setPlacement(placeStacked({1, 240, 300}));
        editor->setGeometry(std::make_shared<const DetectorGeometry>(given));
        // As the app does: what is edited comes back as what is given.
        QObject::connect(editor, &GeometryEditor::edited, editor,
                         [this](const DetectorGeometry& g, const QString& text) {
                             texts << text;
                             geometry = g;
                             editor->setGeometry(std::make_shared<const DetectorGeometry>(g));
                         });
        geometry = given;
        window.resize(1100, 720);
        window.show();
        if (!QTest::qWaitForWindowExposed(&window))
            qWarning("the window is not shown");
        editor->setFrame(frame);
        QTest::qWait(20);
        map->plot()->replot();
        QCoreApplication::processEvents();
    }
    std::array<double, 2> centre() const { return valuesOf(geometry).position; }
    QPoint at(double x, double y) const { return layer->mapTo(&window, layer->toWidget({x, y}).toPoint()); }
    QDoubleSpinBox* field(const char* part) const {
        for (auto* box : editor->findChildren<QDoubleSpinBox*>())
            if (box->accessibleName().contains(QLatin1String(part)))
                return box;
        qWarning("no field %s", part);
        return nullptr;
    }
    QPushButton* button(const char* text) const {
        for (auto* b : editor->findChildren<QPushButton*>())
            if (b->text().startsWith(QLatin1String(text)))
                return b;
        qWarning("no button %s", text);
        return nullptr;
    }

    InlineBackground background;
    QWidget window;
    HeatMap* map;
    GeometryEditor* editor;
    CanvasLayer* layer;
    DetectorGeometry geometry;
    QStringList texts;
};

DetectorGeometry twoPanels() {
    DetectorGeometry g = DetectorGeometry::singlePanel(50, 60, 0.3, 1e-4, {-5, 20}, 1.2);
    Panel turned = g.panels[0];
    turned.corner = {-6e-4, 2e-3, 0.301};
    turned.fastStep = {0, -1e-4, 0};
    turned.slowStep = {-1e-4, 0, 0};
    g.panels.push_back(turned);
    return g;
}

} // namespace

class tst_geometry_editor : public QObject {
    Q_OBJECT

    static bool near(double a, double b, double tolerance) {
        if (std::abs(a - b) <= tolerance)
            return true;
        qWarning("%.9g, expected %.9g", a, b);
        return false;
    }

private Q_SLOTS:
    void initTestCase() { QApplication::setPalette(lightPalette()); }

    void valuesThereAndBack() {
        const auto g = truth();
        GeometryValues v = valuesOf(g);
        QVERIFY(v.facing);
        QVERIFY(near(v.position[0], 161.3, 1e-9) && near(v.position[1], 108.8, 1e-9));
        QVERIFY(near(v.distanceMetre, 0.2, 1e-12) && near(v.pixelSizeMetre, 2e-4, 1e-15));
        v.position = {100, 120};
        v.pixelSizeMetre = 1e-4;
        v.distanceMetre = 0.5;
        const auto changed = valuesOf(withValues(g, v));
        QVERIFY(near(changed.position[0], 100, 1e-9) && near(changed.pixelSizeMetre, 1e-4, 1e-15));
        // Many panels move as one: what each pixel sees of its neighbours stays.
        const auto many = twoPanels();
        v = valuesOf(many);
        QVERIFY(!v.facing);
        v.position[0] += 3;
        v.distanceMetre += 0.05;
        const auto moved = withValues(many, v);
        for (std::size_t p = 0; p < 2; ++p) {
            QVERIFY(near(moved.panels[p].corner[0] - many.panels[p].corner[0], 3e-3, 1e-12));
            QVERIFY(near(moved.panels[p].corner[1] - many.panels[p].corner[1], 0, 1e-12));
            QVERIFY(near(moved.panels[p].corner[2] - many.panels[p].corner[2], 0.05, 1e-12));
            QCOMPARE(moved.panels[p].fastStep, many.panels[p].fastStep);
        }
    }

    /// Where the beam is in a picture, of each kind.
    void planes() {
        const auto stacked = planeOf(*placeStacked({1, 240, 300}), truth());
        QVERIFY(stacked);
        // The outer corner of the first pixel is at -0.5 in a picture with pixel centres at whole numbers.
        QVERIFY(near(stacked->beam.x, 160.8, 1e-9) && near(stacked->beam.y, 108.3, 1e-9));
        QVERIFY(near(stacked->xPerMetre, 5000, 1e-6) && near(stacked->yPerMetre, 5000, 1e-6));
        const auto assembled = planeOf(*placeDetector(twoPanels(), 1000), twoPanels().moved({1e-3, 2e-3, 0}));
        QVERIFY(assembled);
        QVERIFY(near(assembled->beam.x, -1, 1e-9) && near(assembled->beam.y, -2, 1e-9));
        QVERIFY(!planeOf(*placeStacked({2, 50, 60}), twoPanels())); // not where they are
        QVERIFY(!planeOf(*placeStacked({1, 50, 60}), twoPanels())); // another detector
    }

    void centreIsDragged() {
        Bench bench(truth().moved({2e-3, -1e-3, 0})); // the beam 10 pixels left, 5 above
        QVERIFY(near(bench.centre()[0], 151.3, 1e-6) && near(bench.centre()[1], 113.8, 1e-6));
        const double before = *quadrantSpread(*bench.editor->profiles());
        QWindow* window = bench.window.windowHandle();
        const QPoint from = bench.at(150.8, 113.3), to = bench.at(160.8, 108.3);
        QTest::mousePress(window, Qt::LeftButton, {}, from);
        QTest::mouseMove(window, (from + to) / 2);
        QVERIFY(bench.texts.isEmpty()); // seen, not yet told
        QVERIFY(valuesOf(*bench.editor->shown()).position[0] > 154);
        QTest::mouseMove(window, to);
        QTest::mouseRelease(window, Qt::LeftButton, {}, to);
        QCOMPARE(bench.texts.size(), 1);
        // Whole screen pixels: half of one is this much of the detector's.
        const double screen = std::abs(bench.layer->toPicture({1, 0}).x - bench.layer->toPicture({0, 0}).x);
        QVERIFY(near(bench.centre()[0], 161.3, screen) && near(bench.centre()[1], 108.8, screen));
        QVERIFY(*quadrantSpread(*bench.editor->profiles()) < 0.5 * before);
        // Pressed elsewhere nothing moves; a drag given up changes nothing; a double click sets it.
        QTest::mousePress(window, Qt::LeftButton, {}, bench.at(30, 30));
        QTest::mouseRelease(window, Qt::LeftButton, {}, bench.at(60, 60));
        const QPoint place = bench.at(bench.centre()[0] - 0.5, bench.centre()[1] - 0.5);
        QTest::mousePress(window, Qt::LeftButton, {}, place);
        QTest::mouseMove(window, place + QPoint(50, 0));
        QTest::keyClick(bench.layer, Qt::Key_Escape);
        QTest::mouseRelease(window, Qt::LeftButton, {}, place + QPoint(50, 0));
        QCOMPARE(bench.texts.size(), 1);
        QVERIFY(near(valuesOf(*bench.editor->shown()).position[0], bench.centre()[0], 1e-9));
        QTest::mouseDClick(window, Qt::LeftButton, {}, bench.at(60, 70));
        QVERIFY(near(bench.centre()[0], 60.5, screen) && near(bench.centre()[1], 70.5, screen));
    }

    void arrowsNudge() {
        Bench bench(truth());
        bench.layer->setFocus();
        QTest::keyClick(bench.layer, Qt::Key_Right);
        QTest::keyClick(bench.layer, Qt::Key_Up, Qt::ShiftModifier);
        QTest::keyClick(bench.layer, Qt::Key_Left, Qt::ControlModifier);
        QTest::keyClick(bench.layer, Qt::Key_Down, Qt::ControlModifier);
        QCOMPARE(bench.texts.size(), 4);
        QVERIFY(near(bench.centre()[0], 162.2, 1e-6) && near(bench.centre()[1], 118.7, 1e-6));
    }

    void fieldsAreTyped() {
        Bench bench(truth());
        const auto type = [&](const char* name, const char* text) {
            QDoubleSpinBox* box = bench.field(name);
            box->setFocus();
            box->selectAll();
            QTest::keyClicks(box, QLatin1String(text));
            QTest::keyClick(box, Qt::Key_Return);
        };
        type("fast axis", "100.25");
        type("Distance", "450.5");
        type("Side of", "150");
        QVERIFY(near(bench.centre()[0], 100.25, 1e-9) && near(bench.centre()[1], 108.8, 1e-9));
        QVERIFY(near(valuesOf(bench.geometry).distanceMetre, 0.4505, 1e-12));
        QVERIFY(near(valuesOf(bench.geometry).pixelSizeMetre, 1.5e-4, 1e-15));
        type("Photon energy", "9000");
        QVERIFY(near(bench.geometry.wavelengthAngstrom, 12398.4198 / 9000, 1e-6));
        QCOMPARE(bench.texts.size(), 4);
        type("Distance", "450.5"); // as it is
        QCOMPARE(bench.texts.size(), 4);
    }

    /// The true refinement on rings that are off: shown, and taken only by Apply.
    void refinementIsOfferedAndNeverTakenByItself() {
        Bench bench(truth().moved({1e-3, -6e-4, 0}));
        const QSignalSpy asked(bench.editor, &GeometryEditor::refineRequested);
        bench.button("Refine")->click();
        QCOMPARE(asked.count(), 1);
        bench.editor->setRefining(0.4);
        QVERIFY(bench.button("Stop")->text().contains("40"));
        const auto frame = ringsOf(truth());
        const auto found = std::make_shared<const GeometryRefinement>(
            refineGeometry(bench.geometry, View<const float, 3>(frame->raw.data.data(), {1, 240, 300}), {},
                           asked[0][0].value<RefineSettings>(), {}));
        bench.editor->setRefinement(found);
        QVERIFY(bench.texts.isEmpty() && bench.editor->hasProposal());
        QVERIFY(near(bench.centre()[0], 156.3, 1e-6));
        QTest::qWait(50); // the layout makes room for it
        QVERIFY(bench.window.grab().save("geometry-editor-proposal.png"));
        bench.button("Discard")->click();
        QVERIFY(bench.texts.isEmpty() && !bench.editor->hasProposal());
        bench.editor->setRefinement(found);
        bench.button("Apply")->click();
        QCOMPARE(bench.texts.size(), 1);
        QVERIFY(near(bench.centre()[0], 161.3, 0.1) && near(bench.centre()[1], 108.8, 0.1));
        // One that was found from another geometry than the present is not offered.
        bench.editor->setRefinement(found);
        QVERIFY(!bench.editor->hasProposal());
        bench.editor->setRefinementError("too few pixels");
        QCOMPARE(bench.texts.size(), 1);
    }

    void nothingToEdit() {
        InlineBackground background;
        GeometryEditor editor(background);
        QVERIFY(editor.grab().width() > 0);
        editor.setGeometry(nullptr, "polar images have no detector");
        editor.setGeometry(std::make_shared<const DetectorGeometry>(twoPanels()));
        editor.setFrame(std::make_shared<const BrowsedFrame>()); // of another run
        editor.show();
        QVERIFY(QTest::qWaitForWindowExposed(&editor));
        QVERIFY(!editor.profiles());
        auto flat = truth();
        flat.wavelengthAngstrom = 0;
        editor.setFrame(ringsOf(truth()));
        editor.setGeometry(std::make_shared<const DetectorGeometry>(flat));
        QVERIFY(!editor.profiles());
        for (auto* widget : editor.findChildren<QAbstractSpinBox*>())
            QVERIFY(!widget->toolTip().isEmpty() && !widget->accessibleName().isEmpty());
    }

    void looks() {
        for (const bool dark : {false, true}) {
            QApplication::setPalette(dark ? darkPalette() : lightPalette());
            Bench bench(truth().moved({6e-4, 0, 0}));
            bench.map->setColourMap(ColourMap::magma);
            QTest::qWait(50);
            QVERIFY(bench.window.grab().save(dark ? "geometry-editor-dark.png" : "geometry-editor-light.png"));
        }
        QApplication::setPalette(lightPalette());
    }
};

QTEST_MAIN(tst_geometry_editor)
#include "tst_geometry_editor.moc"
