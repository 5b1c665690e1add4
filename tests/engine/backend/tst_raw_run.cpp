#include "engine/backend/pipeline.h"
#include "engine/backend/polar_feed.h"
#include "engine/core/parallel.h"
#include "engine/correlate/correlator.h"
#include "engine/io/correlation_file.h"
#include "engine/io/frame_run.h"
#include "engine/io/run_geometry.h"
#include "engine/io/run_reader.h"
#include "engine/polar/resampler.h"
#include "tests/engine/same_bits.h"

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <cmath>
#include <cstring>
#include <random>

using namespace fxs;

namespace {

constexpr std::size_t kSize = 64, kPixels = kSize * kSize, kFrames = 700;

bool sameSums(const CorrelationSums& a, const CorrelationSums& b) {
    return a.frames == b.frames && a.rejected == b.rejected && a.framesDone == b.framesDone &&
           sameBits(a.sumC, b.sumC) && sameBits(a.sumIntensity, b.sumIntensity);
}

/// Counts around 10 at the centre falling outwards, brighter on one side of each frame; every seventh frame is empty, one pixel
/// saturates in frames 40 and 41.
FrameBatch frames() {
    FrameBatch batch;
    batch.data = Array<float, 4>({kFrames, 1, kSize, kSize});
    std::mt19937 random(5);
    for (std::size_t f = 0; f < kFrames; ++f)
        for (std::size_t i = 0; i < kPixels; ++i) {
            const double x = static_cast<double>(i % kSize) - 31.5, y = static_cast<double>(i / kSize) - 31.5;
            const double angle = std::atan2(y, x) - static_cast<double>(f);
            const double mean = f % 7 == 3 ? 0.01 : 10 * std::exp(-(x * x + y * y) / 900) * (1.2 + std::cos(2 * angle));
            std::poisson_distribution<int> counts(mean);
            batch.data.data()[f * kPixels + i] = static_cast<float>(100 + 4 * counts(random));
        }
    for (const std::size_t f : {std::size_t(40), std::size_t(41)})
        batch.data.data()[f * kPixels + 20 * kSize + 30] = 65535;
    return batch;
}

} // namespace

/// Raw frames through correction, selection and grouping to correlation.
class TestRawRun : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;

    std::string place(const std::string& name) const { return m_dir.filePath(name.c_str()).toStdString(); }

    JobSpec spec(const char* folder) const {
        JobSpec spec;
        spec.name = "test";
        spec.inputs = {place("run.h5")};
        spec.outputFolder = place(folder);
        spec.first = spec.last = Stage::correlate;
        spec.snapshotPeriodSeconds = 0;
        spec.settings["polar"]["q-bins"] = std::int64_t{8};
        spec.settings["polar"]["phi-bins"] = std::int64_t{24};
        spec.settings["polar"]["q-min"] = 0.02;
        spec.settings["polar"]["q-max"] = 0.08;
        spec.settings["preprocess"]["dark"] = place("dark.npy");
        spec.settings["preprocess"]["adu-per-photon"] = 4.0;
        spec.settings["preprocess"]["hit-threshold"] = 1.0;
        spec.settings["preprocess"]["min-lit-pixels"] = std::int64_t{500};
        spec.settings["correlate"]["batch"] = std::int64_t{64};
        return spec;
    }

    static std::string failure(const JobSpec& spec) {
        try {
            runPipeline(spec, {});
        } catch (const Error& error) {
            return error.message();
        }
        return {};
    }

    CorrelationSums sumsOf(const JobSpec& spec) const {
        runPipeline(spec, {});
        return readCorrelation(spec.outputFolder + "/CORRELATION.h5");
    }

    /// Stops the job at its third snapshot, then lets it go on.
    void interruptAndResume(JobSpec job) {
        std::stop_source stop;
        std::atomic<int> snapshots{0};
        JobHooks hooks;
        hooks.task.stop = stop.get_token();
        hooks.publish = [&](std::shared_ptr<const Snapshot>) {
            if (++snapshots == 3)
                stop.request_stop();
        };
        QVERIFY_EXCEPTION_THROWN(runPipeline(job, hooks), Stopped);
        job.resume = true;
        runPipeline(job, {});
    }

private Q_SLOTS:
    void initTestCase() {
        FrameRunHeader header;
        header.geometry = DetectorGeometry::singlePanel(kSize, kSize, 0.5, 500e-6, {32, 32}, 2.0);
        header.counts = true;
        FrameRunWriter writer(place("run.h5"), std::move(header));
        writer.append(frames());
        writer.finish();
        QFile dark(place("dark.npy").c_str());
        QVERIFY(dark.open(QIODevice::WriteOnly));
        QByteArray text = "{'descr': '<f4', 'fortran_order': False, 'shape': (64, 64), }";
        text = text.leftJustified(117, ' ') + "\n";
        dark.write(QByteArray("\x93NUMPY\x01\x00", 8) + char(text.size()) + char(0) + text);
        const std::vector<float> values(kPixels, 100.0F);
        dark.write(reinterpret_cast<const char*>(values.data()), kPixels * 4);
    }

    /// The whole feed against the resampler applied to frames corrected one value at a time.
    void imagesAreThoseOfTheDirectFormula() {
        PreprocessSettings settings;
        settings.dark = place("dark.npy");
        settings.aduPerPhoton = 4.0;
        PolarSettings polar;
        polar.qBins = 8;
        polar.phiBins = 24;
        polar.qMin = 0.02;
        polar.qMax = 0.08;
        auto run = openRun({place("run.h5")});
        const auto geometry = geometryOf(run->info(), {});
        const PolarGrid grid = polarGridFor(polar, geometry, {}, {});
        const Resampler resampler(geometry, {}, grid, polar, {});
        FrameBatch direct = run->readFrames(0, kFrames, {});
        direct.mask = {};
        for (float& v : direct.data.span())
            v = std::max(0.0F, std::floor((v - 100) / 4 + 0.5F));
        const PolarBatch expected = resampler.resample(direct, {});
        PolarFeed feed(std::move(run), {}, settings, polar, {});
        feed.start(0, 512, {});
        PolarBatch batch;
        std::size_t seen = 0;
        while (feed.next(batch, {})) {
            for (std::size_t f = 0; f < batch.frameCount(); ++f, ++seen) {
                const std::size_t index = static_cast<std::size_t>(batch.indexOf(f));
                if (index == 40 || index == 41)
                    continue; // they have a pixel less
                for (std::size_t b = 0; b < 8 * 24; ++b) {
                    const float want = expected.intensity.data()[index * 8 * 24 + b];
                    // About 20 weights a bin, summed in another order: 20 roundings of 6e-8.
                    QVERIFY(std::abs(batch.intensity.data()[f * 8 * 24 + b] - want) <= 2e-6 * std::max(1.0F, want));
                }
            }
        }
        QCOMPARE(seen, kFrames);
    }

    void rejectedFramesAreCounted() {
        const CorrelationSums sums = sumsOf(spec("counted"));
        QCOMPARE(sums.rejected, (RejectedFrames{{"too few lit pixels", 100}}));
        QCOMPARE(sums.frameCount(), std::uint64_t(600));
        QCOMPARE(sums.framesDone.size(), std::size_t(1));
        QCOMPARE(sums.framesDone.front().second, std::uint64_t(kFrames));
    }

    void sameBitsForAnyNumberOfThreads() {
        const CorrelationSums many = sumsOf(spec("many"));
        const ThreadLimit limit(1);
        QVERIFY(sameSums(many, sumsOf(spec("one"))));
    }

    void anInterruptedRunWithRejectionsHasTheSameBits() {
        JobSpec job = spec("resumed");
        job.settings["preprocess"]["select"] = std::string("index % 5 != 2");
        job.settings["preprocess"]["normalise"] = std::string("integrated");
        interruptAndResume(job);
        JobSpec whole = job;
        whole.outputFolder = place("uninterrupted");
        const CorrelationSums expected = sumsOf(whole);
        QCOMPARE(expected.rejected.at("not selected"), std::uint64_t(140));
        QVERIFY(sameSums(readCorrelation(place("resumed/CORRELATION.h5")), expected));
    }

    void groupsAddUpToTheWhole() {
        JobSpec job = spec("groups");
        job.settings["preprocess"]["group-by"] = std::string("index:200");
        interruptAndResume(job);
        JobSpec whole = job;
        whole.outputFolder = place("groups-whole");
        const CorrelationSums grouped = sumsOf(whole);
        QVERIFY(sameSums(readCorrelation(place("groups/CORRELATION.h5")), grouped));
        std::uint64_t labelled = 0;
        for (const char* label : {"0..200", "200..400", "400..600", "600..800"}) {
            const std::string name = std::string("/CORRELATION.") + label + ".h5";
            const CorrelationSums part = readCorrelation(place("groups") + name);
            QCOMPARE(part.label, std::string(label));
            QVERIFY(sameSums(part, readCorrelation(place("groups-whole") + name)));
            labelled += part.frameCount();
        }
        QCOMPARE(labelled, grouped.frameCount());
        const CorrelationSums plain = sumsOf(spec("plain"));
        QCOMPARE(grouped.rejected, plain.rejected);
        QCOMPARE(grouped.framesDone, plain.framesDone);
        for (std::size_t i = 0; i < plain.sumC.size(); ++i)
            QVERIFY(std::abs(grouped.sumC.data()[i] - plain.sumC.data()[i]) < 1e-5 * std::abs(plain.sumC.data()[0]));
    }

    void badPixelsOfSingleFramesFollowThePolicy() {
        JobSpec job = spec("policy");
        job.overwrite = true;
        job.settings["preprocess"]["bad-pixels"] = std::string("reject");
        QCOMPARE(sumsOf(job).rejected.at("saturated or bad pixels"), std::uint64_t(2));
        job.settings["preprocess"]["bad-pixels"] = std::string("average");
        QCOMPARE(sumsOf(job).frameCount(), std::uint64_t(600));
        job.settings["preprocess"]["bad-pixels"] = std::string("mask");
        const CorrelationSums masked = sumsOf(job);
        QCOMPARE(masked.frameCount(), std::uint64_t(600));
        QVERIFY(!masked.sumMaskC.empty());
    }

    void saysWhatIsWrong() {
        const auto contains = [](const std::string& text, const char* part) {
            return text.find(part) != std::string::npos;
        };
        JobSpec job = spec("wrong");
        job.settings["preprocess"]["min-lit-pixels"] = std::int64_t{5000};
        QVERIFY(contains(failure(job), "every frame was left out (too few lit pixels: 700)"));
        job = spec("wrong");
        job.settings["preprocess"]["select"] = std::string("index >");
        QVERIFY(contains(failure(job), "character 8"));
        job.settings["preprocess"]["select"] = std::string("colour > 3");
        QVERIFY(contains(failure(job), "colour"));
        job = spec("wrong");
        job.settings["preprocess"]["group-by"] = std::string("index");
        QVERIFY(contains(failure(job), "more than 64 labels"));
        job = spec("wrong");
        job.settings["preprocess"]["dark"] = place("none.npy");
        QVERIFY2(contains(failure(job), "none.npy"), failure(job).c_str());
        job.settings["preprocess"]["dark"] = place("run.h5") + ":/entry_1/data_1/data";
        QVERIFY(contains(failure(job), "700 x 64 x 64"));
        job = spec("wrong");
        job.inputs = {FXS_TEST_DATA "/groel_200_images.h5"};
        QVERIFY(contains(failure(job), "polar images already"));
    }

    void theReaderIsStoppedAndJoined() {
        for (int i = 0; i < 5; ++i) {
            PolarFeed feed(openRun({place("run.h5")}), {}, {}, {}, {});
            std::stop_source stop;
            TaskContext task;
            task.stop = stop.get_token();
            feed.start(0, 64, task);
            PolarBatch batch;
            for (int k = 0; k < i; ++k)
                QVERIFY(feed.next(batch, task));
            if (i % 2)
                stop.request_stop();
            if (i % 2)
                QVERIFY_EXCEPTION_THROWN(while (feed.next(batch, task)){}, Stopped);
        }
    }
};

QTEST_APPLESS_MAIN(TestRawRun)
#include "tst_raw_run.moc"
