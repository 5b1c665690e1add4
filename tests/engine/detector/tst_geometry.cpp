#include "engine/detector/geometry.h"
#include "engine/detector/geometry_file.h"
#include "engine/detector/mask.h"
#include "tests/engine/error_of.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <numbers>

using namespace fxs;

namespace {

constexpr double kPi = std::numbers::pi;

} // namespace

class tst_geometry : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Against the definition: tan(2 theta) = r / d, q = 4 pi sin(theta) / lambda, dOmega = cos^3(2 theta).
    void flatPanelIsAsDefined() {
        const double d = 0.5, pixel = 100e-6, lambda = 2.0;
        const auto geometry = DetectorGeometry::singlePanel(100, 200, d, pixel, {20, 30}, lambda);
        QVERIFY(geometry.check().empty());
        for (const auto& [ss, fs] : {std::pair{30.0, 120.0}, {130.0, 20.0}, {30.0, -80.0}, {-70.0, 20.0}}) {
            const PixelView view = geometry.view(0, ss, fs);
            const double twoTheta = std::atan2(100 * pixel, d);
            QVERIFY(std::abs(view.q - 4 * kPi * std::sin(twoTheta / 2) / lambda) < 1e-14);
            QVERIFY(std::abs(view.solidAngle - std::pow(std::cos(twoTheta), 3)) < 1e-14);
        }
        // Fast goes right and slow up, seen against the beam: azimuths 0, 90, 180, 270 degrees.
        QCOMPARE(geometry.view(0, 30, 120).phi, 0.0);
        QVERIFY(std::abs(geometry.view(0, 130, 20).phi - kPi / 2) < 1e-15);
        QVERIFY(std::abs(geometry.view(0, 30, -80).phi - kPi) < 1e-15);
        QVERIFY(std::abs(geometry.view(0, -70, 20).phi - 3 * kPi / 2) < 1e-15);
        QCOMPARE(geometry.view(0, 30, 20).q, 0.0);
        QCOMPARE(geometry.view(0, 30, 20).solidAngle, 1.0);
    }

    /// The solid angles of a wide panel's pixels sum to that of the panel: 4 asin(ab / sqrt((a^2 + d^2)(b^2 + d^2))).
    void solidAnglesSumToThePanels() {
        const double d = 0.05, pixel = 1e-3;
        const auto geometry = DetectorGeometry::singlePanel(80, 60, d, pixel, {30, 40}, 1);
        const PixelMap map = pixelMap(geometry, {});
        double sum = 0;
        for (const float v : map.solidAngle.span())
            sum += v * pixel * pixel / (d * d);
        const double a = 30 * pixel, b = 40 * pixel;
        const double exact = 4 * std::asin(a * b / std::sqrt((a * a + d * d) * (b * b + d * d)));
        // Midpoint rule: relative error of order (pixel / d)^2 = 4e-4 at worst.
        QVERIFY(std::abs(sum / exact - 1) < 4e-4);
    }

    void panelsMayLieAnywhere() {
        // The same detector cut into two panels, the second turned by half a turn: every place sees what it saw.
        const auto whole = DetectorGeometry::singlePanel(10, 8, 0.1, 1e-3, {4, 5}, 1.5);
        DetectorGeometry two = whole;
        two.slow = 5;
        Panel upper = whole.panels[0];
        for (int i = 0; i < 3; ++i) {
            upper.corner[i] += 10 * upper.slowStep[i] + 8 * upper.fastStep[i];
            upper.slowStep[i] = -upper.slowStep[i];
            upper.fastStep[i] = -upper.fastStep[i];
        }
        two.panels = {whole.panels[0], upper};
        QVERIFY(two.check().empty());
        const PixelMap a = pixelMap(whole, {}), b = pixelMap(two, {});
        for (std::size_t s = 0; s < 10; ++s)
            for (std::size_t f = 0; f < 8; ++f) {
                const bool low = s < 5;
                const std::size_t ss = low ? s : 9 - s, ff = low ? f : 7 - f;
                QVERIFY(std::abs(a.q(0, s, f) - b.q(low ? 0 : 1, ss, ff)) < 1e-6);
                QVERIFY(std::abs(a.phi(0, s, f) - b.phi(low ? 0 : 1, ss, ff)) < 1e-6);
            }
    }

    void everyProblemIsNamed() {
        DetectorGeometry none;
        QCOMPARE(none.check().size(), std::size_t{2});
        auto geometry = DetectorGeometry::singlePanel(10, 10, 0, 0, {5, 5}, 0);
        QCOMPARE(geometry.check().size(), std::size_t{2});
        geometry = DetectorGeometry::singlePanel(10, 10, 0, 1e-4, {5, 5}, 1);
        QVERIFY(contains(geometry.check().at(0).message, "positive distance"));
        QVERIFY(contains(errorOf([&] {
                             pixelMap(DetectorGeometry::singlePanel(4, 4, 1, 1e-4, {2, 2}, 0), {});
                         }),
                         "wavelength is 0"));
    }

    void coverageOfACentredSquare() {
        const auto geometry = DetectorGeometry::singlePanel(101, 101, 1, 1e-3, {50.5, 50.5}, 1);
        Array<std::uint8_t, 3> mask({1, 101, 101});
        std::ranges::fill(mask.span(), std::uint8_t{1});
        for (std::size_t s = 46; s < 55; ++s)
            for (std::size_t f = 46; f < 55; ++f)
                mask(0, s, f) = 0;
        const QCoverage coverage = qCoverage(geometry, mask, {});
        const auto qAt = [&](double pixels) { return geometry.view(0, 50.5, 50.5 + pixels).q; };
        QVERIFY(std::abs(coverage.smallest - qAt(5)) < 1e-6);
        QVERIFY(std::abs(coverage.largest - qAt(50 * std::sqrt(2.0))) < 1e-5);
        QVERIFY(coverage.outerFull > qAt(49.9) && coverage.outerFull < qAt(52)); // the edge's middle, within a sector
        QVERIFY(coverage.innerFull > qAt(4.9) && coverage.innerFull < qAt(7.2));
        std::ranges::fill(mask.span(), std::uint8_t{0});
        QVERIFY(contains(errorOf([&] { qCoverage(geometry, mask, {}); }), "no valid pixel"));
        QVERIFY(contains(errorOf([&] {
                             qCoverage(geometry, Array<std::uint8_t, 3>({1, 101, 100}), {});
                         }),
                         "1 x 101 x 100, expected 1 x 101 x 101"));
    }

    void cxiBits() {
        for (const std::uint32_t bad : {0x1u, 0x2u, 0x4u, 0x8u, 0x10u, 0x80u, 0x200u, 0x400u, 0x1001u})
            QVERIFY(!isValid(bad, MaskMeaning::cxi));
        for (const std::uint32_t good : {0x0u, 0x1000u, 0x20u, 0x40u, 0x100u})
            QVERIFY(isValid(good, MaskMeaning::cxi));
        QVERIFY(isValid(7, MaskMeaning::oneIsValid) && !isValid(0, MaskMeaning::oneIsValid));
        QVERIFY(isValid(0, MaskMeaning::zeroIsValid) && !isValid(7, MaskMeaning::zeroIsValid));
    }

    void readsGeometryFiles() {
        const QTemporaryDir folder;
        const auto write = [&](const char* text) {
            QFile file(folder.filePath("g"));
            file.open(QFile::WriteOnly | QFile::Truncate);
            file.write(text);
            return file.fileName().toStdString();
        };
        std::string path = write(
            "[geometry]\ndistance = 0.7\npixel-size = 200e-6\ncentre = \"500.5, 510\"\nslow = 1024\nfast = 1000\n");
        DetectorGeometry geometry = readGeometryFile(path, {0, 0, 1.5});
        QCOMPARE(geometry.slow, std::size_t{1024});
        QCOMPARE(geometry.fast, std::size_t{1000});
        QCOMPARE(geometry.wavelengthAngstrom, 1.5);
        QVERIFY(geometry.view(0, 510, 500.5).q < 1e-12);
        QVERIFY(contains(errorOf([&] {
                             readGeometryFile(path, {1024, 1024, 1});
                         }),
                         "1000 pixels along the fast axis, the run has 1024"));
        path = write("[geometry]\ndistance = 0.7\npixel-size = -1\n");
        QVERIFY(contains(errorOf([&] { readGeometryFile(path, {4, 4, 1}); }), "pixel-size is -1"));
        path = write("[geometry]\ndistance = 0.7\npixel-size = 1\ncenter = \"1,1\"\n");
        QVERIFY(contains(errorOf([&] { readGeometryFile(path, {4, 4, 1}); }), "no setting center"));
        path = write("[geometry]\ndistance = 0.7\npixel-size = 1\ncentre = \"1;x\"\n");
        QVERIFY(contains(errorOf([&] { readGeometryFile(path, {4, 4, 1}); }), "expected two numbers"));
        path = write("photon_energy = \n");
        QVERIFY(contains(errorOf([&] { readGeometryFile(path, {4, 4, 1}); }), "line 1"));
        QVERIFY(contains(errorOf([&] { readGeometryFile("/nowhere", {4, 4, 1}); }), "/nowhere"));
    }

    void readsPoni() {
        const QTemporaryDir folder;
        QFile file(folder.filePath("g.poni"));
        file.open(QFile::WriteOnly);
        // Turned by rot1 about the vertical axis: the beam's foot moves sideways by tan(rot1) times the distance.
        file.write("# a comment\nponi_version: 2\nDetector: Detector\n"
                   "Detector_config: {\"pixel1\": 1e-4, \"pixel2\": 2e-4}\nDistance: 0.2\nPoni1: 0.005\nPoni2: 0.01\n"
                   "Rot1: 0.1\nRot2: 0.0\nRot3: 0.0\nWavelength: 1.5e-10\n");
        file.close();
        const DetectorGeometry geometry = readGeometryFile(file.fileName().toStdString(), {100, 120, 0});
        QVERIFY(std::abs(geometry.wavelengthAngstrom - 1.5) < 1e-12);
        // Where the beam meets the panel: fast = (poni2 + d tan(rot1) * +-1) / pixel2, slow = poni1 / pixel1.
        const double shift = 0.2 * std::tan(0.1);
        const double a = geometry.view(0, 50, (0.01 + shift) / 2e-4).q,
                     b = geometry.view(0, 50, (0.01 - shift) / 2e-4).q;
        QVERIFY(std::min(a, b) < 1e-12 && std::max(a, b) > 0.1);
        // The foot of the perpendicular sees 2 theta = rot1.
        const PixelView foot = geometry.view(0, 50, 50);
        QVERIFY(std::abs(foot.q - 4 * kPi * std::sin(0.05) / 1.5) < 1e-12);
        QVERIFY(std::abs(foot.solidAngle - 1) < 1e-12);
    }
};

QTEST_APPLESS_MAIN(tst_geometry)
#include "tst_geometry.moc"
