#include "engine/io/frame_run.h"
#include "engine/io/mask_file.h"
#include "engine/io/run_geometry.h"
#include "engine/io/run_reader.h"
#include "engine/polar/polar_source.h"
#include "tests/engine/io/test_folder.h"

#include <cmath>

using namespace fxs;

namespace {

/// A CXI file as other programs write it: 3 frames of 6 x 4, value 100 * frame + 4 * ss + fs.
std::string cxi(const std::string& path, const std::string& more = {}) {
    return "import h5py, numpy as n\nf=h5py.File('" + path +
           "','w')\nx=(100*n.arange(3)[:,None,None]+4*n.arange(6)[None,:,None]+n.arange(4)[None,None,:])\n"
           "e=f.create_group('entry_1')\nd=e.create_group('instrument_1/detector_1')\n"
           "d['data']=x.astype('u2')\nd['distance']=0.7\nd['x_pixel_size']=110e-6\nd['y_pixel_size']=110e-6\n"
           "e['instrument_1/source_1/energy']=9500*1.602176634e-19\n"
           "e.create_group('data_1')['data']=h5py.SoftLink('/entry_1/instrument_1/detector_1/data')\n" +
           more;
}

InputSettings with(const std::function<void(InputSettings&)>& change) {
    InputSettings settings;
    change(settings);
    return settings;
}

} // namespace

class tst_frames : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
    }

    void cxiOfOthers() {
        const TestFolder folder;
        const std::string path = folder.path("run.anything");
        QVERIFY(runPython(cxi(path, "f['cxi_version']=130\n")));
        const auto run = openRun({path});
        const RunInfo& info = run->info();
        QCOMPARE(info.layout, std::string("CXI"));
        QVERIFY(contains(info.reason, "entry_1"));
        QVERIFY(!run->isPolar());
        QCOMPARE(*info.frameCount, std::uint64_t{3});
        QCOMPARE(info.valueType, std::string("uint16"));
        QCOMPARE(info.panels, std::size_t{1});
        QCOMPARE(info.slow, std::size_t{6});
        QCOMPARE(info.fast, std::size_t{4});
        QCOMPARE(*info.distanceMetre, 0.7);
        QCOMPARE(*info.pixelSizeMetre, 110e-6);
        QVERIFY(std::abs(info.experiment.wavelengthAngstrom - 12398.419843320026 / 9500) < 1e-9);
        const FrameBatch batch = run->readFrames(1, 5, {});
        QCOMPARE(batch.frameCount(), std::size_t{2});
        QCOMPARE(batch.firstIndex, std::uint64_t{1});
        QCOMPARE(batch.data(1, 0, 5, 3), 223.0f);
        QVERIFY(batch.mask.empty());
        QVERIFY(contains(errorOf([&] { run->readPolar(0, 1, {}); }), "holds detector frames"));
    }

    void cxiMasksAndPlace() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        QVERIFY(runPython(cxi(path, "m=n.zeros((6,4),'u4')\nm[1,2]=0x8\nm[2,2]=0x1000\nm[3,3]=0x1001\nd['mask']=m\n"
                                    "d['corner_position']=n.array([-2*110e-6,-3.5*110e-6,0.7])\n")));
        auto run = openRun({path});
        QCOMPARE(int(run->info().frameMask(0, 1, 2)), 0);
        QCOMPARE(int(run->info().frameMask(0, 2, 2)), 1);
        QCOMPARE(int(run->info().frameMask(0, 3, 3)), 0);
        QVERIFY(std::abs((*run->info().centrePixel)[0] - 2) < 1e-9 &&
                std::abs((*run->info().centrePixel)[1] - 3.5) < 1e-9);
        QVERIFY(run->info().problems.empty());

        const std::string perFrame = folder.path("masks.h5");
        QVERIFY(runPython(cxi(perFrame, "m=n.zeros((3,6,4),'u2')\nm[1,0,1]=0x2\nd['mask']=m\n")));
        const FrameBatch batch = openRun({perFrame})->readFrames(0, 3, {});
        QCOMPARE(int(batch.mask(1, 0, 0, 1)), 0);
        QCOMPARE(int(batch.mask(0, 0, 0, 1)), 1);

        const std::string wrong = folder.path("wrong.h5");
        QVERIFY(runPython(cxi(wrong, "d['mask']=n.zeros((6,5),'u2')\n")));
        QVERIFY(contains(errorOf([&] { openRun({wrong}); }),
                         "mask of " + wrong + " is 6 x 5, expected the shape of a frame"));
    }

    void oddValuesAreToldAndNotTrusted() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        QVERIFY(runPython(
            cxi(path, "del d['distance']\nd['distance']=n.array([.7,.7,.9])\ndel e['instrument_1/source_1/energy']\n"
                      "e['instrument_1/source_1/energy']=9500.0\ndel d['x_pixel_size']\nd['x_pixel_size']=0.0\n")));
        const auto run = openRun({path});
        QVERIFY(std::abs(run->info().experiment.wavelengthAngstrom - 12398.419843320026 / 9500) < 1e-9);
        std::string all;
        for (const Problem& problem : run->info().problems)
            all += problem.message + "\n";
        QVERIFY(contains(all, "taken as electronvolt"));
        QVERIFY(contains(all, "distance changes from 0.7 to 0.9"));
        QVERIFY(contains(all, "x_pixel_size is 0 m"));
        QCOMPARE(*run->info().pixelSizeMetre, 110e-6);
    }

    void settingsWinOverTheFile() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        QVERIFY(runPython(cxi(path)));
        const auto run = openRun({path}, with([](InputSettings& s) {
                                     s.wavelength = 2.0;
                                     s.distance = 0.5;
                                     s.centre = "1.5, 2.5";
                                     s.photonsPerUnit = 4;
                                 }));
        QCOMPARE(run->info().experiment.wavelengthAngstrom, 2.0);
        QCOMPARE(run->info().experiment.photonsPerUnit, 4.0);
        QCOMPARE(*run->info().distanceMetre, 0.5);
        QCOMPARE((*run->info().centrePixel)[1], 2.5);
        QCOMPARE(run->info().problems.size(), std::size_t{2}); // wavelength and distance differ from the file's
        QVERIFY(contains(errorOf([&] {
                             openRun({path}, with([](InputSettings& s) {
                                         s.wavelength = 1.0;
                                         s.photonEnergy = 9000.0;
                                     }));
                         }),
                         "both given"));
        QVERIFY(contains(errorOf([&] { openRun({path}, with([](InputSettings& s) { s.centre = "12"; })); }),
                         "expected two numbers"));
    }

    void saturatedAndNegativeValues() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        QVERIFY(runPython(cxi(path, "d['data'][1,2,3]=65535\n")));
        const auto run = openRun({path});
        const FrameBatch batch = run->readFrames(0, 3, {});
        QCOMPARE(int(batch.mask(1, 0, 2, 3)), 0);
        QCOMPARE(batch.data(1, 0, 2, 3), 0.0f);
        QVERIFY(contains(run->problemsFound().at(0).message, "1 saturated values in 1 frames (first in frame 1)"));
        const auto lower = openRun({path}, with([](InputSettings& s) { s.saturation = 200; }));
        const FrameBatch cut = lower->readFrames(2, 1, {});
        QCOMPARE(int(cut.mask(0, 0, 0, 0)), 0);
    }

    void plainFrames() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        QVERIFY(runPython("import h5py, numpy as n\nf=h5py.File('" + path +
                          "','w')\nf['a/b/stack']=n.ones((4,20,30),'f4')\nf['a/list']=n.arange(5)\n"));
        auto run = openRun({path});
        QCOMPARE(run->info().layout, std::string("frames"));
        QVERIFY(contains(run->info().reason, "/a/b/stack"));
        QCOMPARE(run->info().slow, std::size_t{20});
        QVERIFY(contains(errorOf([&] { geometryOf(run->info(), {}); }),
                         "missing: --wavelength (Å) or --photon-energy (eV), --distance (m), --pixel-size (m)"));
        const InputSettings settings = with([](InputSettings& s) {
            s.wavelength = 1.5;
            s.distance = 0.1;
            s.pixelSize = 1e-3;
        });
        run = openRun({path}, settings);
        const DetectorGeometry geometry = geometryOf(run->info(), settings);
        QVERIFY(geometry.view(0, 10, 15).q < 1e-9); // the middle
        run.reset(); // a file that is open is locked against writers
        QVERIFY(runPython("import h5py, numpy as n\nf=h5py.File('" + path +
                          "','r+')\nf['other']=n.ones((4,20,30),'f4')\n"));
        QVERIFY(contains(errorOf([&] { openRun({path}); }), "2 datasets have the form"));
        QCOMPARE(*openRun({path}, with([](InputSettings& s) { s.dataset = "/other"; }))->info().frameCount,
                 std::uint64_t{4});
        QVERIFY(contains(errorOf([&] { openRun({path}, with([](InputSettings& s) { s.dataset = "/nowhere"; })); }),
                         "/nowhere"));
    }

    /// Written by us, read by us and by h5py; and resampled to polar images that show what was put in.
    void writtenFramesComeBack() {
        const TestFolder folder;
        const std::string path = folder.path("frames.cxi");
        FrameRunHeader header;
        header.geometry = DetectorGeometry::singlePanel(120, 100, 0.1, 1e-3, {48.25, 61.5}, 1.7);
        header.experiment.photonsPerUnit = 2;
        header.experiment.particlesPerShot = 3;
        header.experiment.particlesKnown = true;
        header.mask = Array<std::uint8_t, 3>({1, 120, 100});
        std::ranges::fill(header.mask.span(), std::uint8_t{1});
        header.mask(0, 7, 9) = 0;
        header.provenance = startProvenance("test");
        const PixelMap map = pixelMap(header.geometry, {});
        FrameBatch batch;
        batch.data = Array<float, 4>({2, 1, 120, 100});
        for (std::size_t i = 0; i < 12000; ++i)
            batch.data.data()[12000 + i] =
                map.solidAngle.data()[i] * (batch.data.data()[i] = 2 + std::cos(2 * map.phi.data()[i]));
        const DetectorGeometry geometry = header.geometry;
        {
            FrameRunWriter writer(path, std::move(header));
            writer.append(batch);
            writer.append(batch);
            QCOMPARE(writer.frameCount(), std::uint64_t{4});
            writer.finish();
        }
        auto run = openRun({path});
        const RunInfo& info = run->info();
        QVERIFY(info.problems.empty());
        QCOMPARE(info.layout, std::string("CXI"));
        QVERIFY(std::abs(info.experiment.wavelengthAngstrom - 1.7) < 1e-12);
        QCOMPARE(info.experiment.photonsPerUnit, 2.0);
        QCOMPARE(info.experiment.particlesPerShot, 3.0);
        QCOMPARE(int(info.frameMask(0, 7, 9)), 0);
        QCOMPARE(int(info.frameMask(0, 7, 8)), 1);
        const FrameBatch read = run->readFrames(3, 1, {});
        QVERIFY(std::equal(read.data.span().begin(), read.data.span().end(), batch.data.data() + 12000));
        const DetectorGeometry back = geometryOf(info, {});
        QVERIFY(std::abs(back.view(0, 10, 10).q - geometry.view(0, 10, 10).q) < 1e-12);
        QVERIFY(std::abs(back.view(0, 10, 10).phi - geometry.view(0, 10, 10).phi) < 1e-12);

        PolarSettings polar;
        polar.qMin = 0.5;
        polar.qMax = 1.5;
        polar.qBins = 8;
        polar.phiBins = 16;
        const auto source = makePolarSource(std::move(run), {}, polar, {});
        QVERIFY(source->isPolar());
        QCOMPARE(*source->info().frameCount, std::uint64_t{4});
        const PolarBatch images = source->readPolar(1, 1, {});
        for (std::size_t k = 0; k < 16; ++k) // pixels of 1 mm at 20 mm: 3 degrees, gradient at most 2 per radian
            QVERIFY(std::abs(images.intensity(0, 4, k) - (2 + std::cos(2 * M_PI * 2 * static_cast<double>(k) / 16))) <
                    0.06);
        QVERIFY(runPython(
            "import h5py\nf=h5py.File('" + path +
            "')\ng=f\nwhile g.attrs.get('NX_class')!='NXdata': "
            "g=g[g.attrs['default']]\nassert g[g.attrs['signal']].shape==(4,120,100)\n"
            "assert abs(f['entry_1/instrument_1/source_1/energy'][()]/1.602176634e-19-12398.419843320026/1.7)<1e-6\n"));
    }

    /// A run without any mask, from a file to polar images.
    void framesWithoutMask() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        QVERIFY(runPython("import h5py, numpy as n\nf=h5py.File('" + path + "','w')\nf['x']=n.full((2,60,50),7,'u2')\n"));
        const InputSettings settings = with([](InputSettings& s) {
            s.photonEnergy = 8000.0;
            s.distance = 0.2;
            s.pixelSize = 1e-3;
            s.photonsPerUnit = 1;
        });
        PolarSettings polar;
        polar.qBins = 6;
        polar.phiBins = 16;
        const auto source = makePolarSource(openRun({path}, settings), settings, polar, {});
        QVERIFY(source->info().polarMask.empty());
        QCOMPARE(source->info().noiseRatio.extent(1), std::size_t{9});
        const PolarBatch batch = source->readPolar(0, 2, {});
        QVERIFY(std::abs(batch.intensity(1, 0, 3) - 7) < 0.1); // up to the correction for solid angle, 1 % at the edge
        QVERIFY(contains(source->info().problems.front().message, "its middle is assumed"));
    }

    void polarRunsAreCut() {
        auto run = openRun({FXS_TEST_DATA "/groel_200_images.h5"});
        const PolarBatch whole = run->readPolar(5, 2, {});
        const PolarGrid grid = *run->info().polarGrid;
        PolarSettings polar;
        polar.qMin = grid.q[10];
        polar.qMax = grid.q[29] + 1e-6;
        const auto cut = makePolarSource(std::move(run), {}, polar, {});
        QCOMPARE(cut->info().polarGrid->qCount(), std::size_t{20});
        const PolarBatch batch = cut->readPolar(5, 2, {});
        QCOMPARE(batch.intensity(1, 19, 77), whole.intensity(1, 29, 77));
        QCOMPARE(batch.firstIndex, std::uint64_t{5});
        polar.qMin = 5;
        polar.qMax = 6;
        QVERIFY(
            contains(errorOf([&] { makePolarSource(openRun({FXS_TEST_DATA "/groel_200_images.h5"}), {}, polar, {}); }),
                     "no ring lies between"));
    }

    void masks() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5"), npy = folder.path("m.npy"), pgm = folder.path("m.pgm");
        QVERIFY(runPython(cxi(path)));
        QVERIFY(runPython("import numpy as n\nm=n.ones((6,4),bool)\nm[2,3]=False\nn.save('" + npy + "',m)\nn.save('" +
                          folder.path("i.npy") + "',m.astype('i8'))\nn.save('" + folder.path("f.npy") +
                          "',m.astype('f4'))\nn.save('" + folder.path("s.npy") + "',n.ones((6,5),'u1'))\nn.save('" +
                          folder.path("o.npy") + "',n.asfortranarray(m))\nb=open('" + npy + "','rb').read()\nopen('" +
                          folder.path("cut.npy") + "','wb').write(b[:-5])\nopen('" + pgm +
                          "','wb').write(b'P5\\n# x\\n4 6\\n255\\n'+(m.astype('u1')*255).tobytes())\n"));
        const auto maskOf = [&](const std::string& name, const std::string& meaning = "auto") {
            return openRun({path}, with([&](InputSettings& s) {
                               s.mask = name;
                               s.maskMeaning = meaning;
                           }))
                ->info()
                .frameMask.clone();
        };
        for (const std::string& name : {npy, folder.path("i.npy"), pgm}) {
            const auto mask = maskOf(name);
            QCOMPARE(int(mask(0, 2, 3)), 0);
            QCOMPARE(std::ranges::count(mask.span(), 1), 23);
        }
        QCOMPARE(std::ranges::count(maskOf(npy, "zero-is-valid").span(), 1), 1);
        QVERIFY(contains(errorOf([&] { maskOf(folder.path("f.npy")); }), "<f4, expected booleans or integers"));
        QVERIFY(contains(errorOf([&] { maskOf(folder.path("s.npy")); }), "is 6 x 5, expected 1 x 6 x 4"));
        QVERIFY(contains(errorOf([&] { maskOf(folder.path("o.npy")); }), "Fortran order"));
        QVERIFY(contains(errorOf([&] { maskOf(folder.path("cut.npy")); }), "cut off: 19 bytes of data, expected 24"));
        QVERIFY(contains(errorOf([&] { maskOf(folder.path("none.npy")); }), "No such file"));
        QVERIFY(runPython("import h5py, numpy as n\nf=h5py.File('" + folder.path("m.h5") +
                          "','w')\nf['x/y']=n.zeros((6,4),'u4')\nf['mask']=n.ones((6,4),bool)\n"));
        QCOMPARE(std::ranges::count(maskOf(folder.path("m.h5")).span(), 1), 24);
        QVERIFY(contains(errorOf([&] { maskOf(folder.path("m.h5") + ":/x/y"); }), "leaves no valid pixel"));
        QCOMPARE(std::ranges::count(maskOf(folder.path("m.h5") + ":/x/y", "cxi").span(), 1), 24);
        QVERIFY(contains(errorOf([&] { maskOf(folder.path("m.h5") + ":/x/z"); }), "dataset /x/z is not in"));
        // Of polar images too: the reference's example mask.
        const std::string reference = FXS_TEST_DATA "/groel_200_images.h5";
        const auto run =
            openRun({reference}, with([&](InputSettings& s) { s.mask = reference + ":/entry/reference/mask"; }));
        QVERIFY(std::ranges::count(run->info().polarMask.span(), 0) > 0);
    }
};

QTEST_APPLESS_MAIN(tst_frames)
#include "tst_frames.moc"
