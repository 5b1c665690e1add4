#include "engine/detector/refine_geometry.h"
#include "tests/engine/error_of.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

using namespace fxs;

namespace {

constexpr double kPi = std::numbers::pi;

/// 256 x 240 pixels of 200 µm at 0.5 m, the beam off the middle; 1.5 Å.
DetectorGeometry detector(std::array<double, 2> centre, double distance = 0.5) {
    return DetectorGeometry::singlePanel(256, 240, distance, 200e-6, centre, 1.5);
}

/// Scattering of a sphere of radius 60 Å, over a background: smooth, with fringes.
double sphere(double q) {
    const double x = std::max(1e-3, q * 60), f = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
    return 2000 * f * f + 3;
}

/// Silver behenate: narrow rings on a falling background.
double powder(double q) {
    double sum = 40 * std::exp(-20 * q);
    for (int n = 1; n < 10; ++n)
        sum += 100.0 / n * std::exp(-0.5 * std::pow((q - 2 * kPi * n / 58.38) / 0.0025, 2));
    return sum;
}

/// The mean of `frames` frames of counted photons of a horizontally polarised beam.
Array<float, 3> meanFrame(const DetectorGeometry& geometry, const std::function<double(double)>& intensity, int frames,
                          double polarisation = 1) {
    const PixelMap map = pixelMap(geometry, {}, Polarisation{polarisation, 0});
    Array<float, 3> out(geometry.frameShape());
    std::mt19937 random(3);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double expected = intensity(map.q.data()[i]) * map.solidAngle.data()[i] * map.polarisation.data()[i];
        out.data()[i] = static_cast<float>(
            std::max(0.0, std::normal_distribution<double>(expected, std::sqrt(expected / frames))(random)));
    }
    return out;
}

} // namespace

class tst_refine_geometry : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsTheCentre_data() {
        QTest::addColumn<double>("fast");
        QTest::addColumn<double>("slow");
        QTest::addColumn<bool>("powdered");
        QTest::newRow("near, fringes") << 0.4 << -0.3 << false;
        QTest::newRow("far, fringes") << 13.3 << -11.6 << false;
        QTest::newRow("near, powder") << -0.7 << 0.2 << true;
        QTest::newRow("far, powder") << -6.1 << 8.8 << true;
    }
    /// The true centre within five of the errors that are reported, and the errors a small part of a pixel.
    void findsTheCentre() {
        QFETCH(double, fast);
        QFETCH(double, slow);
        QFETCH(bool, powdered);
        const auto truth = detector({118.2, 131.7}), thought = detector({118.2 - fast, 131.7 - slow});
        const auto frame = meanFrame(truth, powdered ? powder : sphere, 100);
        const GeometryRefinement found = refineGeometry(thought, frame, {}, {}, {});
        QVERIFY(found.centreRefined && !found.distanceRefined);
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const double wanted = axis == 0 ? fast : slow;
            QVERIFY2(std::abs(found.centreShiftPixel[axis] - wanted) < std::max(0.02, 5 * found.centreErrorPixel[axis]),
                     qPrintable(QString("axis %1: %2 +- %3, expected %4")
                                    .arg(axis)
                                    .arg(found.centreShiftPixel[axis])
                                    .arg(found.centreErrorPixel[axis])
                                    .arg(wanted)));
            QVERIFY(found.centreErrorPixel[axis] > 0 && found.centreErrorPixel[axis] < 0.05);
            QVERIFY(std::abs(found.proposed.panels[0].corner[axis] - truth.panels[0].corner[axis]) < 0.05 * 200e-6);
        }
        QVERIFY(found.merit <= found.meritGiven);
        QVERIFY(found.proposed.panels[0].corner[2] == thought.panels[0].corner[2]);
        // Quadrants agree where the centre is right.
        double apart = 0, apartBefore = 0;
        for (std::size_t b = 20; b < 120; ++b) {
            apart += std::abs(found.profiles.intensity[0][b] - found.profiles.intensity[2][b]);
            apartBefore += std::abs(found.profilesGiven.intensity[0][b] - found.profilesGiven.intensity[2][b]);
        }
        QVERIFY(apart < apartBefore);
    }

    /// A beam stop with its arm, a dead half, dead and hot pixels that no mask has: the centre is still right.
    void copesWithMasksAndBadPixels() {
        const auto truth = detector({118.2, 131.7}), thought = detector({122.2, 127.2});
        auto frame = meanFrame(truth, sphere, 100);
        Array<std::uint8_t, 3> mask({1, 256, 240});
        std::mt19937 random(5);
        for (std::size_t s = 0; s < 256; ++s)
            for (std::size_t f = 0; f < 240; ++f) {
                const bool stop = std::hypot(double(s) - 131, double(f) - 118) < 8 || (f > 114 && f < 122 && s > 131);
                const bool gap = (s > 60 && s < 75) || (f > 40 && f < 48);
                mask(0, s, f) = !stop && !gap && !(s > 170 && f > 150);
                if (!mask(0, s, f))
                    frame(0, s, f) = 1e6f; // must not be looked at
                else if (random() % 500 == 0)
                    frame(0, s, f) = random() % 2 ? 0.0f : 4000.0f;
            }
        const GeometryRefinement found = refineGeometry(thought, frame, mask, {}, {});
        QVERIFY(std::abs(found.centreShiftPixel[0] + 4.0) < 0.1);
        QVERIFY(std::abs(found.centreShiftPixel[1] - 4.5) < 0.1);
    }

    void findsTheDistance_data() {
        QTest::addColumn<double>("factor");
        QTest::newRow("right") << 1.0;
        QTest::newRow("4 % short") << 0.96;
        QTest::newRow("9 % long") << 1.09;
    }
    void findsTheDistance() {
        QFETCH(double, factor);
        const auto truth = detector({118.2, 131.7}), thought = detector({119.9, 130.0}, 0.5 * factor);
        RefineSettings settings;
        settings.calibrant = "agbh";
        const GeometryRefinement found = refineGeometry(thought, meanFrame(truth, powder, 100), {}, settings, {});
        QVERIFY(found.distanceRefined);
        QVERIFY(found.rings.size() >= 2);
        QVERIFY2(std::abs(found.distance - 0.5) < 0.5e-3, // a thousandth
                 qPrintable(QString("%1 +- %2").arg(found.distance).arg(found.distanceError)));
        QVERIFY(found.distanceError > 0 && found.distanceError < 1e-3);
        QVERIFY(std::abs(found.proposed.meanDistance() - found.distance) < 1e-12);
        for (const FoundRing& ring : found.rings)
            QVERIFY(std::abs(ring.foundAfter - ring.expectedQ) < 3e-3 * ring.expectedQ);
    }

    /// Positions of rings as numbers do the same as the calibrant's name.
    void ringsMayBeGiven() {
        const auto truth = detector({118.2, 131.7}), thought = detector({118.2, 131.7}, 0.48);
        RefineSettings settings;
        settings.centre = false;
        settings.rings = "0.107626, 0.215251, 0.322877";
        const GeometryRefinement found = refineGeometry(thought, meanFrame(truth, powder, 100), {}, settings, {});
        QVERIFY(!found.centreRefined && found.distanceRefined);
        QVERIFY(std::abs(found.distance - 0.5) < 1e-3);
    }

    void calibrants() {
        QCOMPARE(calibrantRings("agbh", 0.25).size(), std::size_t{2});
        QVERIFY(std::abs(calibrantRings("agbh", 0.25)[0] - 0.107626) < 1e-6);
        const auto si = calibrantRings("si", 6); // 111, 220, 311, 400, 331, 422
        QCOMPARE(si.size(), std::size_t{6});
        QVERIFY(std::abs(2 * kPi / si[0] - 3.1356) < 1e-3); // d111 of silicon
        QVERIFY(std::abs(si[1] / si[0] - std::sqrt(8.0 / 3)) < 1e-12);
        QVERIFY(errorOf([] { calibrantRings("gold", 1); }).find("expected agbh, lab6, ceo2 or si") !=
                std::string::npos);
    }

    void badInputIsNamed() {
        const auto geometry = detector({118.2, 131.7});
        Array<float, 3> other({1, 10, 10}), flat({1, 256, 240});
        QVERIFY(errorOf([&] { refineGeometry(geometry, other, {}, {}, {}); }).find("1 x 10 x 10") != std::string::npos);
        QVERIFY(errorOf([&] { refineGeometry(geometry, flat, {}, {}, {}); }).find("same value") != std::string::npos);
        RefineSettings settings;
        settings.rings = "0.1, x";
        QVERIFY(errorOf([&] { refineGeometry(geometry, flat, {}, settings, {}); }).find("expected positive numbers") !=
                std::string::npos);
        settings = {};
        settings.qMin = 5;
        QVERIFY(errorOf([&] { refineGeometry(geometry, flat, {}, settings, {}); }).find("0 pixels are valid") !=
                std::string::npos);
        std::stop_source source;
        source.request_stop();
        TaskContext task;
        task.stop = source.get_token();
        QVERIFY_EXCEPTION_THROWN(refineGeometry(geometry, meanFrame(geometry, sphere, 10), {}, {}, task), Stopped);
    }
};

QTEST_APPLESS_MAIN(tst_refine_geometry)
#include "tst_refine_geometry.moc"
