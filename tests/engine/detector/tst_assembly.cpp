#include "engine/detector/assembly.h"

#include "engine/core/parallel.h"

#include <QElapsedTimer>
#include <QTest>

#include <cmath>
#include <numbers>

using namespace fxs;

namespace {

constexpr double kPitch = 1e-4; // m

Panel panelAt(double x, double y, double degrees, double z = 0.2) {
    const double c = std::cos(degrees * std::numbers::pi / 180), s = std::sin(degrees * std::numbers::pi / 180);
    return {{x, y, z}, {kPitch * c, kPitch * s, 0}, {-kPitch * s, kPitch * c, 0}};
}

/// Four panels turned by 90 degrees each, as in detectors of quadrants, one by an odd angle, one over another.
DetectorGeometry sixPanels() {
    DetectorGeometry g;
    g.slow = 12;
    g.fast = 20;
    g.wavelengthAngstrom = 2;
    for (int i = 0; i < 4; ++i)
        g.panels.push_back(panelAt(3e-3 * std::cos(i * 1.5708), 3e-3 * std::sin(i * 1.5708), 90.0 * i + 0.3 * i));
    g.panels.push_back(panelAt(-1e-3, -0.5e-3, 37));
    g.panels.push_back(panelAt(-0.5e-3, -0.1e-3, -12, 0.21));
    return g;
}

/// The slow way: every panel, every picture pixel, the 2 x 2 system solved; the last panel in front.
std::int32_t direct(const DetectorGeometry& g, double x, double y) {
    std::int32_t found = -1;
    for (std::size_t i = 0; i < g.panels.size(); ++i) {
        const Panel& p = g.panels[i];
        const double a = p.slowStep[0], b = p.fastStep[0], c = p.slowStep[1], d = p.fastStep[1];
        const double dx = x / 1000 - p.corner[0], dy = y / 1000 - p.corner[1], det = a * d - b * c;
        const double s = std::floor((dx * d - dy * b) / det), f = std::floor((a * dy - c * dx) / det);
        if (s >= 0 && s < static_cast<double>(g.slow) && f >= 0 && f < static_cast<double>(g.fast))
            found = static_cast<std::int32_t>((i * g.slow + static_cast<std::size_t>(s)) * g.fast +
                                              static_cast<std::size_t>(f));
    }
    return found;
}

Array<float, 3> counted(const std::array<std::size_t, 3>& shape) {
    Array<float, 3> frame(shape);
    for (std::size_t i = 0; i < frame.size(); ++i)
        frame.data()[i] = static_cast<float>(i);
    return frame;
}

} // namespace

class TestAssembly : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyPictureTakesThePixelUnderIt() {
        const DetectorGeometry g = sixPanels();
        const Assembly a(g, {});
        QCOMPARE(a.step(), kPitch * 1000);
        std::size_t gaps = 0, odd = 0;
        for (std::size_t row = 0; row < a.rows(); ++row)
            for (std::size_t column = 0; column < a.columns(); ++column) {
                const double x = a.xFirst() + static_cast<double>(column) * a.step(),
                             y = a.yFirst() + static_cast<double>(row) * a.step();
                const std::int32_t is = a.pixels()(row, column);
                gaps += is < 0;
                // Points that rounding puts on either side of a pixel's edge may differ: panels parallel to the axes put none there.
                odd += is != direct(g, x, y);
            }
        QVERIFY2(odd <= 2, qPrintable(QString::number(odd)));
        QVERIFY(gaps > 100);
        // The picture ends where the outermost corners are.
        QVERIFY(std::abs(a.xFirst() - 0.5 * a.step() - a.placement()->boxOf({2, 0, 12, 0, 20}).low.x) < 1e-9);
    }

    void onePanelIsItsOwnPicture() {
        const auto g = DetectorGeometry::singlePanel(30, 50, 0.3, kPitch, {20.25, 11.5}, 1.5);
        const Assembly a(g, {});
        QCOMPARE(a.rows(), std::size_t(30));
        QCOMPARE(a.columns(), std::size_t(50));
        QVERIFY(std::abs(a.xFirst() - (0.5 - 20.25) * kPitch * 1000) < 1e-12);
        const Array<float, 3> frame = counted({1, 30, 50});
        const Array<float, 2> picture = a.assemble(frame, {});
        for (std::size_t i = 0; i < picture.size(); ++i)
            QCOMPARE(picture.data()[i], static_cast<float>(i)); // y up is ss up: no row is turned over
    }

    void gapsAndMaskedPixelsAreNan() {
        const DetectorGeometry g = sixPanels();
        const Assembly a(g, {});
        const Array<float, 3> frame = counted(g.frameShape());
        Array<std::uint8_t, 3> mask(g.frameShape());
        for (std::size_t i = 0; i < mask.size(); ++i)
            mask.data()[i] = i % 3 != 0;
        const Array<float, 2> picture = a.assemble(frame, {}, mask);
        for (std::size_t i = 0; i < picture.size(); ++i) {
            const std::int32_t raw = a.pixels().data()[i];
            if (raw < 0 || raw % 3 == 0)
                QVERIFY(std::isnan(picture.data()[i]));
            else
                QCOMPARE(picture.data()[i], static_cast<float>(raw));
        }
    }

    void thereAndBack() {
        const DetectorGeometry g = sixPanels();
        const Assembly a(g, {});
        for (const std::size_t panel : {std::size_t(1), std::size_t(3), std::size_t(5)}) {
            const PicturePoint centre = a.placement()->place(panel, 7, 13);
            const auto raw = a.placement()->pixelAt(centre);
            QVERIFY(raw);
            QCOMPARE(*raw, (RawPixel{panel, 7, 13}));
            const auto seen = a.view(centre);
            QVERIFY(seen);
            const PixelView expected = g.view(panel, 7.5, 13.5);
            QVERIFY(std::abs(seen->q - expected.q) < 1e-9);
            QVERIFY(std::abs(seen->phi - expected.phi) < 1e-9);
            // The outline's mean is the centre, its area that of a pixel.
            const auto corners = a.outline(panel, 7, 13);
            double x = 0, y = 0, area = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                const PicturePoint p = corners[i], n = corners[(i + 1) % 4];
                x += p.x / 4;
                y += p.y / 4;
                area += 0.5 * (p.x * n.y - n.x * p.y);
            }
            QVERIFY(std::abs(x - centre.x) < 1e-9 && std::abs(y - centre.y) < 1e-9);
            QVERIFY(std::abs(std::abs(area) - 0.01) < 1e-9); // (0.1 mm)²
        }
        QVERIFY(!a.view({1e3, 0}));
    }

    void panelsOfOneSlab() {
        DetectorGeometry g; // two halves of one slab, apart by five pixels
        g.slow = 10;
        g.fast = 8;
        g.slabs = 1;
        g.wavelengthAngstrom = 1;
        g.panels = {panelAt(0, 0, 0), panelAt(0, 10 * kPitch, 0)};
        g.panels[0].area = PanelArea{0, 0, 0, 5, 8};
        g.panels[1].area = PanelArea{0, 5, 0, 5, 8};
        const Assembly a(g, {});
        QCOMPARE(a.rows(), std::size_t(15));
        QCOMPARE(a.pixels()(4, 3), 4 * 8 + 3);
        QCOMPARE(a.pixels()(7, 3), -1);
        QCOMPARE(a.pixels()(10, 3), 5 * 8 + 3);
    }

    void stackedWithoutGeometry() {
        const Assembly a = Assembly::stacked({3, 4, 5}, {});
        QVERIFY(!a.isPhysical());
        QCOMPARE(a.rows(), std::size_t(12));
        QCOMPARE(a.columns(), std::size_t(5));
        QCOMPARE(a.xFirst(), 0.0);
        QCOMPARE(a.yLast(), 11.0);
        for (std::size_t i = 0; i < a.pixels().size(); ++i)
            QCOMPARE(a.pixels().data()[i], static_cast<std::int32_t>(i));
        QVERIFY(!a.view({1, 1}));
    }

    void edgeOnPanelsAreLeftOut() {
        DetectorGeometry g = sixPanels();
        g.panels[2].fastStep = {0, 0, kPitch}; // along the beam
        const Assembly a(g, {});
        for (std::size_t i = 0; i < a.pixels().size(); ++i)
            QVERIFY(a.pixels().data()[i] < 0 || a.pixels().data()[i] / (12 * 20) != 2);
        g.panels = {g.panels[2]};
        QVERIFY_EXCEPTION_THROWN(Assembly(g, {}), Error);
    }

    void refusesOtherShapesAndStops() {
        const DetectorGeometry g = sixPanels();
        const Assembly a(g, {});
        QVERIFY_EXCEPTION_THROWN(a.assemble(counted({6, 12, 21}), {}), Error);
        QVERIFY_EXCEPTION_THROWN(a.assemble(counted({6, 12, 20}), {}, Array<std::uint8_t, 3>({6, 20, 12})), Error);
        std::stop_source stop;
        TaskContext task;
        task.stop = stop.get_token();
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(Assembly(g, task), Stopped);
        QVERIFY_EXCEPTION_THROWN(a.assemble(counted({6, 12, 20}), task), Stopped);
    }

    /// A far panel must not make a picture of gigabytes.
    void farPanelsMakeItCoarser() {
        DetectorGeometry g = sixPanels();
        g.panels[0].corner[0] = 3;
        g.panels[1].corner[1] = 3;
        const Assembly a(g, {});
        QVERIFY(a.rows() * a.columns() < Assembly::kMostPixels * 11 / 10);
        QVERIFY(a.step() > kPitch * 1000);
    }

    void fourMegapixelsOf128Panels() {
        DetectorGeometry g;
        g.slow = 64;
        g.fast = 512;
        g.wavelengthAngstrom = 2;
        for (int i = 0; i < 128; ++i)
            g.panels.push_back(panelAt((i % 4) * 52e-3 - 104e-3, (i / 4) * 6.5e-3 - 104e-3, 0.1 * (i % 7)));
        QElapsedTimer clock;
        clock.start();
        const Assembly a(g, {});
        const auto table = clock.nsecsElapsed();
        const Array<float, 3> frame = counted(g.frameShape());
        clock.restart();
        const Array<float, 2> picture = a.assemble(frame, {});
        const auto assembled = clock.nsecsElapsed();
        qInfo("table of %zu pixels %.1f ms, picture %.1f ms", picture.size(), static_cast<double>(table) * 1e-6,
              static_cast<double>(assembled) * 1e-6);
        // The same on one thread.
        const ThreadLimit one(1);
        const Assembly b(g, {});
        QVERIFY(std::equal(a.pixels().span().begin(), a.pixels().span().end(), b.pixels().span().begin()));
    }
};

QTEST_APPLESS_MAIN(TestAssembly)
#include "tst_assembly.moc"
