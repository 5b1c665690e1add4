#include "engine/detector/geometry.h"
#include "engine/io/run_geometry.h"
#include "tests/engine/io/layout_files.h"

#include <filesystem>

using namespace fxs;

namespace {

constexpr double kEv = 12398.419843320026;

std::string standardCxi(const std::string& path, const std::string& change) {
    return "import h5py,numpy as n\nf=h5py.File('" + path +
           "','r+')\ne=f['entry_1']\nd=e['instrument_1/detector_1']\nx=d['data'][:]\n" + change + "\nf.close()\n";
}

} // namespace

class tst_layouts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        if (!m_cxi.make("cxi_files") || !m_nexus.make("nexus_files") || !m_small.make("small_data_file"))
            QSKIP("python3 with h5py is not installed");
    }

    // ---- CXI

    void cxiMinimal() {
        const auto run = openRun({m_cxi("minimal.cxi")});
        QCOMPARE(*run->info().frameCount, std::uint64_t{1});
        QCOMPARE(run->info().fast, std::size_t{100});
        QVERIFY(contains(problemsOf(*run), "it is taken as one frame"));
        QCOMPARE(int(run->info().frameMask(0, 0, 50)), 0);
        const FrameBatch batch = run->readFrames(0, 1, {});
        QVERIFY(std::abs(batch.data(0, 0, 10, 60) - std::sin(2.0) / 2) < 1e-6);
    }

    void cxiImage() {
        const auto run = openRun({m_cxi("image.cxi")});
        QCOMPARE(run->readFrames(1, 1, {}).data(0, 0, 2, 3), 111.0f);
        QCOMPARE(int(run->info().frameMask(0, 1, 1)), 0);
        QCOMPARE(int(run->info().frameMask(0, 1, 2)), 1);
    }

    void cxiStandard() {
        const auto run = openRun({m_cxi("standard.cxi")});
        QCOMPARE(run->info().layout, std::string("CXI"));
        QVERIFY(std::abs(wavelengthOf(*run) - kEv / 9500) < 1e-6);
        QVERIFY(contains(problemsOf(*run), "energy changes from"));
        QVERIFY(std::abs((*run->info().centrePixel)[0] - 2) < 1e-9);
        QVERIFY(std::abs((*run->info().centrePixel)[1] - 3.5) < 1e-9);
        const FrameBatch batch = run->readFrames(1, 3, {});
        QCOMPARE(int(batch.mask(1, 0, 0, 1)), 0);
        QCOMPARE(int(batch.mask(2, 0, 0, 1)), 1);
        QVERIFY(batch.pulseEnergy == (std::vector<double>{2e-3, 3e-3, 4e-3}));
        run->wantColumns({"experiment_identifier", "pulseEnergy"});
        const auto columns = run->readFrames(3, 9, {}).columns;
        QCOMPARE(columns[0].texts, (std::vector<std::string>{"shot-3", "shot-4"}));
        QCOMPARE(columns[1].numbers, (std::vector<double>{4e-3, 5e-3}));
    }

    void cxiModules() {
        const auto run = openRun({m_cxi("modular.cxi")});
        QCOMPARE(run->info().panels, std::size_t{2});
        QCOMPARE(run->readFrames(2, 1, {}).data(0, 1, 3, 3), 5215.0f);
        QVERIFY(run->info().geometry != nullptr);
        const DetectorGeometry geometry = geometryOf(run->info(), {});
        // The second module's rows go along x: pixel (1, 0) lies one step to the right of (0, 0).
        QCOMPARE(geometry.panels[1].slowStep, (Vector3{1e-4, 0, 0}));
        QCOMPARE(geometry.panels[0].fastStep, (Vector3{-1e-4, 0, 0}));
        QCOMPARE(geometry.panels[1].corner, (Vector3{-8e-4, 2e-4, .5}));
        QVERIFY(std::abs(geometry.wavelengthAngstrom - kEv / 8000) < 1e-6);
    }

    void cheetahAndPsocake() {
        const auto cheetah = openRun({m_cxi("cheetah.cxi")});
        QVERIFY(contains(cheetah->info().layout, "Cheetah"));
        QVERIFY(std::abs(wavelengthOf(*cheetah) - kEv / 9500) < 1e-9);
        QVERIFY(contains(problemsOf(*cheetah), "lacks the offset"));
        QVERIFY(contains(problemsOf(*cheetah), "0 or not finite in 1 of 4 frames"));
        QCOMPARE(int(cheetah->info().frameMask(0, 0, 3)), 0);
        QCOMPARE(columnOf(*cheetah, "EncoderValue")[2], -420.0);
        QCOMPARE(columnOf(*cheetah, "nPeaks"), (std::vector<double>{3, 40, 22, 0}));
        QVERIFY(hasColumn(*cheetah, "eventTimeString") && !hasColumn(*cheetah, "peakXPosRaw"));
        const auto psocake = openRun({m_cxi("psocake.cxi")});
        QVERIFY(std::abs(wavelengthOf(*psocake) - kEv / 9500) < 1e-4);
        QVERIFY(contains(problemsOf(*psocake), "taken as joule"));
        QCOMPARE(*psocake->info().distanceMetre, .13);
        QCOMPARE(metadataOf(*psocake, "wavelength from"), std::string("LCLS/photon_energy_eV"));
    }

    // ---- European XFEL virtual CXI

    void virtualCxiMasksWhatNoSourceFills() {
        const auto run = openRun({m_cxi("virtual/run.cxi")});
        QCOMPARE(run->info().layout, std::string("European XFEL virtual CXI"));
        QVERIFY(contains(problemsOf(*run), "of 9 frames 3 are incomplete (panel 2 in 3)"));
        const FrameBatch batch = run->readFrames(4, 4, {});
        QCOMPARE(batch.data(1, 2, 7, 3), 2081.0f);
        QCOMPARE(int(batch.mask(1, 2, 7, 3)), 1);
        for (std::size_t f = 2; f < 4; ++f) {
            QCOMPARE(int(batch.mask(f, 2, 7, 3)), 0);
            QCOMPARE(batch.data(f, 2, 7, 3), 0.0f);
            QCOMPARE(int(batch.mask(f, 3, 7, 3)), 1);
        }
        QCOMPARE(int(openRun({m_cxi("virtual/run.cxi")})->readFrames(0, 1, {}).mask(0, 1, 1, 1)), 0); // bit 15
        QCOMPARE(int(batch.gainStage(0, 1, 0, 0)), 1);
        QVERIFY(run->info().frameMask.empty()); // a missing module is no fixed gap
        QCOMPARE(columnOf(*run, "trainId")[8], 10002.0);
        QCOMPARE(columnOf(*run, "cellId")[8], 12.0);
        QVERIFY(problemsOf(*run).find("not finite values") == std::string::npos);
    }

    void virtualCxiRaw() {
        const auto run = openRun({m_cxi("virtual_raw/run.cxi")});
        const FrameBatch batch = run->readFrames(5, 2, {});
        QCOMPARE(batch.data(0, 3, 1, 0), 3054.0f);
        QCOMPARE(int(batch.gainPlane(0, 3, 1, 0)), 23054);
        QCOMPARE(int(batch.mask(1, 2, 0, 0)), 0); // its fill value is an innocent 0
        const auto raw = openRun({m_cxi("virtual_raw/run.cxi")});
        QVERIFY(raw->allowRaw16());
        const FrameBatch as16 = raw->readFrames(5, 2, {});
        QCOMPARE(int(as16.raw16(0, 3, 1, 0)), 3054);
        QCOMPARE(int(as16.mask(1, 2, 0, 0)), 0);
    }

    void virtualSourcesThatAreMissing() {
        const auto run = openRun({m_cxi("virtual_missing/run.cxi")});
        QVERIFY(contains(problemsOf(*run), "other files that are not there (source1.h5)"));
        QVERIFY(contains(problemsOf(*run), "panel 1 in 9, panel 2 in 3"));
        QCOMPARE(int(run->readFrames(0, 1, {}).mask(0, 1, 4, 2)), 0);
        QCOMPARE(int(run->readFrames(0, 1, {}).mask(0, 0, 4, 2)), 1);
        const TestFolder folder;
        std::filesystem::copy_file(m_cxi("virtual/run.cxi"), folder.path("alone.cxi"));
        QVERIFY(contains(errorOf([&] { openRun({folder.path("alone.cxi")}); }), "none of them is there"));
        // A source that is there but lacks the dataset fills nothing either.
        std::filesystem::copy(m_cxi("virtual"), folder.path("v"));
        QVERIFY(runPython("import h5py\nf=h5py.File('" + folder.path("v/source0.h5") + "','r+')\ndel f['data']\n"));
        QVERIFY(contains(problemsOf(*openRun({folder.path("v/run.cxi")})), "panel 0 in 9"));
    }

    // ---- NeXus

    void eigerMaster() {
        for (const char* folder : {"eiger", "eiger16"}) {
            const auto run = openRun({m_nexus(std::string(folder) + "/run_7_master.h5")});
            QCOMPARE(run->info().layout, std::string("NeXus NXmx"));
            QCOMPARE(*run->info().frameCount, std::uint64_t{11});
            QVERIFY(std::abs(wavelengthOf(*run) - 1.24) < 1e-6);
            QVERIFY(std::abs(*run->info().distanceMetre - .25) < 1e-8);
            QCOMPARE(*run->info().centrePixel, (std::array<double, 2>{2.5, 4.25}));
            QCOMPARE(int(run->info().frameMask(0, 2, 3)), 0);
            QCOMPARE(int(run->info().frameMask(0, 0, 0)), 0);
            QCOMPARE(std::ranges::count(run->info().frameMask.span(), 0), std::ptrdiff_t{2});
            const FrameBatch batch = run->readFrames(3, 6, {}); // over the ends of two files
            for (std::size_t f = 0; f < 6; ++f)
                QCOMPARE(batch.data(f, 0, 7, 5), 347.0f + 100 * float(f));
            QVERIFY(std::abs(columnOf(*run, "omega")[10] - 1.0) < 1e-12);
            // The folder is the run too: its data files are the master's.
            QCOMPARE(*openRun({m_nexus(folder)})->info().frameCount, std::uint64_t{11});
        }
    }

    void eigerWithAMissingFile() {
        const auto run = openRun({m_nexus("eiger_missing/run_7_master.h5")});
        QCOMPARE(*run->info().frameCount, std::uint64_t{7});
        QVERIFY(contains(problemsOf(*run), "1 of 3 data files are missing (data_000002 leads nowhere)"));
        QVERIFY(contains(problemsOf(*run), "7 of 11 are there"));
        QCOMPARE(run->readFrames(4, 1, {}).data(0, 0, 0, 0), 800.0f);
    }

    void placedByTransformations() {
        const auto run = openRun({m_nexus("tilted.nxs")});
        QVERIFY(std::abs(wavelengthOf(*run) - 1) < 1e-6);
        const DetectorGeometry geometry = geometryOf(run->info(), {});
        // An arm turned by 90 degrees about y takes z to x and x to -z.
        const Panel& p = geometry.panels.at(0);
        const auto near = [](const Vector3& a, const Vector3& b) {
            return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < 1e-9;
        };
        QVERIFY(near(p.corner, {.2, .2e-3, -.3e-3}));
        QVERIFY(near(p.fastStep, {0, 0, 1e-4}));
        QVERIFY(near(p.slowStep, {0, -1e-4, 0}));

        const auto several = openRun({m_nexus("modules.nxs")});
        const DetectorGeometry two = geometryOf(several->info(), {});
        QCOMPARE(two.panels.size(), std::size_t{2});
        QCOMPARE(two.slabCount(), std::size_t{1});
        QCOMPARE(two.area(1), (PanelArea{0, 0, 6, 4, 4}));
        QVERIFY(near(two.panels[1].corner, {-.1e-3, .2e-3, .1}));
    }

    void virtualNexusWithAMissingFile() {
        const auto run = openRun({m_nexus("virtual/whole.nxs")});
        QVERIFY(contains(problemsOf(*run), "(run_7_data_000002.h5); what they should hold is masked"));
        const FrameBatch batch = run->readFrames(3, 6, {});
        QCOMPARE(int(batch.mask(0, 0, 0, 1)), 1);
        QCOMPARE(int(batch.mask(1, 0, 0, 1)), 0);
        QCOMPARE(int(batch.mask(5, 0, 0, 1)), 1);
        QCOMPARE(batch.data(5, 0, 0, 1), 801.0f);
    }

    void filters_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"gzip", "gzip_shuffle", "lz4", "bitshuffle", "bitshuffle_lz4", "blosc"})
            QTest::newRow(name) << name;
    }
    void filters() {
        QFETCH(QString, name);
        const std::string path = m_nexus(name.toStdString() + ".h5");
        if (!std::filesystem::exists(path))
            QSKIP("the HDF5 plugin of this filter is not installed: see packaging/debian-packages.txt");
        const auto run = openRun({path});
        const FrameBatch batch = run->readFrames(0, 6, {});
        for (std::size_t f = 0; f < 6; ++f)
            for (std::size_t s = 0; s < 16; ++s)
                for (std::size_t x = 0; x < 32; ++x)
                    QCOMPARE(batch.data(f, 0, s, x), float(100 * f + 32 * s + x));
        QVERIFY(!metadataOf(*run, "compression").empty());
    }

    /// A plugin that is not there is named, with what to install where it is known.
    void missingPlugins() {
        QVERIFY(contains(errorOf([&] { openRun({m_nexus("unknown.h5")}); }), "Zstandard (HDF5 filter 32015)"));
        if (!std::filesystem::exists(m_nexus("blosc.h5")))
            QSKIP("the Blosc plugin is not installed: the file cannot be made");
        // HDF5 looks for plugins when it starts: without them it must be another process.
        const std::string command = "HDF5_PLUGIN_PATH=/nonexistent '" FXS_TOOL "' inspect '" + m_nexus("blosc.h5") +
                                    "' 2> '" + m_nexus("message") + "'";
        if (!std::filesystem::exists(FXS_TOOL))
            QSKIP("fxs is not built");
        QVERIFY(std::system(command.c_str()) != 0);
        QFile message(QString::fromStdString(m_nexus("message")));
        QVERIFY(message.open(QFile::ReadOnly));
        const std::string text = message.readAll().toStdString();
        QVERIFY(contains(text, "compressed with Blosc (HDF5 filter 32001), whose plugin is not installed"));
        QVERIFY(contains(text, "hdf5-filter-plugin-blosc-serial"));
    }

    // ---- LCLS small data

    void smallData() {
        const auto run = openRun({m_small("small.h5")});
        QCOMPARE(run->info().layout, std::string("LCLS small data"));
        QVERIFY(std::abs(wavelengthOf(*run) - kEv / 9500) < 1e-6);
        QVERIFY(contains(problemsOf(*run), "1 of 8 events have no X-rays"));
        QVERIFY(contains(problemsOf(*run), "2 sets of images"));
        QCOMPARE(run->info().slow, std::size_t{10});
        QCOMPARE(int(run->info().frameMask(0, 1, 2)), 0); // [1][5][10] of the whole, the region begins at [1][4][8]
        QCOMPARE(std::ranges::count(run->info().frameMask.span(), 0), std::ptrdiff_t{1});
        QCOMPARE(columnOf(*run, "laser"), (std::vector<double>{1, 0, 1, 0, 1, 0, 1, 0}));
        QVERIFY(hasColumn(*run, "event_time") && hasColumn(*run, "FLTPOS_PS") && hasColumn(*run, "lxt"));
        const FrameBatch batch = run->readFrames(7, 1, {});
        QCOMPARE(batch.data(0, 0, 9, 19), 899.0f);
        QCOMPARE(batch.pulseEnergy, (std::vector<double>{2}));
        InputSettings other;
        other.dataset = "epix_1/full_area";
        QCOMPARE(openRun({m_small("small.h5")}, other)->info().slow, std::size_t{6});
        QVERIFY(contains(errorOf([&] { openRun({m_small("no_images.h5")}); }), "small data without images"));
    }

    // ---- columns

    void columnsOfPolarRunsAndOfSeveralFiles() {
        const TestFolder folder;
        const auto write = [&](const std::string& name, int frames, const std::string& more) {
            return runPython("import h5py,numpy as n\nf=h5py.File('" + folder.path(name) +
                             "','w')\nm=" + std::to_string(frames) +
                             "\ng=f.create_group('entry/polar')\ng['intensity']=n.ones((m,3,8),'f4')\n"
                             "g['q']=[.1,.2,.3]\ng['phi']=n.arange(8)*2*n.pi/8\ng['wavelength']=1.0\n" +
                             more + "f.close()\n");
        };
        QVERIFY(write("a.h5", 4, "f['entry/columns/laser']=n.arange(m)%2\nf['entry/columns/delay']=n.arange(m)*.5\n"));
        QVERIFY(write("b.h5", 3, "f['entry/columns/laser']=n.array([7,8,9])\ng['q_like']=n.zeros(3)\n"));
        const auto run = openRun({folder.path("a.h5"), folder.path("b.h5")});
        QVERIFY(hasColumn(*run, "laser") && !hasColumn(*run, "delay"));
        QVERIFY(contains(problemsOf(*run), "delay"));
        QCOMPARE(columnOf(*run, "laser"), (std::vector<double>{0, 1, 0, 1, 7, 8, 9}));
        QVERIFY(contains(errorOf([&] { run->wantColumns({"delay"}); }),
                         "no value \"delay\" for its frames; it has: laser"));
        const auto one = openRun({folder.path("b.h5")});
        QVERIFY(!hasColumn(*one, "q") && hasColumn(*one, "q_like"));
    }

    // ---- bad input

    void badCxi_data() {
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* name, const char* change, const char* message) {
            QTest::newRow(name) << change << message;
        };
        row("one axis", "del d['data']; d['data']=n.zeros(7)", "has 1 axes (shape 7), expected 3");
        row("six axes", "del d['data']; d['data']=n.zeros((1,)*6)", "has 6 axes");
        row("no frames", "del d['data']", "not there");
        row("text", "del d['data']; d['data']=n.full((2,6,4),b'a')", "holds text, expected numbers");
        row("zero frames", "del d['data']; d['data']=n.zeros((0,6,4))", "has no frame");
        row("no pixel", "del d['data']; d['data']=n.zeros((5,0,4))", "expected frames with pixels");
        row("mask of another shape", "del d['mask']; d['mask']=n.zeros((6,5))",
            "is 6 x 5, expected the shape of a frame");
        row("mask of fewer frames", "del d['mask']; d['mask']=n.zeros((4,6,4))", "expected the shape of a frame");
        row("mask of all", "del d['mask']; d['mask']=n.ones((6,4),'u4')", "mask");
        row("oblong pixels", "d['y_pixel_size'][...]=2e-4", "a single panel needs square ones");
        row("distances of odd shape", "del d['distance']; d['distance']=n.ones((2,2))",
            "expected one number or one a frame");
    }
    void badCxi() {
        QFETCH(QString, change);
        QFETCH(QString, message);
        const TestFolder folder;
        const std::string path = folder.path("bad.cxi");
        std::filesystem::copy_file(m_cxi("standard.cxi"), path);
        QVERIFY(runPython(standardCxi(path, change.toStdString())));
        const std::string found = errorOf([&] { openRun({path}); });
        QVERIFY(contains(found, message.toStdString()));
        QVERIFY(contains(found, path));
    }

    /// Values that cannot be: told, counted, masked; wavelengths that no X-ray has: told, not used.
    void oddValues() {
        const TestFolder folder;
        const std::string path = folder.path("odd.cxi");
        std::filesystem::copy_file(m_cxi("standard.cxi"), path);
        QVERIFY(
            runPython(standardCxi(path, "y=x.astype('f4'); y[1,2,3]=n.nan; y[2,0,0]=n.inf; y[3,1,1]=-5; del d['data']; "
                                        "d['data']=y; del e['instrument_1/source_1/energy']; "
                                        "e['instrument_1/source_1/energy']=1e9")));
        const auto run = openRun({path});
        QVERIFY(!run->info().experiment.wavelengthKnown);
        QVERIFY(contains(problemsOf(*run), "is no X-ray photon's energy"));
        const FrameBatch batch = run->readFrames(0, 5, {});
        QCOMPARE(int(batch.mask(1, 0, 2, 3)), 0);
        QCOMPARE(int(batch.mask(2, 0, 0, 0)), 0);
        QCOMPARE(batch.data(3, 0, 1, 1), -5.0f);
        QVERIFY(contains(problemsOf(*run), "2 not finite values in 2 frames (first in frame 1)"));
        QVERIFY(contains(problemsOf(*run), "1 negative values"));
    }

    /// A frame of another shape midway is a file of another shape: HDF5 has one shape a dataset.
    void anotherShapeMidway() {
        const TestFolder folder;
        std::filesystem::copy(m_nexus("eiger"), folder.path("e"));
        QVERIFY(runPython("import h5py,numpy as n\nf=h5py.File('" + folder.path("e/run_7_data_000002.h5") +
                          "','r+')\ndel f['entry/data/data']\nf['entry/data/data']=n.zeros((4,8,7),'u4')\n"));
        QVERIFY(contains(errorOf([&] { openRun({folder.path("e/run_7_master.h5")}); }),
                         "is 4 x 8 x 7, expected 4 x 8 x 6"));
    }

private:
    LayoutFiles m_cxi, m_nexus, m_small;
};

QTEST_APPLESS_MAIN(tst_layouts)
#include "tst_layouts.moc"
