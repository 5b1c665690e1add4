#include "tests/engine/io/layout_files.h"

#include <filesystem>

using namespace fxs;

namespace {

/// What the writer put into the first pixel of a module in a frame.
float expected(std::size_t module, double train, double pulse) {
    return static_cast<float>(module * 1000.0 + (train - 10000) * 100 + pulse);
}

} // namespace

class tst_xfel_run : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() {
        if (!m_files.make("xfel_run"))
            QSKIP("python3 with h5py is not installed");
    }

    /// Every module of every frame is where its train and pulse say, or masked.
    void rawAgipdAligned() {
        const auto run = openRun({m_files("agipd_raw")});
        const RunInfo& info = run->info();
        QCOMPARE(info.layout, std::string("European XFEL run"));
        QCOMPARE(info.panels, std::size_t{16});
        QCOMPARE(info.slow, std::size_t{8});
        QCOMPARE(*info.frameCount, std::uint64_t{24});
        QCOMPARE(info.files.size(), std::size_t{31});
        const auto trains = columnOf(*run, "trainId"), pulses = columnOf(*run, "pulseId");
        const FrameBatch all = run->readFrames(0, 24, {});
        std::size_t missing = 0;
        for (std::size_t f = 0; f < 24; ++f)
            for (std::size_t m = 0; m < 16; ++m) {
                const bool gone =
                    m == 5 || (m == 3 && trains[f] == 10004) || (m == 7 && trains[f] == 10001 && pulses[f] > 4);
                missing += gone;
                QCOMPARE(int(all.mask(f, m, 0, 0)), gone ? 0 : 1);
                QCOMPARE(int(all.mask(f, m, 7, 3)), gone ? 0 : 1);
                QCOMPARE(all.data(f, m, 0, 0), gone ? 0.0f : expected(m, trains[f], pulses[f]));
                QCOMPARE(all.data(f, m, 7, 3), gone ? 0.0f : 31 + expected(m, trains[f], pulses[f]));
                QCOMPARE(int(all.gainPlane(f, m, 0, 0)), gone ? 0 : 9000 + int(expected(m, trains[f], pulses[f])));
            }
        QCOMPARE(missing, std::size_t{24 + 4 + 2});
        const std::string problems = problemsOf(*run);
        QVERIFY(contains(problems, "1 of 16 modules of SPB_DET_AGIPD1M-1 are not in the run (5)"));
        QVERIFY(contains(problems, "module 3 from 4 (first: train 10004, pulse 0)"));
        QVERIFY(contains(problems, "module 7 from 2 (first: train 10001, pulse 8)"));
    }

    /// Any cut of the run gives the same frames; 16-bit frames are the same numbers.
    void piecesAndRaw16() {
        const auto run = openRun({m_files("agipd_raw")});
        const FrameBatch all = run->readFrames(0, 24, {});
        const auto raw = openRun({m_files("agipd_raw")});
        QVERIFY(raw->allowRaw16());
        for (const std::size_t step : {std::size_t{1}, std::size_t{5}, std::size_t{24}})
            for (std::size_t first = 0; first < 24; first += step) {
                const FrameBatch part = run->readFrames(first, step, {});
                QVERIFY(std::equal(part.data.span().begin(), part.data.span().end(),
                                   all.data.data() + first * part.data.size() / part.frameCount()));
                const FrameBatch as16 = raw->readFrames(first, step, {});
                QVERIFY(as16.data.empty());
                QVERIFY(std::equal(as16.raw16.span().begin(), as16.raw16.span().end(), part.data.span().begin()));
            }
        QCOMPARE(run->readFrames(23, 10, {}).frameCount(), std::size_t{1});
        QCOMPARE(run->readFrames(24, 1, {}).frameCount(), std::size_t{0});
    }

    void controlValuesAreColumns() {
        const auto run = openRun({m_files("agipd_raw")});
        QVERIFY(std::abs(wavelengthOf(*run) - 1.3) < 1e-6);
        const auto trains = columnOf(*run, "trainId"),
                   flux = columnOf(*run, "SPB_XTD9_XGM_XGM_DOOCS_pulseEnergy_photonFlux");
        for (std::size_t f = 0; f < 24; ++f)
            QCOMPARE(flux[f], 500 + trains[f] - 10000);
        const FrameBatch batch = run->readFrames(0, 24, {});
        QCOMPARE(batch.pulseEnergy.size(), std::size_t{24});
        for (std::size_t f = 0; f < 24; ++f) // the k-th intensity of the train for its k-th frame
            QCOMPARE(batch.pulseEnergy[f], 1000 + (trains[f] - 10000) * 10 + double(f % 4));
        QVERIFY(contains(metadataOf(*run, "wavelength from"), "wavelengthUsed"));
        QVERIFY(contains(errorOf([&] { run->wantColumns({"laser"}); }), "no value \"laser\""));
        QCOMPARE(columnOf(*run, "cellId")[3], 6.0);
    }

    void correctedAgipd() {
        const auto run = openRun({m_files("agipd_corrected")});
        QCOMPARE(run->info().valueType, std::string("float32"));
        QCOMPARE(*run->info().frameCount, std::uint64_t{6});
        QVERIFY(contains(metadataOf(*run, "detector"), "corrected"));
        const FrameBatch batch = run->readFrames(4, 1, {});
        QCOMPARE(batch.data(0, 2, 1, 1), expected(2, 10001, 4) + 5 / 4.0f);
        QCOMPARE(int(batch.mask(0, 2, 0, 1)), 0); // a bit of the correction's own
        QCOMPARE(int(batch.mask(0, 2, 0, 0)), 1);
        QCOMPARE(int(batch.gainStage(0, 5, 3, 3)), 2);
        QVERIFY(problemsOf(*run).find("2 detectors") == std::string::npos);
    }

    /// Format 0.5: first, last and status; no flags; a train id that stands out of the order; 12 + 2 bits.
    void rawLpdOfTheFirstFormat() {
        const auto run = openRun({m_files("lpd_raw")});
        QCOMPARE(*run->info().frameCount, std::uint64_t{4});
        QVERIFY(columnOf(*run, "trainId") == (std::vector<double>{10000, 10000, 10003, 10003}));
        const FrameBatch batch = run->readFrames(0, 4, {});
        const int stored = int(expected(9, 10003, 1)) + 14;
        QCOMPARE(batch.data(3, 9, 3, 2), float(stored & 0xfff));
        QCOMPARE(int(batch.gainStage(3, 9, 3, 2)), 2);
        QCOMPARE(int(batch.gainStage(3, 9, 2, 2)), 0);
        QVERIFY(contains(problemsOf(*run), "1 trains whose ids did not come from the clock"));
    }

    /// Format 1.1 counts flags the other way round.
    void flagsOfVersion11() {
        const auto run = openRun({m_files("dssc_raw")});
        QVERIFY(columnOf(*run, "trainId") == (std::vector<double>{10000, 10000, 10000}));
        QCOMPARE(run->readFrames(0, 3, {}).data(2, 1, 3, 7), expected(1, 10000, 2) + 31);
    }

    void jungfrauBurstAndSingle() {
        const auto burst = openRun({m_files("jungfrau_burst")});
        QCOMPARE(*burst->info().frameCount, std::uint64_t{48});
        QCOMPARE(burst->info().panels, std::size_t{8});
        const FrameBatch batch = burst->readFrames(16, 20, {});
        QCOMPARE(batch.data(17, 0, 0, 0), expected(1, 10002, 1)); // module 1 is the first
        QCOMPARE(batch.data(3, 7, 7, 15), expected(8, 10001, 3) + 127);
        QCOMPARE(int(batch.gainStage(3, 7, 0, 0)), 2); // its two bits count 0, 1, 3
        QCOMPARE(int(batch.gainStage(3, 7, 0, 1)), 1);
        const auto single = openRun({m_files("jungfrau_single")});
        QCOMPARE(*single->info().frameCount, std::uint64_t{3});
        QCOMPARE(single->readFrames(2, 1, {}).data(0, 3, 1, 2), expected(4, 10002, 0) + 18);
    }

    void oneFileAndChosenFiles() {
        const auto one = openRun({m_files("agipd_raw/RAW-R0042-AGIPD03-S00001.h5")});
        QCOMPARE(*one->info().frameCount, std::uint64_t{8});
        QCOMPARE(one->info().panels, std::size_t{16});
        QVERIFY(contains(problemsOf(*one), "15 of 16 modules"));
        InputSettings other;
        other.dataset = "NO_DET";
        QVERIFY(contains(errorOf([&] { openRun({m_files("agipd_raw")}, other); }), "named \"NO_DET\""));
        QVERIFY(contains(errorOf([&] { openRun({m_files("agipd_raw/RAW-R0042-DA01-S00000.h5")}); }),
                         "no detector that this program reads"));
    }

    /// What is wrong in one file is told with its name.
    void badFiles() {
        struct Bad {
            const char *change, *message;
        };
        static constexpr Bad kBad[] = {
            {"del f['INDEX/trainId']", "dataset INDEX/trainId"},
            {"del f['INDEX/flag']; f['INDEX/flag']=n.zeros(1,'i4')",
             "has 1 entries, expected one for each of 3 trains"},
            {"del f[i+'count']", "is not in"},
            {"del f[i+'first']; f[i+'first']=n.zeros(1,'u8')", "has 1 entries, expected one for each of 3 trains"},
            {"del f[g+'data']", "data is not in"},
            {"del f[g+'data']; f[g+'data']=n.zeros((12,2))", "is 12 x 2 of float64"},
            {"del f[g+'data']; f[g+'data']=n.zeros((12,2,8,5),'u2')", "expected 8 x 4 pixels of uint16"},
            {"del f[g+'data']; f[g+'data']=n.zeros((12,2,8,4),'f4')", "expected 8 x 4 pixels of uint16"},
            {"del f['METADATA']", "has no METADATA and INDEX groups"},
            {"del f['METADATA/dataSources']", "dataSourceId"},
        };
        for (const Bad& bad : kBad) {
            const TestFolder folder;
            const std::string good = folder.path("a.h5"), path = folder.path("b.h5");
            std::filesystem::copy_file(m_files("agipd_raw/RAW-R0042-AGIPD00-S00000.h5"), good);
            std::filesystem::copy_file(m_files("agipd_raw/RAW-R0042-AGIPD01-S00000.h5"), path);
            QVERIFY(runPython("import h5py,numpy as n\nf=h5py.File('" + path +
                              "','r+')\ns='SPB_DET_AGIPD1M-1/DET/1CH0:xtdf/image/'\ni='INDEX/'+s\ng='INSTRUMENT/'+s\n" +
                              bad.change + "\nf.close()\n"));
            const std::string message = errorOf([&] { openRun({good, path}); });
            QVERIFY(contains(message, bad.message));
            QVERIFY(contains(message, path));
        }
    }

    /// A file that ends before its index does: what is there is read, the rest is missing.
    void indexBeyondTheData() {
        const TestFolder folder;
        const std::string good = folder.path("a.h5"), path = folder.path("b.h5");
        std::filesystem::copy_file(m_files("agipd_raw/RAW-R0042-AGIPD00-S00000.h5"), good);
        std::filesystem::copy_file(m_files("agipd_raw/RAW-R0042-AGIPD01-S00000.h5"), path);
        QVERIFY(runPython("import h5py\nf=h5py.File('" + path +
                          "','r+')\nf['INSTRUMENT/SPB_DET_AGIPD1M-1/DET/1CH0:xtdf/image/data'].resize(7,axis=0)\n"
                          "f.close()\n"));
        const auto run = openRun({good, path});
        QCOMPARE(*run->info().frameCount, std::uint64_t{12});
        QVERIFY(contains(problemsOf(*run), "promises 5 entries that the data do not have"));
        const FrameBatch batch = run->readFrames(6, 2, {});
        QCOMPARE(int(batch.mask(0, 1, 0, 0)), 1);
        QCOMPARE(int(batch.mask(1, 1, 0, 0)), 0);
        QCOMPARE(int(batch.mask(1, 0, 0, 0)), 1);
    }

    void foldersWithoutARun() {
        const TestFolder folder;
        QVERIFY(contains(errorOf([&] { openRun({folder.path("")}); }), "holds no run: 0 HDF5 files"));
        QVERIFY(contains(errorOf([&] { openRun({folder.path("none")}); }), "there is no such file"));
        std::filesystem::copy_file(m_files("agipd_raw/RAW-R0042-AGIPD00-S00000.h5"), folder.path("run-9.h5"));
        QFile cut(QString::fromStdString(folder.path("run-10.h5")));
        QFile whole(QString::fromStdString(folder.path("run-9.h5")));
        QVERIFY(cut.open(QFile::WriteOnly) && whole.open(QFile::ReadOnly));
        cut.write(whole.readAll().left(5000));
        cut.close();
        const auto run = openRun({folder.path("")});
        QVERIFY(contains(problemsOf(*run), "cannot be read, and are missing from the run: run-10.h5"));
    }

    void stops() {
        std::stop_source source;
        TaskContext task;
        task.stop = source.get_token();
        const auto run = openRun({m_files("agipd_raw")}, {}, task);
        source.request_stop();
        QVERIFY_EXCEPTION_THROWN(run->readFrames(0, 1, task), Stopped);
        QVERIFY_EXCEPTION_THROWN(openRun({m_files("agipd_raw")}, {}, task), Stopped);
        QCOMPARE(run->readFrames(0, 1, {}).frameCount(), std::size_t{1});
    }

private:
    LayoutFiles m_files;
};

QTEST_APPLESS_MAIN(tst_xfel_run)
#include "tst_xfel_run.moc"
