#include "engine/io/polar_run.h"
#include "engine/io/run_reader.h"
#include "tests/engine/io/test_folder.h"

#include <cmath>
#include <limits>

using namespace fxs;

namespace {

PolarBatch makeBatch(std::size_t frames, std::size_t nq, std::size_t nphi, float offset) {
    PolarBatch batch;
    batch.intensity = Array<float, 3>({frames, nq, nphi});
    float value = offset;
    for (float& v : batch.intensity.span())
        v = value += 0.125f;
    return batch;
}

PolarRunHeader makeHeader(std::size_t nq, std::size_t nphi) {
    PolarRunHeader header;
    header.grid = PolarGrid::uniform(0.01, 0.1, nq, nphi);
    header.experiment.wavelengthAngstrom = 2.5;
    header.experiment.wavelengthKnown = true;
    header.experiment.particlesPerShot = 3.5;
    header.experiment.particlesKnown = true;
    header.experiment.photonsPerUnit = 7;
    header.experiment.polarity = Polarity::along;
    header.provenance = startProvenance("test");
    return header;
}

} // namespace

class tst_polar_run : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesAndReadsBack() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        PolarRunHeader header = makeHeader(5, 8);
        header.mask = Array<std::uint8_t, 2>({5, 8});
        std::ranges::fill(header.mask.span(), std::uint8_t{1});
        header.mask(2, 3) = 0;
        const PolarBatch a = makeBatch(3, 5, 8, 1), b = makeBatch(70, 5, 8, 1000);
        {
            PolarRunWriter writer(path, std::move(header));
            writer.append(a);
            writer.append(b);
            QVERIFY(!QFile::exists(QString::fromStdString(path))); // appears only when whole
            writer.finish();
        }
        QCOMPARE(folder.files(), QStringList{"run.h5"});
        const auto run = openRun({path});
        const RunInfo& info = run->info();
        QVERIFY(run->isPolar());
        QCOMPARE(info.layout, std::string("polar images"));
        QCOMPARE(*info.frameCount, std::uint64_t{73});
        QVERIFY(*info.polarGrid == PolarGrid::uniform(0.01, 0.1, 5, 8));
        QCOMPARE(info.experiment.wavelengthAngstrom, 2.5);
        QCOMPARE(info.experiment.particlesPerShot, 3.5);
        QCOMPARE(info.experiment.photonsPerUnit, 7.0);
        QVERIFY(info.experiment.polarity == Polarity::along);
        QCOMPARE(int(info.polarMask(2, 3)), 0);
        QCOMPARE(int(info.polarMask(2, 4)), 1);
        QVERIFY(info.problems.empty());

        const PolarBatch all = run->readPolar(0, 1000, {}); // more than there is: what there is
        QCOMPARE(all.frameCount(), std::size_t{73});
        QVERIFY(std::equal(a.intensity.span().begin(), a.intensity.span().end(), all.intensity.span().begin()));
        QVERIFY(std::equal(b.intensity.span().begin(), b.intensity.span().end(), all.intensity[3].data()));
        const PolarBatch some = run->readPolar(70, 2, {});
        QCOMPARE(some.firstIndex, std::uint64_t{70});
        QCOMPARE(some.intensity(1, 4, 7), all.intensity(71, 4, 7));
        QCOMPARE(run->readPolar(73, 5, {}).frameCount(), std::size_t{0});
    }

    void keepsPerFrameMasks() {
        const TestFolder folder;
        PolarBatch plain = makeBatch(2, 3, 4, 0), masked = makeBatch(2, 3, 4, 50);
        masked.mask = Array<std::uint8_t, 3>({2, 3, 4});
        masked.mask(1, 2, 3) = 1;
        PolarRunWriter writer(folder.path("run.h5"), makeHeader(3, 4));
        writer.append(plain);
        writer.append(masked);
        writer.append(plain);
        writer.finish();
        const auto run = openRun({folder.path("run.h5")});
        const PolarBatch read = run->readPolar(0, 6, {});
        QCOMPARE(int(read.mask(0, 0, 0)), 1);
        QCOMPARE(int(read.mask(2, 0, 0)), 0);
        QCOMPARE(int(read.mask(3, 2, 3)), 1);
        QCOMPARE(int(read.mask(5, 0, 0)), 1);
    }

    void refusesWhatDoesNotFit() {
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        {
            PolarRunWriter writer(path, makeHeader(3, 4));
            QVERIFY(
                contains(errorOf([&] { writer.append(makeBatch(1, 3, 5, 0)); }), "3 x 5 (q x phi), expected 3 x 4"));
            PolarBatch batch = makeBatch(1, 3, 4, 0);
            batch.intensity(0, 0, 0) = std::numeric_limits<float>::quiet_NaN();
            QVERIFY(contains(errorOf([&] { writer.append(batch); }), "not finite"));
            QVERIFY(contains(errorOf([&] { writer.finish(); }), "no frame"));
        }
        QVERIFY(folder.files().isEmpty()); // nothing is left of an unfinished output
        {
            PolarRunWriter writer(path, makeHeader(3, 4));
            writer.append(makeBatch(1, 3, 4, 0));
            writer.finish();
        }
        QVERIFY(contains(errorOf([&] { PolarRunWriter(path, makeHeader(3, 4)); }), "already there"));
        PolarRunWriter(path, makeHeader(3, 4), {.force = true}); // allowed, and given up: the old file stays
        QCOMPARE(folder.files(), QStringList{"run.h5"});
        QCOMPARE(*openRun({path})->info().frameCount, std::uint64_t{1});
    }

    void readsTheReferenceImages() {
        const auto run = openRun({FXS_TEST_DATA "/groel_200_images.h5"});
        const RunInfo& info = run->info();
        QCOMPARE(*info.frameCount, std::uint64_t{200});
        QCOMPARE(info.polarGrid->qCount(), std::size_t{48});
        QCOMPARE(info.polarGrid->phiCount, std::size_t{128});
        QVERIFY(info.experiment.wavelengthKnown);
        QCOMPARE(info.experiment.wavelengthAngstrom, 0.0);
        const PolarBatch batch = run->readPolar(199, 1, {});
        QVERIFY(batch.intensity(0, 0, 0) > 0);
    }

    void joinsFiles() {
        const TestFolder folder;
        const auto write = [&](const std::string& name, std::size_t nq, std::size_t frames, float offset) {
            PolarRunWriter writer(folder.path(name), makeHeader(nq, 4));
            writer.append(makeBatch(frames, nq, 4, offset));
            writer.finish();
        };
        write("a.h5", 3, 4, 0);
        write("b.h5", 3, 5, 100);
        write("c.h5", 6, 2, 0);
        const auto run = openRun({folder.path("a.h5"), folder.path("b.h5"), folder.path("a.h5")});
        QCOMPARE(*run->info().frameCount, std::uint64_t{13});
        const PolarBatch batch = run->readPolar(3, 7, {});
        QCOMPARE(batch.firstIndex, std::uint64_t{3});
        QCOMPARE(batch.frameCount(), std::size_t{7});
        QCOMPARE(batch.intensity(0, 0, 0), 0.125f * (3 * 12 + 1));
        QCOMPARE(batch.intensity(1, 0, 0), 100.125f);
        QCOMPARE(batch.intensity(6, 0, 0), 0.125f);
        QVERIFY(contains(errorOf([&] {
                             openRun({folder.path("a.h5"), folder.path("c.h5")});
                         }),
                         "6 x 4 (q x phi), expected"));
    }

    void valuesThatAreNotNumbersAreMaskedAndCounted() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string path = folder.path("run.h5");
        QVERIFY(runPython(
            "import h5py, numpy as n\nf=h5py.File('" + path +
            "','w')\ng=f.create_group('entry/polar')\nx=n.ones((4,3,8),'f8')\nx[:,0,0]=n.nan\nx[2,1,1]=n.inf\n"
            "x[3,2,2]=-5\ng['intensity']=x\ng['q']=n.array([.1,.2,.3])"));
        const auto run = openRun({path});
        QCOMPARE(int(run->info().polarMask(0, 0)), 0); // a gap in the first frame is a gap in all
        QCOMPARE(int(run->info().polarMask(1, 1)), 1);
        QVERIFY(!run->info().experiment.wavelengthKnown);
        const PolarBatch batch = run->readPolar(0, 4, {});
        QCOMPARE(batch.intensity(2, 1, 1), 0.f);
        QCOMPARE(int(batch.mask(2, 1, 1)), 0);
        QCOMPARE(int(batch.mask(1, 1, 1)), 1);
        QCOMPARE(batch.intensity(3, 2, 2), -5.f);
        for (const float v : batch.intensity.span())
            QVERIFY(std::isfinite(v));
        const auto problems = run->problemsFound();
        QCOMPARE(problems.size(), std::size_t{2});
        QVERIFY(contains(problems[0].message, "1 not finite values in 1 frames (first in frame 2)"));
        QVERIFY(contains(problems[1].message, "1 negative"));
    }
};

QTEST_APPLESS_MAIN(tst_polar_run)
#include "tst_polar_run.moc"
