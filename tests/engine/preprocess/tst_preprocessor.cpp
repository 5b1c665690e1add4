#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/preprocess/preprocessor.h"
#include "tests/engine/error_of.h"
#include "tests/engine/preprocess/direct_correction.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>

using namespace fxs;
using namespace fxs::test;

namespace {

constexpr std::size_t kPanels = 2, kSlow = 40, kFast = 60, kPixels = kPanels * kSlow * kFast, kFrames = 12;

/// Frames in memory, as a run.
class MemoryRun : public RunSource {
public:
    explicit MemoryRun(Array<std::uint16_t, 4> frames) : m_frames(std::move(frames)) {
        m_info.layout = "memory";
        m_info.frameCount = m_frames.extent(0);
        m_info.valueType = "uint16";
        m_info.panels = m_frames.extent(1);
        m_info.slow = m_frames.extent(2);
        m_info.fast = m_frames.extent(3);
    }
    const RunInfo& info() const override { return m_info; }
    PolarBatch readPolar(std::uint64_t, std::size_t, const TaskContext&) override { return {}; }
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext&) override {
        FrameBatch batch;
        batch.firstIndex = first;
        count = std::min(count, static_cast<std::size_t>(*m_info.frameCount - first));
        batch.raw16 = Array<std::uint16_t, 4>::uninitialised({count, m_info.panels, m_info.slow, m_info.fast});
        std::copy_n(m_frames[first].data(), batch.raw16.size(), batch.raw16.data());
        batch.pulseEnergy = std::vector<double>(pulseEnergy.begin() + static_cast<std::ptrdiff_t>(first),
                                                pulseEnergy.begin() + static_cast<std::ptrdiff_t>(first + count));
        return batch;
    }
    std::vector<double> pulseEnergy = std::vector<double>(1000, 1.0);
    RunInfo m_info;

private:
    Array<std::uint16_t, 4> m_frames;
};

Array<std::uint16_t, 4> someFrames(std::size_t frames = kFrames) {
    std::mt19937 random(3);
    std::uniform_int_distribution<int> value(60, 1200);
    Array<std::uint16_t, 4> out({frames, kPanels, kSlow, kFast});
    for (auto& v : out.span())
        v = static_cast<std::uint16_t>(value(random));
    return out;
}

Array<float, 4> constants(double low, double high, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> value(static_cast<float>(low), static_cast<float>(high));
    Array<float, 4> out({1, kPanels, kSlow, kFast});
    for (float& v : out.span())
        v = value(random);
    return out;
}

std::vector<double> doubles(const Array<float, 4>& values) {
    return {values.data(), values.data() + values.size()};
}

FrameBatch batchOf(const Array<std::uint16_t, 4>& frames, bool asFloats) {
    FrameBatch batch;
    if (!asFloats) {
        batch.raw16 = frames.clone();
        return batch;
    }
    batch.data = Array<float, 4>::uninitialised(frames.shape());
    std::copy(frames.span().begin(), frames.span().end(), batch.data.data());
    return batch;
}

PreprocessInput inputWith(Array<float, 4> dark, Array<float, 4> gain) {
    PreprocessInput input;
    input.calibration.dark = std::move(dark);
    input.calibration.gain = std::move(gain);
    input.saturation = 65535;
    return input;
}

/// Largest difference relative to the largest value.
double difference(const float* found, const std::vector<double>& expected) {
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        worst = std::max(worst, std::abs(static_cast<double>(found[i]) - expected[i]));
        largest = std::max(largest, std::abs(expected[i]));
    }
    return worst / largest;
}

} // namespace

class TestPreprocessor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithTheDirectFormula_data() {
        QTest::addColumn<QString>("steps");
        QTest::addColumn<bool>("asFloats");
        for (const bool asFloats : {false, true})
            for (const char* steps : {"none", "dark", "dark gain", "dark gain min", "dark gain photons",
                                      "dark common gain", "dark gain background", "dark common gain min background"})
                QTest::newRow((std::string(steps) + (asFloats ? ", float" : ", 16 bit")).c_str()) << steps << asFloats;
    }

    void agreesWithTheDirectFormula() {
        QFETCH(QString, steps);
        QFETCH(bool, asFloats);
        MemoryRun run(someFrames());
        run.m_info.frameMask = Array<std::uint8_t, 3>({kPanels, kSlow, kFast});
        for (std::size_t i = 0; i < kPixels; ++i)
            run.m_info.frameMask.data()[i] = i % 17 != 3;
        PreprocessSettings settings;
        DirectCorrection direct;
        PreprocessInput input = inputWith({}, {});
        direct.mask.assign(run.m_info.frameMask.data(), run.m_info.frameMask.data() + kPixels);
        if (steps.contains("dark")) {
            input.calibration.dark = constants(50, 150, 1);
            direct.dark = doubles(input.calibration.dark);
        }
        if (steps.contains("gain")) {
            input.calibration.gain = constants(20, 60, 2);
            direct.gain = doubles(input.calibration.gain);
        }
        if (steps.contains("common")) {
            settings.commonMode = "median";
            settings.asic = "10,60";
            direct.commonModeBlock = 600;
        }
        if (steps.contains("min"))
            settings.minValue = direct.minValue = 3.0;
        if (steps.contains("photons"))
            settings.aduPerPhoton = direct.aduPerPhoton = 1.7;
        if (steps.contains("background")) {
            const auto background = constants(0, 5, 4);
            input.background = Array<float, 3>({kPanels, kSlow, kFast});
            std::copy_n(background.data(), kPixels, input.background.data());
            direct.background = doubles(background);
            settings.backgroundScale = direct.backgroundScale = 0.7;
            settings.background = "given";
        }
        const Preprocessor preprocessor(settings, std::move(input), run.info(), {});
        const auto frames = someFrames();
        FrameBatch batch = batchOf(frames, asFloats);
        const FrameBatch untouched = batchOf(frames, asFloats);
        const ProcessedFrames kept = preprocessor.process(batch, {});
        QCOMPARE(kept.kept.size(), kFrames);
        QVERIFY(batch.mask.empty());
        for (std::size_t f = 0; f < kFrames; ++f) {
            const std::vector<double> raw(frames[f].data(), frames[f].data() + kPixels);
            const auto expected = direct(raw);
            // Single precision: a few roundings of 6e-8 of values up to 1,200; photons are whole numbers and exact.
            QVERIFY(difference(batch.data[f].data(), expected) < 1e-6);
            if (!preprocessor.isPixelwise())
                continue;
            std::vector<float> tile(PixelCorrection::kTile);
            for (std::size_t at = 0; at < kPixels; at += PixelCorrection::kTile) {
                const std::size_t n = std::min(PixelCorrection::kTile, kPixels - at);
                QVERIFY(preprocessor.correctTile(untouched, f, at, n, tile.data()));
                QVERIFY(std::memcmp(tile.data(), batch.data[f].data() + at, n * sizeof(float)) == 0);
            }
        }
    }

    void sameBitsForAnyNumberOfThreads() {
        PreprocessSettings settings;
        settings.commonMode = "mode";
        settings.normalise = "integrated";
        settings.outlierSigma = 50;
        std::vector<float> first;
        for (const int threads : {1, 2, 5}) {
            const ThreadLimit limit(threads);
            MemoryRun run(someFrames());
            Preprocessor preprocessor(settings, inputWith(constants(50, 150, 1), constants(20, 60, 2)), run.info(), {});
            preprocessor.survey(run, {});
            FrameBatch batch = run.readFrames(0, kFrames, {});
            preprocessor.process(batch, {});
            if (first.empty())
                first.assign(batch.data.data(), batch.data.data() + batch.data.size());
            QVERIFY(std::memcmp(first.data(), batch.data.data(), first.size() * sizeof(float)) == 0);
        }
    }

    void gainStagesTakeTheirOwnConstants() {
        MemoryRun run(someFrames(1));
        PreprocessInput input = inputWith({}, {});
        input.calibration.dark = Array<float, 4>({3, kPanels, kSlow, kFast});
        input.calibration.gain = Array<float, 4>({3, kPanels, kSlow, kFast});
        input.calibration.stageThreshold = Array<float, 4>({2, kPanels, kSlow, kFast});
        for (std::size_t i = 0; i < kPixels; ++i)
            for (std::size_t stage = 0; stage < 3; ++stage) {
                input.calibration.dark.data()[stage * kPixels + i] = 10.0F * static_cast<float>(stage + 1);
                input.calibration.gain.data()[stage * kPixels + i] = stage == 0 ? 40.0F : stage == 1 ? 2.0F : 0.25F;
                if (stage < 2)
                    input.calibration.stageThreshold.data()[stage * kPixels + i] = stage == 0 ? 5000.0F : 8000.0F;
            }
        const Preprocessor preprocessor({}, std::move(input), run.info(), {});
        FrameBatch batch = run.readFrames(0, 1, {});
        batch.gainPlane = Array<std::uint16_t, 4>({1, kPanels, kSlow, kFast});
        const std::uint16_t plane[] = {4000, 5000, 7999, 8000};
        for (std::size_t i = 0; i < kPixels; ++i)
            batch.gainPlane.data()[i] = plane[i % 4];
        const auto raw = batch.raw16.clone();
        preprocessor.process(batch, {});
        for (std::size_t i = 0; i < kPixels; ++i) {
            const std::size_t stage = i % 4 == 0 ? 0 : i % 4 == 3 ? 2 : 1;
            const double gain = stage == 0 ? 40 : stage == 1 ? 2 : 0.25;
            QVERIFY(std::abs(batch.data.data()[i] - (raw.data()[i] - 10.0 * static_cast<double>(stage + 1)) / gain) <
                    1e-3);
        }
    }

    void badPixelsFollowThePolicy() {
        auto frames = someFrames();
        frames(4, 1, 5, 7) = 65535;
        for (std::size_t f = 0; f < kFrames; ++f)
            frames(f, 0, 2, 2) = 65535; // always: part of the fixed mask, whatever the policy
        for (const char* policy : {"average", "mask", "run", "reject"}) {
            PreprocessSettings settings;
            settings.badPixels = policy;
            MemoryRun run(frames.clone());
            Preprocessor preprocessor(settings, inputWith({}, {}), run.info(), {});
            preprocessor.survey(run, {});
            QCOMPARE(int(preprocessor.mask()(0, 2, 2)), 0);
            FrameBatch batch = run.readFrames(0, kFrames, {});
            const ProcessedFrames kept = preprocessor.process(batch, {});
            const std::string p = policy;
            QCOMPARE(kept.kept.size(), p == "reject" ? kFrames - 1 : kFrames);
            QCOMPARE(int(preprocessor.mask()(1, 5, 7)), p == "run" ? 0 : 1);
            QCOMPARE(kept.rejected.count("saturated or bad pixels"), std::size_t(p == "reject"));
            if (p == "average" || p == "mask") {
                QCOMPARE(int(batch.mask(4, 1, 5, 7)), 0);
                QCOMPARE(std::count(batch.mask.data(), batch.mask.data() + batch.mask.size(), 0), 2L);
            } else {
                QVERIFY(batch.mask.empty());
            }
        }
    }

    void valuesThatAreNotNumbersAreBad() {
        MemoryRun run(someFrames());
        const Preprocessor preprocessor({}, inputWith(constants(50, 150, 1), {}), run.info(), {});
        FrameBatch batch = batchOf(someFrames(), true);
        batch.data(3, 0, 1, 1) = std::numeric_limits<float>::quiet_NaN();
        batch.data(5, 1, 1, 1) = -std::numeric_limits<float>::infinity();
        preprocessor.process(batch, {});
        QCOMPARE(int(batch.mask(3, 0, 1, 1)), 0);
        QCOMPARE(int(batch.mask(5, 1, 1, 1)), 0);
        for (const float v : batch.data.span())
            QVERIFY(std::isfinite(v));
    }

    void framesAreRejectedByTheirReason() {
        auto frames = someFrames();
        for (auto& v : frames[2].span())
            v = 1;
        for (auto& v : frames[7].span())
            v = 3000;
        MemoryRun run(frames.clone());
        run.pulseEnergy[9] = 0;
        PreprocessSettings settings;
        settings.hitThreshold = 100;
        settings.minLitPixels = 100;
        settings.maxIntensity = 2000;
        settings.normalise = "pulse-energy";
        Preprocessor preprocessor(settings, inputWith({}, {}), run.info(), {});
        preprocessor.survey(run, {});
        FrameBatch batch = run.readFrames(0, kFrames, {});
        const ProcessedFrames kept = preprocessor.process(batch, {});
        QCOMPARE(kept.rejected, (RejectedFrames{{"too few lit pixels", 1}, {"too bright", 1}, {"no pulse energy", 1}}));
        QCOMPARE(kept.kept, (std::vector<std::size_t>{0, 1, 3, 4, 5, 6, 8, 10, 11}));
    }

    void outliersAreJudgedBySurveyNotByArrival() {
        auto frames = someFrames(60);
        for (auto& v : frames[30].span())
            v = static_cast<std::uint16_t>(2 * v);
        PreprocessSettings settings;
        settings.outlierSigma = 6;
        MemoryRun run(frames.clone());
        Preprocessor preprocessor(settings, inputWith({}, {}), run.info(), {});
        preprocessor.survey(run, {});
        // Each frame alone, backwards: the same fate.
        std::vector<std::uint64_t> rejected;
        for (std::uint64_t f = 60; f-- > 0;) {
            FrameBatch one = run.readFrames(f, 1, {});
            if (preprocessor.process(one, {}).kept.empty())
                rejected.push_back(f);
        }
        QCOMPARE(rejected, std::vector<std::uint64_t>{30});
    }

    void explainShowsEveryStep() {
        PreprocessSettings settings;
        settings.commonMode = "median";
        settings.minValue = 1.0;
        settings.normalise = "integrated";
        MemoryRun run(someFrames());
        Preprocessor preprocessor(settings, inputWith(constants(50, 150, 1), constants(20, 60, 2)), run.info(), {});
        preprocessor.survey(run, {});
        const auto stages = preprocessor.explain(run.readFrames(3, 1, {}), {});
        std::vector<std::string> names;
        for (const PreprocessStage& stage : stages)
            names.push_back(stage.name);
        QCOMPARE(names,
                 (std::vector<std::string>{"raw", "dark", "common mode", "gain, thresholds", "normalised", "result"}));
        FrameBatch batch = run.readFrames(3, 1, {});
        preprocessor.process(batch, {});
        QVERIFY(std::memcmp(stages.back().frame.data(), batch.data.data(), kPixels * sizeof(float)) == 0);
    }

    void badConstantsAreNamed() {
        MemoryRun run(someFrames());
        const auto make = [&](PreprocessInput input) { Preprocessor({}, std::move(input), run.info(), {}); };
        QVERIFY(contains(errorOf([&] {
                             make(inputWith(Array<float, 4>({1, 1, kSlow, kFast}), {}));
                         }),
                         "the dark is 1 x 40 x 60"));
        QVERIFY(contains(errorOf([&] {
                             make(inputWith({}, Array<float, 4>({1, kPanels, kSlow, kFast})));
                         }),
                         "leave no valid pixel"));
        auto dark = constants(50, 150, 1);
        dark(0, 0, 0, 0) = std::numeric_limits<float>::quiet_NaN();
        auto gain = constants(20, 60, 2);
        gain(0, 1, 0, 0) = 0;
        const Preprocessor preprocessor({}, inputWith(std::move(dark), std::move(gain)), run.info(), {});
        QCOMPARE(int(preprocessor.mask()(0, 0, 0)), 0);
        QCOMPARE(int(preprocessor.mask()(1, 0, 0)), 0);
        QCOMPARE(preprocessor.problems().size(), std::size_t(2));
        run.m_info.frameMask = Array<std::uint8_t, 3>({kPanels, kSlow, kFast});
        QVERIFY(contains(errorOf([&] { make(inputWith({}, {})); }), "no valid pixel"));
        PreprocessSettings settings;
        settings.minLitPixels = 3;
        settings.asic = "64";
        QCOMPARE(settings.validate().size(), std::size_t(2));
    }

    void stopsEarlyLateAndTwice() {
        MemoryRun run(someFrames());
        const Preprocessor preprocessor({}, inputWith({}, {}), run.info(), {});
        std::stop_source stop;
        TaskContext task;
        task.stop = stop.get_token();
        FrameBatch batch = run.readFrames(0, kFrames, {});
        preprocessor.process(batch, task);
        stop.request_stop();
        stop.request_stop();
        FrameBatch again = run.readFrames(0, kFrames, {});
        QVERIFY_EXCEPTION_THROWN(preprocessor.process(again, task), Stopped);
    }
};

QTEST_APPLESS_MAIN(TestPreprocessor)
#include "tst_preprocessor.moc"
