#include "engine/core/error.h"
#include "engine/detector/quadrant_profiles.h"

#include <QTest>

#include <cmath>

using namespace fxs;

namespace {

/// Rings around the place where the beam of `truth` is, with its solid angle and polarisation.
Array<float, 3> ringsOf(const DetectorGeometry& truth) {
    Array<float, 3> frame(truth.frameShape());
    for (std::size_t p = 0; p < truth.panels.size(); ++p) {
        const PanelArea area = truth.area(p);
        for (std::size_t s = 0; s < area.slow; ++s)
            for (std::size_t f = 0; f < area.fast; ++f) {
                const double slow = static_cast<double>(s) + 0.5, fast = static_cast<double>(f) + 0.5;
                const PixelView view = truth.view(p, slow, fast);
                const double factor = view.solidAngle * polarisationFactor(truth.place(p, slow, fast), {1, 0});
                frame.data()[truth.pixelIndex(area, s, f)] =
                    static_cast<float>(factor * (2 + std::cos(40 * view.q)) * 100);
            }
    }
    return frame;
}

} // namespace

class tst_quadrant_profiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// With the true geometry all quadrants are the profile itself; with a centre that is off they part, the more the farther.
    void coincideWhereTheCentreIsRight() {
        const auto truth = DetectorGeometry::singlePanel(300, 320, 0.1, 2e-4, {161.3, 148.8}, 1.5);
        const auto frame = ringsOf(truth);
        const auto exact = quadrantProfiles(truth, frame, {}, {}, {});
        QCOMPARE(exact.q.size(), std::size_t{200});
        int seen = 0;
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t b = 5; b < 120; ++b)
                if (exact.count[k][b] > 20) {
                    // A bin's mean is off its middle by at most the slope (100 * 40) times half a bin.
                    const double expected = (2 + std::cos(40 * exact.q[b])) * 100;
                    QVERIFY(std::abs(exact.intensity[k][b] - expected) < 4000 * 0.5 * (exact.q[1] - exact.q[0]));
                    ++seen;
                }
        QVERIFY(seen > 300);
        double last = *quadrantSpread(exact);
        QVERIFY(last < 0.02);
        for (const double off : {1.0, 3.0, 6.0}) {
            const auto wrong = truth.moved({off * 2e-4, -0.5 * off * 2e-4, 0});
            const double spread = *quadrantSpread(quadrantProfiles(wrong, frame, {}, {}, {}));
            QVERIFY2(spread > last * 1.2, qPrintable(QString::number(spread)));
            last = spread;
        }
    }

    /// Quadrants are right, up, left, down as seen against the beam; the mask and values that are no numbers are left out.
    void quadrantsAndMask() {
        const auto geometry = DetectorGeometry::singlePanel(101, 101, 0.1, 1e-4, {50.5, 50.5}, 1.0);
        Array<float, 3> frame({1, 101, 101});
        for (std::size_t s = 0; s < 101; ++s)
            for (std::size_t f = 0; f < 101; ++f) {
                const double x = static_cast<double>(f) - 50, y = static_cast<double>(s) - 50;
                frame(0, s, f) = std::abs(x) > std::abs(y) ? (x > 0 ? 1.0F : 3.0F) : (y > 0 ? 2.0F : 4.0F);
            }
        Array<std::uint8_t, 3> mask({1, 101, 101});
        std::ranges::fill(mask.span(), std::uint8_t{1});
        frame(0, 50, 80) = 1e9F;
        mask(0, 50, 80) = 0;
        frame(0, 50, 20) = NAN;
        const auto profiles = quadrantProfiles(geometry, frame, mask, {.polarisation = 0}, {});
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t b = 40; b < 120; ++b)
                if (profiles.count[k][b] > 10)
                    QVERIFY(std::abs(profiles.intensity[k][b] - static_cast<double>(k + 1)) < 0.35);
    }

    /// Thinning a large detector changes what is counted, not what is seen.
    void thinned() {
        const auto truth = DetectorGeometry::singlePanel(600, 600, 0.1, 1e-4, {290, 305}, 1.5);
        const auto frame = ringsOf(truth);
        const auto all = quadrantProfiles(truth, frame, {}, {.bins = 50}, {});
        const auto some = quadrantProfiles(truth, frame, {}, {.mostPixels = 40000, .bins = 50}, {});
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t b = 5; b < 30; ++b) {
                QVERIFY(some.count[k][b] < all.count[k][b] / 5);
                QVERIFY(std::abs(some.intensity[k][b] / all.intensity[k][b] - 1) < 0.05);
            }
    }

    void badInput() {
        const auto geometry = DetectorGeometry::singlePanel(10, 10, 0.1, 1e-4, {5, 5}, 1.5);
        const Array<float, 3> other({1, 10, 11}), frame({1, 10, 10});
        QVERIFY_THROWS_EXCEPTION(Error, quadrantProfiles(geometry, other, {}, {}, {}));
        auto flat = geometry;
        flat.wavelengthAngstrom = 0;
        QVERIFY_THROWS_EXCEPTION(Error, quadrantProfiles(flat, frame, {}, {}, {}));
        QVERIFY(!quadrantSpread(quadrantProfiles(geometry, frame, {}, {}, {}))); // nothing but zeros
    }
};

QTEST_APPLESS_MAIN(tst_quadrant_profiles)
#include "tst_quadrant_profiles.moc"
