#include "engine/io/frame_run.h"
#include "engine/io/inspect.h"
#include "engine/io/layout.h"
#include "engine/io/polar_run.h"
#include "engine/io/run_reader.h"
#include "tests/engine/io/test_folder.h"

#include <QFile>

#include <cmath>
#include <csignal>

#include <sys/resource.h>

using namespace fxs;

namespace {

std::string openError(const std::string& path, const InputSettings& settings = {}) {
    return errorOf([&] { openRun({path}, settings); });
}

void writePolar(const std::string& path, std::size_t frames, double wavelength = 2, float value = 1) {
    PolarRunHeader header;
    header.grid = PolarGrid::uniform(0.01, 0.1, 3, 8);
    header.experiment.wavelengthAngstrom = wavelength;
    header.experiment.wavelengthKnown = true;
    PolarRunWriter writer(path, std::move(header), {.force = true});
    PolarBatch batch;
    batch.intensity = Array<float, 3>({frames, 3, 8});
    std::ranges::fill(batch.intensity.span(), value);
    writer.append(batch);
    writer.finish();
}

/// A polar run as another program might write it, changed by a line of Python (g is the group, x the images).
std::string polar(const std::string& path, const std::string& change) {
    return "import h5py, numpy as n\nf=h5py.File('" + path +
           "','w')\ng=f.create_group('entry/"
           "polar')\nx=n.ones((4,3,8),'f4')\nq=n.array([.1,.2,.3])\nphi=n.arange(8)*2*n.pi/8\n" +
           change +
           "\nif 'intensity' not in g and x is not None: g['intensity']=x\nif q is not None: g['q']=q\nif phi is not "
           "None: g['phi']=phi\n"
           "if 'wavelength' not in g: g['wavelength']=1.0\n";
}

struct BadRun {
    const char *name, *change, *message;
};

constexpr BadRun kBadRuns[] = {
    {"wrong rank", "x=n.ones((4,3))", "has 2 axes (shape 4 x 3), expected 3"},
    {"no images", "x=None", "dataset intensity is not in"},
    {"images are a group", "g.create_group('intensity')", "is a group, expected a dataset"},
    {"images are text", "x=n.full((4,3,8),b'a')", "holds text, expected numbers"},
    {"zero frames", "x=n.ones((0,3,8))", "has no frame"},
    {"no q", "q=None", "dataset q is not in"},
    {"too few q", "q=q[:2]", "has 2 values, expected 3 (axis 1 of"},
    {"q falls", "q=q[::-1]", "q of ring 1 is 0.2 after 0.3"},
    {"q is zero", "q=q-.1", "q of ring 0 is 0 1/Å, expected a positive number"},
    {"q is NaN", "q=q*n.nan", "q of ring 0 is nan"},
    {"too few azimuths", "x=n.ones((4,3,2));phi=n.arange(2)*n.pi", "2 azimuths, expected at least 4"},
    {"azimuths not equidistant", "phi=phi**2", "azimuth 1 is"},
    {"half a circle", "phi=phi/2", "equidistant over the full circle"},
    {"wavelength negative", "g['wavelength']=-1.0", "is -1 Å, expected 0 (flat) or a positive number"},
    {"wavelength is a list", "g['wavelength']=[1.,2.]", "has 2 values (shape 2), expected one"},
    {"mask of another shape", "g['mask']=n.ones((3,7),'u1')", "is 3 x 7, expected 3 x 8 (q x phi)"},
    {"empty mask", "g['mask']=n.zeros((3,8),'u1')", "leaves no valid pixel"},
    {"odd polarity", "g['polarity']='up'", "is \"up\", expected against or along"},
    {"link to nowhere", "g['intensity']=h5py.SoftLink('/nowhere')\nx=None",
     "is a link to /nowhere, which is not there"},
};

} // namespace

class tst_run_reader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// All bad files by one run of Python: starting it takes longer than anything else here.
    void initTestCase() {
        std::string program;
        for (const BadRun& run : kBadRuns)
            program += polar(badFile(run), run.change) + "f.close()\n";
        m_badFiles = hasPython() && runPython(program);
    }

    void badPolarRuns_data() {
        QTest::addColumn<int>("index");
        for (int i = 0; i < static_cast<int>(std::size(kBadRuns)); ++i)
            QTest::newRow(kBadRuns[i].name) << i;
    }
    void badPolarRuns() {
        if (!m_badFiles)
            QSKIP("python3 with h5py is not installed");
        QFETCH(int, index);
        const std::string path = badFile(kBadRuns[index]);
        const std::string found = openError(path);
        QVERIFY(contains(found, kBadRuns[index].message));
        QVERIFY(contains(found, path));
        // The same file may still be looked at.
        const FileSummary summary = inspectFile(path);
        QVERIFY(summary.problem && !summary.run && !summary.contents.empty());
    }

    void goodPolarRunsOfOthers() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        QVERIFY(runPython(
            polar(path, "g['q']=q*10\ng['q'].attrs['units']='1/nm'\nq=None\nx=(x*3).astype('>i2')\nphi=phi+.1\n")));
        const auto run = openRun({path});
        QVERIFY(std::abs(run->info().polarGrid->q[2] - 0.3) < 1e-15);
        QCOMPARE(run->info().valueType, std::string("int16"));
        QCOMPARE(run->readPolar(0, 1, {}).intensity(0, 2, 7), 3.0f);
        QVERIFY(contains(run->info().metadata.front().first, "first azimuth"));
    }

    void foreignFiles() {
        const TestFolder folder;
        QVERIFY(contains(errorOf([] { openRun({}); }), "no file"));
        QVERIFY(contains(openError(folder.path("none.h5")), "there is no such file"));
        {
            h5::File file = h5::File::create(folder.path("other.h5"));
            file.createGroup("UserDataCfg");
            file.writeScalar("x", 1.0);
        }
        const std::string message = openError(folder.path("other.h5"));
        QVERIFY(contains(message, "of no layout that this program reads; it holds UserDataCfg, x"));
        for (const Layout& layout : layouts())
            QVERIFY(contains(message, layout.lookedFor));
        QFile text(QString::fromStdString(folder.path("text")));
        text.open(QFile::WriteOnly);
        text.write("not a run");
        text.close();
        QVERIFY(contains(openError(folder.path("text")), "not an HDF5 file"));
    }

    void truncatedAndDamagedFiles() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string whole = folder.path("run.h5"), cut = folder.path("cut.h5");
        QVERIFY(runPython(
            polar(whole, "g.create_dataset('intensity',data=n.random.rand(4,3,8),chunks=(1,3,8),compression='gzip')")));
        QVERIFY(runPython("b=open('" + whole + "','rb').read()\nopen('" + cut + "','wb').write(b[:len(b)*3//4])\n"));
        QVERIFY(contains(openError(cut), "truncated"));
        // A chunk that is damaged is found when its frame is read, and the frame is named.
        QVERIFY(runPython("import h5py\nf=h5py.File('" + whole +
                          "','r+')\nd=f['entry/polar/intensity']\nd.id.write_direct_chunk((2,0,0),b'garbage')\n"));
        const auto run = openRun({whole});
        QCOMPARE(run->readPolar(0, 2, {}).frameCount(), std::size_t{2});
        const std::string message = errorOf([&] { run->readPolar(2, 1, {}); });
        QVERIFY(contains(message, "reading /entry/polar/intensity of " + whole + ", entries 2 to 2"));
        QCOMPARE(run->readPolar(3, 1, {}).frameCount(), std::size_t{1}); // the others can still be read
    }

    void filesThatDoNotBelongTogether() {
        const TestFolder folder;
        const std::string a = folder.path("a.h5"), b = folder.path("b.h5"), frames = folder.path("frames.h5");
        writePolar(a, 2);
        writePolar(b, 2, 2.5);
        QVERIFY(contains(errorOf([&] { openRun({a, b}); }), "the wavelength is 2.5 Å, expected 2 as in " + a));
        FrameRunHeader header;
        header.geometry = DetectorGeometry::singlePanel(4, 5, 1, 1e-3, {2, 2}, 2);
        FrameBatch batch;
        batch.data = Array<float, 4>({1, 1, 4, 5});
        FrameRunWriter writer(frames, std::move(header));
        writer.append(batch);
        writer.finish();
        QVERIFY(contains(errorOf([&] {
                             openRun({a, frames});
                         }),
                         frames + " is of layout CXI, the run's first file of layout polar images"));
        FrameRunHeader larger;
        larger.geometry = DetectorGeometry::singlePanel(4, 6, 1, 1e-3, {2, 2}, 2);
        FrameBatch wide;
        wide.data = Array<float, 4>({1, 1, 4, 6});
        FrameRunWriter other(folder.path("wide.h5"), std::move(larger));
        QVERIFY(contains(errorOf([&] { other.append(batch); }), "1 x 4 x 5, expected 1 x 4 x 6"));
        other.append(wide);
        other.finish();
        QVERIFY(contains(errorOf([&] {
                             openRun({frames, folder.path("wide.h5")});
                         }),
                         "frames of 1 x 4 x 6 (panel x slow x fast), expected frames of 1 x 4 x 5"));
    }

    /// More files than are kept open: the sums of what is read are the same, and so are the problems.
    void manyFiles() {
        const TestFolder folder;
        std::vector<std::string> files;
        for (int i = 0; i < 150; ++i) {
            files.push_back(folder.path("f" + std::to_string(i) + ".h5"));
            writePolar(files.back(), 3, 2, i == 5 ? -1.0f : static_cast<float>(i));
        }
        {
            const auto run = openRun(files);
            QCOMPARE(*run->info().frameCount, std::uint64_t{450});
            QVERIFY(h5::openObjectCount() <= 64 * 5);
            for (std::uint64_t first = 0; first < 450; first += 100) {
                const PolarBatch batch = run->readPolar(first, 100, {});
                for (std::size_t f = 0; f < batch.frameCount(); ++f) {
                    const auto file = (first + f) / 3;
                    QCOMPARE(batch.intensity(f, 2, 7), file == 5 ? -1.0f : static_cast<float>(file));
                }
            }
            QCOMPARE(run->readPolar(16, 1, {}).intensity(0, 0, 0), -1.0f); // back to a file that was closed meanwhile
            QVERIFY(!run->problemsFound().empty());
            QVERIFY(contains(run->problemsFound().front().message, "negative"));
        }
        QCOMPARE(h5::openObjectCount(), std::size_t{0});
    }

    void stops() {
        const TestFolder folder;
        writePolar(folder.path("a.h5"), 3);
        std::stop_source source;
        TaskContext task;
        task.stop = source.get_token();
        const auto run = openRun({folder.path("a.h5")}, {}, task);
        run->readPolar(0, 1, task);
        source.request_stop();
        QVERIFY_EXCEPTION_THROWN(run->readPolar(1, 1, task), Stopped);
        QVERIFY_EXCEPTION_THROWN(run->readPolar(1, 1, task), Stopped);
        QVERIFY_EXCEPTION_THROWN(openRun({folder.path("a.h5")}, {}, task), Stopped);
        QCOMPARE(run->readPolar(1, 1, {}).frameCount(), std::size_t{1}); // nothing is broken by it
    }

    /// A run that does not fit on the disk: an Error, and nothing is left.
    void fullDisk() {
        const TestFolder folder;
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{200000, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        const std::string message = errorOf([&] { writePolar(folder.path("a.h5"), 10000); });
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(contains(message, "writing " + folder.path("a.h5")));
        QVERIFY(contains(message, "the file would be larger than the system allows"));
        QVERIFY(folder.files().isEmpty());
        QCOMPARE(h5::openObjectCount(), std::size_t{0});
    }

    void inspects() {
        const FileSummary summary = inspectFile(FXS_TEST_DATA "/groel_200_images.h5");
        QVERIFY(summary.kind == ResultKind::run && summary.run && !summary.problem);
        QCOMPARE(summary.bytes, std::uint64_t{5379013});
        const auto intensity = std::ranges::find(summary.contents, "/entry/polar/intensity", &ContentEntry::path);
        QVERIFY(intensity != summary.contents.end());
        QVERIFY(intensity->shape == (std::vector<std::uint64_t>{200, 48, 128}));
        QVERIFY(contains(intensity->detail, "electron^2"));
        const FrameSurvey survey = surveyFrames(*summary.run, 10, {});
        QCOMPARE(survey.frames, std::uint64_t{10});
        QVERIFY(survey.smallest > 0 && survey.mean > survey.smallest && survey.largest > survey.mean);
        QVERIFY(survey.problems.empty());
        QVERIFY(contains(errorOf([] { inspectFile("/nowhere.h5"); }), "there is no such file"));
        QVERIFY(inspectFile(FXS_SOURCE_DIR "/CMakeLists.txt").kind == ResultKind::unknown);
    }

private:
    std::string badFile(const BadRun& run) const {
        return m_folder.path("bad" + std::to_string(&run - kBadRuns) + ".h5");
    }
    TestFolder m_folder;
    bool m_badFiles = false;
};

QTEST_APPLESS_MAIN(tst_run_reader)
#include "tst_run_reader.moc"
