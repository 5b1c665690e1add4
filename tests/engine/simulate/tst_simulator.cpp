#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/simulate/simulator.h"
#include "tests/engine/simulate/scattering_models.h"

#include <QtTest>

#include <tbb/global_control.h>

#include <set>

using namespace fxs;

namespace {

SimulationSettings smallRun() {
    SimulationSettings s;
    s.images = 40;
    s.qMax = 0.5;
    s.qBins = 10;
    s.phiBins = 64;
    s.seed = 3;
    return s;
}

bool same(const PolarBatch& a, const PolarBatch& b) {
    return a.intensity.shape() == b.intensity.shape() &&
           std::equal(a.intensity.span().begin(), a.intensity.span().end(), b.intensity.span().begin());
}

/// A flat square detector of n x n pixels whose corner reaches q.
DetectorGeometry squareDetector(std::size_t n, double cornerQ, double wavelength) {
    const double half = 0.5 * static_cast<double>(n);
    const double tanCorner = std::tan(2 * std::asin(cornerQ * wavelength / (4 * std::numbers::pi)));
    const double pixel = 1e-4;
    return DetectorGeometry::singlePanel(n, n, half * std::numbers::sqrt2 * pixel / tanCorner, pixel, {half, half},
                                         wavelength);
}

} // namespace

class TestSimulator : public QObject {
    Q_OBJECT

    Structure m_structure = test::molecule(60, 30);
    std::unique_ptr<ThreadLimit> m_limit;

private Q_SLOTS:
    void initTestCase() { m_limit = std::make_unique<ThreadLimit>(); }

    void describesItself() {
        auto settings = smallRun();
        settings.particles = 3;
        settings.photons = 500.0;
        const auto run = makeSimulatedRun(settings, m_structure, {});
        const auto& info = run->info();
        QVERIFY(run->isPolar());
        QCOMPARE(info.frameCount.value(), std::uint64_t{40});
        QVERIFY(*info.polarGrid == PolarGrid::uniform(0, 0.5, 10, 64));
        QVERIFY(std::abs(info.experiment.wavelengthAngstrom - 1.5498) < 1e-4);
        QCOMPARE(info.experiment.particlesPerShot, 3.0);
        QCOMPARE(info.experiment.photonsPerUnit, 1.0);
        QVERIFY(info.problems.empty());
        settings.phiBins = 8;
        QCOMPARE(makeSimulatedRun(settings, m_structure, {})->info().problems.size(), std::size_t{1});
    }

    void pixelsAreDirectSums() {
        auto settings = smallRun();
        settings.particles = 2;
        const auto run = makeSimulatedRun(settings, m_structure, {});
        const auto batch = run->readPolar(7, 2, {});
        const auto scatterers = scatterersOf(m_structure);
        QCOMPARE(batch.firstIndex, std::uint64_t{7});
        for (std::size_t f = 0; f < 2; ++f)
            for (std::size_t s = 0; s < 10; ++s)
                for (std::size_t k = 0; k < 64; k += 7) {
                    const double q = run->info().polarGrid->q[s];
                    const auto n = test::pixelDirection(q, 2 * std::numbers::pi * static_cast<double>(k) / 64,
                                                        settings.wavelengthAngstrom());
                    double expected = 0;
                    for (int p = 0; p < 2; ++p)
                        expected += test::intensity(scatterers, q, run->orientation(7 + f, p).apply(n));
                    QVERIFY(std::abs(batch.intensity(f, s, k) - expected) < 2e-5 * run->harmonics().mean(s));
                }
    }

    void sameBitsHoweverItIsRead() {
        auto settings = smallRun();
        settings.photons = 300.0;
        const auto run = makeSimulatedRun(settings, m_structure, {});
        const auto whole = run->readPolar(0, 40, {});
        const auto again = makeSimulatedRun(settings, m_structure, {});
        const auto late = again->readPolar(30, 10, {});
        QVERIFY(std::equal(late.intensity.span().begin(), late.intensity.span().end(), &whole.intensity(30, 0, 0)));
        const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
        QVERIFY(same(whole, run->readPolar(0, 40, {})));
        QVERIFY(same(whole, makeSimulatedRun(settings, m_structure, {})->readPolar(0, 40, {})));
    }

    void seedsAndFramesDiffer() {
        auto settings = smallRun();
        const auto a = makeSimulatedRun(settings, m_structure, {})->readPolar(0, 2, {});
        settings.seed = 4;
        const auto b = makeSimulatedRun(settings, m_structure, {})->readPolar(0, 2, {});
        QVERIFY(!same(a, b));
        QVERIFY(!std::equal(&a.intensity(0, 0, 0), &a.intensity(0, 0, 0) + 640, &a.intensity(1, 0, 0)));
    }

    void endsWithTheRun() {
        const auto run = makeSimulatedRun(smallRun(), m_structure, {});
        QCOMPARE(run->readPolar(35, 100, {}).frameCount(), std::size_t{5});
        QCOMPARE(run->readPolar(40, 10, {}).frameCount(), std::size_t{0});
        QCOMPARE(run->readPolar(1000, 10, {}).frameCount(), std::size_t{0});
        QVERIFY_EXCEPTION_THROWN((void)run->readFrames(0, 1, {}), Error);
    }

    void meanImageIsSaxs() {
        // Over N orientations a ring's mean spreads by about its anisotropy / sqrt(N): five times what is measured is
        // allowed.
        auto settings = smallRun();
        settings.images = 4000;
        const auto run = makeSimulatedRun(settings, m_structure, {});
        const auto batch = run->readPolar(0, 4000, {});
        const auto scatterers = scatterersOf(m_structure);
        for (std::size_t s = 0; s < 10; ++s) {
            double sum = 0, squares = 0;
            for (std::size_t f = 0; f < 4000; ++f) {
                double ring = 0;
                for (std::size_t k = 0; k < 64; ++k)
                    ring += batch.intensity(f, s, k) / 64;
                sum += ring / 4000;
                squares += ring * ring / 4000;
            }
            const double expected = test::debye(scatterers, run->info().polarGrid->q[s]);
            const double standardError = std::sqrt(std::max(0.0, squares - sum * sum) / 4000);
            QVERIFY2(std::abs(sum - expected) < 5 * standardError + 1e-5 * expected, qPrintable(QString::number(s)));
        }
    }

    void photonsArePoissonNumbers() {
        auto settings = smallRun();
        settings.images = 2000;
        settings.photons = 800.0;
        const auto run = makeSimulatedRun(settings, m_structure, {});
        const auto noisy = run->readPolar(0, 2000, {});
        auto clean = settings;
        clean.photons.reset();
        const auto smooth = makeSimulatedRun(clean, m_structure, {})->readPolar(0, 2000, {});
        double total = 0, chi = 0, covariance = 0;
        double last = 0;
        for (std::size_t i = 0; i < noisy.intensity.size(); ++i) {
            const double count = noisy.intensity.data()[i];
            QCOMPARE(count, std::floor(count));
            const double mean = run->scale() * smooth.intensity.data()[i];
            total += count;
            if (mean > 0) {
                const double pull = (count - mean) / std::sqrt(mean);
                chi += pull * pull;
                covariance += pull * last;
                last = pull;
            }
        }
        const auto n = static_cast<double>(noisy.intensity.size());
        // Mean per image: Poisson spread sqrt(800/2000) = 0.6 and the orientations' own, below 1 % of 800 / sqrt(2000)
        // a ring.
        QVERIFY2(std::abs(total / 2000 - 800) < 5, qPrintable(QString::number(total / 2000)));
        // Σ pull² / n has variance (2 + <1/mean>)/n; 1/mean is below 100 here: 5 sqrt(102 / 1.28e6) = 0.045.
        QVERIFY2(std::abs(chi / n - 1) < 0.045, qPrintable(QString::number(chi / n)));
        // Neighbouring bins are independent: 5 / sqrt(n).
        QVERIFY2(std::abs(covariance / n) < 5 / std::sqrt(n), qPrintable(QString::number(covariance / n)));
    }

    void backgroundIsAFractionOfTheSignal() {
        auto settings = smallRun();
        const auto plain = makeSimulatedRun(settings, m_structure, {})->readPolar(0, 3, {});
        settings.background = 0.25;
        const auto run = makeSimulatedRun(settings, m_structure, {});
        const auto raised = run->readPolar(0, 3, {});
        double mean = 0;
        for (std::size_t s = 0; s < 10; ++s)
            mean += run->harmonics().mean(s) / 10;
        for (std::size_t i = 0; i < plain.intensity.size(); ++i)
            QVERIFY(std::abs(raised.intensity.data()[i] - plain.intensity.data()[i] - 0.25 * mean) <
                    1e-6 * raised.intensity.data()[i]);
    }

    void detectorFramesAreDirectSums() {
        auto settings = smallRun();
        settings.images = 6;
        const auto run =
            makeSimulatedRun(settings, m_structure, squareDetector(41, 0.6, settings.wavelengthAngstrom()), {});
        QVERIFY(!run->isPolar());
        const auto& info = run->info();
        QCOMPARE(info.panels, std::size_t{1});
        QCOMPARE(info.fast, std::size_t{41});
        const auto pixels = pixelMap(squareDetector(41, 0.6, settings.wavelengthAngstrom()), {});
        const auto batch = run->readFrames(2, 2, {});
        const auto scatterers = scatterersOf(m_structure);
        std::size_t outside = 0;
        for (std::size_t f = 0; f < 2; ++f)
            for (std::size_t i = 0; i < 41; ++i)
                for (std::size_t j = 0; j < 41; j += 3) {
                    const double q = pixels.q(0, i, j);
                    const float found = batch.data(f, 0, i, j);
                    QCOMPARE(info.frameMask(0, i, j), static_cast<std::uint8_t>(q <= 0.5));
                    if (q > 0.5) {
                        ++outside;
                        QCOMPARE(found, 0.0F);
                        continue;
                    }
                    const auto n = test::pixelDirection(q, pixels.phi(0, i, j), settings.wavelengthAngstrom());
                    const double solidAngle = pixels.solidAngle(0, i, j);
                    const double expected =
                        solidAngle * test::intensity(scatterers, q, run->orientation(2 + f, 0).apply(n));
                    // Cubic interpolation, 0.35 rad a step at the highest frequency: 0.0234 * 0.35⁴ = 3.5e-4 in q and
                    // in φ.
                    QVERIFY2(std::abs(found - expected) < 1e-3 * test::debye(scatterers, q),
                             qPrintable(QString("%1 %2: %3 %4").arg(i).arg(j).arg(found).arg(expected)));
                }
        QVERIFY(outside > 0);
        QVERIFY_EXCEPTION_THROWN((void)run->readPolar(0, 1, {}), Error);
    }

    void detectorPhotonsAddUp() {
        auto settings = smallRun();
        settings.images = 500;
        settings.photons = 1000.0;
        settings.background = 0.5;
        const auto run =
            makeSimulatedRun(settings, m_structure, squareDetector(31, 0.5, settings.wavelengthAngstrom()), {});
        const auto batch = run->readFrames(0, 500, {});
        double total = 0;
        for (float v : batch.data.span())
            total += v;
        // Poisson: sqrt(1000/500) = 1.4; anisotropy of single images moves it by a few more.
        QVERIFY2(std::abs(total / 500 - 1000) < 15, qPrintable(QString::number(total / 500)));
    }

    void badSettingsAreAllNamed() {
        auto settings = smallRun();
        settings.images = 0;
        settings.qMin = 0.7;
        settings.photons = -3.0;
        settings.phiBins = 2;
        std::set<std::string> keys;
        for (const auto& p : settings.validate())
            keys.insert(p.key);
        QCOMPARE(keys, (std::set<std::string>{"images", "q-min", "photons", "phi-bins"}));
        QVERIFY_EXCEPTION_THROWN((void)makeSimulatedRun(settings, m_structure, {}), Error);
        settings = smallRun();
        settings.photonEnergy = 300; // 41 Å: q_max 0.3 1/Å at most
        QCOMPARE(settings.validate().size(), std::size_t{1});
        settings = smallRun();
        settings.photonEnergy = 0;
        QVERIFY(settings.validate().empty());
        QCOMPARE(settings.wavelengthAngstrom(), 0.0);
        QVERIFY_EXCEPTION_THROWN((void)makeSimulatedRun(settings, m_structure, squareDetector(5, 0.5, 1.5), {}), Error);
        settings = smallRun();
        settings.qMin = 0.4;
        QVERIFY_EXCEPTION_THROWN((void)makeSimulatedRun(settings, m_structure, squareDetector(5, 0.1, 1.5), {}), Error);
    }

    void stopsEarlyLateAndTwice() {
        std::stop_source early;
        early.request_stop();
        TaskContext task;
        task.stop = early.get_token();
        for (int twice = 0; twice < 2; ++twice)
            QVERIFY_EXCEPTION_THROWN((void)makeSimulatedRun(smallRun(), m_structure, task), Stopped);
        const auto run = makeSimulatedRun(smallRun(), m_structure, {});
        QVERIFY_EXCEPTION_THROWN((void)run->readPolar(0, 10, task), Stopped);
        std::stop_source late;
        task.stop = late.get_token();
        const auto done = run->readPolar(0, 10, task);
        late.request_stop();
        QCOMPARE(done.frameCount(), std::size_t{10});
        QVERIFY_EXCEPTION_THROWN((void)run->readPolar(0, 10, task), Stopped);
        QVERIFY(same(done, run->readPolar(0, 10, {})));
    }
};

QTEST_APPLESS_MAIN(TestSimulator)
#include "tst_simulator.moc"
