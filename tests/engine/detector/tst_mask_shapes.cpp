#include "engine/core/error.h"
#include "engine/detector/mask_shapes.h"

#include <QElapsedTimer>
#include <QTest>

#include <cmath>
#include <memory>
#include <numbers>
#include <random>

using namespace fxs;

namespace {

constexpr double kPi = std::numbers::pi;

std::vector<double> rings(std::size_t n) {
    std::vector<double> q(n);
    for (std::size_t i = 0; i < n; ++i)
        q[i] = 0.01 + 0.002 * static_cast<double>(i);
    return q;
}

/// Three panels, turned by 0, 30 and 197 degrees, the last one mirrored.
std::unique_ptr<PixelPlacement> turnedPanels() {
    const double a = kPi / 6, b = 197 * kPi / 180;
    return placePanels({3, 20, 30}, {{{-40, -10}, {0, 1}, {1, 0}, {}},
                                     {{2, 3}, {-std::sin(a), std::cos(a)}, {std::cos(a), std::sin(a)}, {}},
                                     {{5, -4}, {std::cos(b), std::sin(b)}, {-std::sin(b), std::cos(b)}, {}}});
}

/// Four rectangles of two slabs, not in the order of memory, with pixels that no panel has between them.
std::unique_ptr<PixelPlacement> partsOfSlabs() {
    const double a = -0.3;
    const PicturePoint slow{-std::sin(a), std::cos(a)}, fast{std::cos(a), std::sin(a)};
    return placePanels({2, 24, 40}, {{{0, 0}, slow, fast, PanelArea{1, 2, 21, 20, 18}},
                                     {{-21, 3}, slow, fast, PanelArea{0, 0, 0, 24, 19}},
                                     {{4, 26}, {0, -1}, {-1, 0}, PanelArea{0, 1, 20, 20, 20}},
                                     {{2, -20}, {0, 1}, {-1, 0}, PanelArea{1, 0, 0, 19, 20}}});
}

std::unique_ptr<PixelPlacement> placement(int which) {
    switch (which) {
    case 0:
        return placeStacked({2, 33, 41}, {0.5, 0.5});
    case 1:
        return turnedPanels();
    case 2:
        return placeRings(rings(24), 36);
    case 3:
        return placeDisk(rings(24), 36);
    default:
        return partsOfSlabs();
    }
}

/// Every panel's own pixels: visit(panel, raw pixel, place in the picture).
template <class Visit>
void forPixels(const PixelPlacement& p, Visit visit) {
    for (std::size_t k = 0; k < p.areas().size(); ++k)
        for (std::size_t s = 0; s < p.areas()[k].slow; ++s)
            for (std::size_t f = 0; f < p.areas()[k].fast; ++f)
                visit(k, p.rawPixel(k, s, f), p.place(k, static_cast<double>(s), static_cast<double>(f)));
}

/// The smallest box around all pixels, so that shapes can be drawn on each placement alike.
PictureBox extentOf(const PixelPlacement& p) {
    PictureBox box{{1e300, 1e300}, {-1e300, -1e300}};
    forPixels(p, [&](std::size_t, const RawPixel&, PicturePoint at) {
        box.low = {std::min(box.low.x, at.x), std::min(box.low.y, at.y)};
        box.high = {std::max(box.high.x, at.x), std::max(box.high.y, at.y)};
    });
    return box;
}

// Independent definitions of each shape.

/// An ellipse by its foci: the distances to both add up to the long axis.
bool inEllipse(const EllipseShape& e, PicturePoint p) {
    const double longer = std::max(e.radiusX, e.radiusY), shorter = std::min(e.radiusX, e.radiusY);
    const double c = std::sqrt(longer * longer - shorter * shorter);
    const double fx = e.radiusX >= e.radiusY ? c : 0, fy = e.radiusX >= e.radiusY ? 0 : c;
    return std::hypot(p.x - e.centre.x - fx, p.y - e.centre.y - fy) +
               std::hypot(p.x - e.centre.x + fx, p.y - e.centre.y + fy) <=
           2 * longer;
}

/// A polygon by the angle that its edges turn about the point.
bool inPolygon(const PolygonShape& polygon, PicturePoint p) {
    double turned = 0;
    for (std::size_t i = 0; i < polygon.corners.size(); ++i) {
        const PicturePoint a = polygon.corners[i], b = polygon.corners[(i + 1) % polygon.corners.size()];
        const double ax = a.x - p.x, ay = a.y - p.y, bx = b.x - p.x, by = b.y - p.y;
        turned += std::atan2(ax * by - ay * bx, ax * bx + ay * by);
    }
    return std::lround(turned / (2 * kPi)) % 2 != 0;
}

/// A stroke by many points on its way; in radii.
double distanceTo(const StrokeShape& stroke, PicturePoint p) {
    double nearest = 1e300;
    for (std::size_t i = 0; i + 1 < stroke.path.size(); ++i)
        for (int k = 0; k <= 20000; ++k) {
            const double t = k / 20000.0;
            nearest = std::min(
                nearest, std::hypot((stroke.path[i].x * (1 - t) + stroke.path[i + 1].x * t - p.x) / stroke.radiusX,
                                    (stroke.path[i].y * (1 - t) + stroke.path[i + 1].y * t - p.y) / stroke.radiusY));
        }
    return nearest;
}

Array<std::uint8_t, 3> painted(const PixelPlacement& p, const PixelRuns& runs) {
    Array<std::uint8_t, 3> mask(p.shape());
    setPixels(mask, runs, 1);
    return mask;
}

Array<std::uint8_t, 3> randomMask(const PixelPlacement::Shape& shape, unsigned seed, double part) {
    std::mt19937 random(seed);
    std::bernoulli_distribution valid(1 - part);
    Array<std::uint8_t, 3> mask(shape);
    for (std::uint8_t& v : mask.span())
        v = valid(random);
    return mask;
}

bool equal(View<const std::uint8_t, 3> a, View<const std::uint8_t, 3> b) {
    return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

} // namespace

class tst_mask_shapes : public QObject {
    Q_OBJECT

    template <class Inside>
    void compare(const PixelPlacement& p, const MaskShape& shape, Inside inside, int leastPixels = 10) {
        const PixelRuns runs = pixelsIn(p, shape);
        for (std::size_t i = 1; i < runs.size(); ++i)
            QVERIFY(runs[i].first > runs[i - 1].first + runs[i - 1].count);
        const auto mask = painted(p, runs);
        std::size_t selected = 0, wrong = 0;
        forPixels(p, [&](std::size_t, const RawPixel& raw, PicturePoint at) {
            const bool expected = inside(at);
            wrong += (mask(raw.slab, raw.slow, raw.fast) != 0) != expected;
            selected += expected;
        });
        QCOMPARE(wrong, std::size_t{0});
        QCOMPARE(countPixels(runs), selected);
        QVERIFY(selected > static_cast<std::size_t>(leastPixels) && selected < p.pixelCount());
    }

private Q_SLOTS:
    void placements_data() {
        QTest::addColumn<int>("which");
        QTest::newRow("stacked") << 0;
        QTest::newRow("turned panels") << 1;
        QTest::newRow("rings") << 2;
        QTest::newRow("disk") << 3;
        QTest::newRow("parts of slabs") << 4;
    }
    void placements() {
        QFETCH(int, which);
        const auto p = placement(which);
        std::size_t found = 0, seen = 0;
        forPixels(*p, [&](std::size_t panel, const RawPixel& raw, PicturePoint at) {
            ++seen;
            const auto back = p->pixelAt(at);
            QVERIFY(back);
            found += *back == raw;
            if (which < 4 && which != 1) // panels do not overlap
                QVERIFY(*back == raw);
            bool held = false;
            for (const PixelBlock& b : p->blocksIn({at, at}))
                for (std::size_t s = b.slowFirst; s < b.slowEnd; ++s)
                    for (std::size_t f = b.fastFirst; f < b.fastEnd; ++f)
                        held = held || (b.panel == panel && p->rawPixel(b.panel, s, f) == raw);
            QVERIFY(held);
        });
        QVERIFY(found > seen / 2);
        QVERIFY(!p->pixelAt({1e6, 1e6}));
        QVERIFY(p->blocksIn({{1e6, 1e6}, {2e6, 2e6}}).empty());
    }

    void rectangle_data() { placements_data(); }
    void rectangle() {
        QFETCH(int, which);
        const auto p = placement(which);
        const auto [low, high] = extentOf(*p);
        const double x0 = low.x + 0.21 * (high.x - low.x), x1 = low.x + 0.63 * (high.x - low.x);
        const double y0 = low.y + 0.17 * (high.y - low.y), y1 = low.y + 0.71 * (high.y - low.y);
        // Corners in any order.
        compare(*p, RectangleShape{{x1, y0}, {x0, y1}},
                [&](PicturePoint at) { return at.x >= x0 && at.x <= x1 && at.y >= y0 && at.y <= y1; });
    }

    void ellipse_data() { placements_data(); }
    void ellipse() {
        QFETCH(int, which);
        const auto p = placement(which);
        const auto [low, high] = extentOf(*p);
        const EllipseShape e{{low.x + 0.48 * (high.x - low.x), low.y + 0.53 * (high.y - low.y)},
                             0.31 * (high.x - low.x),
                             0.23 * (high.y - low.y)};
        compare(*p, e, [&](PicturePoint at) { return inEllipse(e, at); });
    }

    void polygon_data() { placements_data(); }
    void polygon() {
        QFETCH(int, which);
        const auto p = placement(which);
        const auto [low, high] = extentOf(*p);
        PolygonShape polygon; // not convex
        for (const auto& [x, y] : {std::pair{0.11, 0.13}, {0.87, 0.21}, {0.45, 0.47}, {0.91, 0.89}, {0.19, 0.77}})
            polygon.corners.push_back({low.x + x * (high.x - low.x), low.y + y * (high.y - low.y)});
        compare(*p, polygon, [&](PicturePoint at) { return inPolygon(polygon, at); });
    }

    void stroke_data() { placements_data(); }
    void stroke() {
        QFETCH(int, which);
        const auto p = placement(which);
        const auto [low, high] = extentOf(*p);
        StrokeShape stroke;
        for (const auto& [x, y] : {std::pair{0.13, 0.2}, {0.5, 0.61}, {0.83, 0.35}})
            stroke.path.push_back({low.x + x * (high.x - low.x), low.y + y * (high.y - low.y)});
        stroke.radiusX = 0.13 * (high.x - low.x);
        stroke.radiusY = 0.15 * (high.y - low.y);
        // Sampling the way in steps of h (half a 20000th of some ten radii) makes distances near 1 too long by up to h² / 2.
        const double doubt = 1e-6;
        const auto mask = painted(*p, pixelsIn(*p, stroke));
        const auto under = [&](PicturePoint at) {
            return (which == 2 || which == 3) && distanceTo(stroke, at) < 2; // wide cells: those under the way
        };
        forPixels(*p, [&](std::size_t, const RawPixel& raw, PicturePoint at) {
            const double distance = distanceTo(stroke, at);
            const bool painted = mask(raw.slab, raw.slow, raw.fast) == 1;
            if (std::abs(distance - 1) < doubt)
                return;
            if (distance < 1)
                QVERIFY(painted);
            else if (painted)
                QVERIFY2(under(at), qPrintable(QString::number(distance)));
        });
    }

    /// A brush thinner than a pixel marks exactly what it passes over.
    void thinStroke() {
        const auto p = placeStacked({1, 10, 10});
        const PixelRuns runs = pixelsIn(*p, StrokeShape{{{1.2, 2.3}, {7.8, 2.3}}, 0.01, 0.01});
        QCOMPARE(runs.size(), std::size_t{1});
        QCOMPARE(runs[0], (PixelRun{21, 8}));
        QCOMPARE(countPixels(pixelsIn(*p, StrokeShape{{{4.4, 4.4}}, 0, 0})), std::size_t{1});
        QVERIFY(pixelsIn(*p, StrokeShape{{{400, 4}, {500, 4}}, 2, 2}).empty());
        QVERIFY(pixelsIn(*p, StrokeShape{}).empty());
        QVERIFY(pixelsIn(*p, PolygonShape{}).empty());
    }

    /// A detector drawn in its plane: what a circle of a given radius selects is what the geometry says is within that radius.
    void circleOnAGeometry() {
        DetectorGeometry geometry = DetectorGeometry::singlePanel(40, 50, 0.1, 1e-4, {21.3, 17.9}, 1.5);
        Panel turned = geometry.panels[0];
        const double a = 0.4;
        for (Vector3* v : {&turned.corner, &turned.fastStep, &turned.slowStep})
            *v = {(*v)[0] * std::cos(a) - (*v)[1] * std::sin(a), (*v)[0] * std::sin(a) + (*v)[1] * std::cos(a),
                  (*v)[2]};
        geometry.panels.push_back(turned);
        const auto p = placeDetector(geometry, 1000); // mm
        const double radius = 1.23;
        const auto mask = painted(*p, pixelsIn(*p, EllipseShape{{0, 0}, radius, radius}));
        const double edge = 4 * kPi / 1.5 * std::sin(0.5 * std::atan(radius * 1e-3 / 0.1));
        int selected = 0;
        for (std::size_t k = 0; k < 2; ++k)
            for (std::size_t s = 0; s < 40; ++s)
                for (std::size_t f = 0; f < 50; ++f) {
                    const auto view = geometry.view(k, static_cast<double>(s) + 0.5, static_cast<double>(f) + 0.5);
                    QCOMPARE(mask(k, s, f) != 0, view.q < edge);
                    selected += mask(k, s, f);
                }
        QVERIFY(selected > 500 && selected < 3500);
    }

    void blocks_data() { placements_data(); }
    /// Every pixel of a set lies in its panel's block, and its corners in the block's box.
    void blocks() {
        QFETCH(int, which);
        const auto p = placement(which);
        const auto [low, high] = extentOf(*p);
        const PicturePoint middle{0.5 * (low.x + high.x), 0.5 * (low.y + high.y)};
        const EllipseShape e{middle, 0.3 * (high.x - low.x), 0.3 * (high.y - low.y)};
        const PixelRuns runs = pixelsIn(*p, e);
        const auto blocks = blocksOf(*p, runs);
        QVERIFY(!blocks.empty());
        const auto mask = painted(*p, runs);
        std::vector<PixelBlock> tight(p->areas().size(), PixelBlock{0, 1000, 0, 1000, 0});
        for (std::size_t k = 0; k < p->areas().size(); ++k)
            for (std::size_t s = 0; s < p->areas()[k].slow; ++s)
                for (std::size_t f = 0; f < p->areas()[k].fast; ++f) {
                    const RawPixel raw = p->rawPixel(k, s, f);
                    if (mask(raw.slab, raw.slow, raw.fast) == 0)
                        continue;
                    PixelBlock& b = tight[k];
                    b = {k, std::min(b.slowFirst, s), std::max(b.slowEnd, s + 1), std::min(b.fastFirst, f),
                         std::max(b.fastEnd, f + 1)};
                }
        for (const PixelBlock& b : blocks) {
            const PixelBlock& t = tight[b.panel];
            QVERIFY(b.slowFirst == t.slowFirst && b.slowEnd == t.slowEnd && b.fastFirst == t.fastFirst &&
                    b.fastEnd == t.fastEnd);
            tight[b.panel].slowEnd = 0;
            const PictureBox box = p->boxOf(b);
            for (std::size_t s = b.slowFirst; s < b.slowEnd; ++s)
                for (std::size_t f = b.fastFirst; f < b.fastEnd; ++f) {
                    const PicturePoint at = p->place(b.panel, static_cast<double>(s), static_cast<double>(f));
                    QVERIFY(at.x >= box.low.x && at.x <= box.high.x && at.y >= box.low.y && at.y <= box.high.y);
                }
        }
        for (const PixelBlock& t : tight)
            QCOMPARE(t.slowEnd, std::size_t{0}); // no panel was forgotten
    }

    void threshold() {
        Array<float, 3> frame({1, 2, 4});
        const float values[] = {1, 5, 10, NAN, 4, 4.5f, 0, INFINITY};
        std::copy(std::begin(values), std::end(values), frame.data());
        QCOMPARE(pixelsOutside(frame, 4, {}), (PixelRuns{{0, 1}, {3, 1}, {6, 2}}));
        QCOMPARE(pixelsOutside(frame, {}, 5), (PixelRuns{{2, 2}, {7, 1}}));
        QCOMPARE(pixelsOutside(frame, 4, 5), (PixelRuns{{0, 1}, {2, 2}, {6, 2}}));
    }

    void edgesOfPanels() {
        const PixelPlacement::Shape shape{3, 7, 9};
        for (const std::size_t width : {0u, 1u, 2u, 4u, 30u}) {
            const auto p = placeStacked(shape);
            const auto mask = painted(*p, panelEdges(*p, width));
            for (std::size_t k = 0; k < 3; ++k)
                for (std::size_t s = 0; s < 7; ++s)
                    for (std::size_t f = 0; f < 9; ++f)
                        QCOMPARE(mask(k, s, f) != 0, s < width || f < width || 6 - s < width || 8 - f < width);
        }
    }

    /// Panels that are parts of slabs have edges of their own, and what is between them is nobody's.
    void edgesOfParts() {
        const auto p = partsOfSlabs();
        const PixelRuns runs = panelEdges(*p, 3);
        for (std::size_t i = 1; i < runs.size(); ++i)
            QVERIFY(runs[i].first > runs[i - 1].first + runs[i - 1].count);
        const auto mask = painted(*p, runs);
        std::size_t expected = 0;
        for (std::size_t k = 0; k < p->areas().size(); ++k) {
            const PanelArea& area = p->areas()[k];
            expected += area.slow * area.fast - (area.slow - 6) * (area.fast - 6);
            const RawPixel first = p->rawPixel(k, 0, 0), in = p->rawPixel(k, 3, 3);
            QVERIFY(mask(first.slab, first.slow, first.fast) == 1 && mask(in.slab, in.slow, in.fast) == 0);
        }
        QCOMPARE(countPixels(runs), expected);
    }

    void growing_data() {
        QTest::addColumn<int>("pixels");
        for (const int n : {-3, -1, 0, 1, 2, 7, 100})
            QTest::addRow("%d", n) << n;
    }
    void growing() {
        QFETCH(int, pixels);
        const PixelPlacement::Shape shape{2, 23, 31};
        const auto mask = randomMask(shape, 3, pixels < 0 ? 0.9 : 0.02);
        const auto grown = grownMask(mask, pixels, {});
        const int reach = std::abs(pixels);
        const std::uint8_t what = pixels > 0 ? 0 : 1;
        for (int k = 0; k < 2; ++k)
            for (int s = 0; s < 23; ++s)
                for (int f = 0; f < 31; ++f) {
                    bool any = false;
                    for (int i = std::max(0, s - reach); i <= std::min(22, s + reach); ++i)
                        for (int j = std::max(0, f - reach); j <= std::min(30, f + reach); ++j)
                            any = any || mask(static_cast<std::size_t>(k), static_cast<std::size_t>(i),
                                              static_cast<std::size_t>(j)) == what;
                    const auto value =
                        grown(static_cast<std::size_t>(k), static_cast<std::size_t>(s), static_cast<std::size_t>(f));
                    QCOMPARE(value == what, any);
                }
    }

    /// Setting tells what it changed, and flipping just that brings the mask back, bit for bit.
    void flippingUndoesSetting() {
        const PixelPlacement::Shape shape{2, 40, 30};
        const auto before = randomMask(shape, 5, 0.4);
        auto mask = before.clone();
        const auto p = placeStacked(shape);
        const PixelRuns changed = setPixels(mask, pixelsIn(*p, EllipseShape{{15, 40}, 12, 25}), 0);
        QVERIFY(!equal(mask, before));
        QCOMPARE(differences(mask, before), changed);
        flipPixels(mask, changed);
        QVERIFY(equal(mask, before));
        QCOMPARE(countPixels(maskedPixels(before)), static_cast<std::size_t>(std::ranges::count(before.span(), 0)));
    }

    void unions() {
        QCOMPARE(united({{0, 3}, {10, 2}}, {{2, 4}, {12, 1}, {20, 1}}), (PixelRuns{{0, 6}, {10, 3}, {20, 1}}));
        QCOMPARE(united({}, {{4, 1}}), (PixelRuns{{4, 1}}));
        QCOMPARE(united({{0, 100}}, {{4, 1}}), (PixelRuns{{0, 100}}));
    }

    void badInput() {
        QVERIFY_THROWS_EXCEPTION(Error, placePanels({2, 3, 4}, {{{0, 0}, {0, 1}, {1, 0}, PanelArea{2, 0, 0, 3, 4}}}));
        Array<std::uint8_t, 3> a({1, 2, 3}), b({1, 3, 2});
        QVERIFY_THROWS_EXCEPTION(Error, differences(a, b));
        // A panel seen edge on has no pixel under a point, and no division by nothing.
        const auto p = placePanels({1, 3, 4}, {{{0, 0}, {0, 0}, {1, 0}, {}}});
        QVERIFY(!p->pixelAt({1, 0}));
        QCOMPARE(countPixels(pixelsIn(*p, RectangleShape{{0.5, -1}, {2.5, 1}})), std::size_t{6});
    }

    /// A brush's event on four million pixels touches its surroundings only.
    void brushOnALargeDetector() {
        const auto p = placeStacked({1, 2048, 2048});
        Array<std::uint8_t, 3> mask({1, 2048, 2048});
        QElapsedTimer clock;
        clock.start();
        for (int i = 0; i < 100; ++i)
            setPixels(mask, pixelsIn(*p, StrokeShape{{{10.0 * i, 9.0 * i}, {10.0 * i + 10, 9.0 * i + 9}}, 15, 15}), 1);
        const double brush = static_cast<double>(clock.nsecsElapsed()) / 1e8;
        clock.restart();
        const auto grown = grownMask(mask, 3, {});
        qInfo("one event of a 30-pixel brush: %.3f ms; growing 4 megapixels: %.1f ms", brush,
              static_cast<double>(clock.nsecsElapsed()) / 1e6);
        QVERIFY(brush < 50);
    }
};

QTEST_APPLESS_MAIN(tst_mask_shapes)
#include "tst_mask_shapes.moc"
