#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/io/calibration_file.h"
#include "engine/preprocess/calibrator.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>
#include <random>

using namespace fxs;

namespace {

constexpr std::size_t kSlow = 32, kFast = 48, kPixels = kSlow * kFast, kFrames = 200;
constexpr double kNoise = 3, kPhoton = 30;

/// A detector of one panel: offset 100 + pixel number mod 7, noise 3, and photons of 30 units where there is light. Pixel 10
/// is hot, 20 noisy, 30 dead; one value in a thousand is a cosmic ray.
class Detector : public RunSource {
public:
    Detector(double photonsAPixel, unsigned seed, std::uint16_t plane = 0)
        : m_photons(photonsAPixel), m_seed(seed), m_plane(plane) {
        m_info.frameCount = kFrames;
        m_info.valueType = "uint16";
        m_info.panels = 1;
        m_info.slow = kSlow;
        m_info.fast = kFast;
    }
    const RunInfo& info() const override { return m_info; }
    PolarBatch readPolar(std::uint64_t, std::size_t, const TaskContext&) override { return {}; }
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override {
        task.checkpoint();
        count = std::min(count, static_cast<std::size_t>(kFrames - first));
        FrameBatch batch;
        batch.firstIndex = first;
        batch.raw16 = Array<std::uint16_t, 4>({count, 1, kSlow, kFast});
        if (m_plane > 0)
            batch.gainPlane = Array<std::uint16_t, 4>({count, 1, kSlow, kFast});
        for (std::size_t f = 0; f < count; ++f) {
            std::mt19937_64 random(m_seed * 1000 + first + f);
            std::normal_distribution<double> noise(0, kNoise);
            std::poisson_distribution<int> photons(m_photons > 0 ? m_photons : 1e-9);
            for (std::size_t i = 0; i < kPixels; ++i) {
                double v = dark(i) + noise(random) * (i == 20 ? 10 : i == 30 ? 0 : 1) + kPhoton * photons(random);
                if (random() % 1000 == 0)
                    v += 5000;
                batch.raw16.data()[f * kPixels + i] = static_cast<std::uint16_t>(std::lround(v));
                if (m_plane > 0)
                    batch.gainPlane.data()[f * kPixels + i] = m_plane;
            }
        }
        return batch;
    }
    static double dark(std::size_t i) { return 100 + static_cast<double>(i % 7) + (i == 10 ? 300 : 0); }
    RunInfo m_info;

private:
    double m_photons;
    unsigned m_seed;
    std::uint16_t m_plane;
};

} // namespace

class TestCalibrator : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsDarkNoiseAndBadPixels() {
        Calibrator calibrator({});
        Detector run(0, 1);
        calibrator.addDark(run, {});
        const Calibration found = calibrator.finish();
        QCOMPARE(calibrator.badPixels().hot, std::size_t(1));
        QCOMPARE(calibrator.badPixels().noisy, std::size_t(1));
        QCOMPARE(calibrator.badPixels().dead, std::size_t(1));
        double dark = 0, noise = 0;
        for (std::size_t i = 0; i < kPixels; ++i) {
            QCOMPARE(int(found.mask.data()[i]), int(i != 10 && i != 20 && i != 30));
            if (found.mask.data()[i] == 0)
                continue;
            // One cosmic ray of 5,000 in 200 frames would move a plain mean by 25. The first pass's sigma is then about 350,
            // and the clipped mean is off by 3/sqrt(200) = 0.2: five of those. Rays that come twice in a pixel stay
            // within 5 sigma of the first pass; they are about 2 % of the pixels.
            const double off = found.dark.data()[i] - Detector::dark(i);
            dark += std::abs(off) < 1.1;
            noise += std::abs(found.noise.data()[i] - 3.01) < 1;
        }
        QVERIFY(dark > 0.97 * kPixels);
        QVERIFY(noise > 0.97 * kPixels);
    }

    void findsThePhotonPeak() {
        CalibrateSettings settings;
        settings.asic = "16,16";
        Calibrator calibrator(settings);
        Detector dark(0, 1), light(0.1, 2);
        calibrator.addDark(dark, {});
        calibrator.addPhotons(light, {});
        const Calibration found = calibrator.finish();
        QCOMPARE(calibrator.blocks(), std::size_t(6));
        QCOMPARE(calibrator.blocksWithPeak(), std::size_t(6));
        // 256 pixels x 200 frames x 0.09 single photons a block: the peak's place is known to a few per cent of its width.
        for (const float gain : found.gain.span())
            QVERIFY(std::abs(gain - kPhoton) < 1);
    }

    void givesNoGainWithoutAPeak() {
        Calibrator calibrator({});
        Detector dark(0, 1), again(0, 3);
        calibrator.addDark(dark, {});
        calibrator.addPhotons(again, {});
        QVERIFY(calibrator.finish().gain.empty());
        QCOMPARE(calibrator.blocksWithPeak(), std::size_t(0));
    }

    void stagesGetThresholdsBetweenTheirPlanes() {
        Calibrator calibrator({});
        Detector high(0, 1, 4000), medium(0, 2, 6000);
        calibrator.addDark(high, {});
        calibrator.addDark(medium, {});
        const Calibration found = calibrator.finish();
        QCOMPARE(found.dark.extent(0), std::size_t(2));
        for (const float threshold : found.stageThreshold.span())
            QCOMPARE(threshold, 5000.0F);
    }

    void sameBitsForAnyNumberOfThreadsAndInAFile() {
        QTemporaryDir dir;
        const std::string path = dir.filePath("CALIBRATION.h5").toStdString();
        std::vector<float> first;
        for (const int threads : {1, 4}) {
            const ThreadLimit limit(threads);
            Calibrator calibrator({});
            Detector run(0, 1);
            calibrator.addDark(run, {});
            const Calibration found = calibrator.finish();
            writeCalibration(path, found, {true});
            const Calibration read = readCalibration(path);
            QVERIFY(isCalibration(path));
            QVERIFY(std::memcmp(read.dark.data(), found.dark.data(), kPixels * 4) == 0);
            QVERIFY(std::memcmp(read.mask.data(), found.mask.data(), kPixels) == 0);
            QCOMPARE(read.frames, std::uint64_t(kFrames));
            const auto constants = readPixelConstants(path, "dark", {1, kSlow, kFast});
            if (first.empty())
                first.assign(constants.data(), constants.data() + kPixels);
            QVERIFY(std::memcmp(first.data(), found.dark.data(), kPixels * 4) == 0);
        }
        QVERIFY_EXCEPTION_THROWN(readPixelConstants(path + ":/entry/calibration/dark", "dark", {1, 3, 3}), Error);
        QVERIFY_EXCEPTION_THROWN(readPixelConstants(path, "gain", {1, kSlow, kFast}), Error);
        QVERIFY_EXCEPTION_THROWN(readPixelConstants(dir.filePath("none.npy").toStdString(), "dark", {1, 1, 1}), Error);
    }

    void stopsAndRefusesWhatDoesNotFit() {
        Calibrator calibrator({});
        Detector run(0, 1), other(0, 1);
        std::stop_source stop;
        stop.request_stop();
        TaskContext task;
        task.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN(calibrator.addDark(run, task), Stopped);
        QVERIFY_EXCEPTION_THROWN(calibrator.addPhotons(run, {}), Error);
        QVERIFY_EXCEPTION_THROWN(calibrator.finish(), Error);
        other.m_info.slow = kSlow + 1;
        QVERIFY_EXCEPTION_THROWN(calibrator.addDark(other, {}), Error);
    }
};

QTEST_APPLESS_MAIN(TestCalibrator)
#include "tst_calibrator.moc"
