#include "engine/detector/geometry_file.h"

#include "engine/model/experiment.h"
#include "tests/engine/error_of.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <numbers>

using namespace fxs;

namespace {

bool near(const Vector3& a, const Vector3& b, double tolerance = 1e-12) {
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < tolerance;
}

GeometryFile read(const std::string& text, const GeometryDefaults& run = {}) {
    const QTemporaryDir folder;
    QFile file(folder.filePath("a.geom"));
    file.open(QFile::WriteOnly);
    file.write(text.data(), static_cast<qint64>(text.size()));
    file.close();
    return readGeometry(file.fileName().toStdString(), run);
}

/// One panel of 4 x 6 pixels, to be added to.
const std::string kOne =
    "clen = 0.5\nphoton_energy = 8000\nres = 5000\np/min_fs = 0\np/max_fs = 5\np/min_ss = 0\np/max_ss "
    "= 3\np/corner_x = -3\np/corner_y = -2\n";

} // namespace

class tst_geometry_crystfel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Two panels within one array, the second turned by 90 degrees, tilted and nearer; defaults, comments, offsets.
    void panelsInOneArray() {
        const GeometryFile file = read("; a detector\n"
                                       "photon_energy = 9500 eV ; of the beam\n"
                                       "adu_per_eV = 0.001\n"
                                       "clen = 600.0 mm\n"
                                       "coffset = 0.01\n"
                                       "res = 10000 ; 100 um\n"
                                       "rigid_group_q0 = a,b\ngroup_all = a,b\n"
                                       "a/min_fs = 0\na/max_fs = 9\na/min_ss = 0\na/max_ss = 3\n"
                                       "a/corner_x = -12.5\na/corner_y = 7\na/fs = x\na/ss = y\n"
                                       "b/min_fs = 10.0\nb/max_fs = 19.0\nb/min_ss = 0\nb/max_ss = 3\n"
                                       "b/corner_x = +4\nb/corner_y = -1e1\n"
                                       "b/fs = -0.001x - 0.999 y +0.1z\nb/ss=+0.999x-0.001y\n"
                                       "b/coffset = -0.02\n"
                                       "res = 5000 ; only for panels that come later\n");
        const DetectorGeometry& g = file.geometry;
        QCOMPARE(file.format, std::string("CrystFEL"));
        QCOMPARE(g.panels.size(), std::size_t{2});
        QVERIFY((g.frameShape() == std::array<std::size_t, 3>{1, 4, 20}));
        QVERIFY(std::abs(g.wavelengthAngstrom - kEvAngstrom / 9500) < 1e-12);
        QVERIFY(near(g.panels[0].corner, {-12.5e-4, 7e-4, 0.61}));
        QVERIFY(near(g.panels[0].fastStep, {1e-4, 0, 0}) && near(g.panels[0].slowStep, {0, 1e-4, 0}));
        QVERIFY(near(g.panels[1].corner, {4e-4, -10e-4, 0.58}));
        QVERIFY(near(g.panels[1].fastStep, {-1e-7, -0.999e-4, 1e-5}));
        QVERIFY(near(g.panels[1].slowStep, {0.999e-4, -1e-7, 0}));
        QVERIFY((g.area(1) == PanelArea{0, 0, 10, 4, 10}));
        QVERIFY(g.panelAt(0, 3, 10) == std::size_t{1} && g.panelAt(0, 3, 9) == std::size_t{0});
        QVERIFY(file.mask.empty() && file.masks.empty());
        QVERIFY(std::abs(*file.unitsPerPhoton - 9.5) < 1e-9);
        // Pixel (ss 2, fs 13) of the array is (2, 3) of the second panel: its centre by the manual's formula.
        const PixelMap map = pixelMap(g, {});
        const double x = 4 + 3.5 * -0.001 + 2.5 * 0.999, y = -10 + 3.5 * -0.999 + 2.5 * -0.001;
        const double z = 0.58 + 3.5 * 0.1 * 1e-4;
        const double q =
            4 * std::numbers::pi * std::sin(std::atan2(std::hypot(x, y) * 1e-4, z) / 2) / g.wavelengthAngstrom;
        QVERIFY(std::abs(map.q(0, 2, 13) - q) < 1e-6 * q);
        QVERIFY(std::abs(map.phi(0, 2, 13) - (std::atan2(y, x) + 2 * std::numbers::pi)) < 1e-5);
    }

    void directions_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("x");
        QTest::addColumn<double>("y");
        QTest::addColumn<double>("z");
        QTest::newRow("plain") << "x" << 1. << 0. << 0.;
        QTest::newRow("minus") << "-y" << 0. << -1. << 0.;
        QTest::newRow("numbers") << "+0.5x -0.25y" << .5 << -.25 << 0.;
        QTest::newRow("no space") << "0.5x+0.25y-1z" << .5 << .25 << -1.;
        QTest::newRow("spaces") << "- 0.5 x + 2 y" << -.5 << 2. << 0.;
        QTest::newRow("exponent") << "1.0e-3x -1E+0y" << 1e-3 << -1. << 0.;
        QTest::newRow("z first") << "+0.1z +1.0x" << 1. << 0. << .1;
    }
    void directions() {
        QFETCH(QString, text);
        QFETCH(double, x);
        QFETCH(double, y);
        QFETCH(double, z);
        const auto file = read(kOne + "p/fs = " + text.toStdString() + "\np/ss = 0.3x + 0.3y + 0.9z\n");
        QVERIFY(near(file.geometry.panels[0].fastStep, {x / 5000, y / 5000, z / 5000}));
    }

    void wavelengths_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("angstrom");
        QTest::newRow("energy") << "photon_energy = 6000" << kEvAngstrom / 6000;
        QTest::newRow("keV") << "photon_energy = 6 keV" << kEvAngstrom / 6000;
        QTest::newRow("MeV") << "photon_energy = 0.006 MeV" << kEvAngstrom / 6000;
        QTest::newRow("place") << "photon_energy = /LCLS/energy" << kEvAngstrom / 7000;
        QTest::newRow("place in keV") << "photon_energy = /beam/keV keV" << kEvAngstrom / 7000;
        QTest::newRow("wavelength") << "wavelength = 1.3 A" << 1.3;
        QTest::newRow("in metres") << "wavelength = 1.3e-10 m" << 1.3;
        QTest::newRow("wavelength's place") << "wavelength = /beam/wavelength A" << 1.25;
        QTest::newRow("unknown place, known run") << "photon_energy = /elsewhere eV" << 2.5;
    }
    void wavelengths() {
        QFETCH(QString, text);
        QFETCH(double, angstrom);
        GeometryDefaults run;
        run.wavelengthAngstrom = 2.5;
        run.lookup = [](const std::string& place) -> std::optional<double> {
            if (place == "/LCLS/energy")
                return 7000;
            if (place == "/beam/keV")
                return 7;
            if (place == "/beam/wavelength")
                return 1.25;
            return std::nullopt;
        };
        std::string whole = kOne;
        whole.replace(whole.find("photon_energy = 8000"), 20, text.toStdString());
        QVERIFY(std::abs(read(whole, run).geometry.wavelengthAngstrom - angstrom) < 1e-9);
    }

    /// A number is in m, a place in the data in mm, unless a unit says otherwise.
    void distances_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("metres");
        QTest::newRow("number") << "0.25" << 0.25;
        QTest::newRow("m") << "0.25 m" << 0.25;
        QTest::newRow("mm") << "250 mm" << 0.25;
        QTest::newRow("place") << "/LCLS/EncoderValue" << 0.42;
        QTest::newRow("place in m") << "/distance m" << 0.7;
    }
    void distances() {
        QFETCH(QString, text);
        QFETCH(double, metres);
        GeometryDefaults run;
        run.lookup = [](const std::string& place) -> std::optional<double> {
            return place == "/LCLS/EncoderValue" ? std::optional(420.0)
                   : place == "/distance"        ? std::optional(0.7)
                                                 : std::nullopt;
        };
        std::string whole = kOne;
        whole.replace(whole.find("clen = 0.5"), 10, "clen = " + text.toStdString());
        QVERIFY(std::abs(read(whole, run).geometry.panels[0].corner[2] - metres) < 1e-12);
    }

    void badRegions() {
        const GeometryFile file =
            read(kOne + "q/min_fs = 0\nq/max_fs = 5\nq/min_ss = 4\nq/max_ss = 7\nq/corner_x = -3\n"
                        "q/corner_y = 4\n"
                        "badone/min_fs = 1\nbadone/max_fs = 2\nbadone/min_ss = 3\nbadone/max_ss = 6\n"
                        "badone/panel = p\n"
                        "badtwo/min_x = -1\nbadtwo/max_x = 1\nbadtwo/min_y = 5\nbadtwo/max_y = 6\n");
        QVERIFY((file.mask.shape() == std::array<std::size_t, 3>{1, 8, 6}));
        for (std::size_t s = 0; s < 8; ++s)
            for (std::size_t f = 0; f < 6; ++f) {
                const bool one = s == 3 && (f == 1 || f == 2); // not in q, though the range goes on
                // q's pixel (s - 4, f) has its centre at x = -3 + f + 1/2, y = 4 + s - 4 + 1/2.
                const bool two = s == 5 && (f == 2 || f == 3);
                QCOMPARE(int(file.mask(0, s, f)), int(!one && !two));
            }
    }

    void unusedPanelsEdgesAndMasks() {
        const GeometryFile file =
            read("mask = /entry_1/data_1/mask\nmask_good = 0x0000\nmask_bad = 0xffff\nmask1_data = /m\nmask1_file = "
                 "bad.h5\nmask1_goodbits = 1\nmax_adu = 12000\ndata = /entry_1/data_1/data\ndim0 = %\ndim1 = ss\ndim2 "
                 "= fs\n" +
                 kOne +
                 "p/mask_edge_pixels = 1\nq/min_fs = 0\nq/max_fs = 5\nq/min_ss = 4\nq/max_ss = 7\nq/corner_x = -3\n"
                 "q/corner_y = 4\nq/no_index = 1\n");
        for (std::size_t s = 0; s < 8; ++s)
            for (std::size_t f = 0; f < 6; ++f)
                QCOMPARE(int(file.mask(0, s, f)), int((s == 1 || s == 2) && f > 0 && f < 5));
        QCOMPARE(file.masks.size(), std::size_t{2});
        QCOMPARE(file.masks[0].dataset, std::string("/entry_1/data_1/mask"));
        QCOMPARE(file.masks[0].badBits, 0xffffu);
        QCOMPARE(file.masks[0].panels.size(), std::size_t{2});
        QCOMPARE(file.masks[1].file, std::string("bad.h5"));
        QCOMPARE(file.masks[1].goodBits, 1u);
        QCOMPARE(*file.saturation, 12000.0);
        QCOMPARE(file.dataset, std::string("/entry_1/data_1/data"));
    }

    /// Sixteen modules by a fixed index of a dimension, or one stack of all their rows: the same pixels either way.
    void modulesAndStacks() {
        std::string indexed = "clen = 1\nphoton_energy = 9000\nres = 5000\ndim0 = %\ndim2 = ss\ndim3 = fs\n",
                    stacked = indexed;
        stacked.replace(stacked.find("dim2 = ss\ndim3 = fs"), 19, "dim1 = ss\ndim2 = fs");
        for (int m = 0; m < 4; ++m)
            for (int a = 0; a < 2; ++a) {
                const std::string p = "m" + std::to_string(m) + "a" + std::to_string(a) + "/";
                const std::string place = p + "corner_x = " + std::to_string(10 * m) + "\n" + p +
                                          "corner_y = " + std::to_string(6 * a) + "\n" + p + "min_fs = 0\n" + p +
                                          "max_fs = 4\n";
                const auto rows = [&](int first) {
                    return p + "min_ss = " + std::to_string(first) + "\n" + p +
                           "max_ss = " + std::to_string(first + 2) + "\n";
                };
                indexed += place + p + "dim1 = " + std::to_string(m) + "\n" + rows(3 * a);
                stacked += place + rows(6 * m + 3 * a);
            }
        GeometryDefaults modules, flat;
        modules.slabs = 4;
        modules.slow = 6;
        flat.slabs = 1;
        flat.slow = 24;
        modules.fast = flat.fast = 5;
        const PixelMap first = pixelMap(read(indexed).geometry, {});
        QVERIFY((first.q.shape() == std::array<std::size_t, 3>{4, 6, 5}));
        for (const auto& [text, run] :
             {std::pair{indexed, modules}, {indexed, flat}, {stacked, modules}, {stacked, flat}}) {
            const PixelMap map = pixelMap(read(text, run).geometry, {});
            QVERIFY((map.q.shape() == std::array<std::size_t, 3>{run.slabs, run.slow, run.fast}));
            for (std::size_t i = 0; i < first.q.size(); ++i) {
                QCOMPARE(map.q.data()[i], first.q.data()[i]);
                QCOMPARE(map.phi.data()[i], first.phi.data()[i]);
            }
        }
    }

    void gapsSeeNothing() {
        GeometryDefaults run;
        run.slow = 5;
        run.fast = 8;
        run.slabs = 1;
        const GeometryFile file = read(kOne, run);
        QVERIFY(contains(file.remarks.at(0), "40.0 % of the pixels belong to no panel"));
        const PixelMap map = pixelMap(file.geometry, {});
        for (std::size_t s = 0; s < 5; ++s)
            for (std::size_t f = 0; f < 8; ++f)
                QCOMPARE(int(map.covered(0, s, f)), int(s < 4 && f < 6));
    }

    void mistakesAreNamed_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        const QString one = QString::fromStdString(kOne);
        QTest::newRow("no equals") << one + "p/fs x\n"
                                   << "line 10: \"p/fs x\" is not of the form";
        QTest::newRow("direction") << one + "p/fs = 1.0w\n"
                                   << "line 10: p/fs is \"1.0w\", expected a direction";
        QTest::newRow("direction twice") << one + "p/fs = 1.0x 2x\n"
                                         << "line 10: p/fs is \"1.0x 2x\"";
        QTest::newRow("number") << QString(one).replace("p/max_fs = 5", "p/max_fs = five")
                                << "line 5: p/max_fs is \"five\", expected a number";
        QTest::newRow("range") << QString(one).replace("p/max_fs = 5", "p/max_fs = -1") << "line 5: p/max_fs is -1";
        QTest::newRow("ends before") << QString(one).replace("p/min_ss = 0", "p/min_ss = 8") << "expected at least 8";
        QTest::newRow("no corner") << QString(one).remove("p/corner_y = -2\n") + "; corner_x\n"
                                   << "p has no corner_y";
        QTest::newRow("no res") << QString(one).remove("res = 5000\n") << "p has no res";
        QTest::newRow("no clen") << QString(one).remove("clen = 0.5\n") << "p has no clen";
        QTest::newRow("clen elsewhere") << QString(one).replace("clen = 0.5", "clen = /LCLS/clen")
                                        << "line 1: clen is to be found at /LCLS/clen, which the run does not have";
        QTest::newRow("negative") << QString(one).replace("clen = 0.5", "clen = -0.5") << "distance of -0.5 m";
        QTest::newRow("unit") << QString(one).replace("clen = 0.5", "clen = 0.5 cm") << "clen has the unit cm";
        QTest::newRow("energy") << QString(one).replace("8000", "-3")
                                << "photon_energy is \"-3\" (-3), expected a positive";
        QTest::newRow("electrons") << one + "electron_voltage = 200 kV\n"
                                   << "for X-rays";
        QTest::newRow("mask bits") << one + "p/mask0_data = /m\np/mask0_badbits = all\n"
                                   << "line 11: mask0_badbits is \"all\"";
        QTest::newRow("bad region") << one + "badx/min_fs = 0\nbadx/max_x = 3\n"
                                    << "line 10: badx has both";
        QTest::newRow("bad of nothing") << one + "badx/min_fs = 0\nbadx/max_fs = 1\nbadx/min_ss = 0\nbadx/max_ss = "
                                                 "1\nbadx/panel = z\n"
                                        << "line 14: badx is of panel z";
        QTest::newRow("dim") << one + "p/dim1 = slow\n"
                             << "line 10: dim1 is \"slow\"";
        QTest::newRow("overlap") << one + "q/min_fs = 3\nq/max_fs = 8\nq/min_ss = 0\nq/max_ss = 3\nq/corner_x = "
                                          "5\nq/corner_y = 0\n"
                                 << "panel q has pixels that another panel has too";
    }
    void mistakesAreNamed() {
        QFETCH(QString, text);
        QFETCH(QString, message);
        QVERIFY(contains(errorOf([&] { read(text.toStdString()); }), message.toStdString()));
    }

    void anotherDetectorIsTold() {
        GeometryDefaults run;
        run.slabs = 1;
        run.slow = 1024;
        run.fast = 1024;
        std::string text = kOne;
        text.replace(text.find("max_fs = 5"), 10, "max_fs = 1551");
        text.replace(text.find("max_ss = 3"), 10, "max_ss = 1479");
        QVERIFY(contains(errorOf([&] { read(text, run); }), "the geometry covers 1480 x 1552, frames are 1024 x 1024"));
        QVERIFY(contains(errorOf([&] { read(kOne, run); }), "24 of 1048576 pixels belong to a panel"));
        QVERIFY(contains(read(kOne + "p/colour = red\n").remarks.at(0), "line 10: the field colour is not known"));
    }

    /// What is written reads back the same to the last bit: several panels, and the short form of a single one.
    void ownFormReadsBack() {
        const auto same = [](const DetectorGeometry& a, const DetectorGeometry& b) {
            bool fine = a.frameShape() == b.frameShape() && a.panels.size() == b.panels.size() &&
                        a.wavelengthAngstrom == b.wavelengthAngstrom;
            for (std::size_t i = 0; fine && i < a.panels.size(); ++i)
                fine = a.panels[i].corner == b.panels[i].corner && a.panels[i].fastStep == b.panels[i].fastStep &&
                       a.panels[i].slowStep == b.panels[i].slowStep && a.area(i) == b.area(i) &&
                       a.panels[i].name == b.panels[i].name;
            return fine;
        };
        auto several = read(kOne + "q/min_fs = 0\nq/max_fs = 5\nq/min_ss = 4\nq/max_ss = 7\nq/corner_x = -3.1\n"
                                   "q/corner_y = 4.7\nq/fs = 0.9x +0.1y -0.3z\n")
                           .geometry;
        several.panels[0].name = "a \"quoted\" name";
        const std::string text = geometryToToml(several);
        QVERIFY(same(read(text).geometry, several));
        const auto single = DetectorGeometry::singlePanel(100, 120, 0.37, 75e-6, {61.3, 48.9}, 1.24);
        const std::string brief = geometryToToml(single);
        QVERIFY(brief.find("panel") == std::string::npos && brief.find("distance = 0.37") != std::string::npos);
        QVERIFY(same(read(brief).geometry, single));
        GeometryDefaults run;
        run.slow = 7;
        run.fast = 6;
        QVERIFY(contains(errorOf([&] { read(text, run); }), "the geometry covers 8 x 6, frames are 7 x 6"));
        std::string broken = text;
        broken.replace(broken.find("corner = "), 9, "korner = ");
        QVERIFY(contains(errorOf([&] { read(broken); }), "[[panel]] has no setting korner"));
        broken = text;
        broken.replace(broken.find("corner = ["), 10, "corner = [1.0, ");
        QVERIFY(contains(errorOf([&] { read(broken); }), "corner is not a list of 3 numbers"));
    }

    /// pyFAI's orientations: the same detector read out from another corner sees the same from the mirrored pixel.
    void poniOrientations() {
        const auto poni = [](int orientation) {
            return "poni_version: 2.1\nDetector: Detector\nDetector_config: {\"pixel1\": 1e-4, \"pixel2\": 2e-4, "
                   "\"max_shape\": [10, 12], \"orientation\": " +
                   std::to_string(orientation) +
                   "}\nDistance: 0.2\nPoni1: 0.0007\nPoni2: 0.0011\nRot1: 0.02\nRot2: -0.03\nRot3: 0.4\nWavelength: "
                   "1e-10\n";
        };
        GeometryDefaults run;
        run.slow = 10;
        run.fast = 12;
        const PixelMap usual = pixelMap(read(poni(3), run).geometry, {});
        for (int orientation = 1; orientation <= 4; ++orientation) {
            const PixelMap map = pixelMap(read(poni(orientation), run).geometry, {});
            for (std::size_t s = 0; s < 10; ++s)
                for (std::size_t f = 0; f < 12; ++f) {
                    const std::size_t s3 = orientation <= 2 ? 9 - s : s,
                                      f3 = orientation == 1 || orientation == 4 ? 11 - f : f;
                    QVERIFY(std::abs(map.q(0, s, f) - usual.q(0, s3, f3)) < 1e-6);
                    QVERIFY(std::abs(std::remainder(map.phi(0, s, f) - usual.phi(0, s3, f3), 2 * std::numbers::pi)) <
                            1e-4);
                }
        }
        QVERIFY(contains(errorOf([&] { read(poni(7), run); }), "its orientation is 7, expected 1 to 4"));
        // The slow axis points up, the fast one against x: right-handed with the beam.
        const std::string plain = "Detector: Pilatus1M\nDistance: 0.2\nPoni1: 0\nPoni2: 0\nWavelength: 1e-10\n";
        const DetectorGeometry g = read(plain, run).geometry;
        QVERIFY(near(g.panels[0].fastStep, {-172e-6, 0, 0}) && near(g.panels[0].slowStep, {0, 172e-6, 0}));
    }
};

QTEST_APPLESS_MAIN(tst_geometry_crystfel)
#include "tst_geometry_crystfel.moc"
