#include "engine/core/parallel.h"
#include "engine/polar/resampler.h"
#include "tests/engine/error_of.h"

#include <QTest>

#include <cmath>
#include <complex>
#include <cstring>
#include <functional>
#include <numbers>
#include <random>

using namespace fxs;

namespace {

constexpr double kPi = std::numbers::pi;

/// 200 x 220 pixels, wide angle, the beam off the middle.
DetectorGeometry wide() {
    return DetectorGeometry::singlePanel(200, 220, 0.1, 0.5e-3, {113.3, 97.6}, 2.0);
}

PolarSettings rings(double qMin, double qMax, int qBins, int phiBins, int split) {
    PolarSettings s;
    s.qMin = qMin;
    s.qMax = qMax;
    s.qBins = qBins;
    s.phiBins = phiBins;
    s.split = split;
    return s;
}

/// Frames that a smooth intensity I(q, phi) gives: per pixel, times its solid angle.
FrameBatch framesOf(const DetectorGeometry& geometry, std::size_t frames,
                    const std::function<double(double, double)>& intensity) {
    const PixelMap map = pixelMap(geometry, {});
    FrameBatch batch;
    batch.data = Array<float, 4>({frames, geometry.panels.size(), geometry.slow, geometry.fast});
    const std::size_t pixels = geometry.pixelCount();
    for (std::size_t f = 0; f < frames; ++f)
        for (std::size_t i = 0; i < pixels; ++i)
            batch.data.data()[f * pixels + i] =
                static_cast<float>((1.0 + static_cast<double>(f)) * intensity(map.q.data()[i], map.phi.data()[i]) *
                                   map.solidAngle.data()[i]);
    return batch;
}

Array<std::uint8_t, 3> ones(const DetectorGeometry& g) {
    Array<std::uint8_t, 3> mask({g.panels.size(), g.slow, g.fast});
    std::ranges::fill(mask.span(), std::uint8_t{1});
    return mask;
}

} // namespace

class tst_resampler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A constant stays constant through any weights, solid angle and all.
    void constantStaysConstant_data() {
        QTest::addColumn<int>("split");
        QTest::newRow("nearest") << 1;
        QTest::newRow("4 x 4") << 4;
    }
    void constantStaysConstant() {
        QFETCH(int, split);
        const auto geometry = wide();
        const PolarSettings settings = rings(0.2, 1.2, 20, 36, split);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        const Resampler resampler(geometry, {}, grid, settings, {});
        const PolarBatch batch = resampler.resample(framesOf(geometry, 2, [](double, double) { return 3.0; }), {});
        for (std::size_t i = 0; i < 20; ++i)
            for (std::size_t k = 0; k < 36; ++k)
                if (resampler.mask()(i, k)) {
                    QVERIFY(std::abs(batch.intensity(0, i, k) - 3) < 3e-6); // a few roundings of float
                    QVERIFY(std::abs(batch.intensity(1, i, k) - 6) < 6e-6);
                }
        QVERIFY(batch.mask.empty());
    }

    /// A smooth intensity comes out as at the bins' centres, to second order in bin and pixel size.
    void smoothIntensityIsKept() {
        const auto geometry = wide();
        const PolarSettings settings = rings(0.3, 1.2, 30, 72, 4);
        const Resampler resampler(geometry, {}, polarGridFor(settings, geometry, {}, {}), settings, {});
        const auto intensity = [](double q, double phi) {
            return std::exp(-q) * (2 + std::cos(2 * phi) + 0.5 * std::sin(3 * phi));
        };
        const PolarBatch batch = resampler.resample(framesOf(geometry, 1, intensity), {});
        for (std::size_t i = 0; i < 30; ++i)
            for (std::size_t k = 0; k < 72; ++k) {
                QVERIFY(resampler.mask()(i, k));
                const double expected = intensity(resampler.grid().q[i], 2 * kPi * static_cast<double>(k) / 72);
                // Pixels of 0.0155 1/Å in q and up to 3 degrees: the centres of mass of a bin's pixels are off by a
                // third of a pixel at most, the gradient is at most 2.5 I per radian and I per 1/Å.
                QVERIFY2(
                    std::abs(batch.intensity(0, i, k) - expected) < 0.05 * expected + 0.02,
                    qPrintable(QString("%1 %2: %3 for %4").arg(i).arg(k).arg(batch.intensity(0, i, k)).arg(expected)));
            }
    }

    /// Against the slow direct formula: every subpixel by itself.
    void isTheDirectSum() {
        const auto geometry = DetectorGeometry::singlePanel(40, 50, 0.1, 1e-3, {22.2, 18.9}, 1.5);
        const PolarSettings settings = rings(0.2, 0.7, 6, 16, 3);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        auto mask = ones(geometry);
        FrameBatch frames;
        frames.data = Array<float, 4>({1, 1, 40, 50});
        std::mt19937 random(5);
        for (std::size_t i = 0; i < 2000; ++i) {
            frames.data.data()[i] = static_cast<float>(random() % 1000);
            mask.data()[i] = random() % 4 != 0;
        }
        const Resampler resampler(geometry, mask, grid, settings, {});
        const PolarBatch batch = resampler.resample(frames, {});
        Array<double, 2> sum({6, 16}), weight({6, 16}), all({6, 16});
        const double step = 0.5 / 6;
        for (std::size_t s = 0; s < 120; ++s)
            for (std::size_t f = 0; f < 150; ++f) {
                const PixelView v =
                    geometry.view(0, (static_cast<double>(s) + 0.5) / 3, (static_cast<double>(f) + 0.5) / 3);
                const int ring = static_cast<int>(std::floor((v.q - 0.2) / step));
                if (ring < 0 || ring >= 6)
                    continue;
                const auto azimuth = static_cast<std::size_t>(std::lround(v.phi / (2 * kPi / 16))) % 16;
                const auto r = static_cast<std::size_t>(ring);
                all(r, azimuth) += 1;
                if (!mask(0, s / 3, f / 3))
                    continue;
                const double gain =
                    1 / geometry.view(0, static_cast<double>(s / 3) + 0.5, static_cast<double>(f / 3) + 0.5).solidAngle;
                sum(r, azimuth) += gain * frames.data(0, 0, s / 3, f / 3);
                weight(r, azimuth) += 1;
            }
        for (std::size_t r = 0; r < 6; ++r) {
            std::vector<double> there;
            std::ranges::copy_if(all[r].span(), std::back_inserter(there), [](double n) { return n > 0; });
            std::ranges::sort(there);
            const double usual = there[there.size() * 3 / 4];
            for (std::size_t k = 0; k < 16; ++k) {
                QCOMPARE(bool(resampler.mask()(r, k)),
                         weight(r, k) > 0 && weight(r, k) + 1e-3 >= 0.5 * std::max(all(r, k), usual));
                QVERIFY(std::abs(resampler.pixelCount()(r, k) - weight(r, k) / 9) < 1e-4);
                if (resampler.mask()(r, k)) // float sums of some 30 terms
                    QVERIFY(std::abs(batch.intensity(0, r, k) - sum(r, k) / weight(r, k)) < 1e-5 * 1000);
                else
                    QCOMPARE(batch.intensity(0, r, k), 0.0f);
            }
        }
    }

    /// Polarisation, tilt and solid angle are taken out exactly: a uniform scatterer stays uniform.
    void polarisedUniformScattererIsUniform() {
        auto geometry = wide();
        geometry.panels[0].fastStep = {0.48e-3, 0.02e-3, 0.1e-3};
        geometry.panels[0].slowStep = {-0.02e-3, 0.47e-3, -0.15e-3};
        const double plane = 0.35;
        const PixelMap map = pixelMap(geometry, {}, Polarisation{0.9, plane});
        FrameBatch frames;
        frames.data = Array<float, 4>({1, 1, 200, 220});
        for (std::size_t s = 0; s < 200; ++s)
            for (std::size_t f = 0; f < 220; ++f) {
                // The direct formula of a polarised beam, in angles, for the pixel's centre.
                const Vector3 x = geometry.place(0, double(s) + 0.5, double(f) + 0.5);
                const double theta2 = std::atan2(std::hypot(x[0], x[1]), x[2]), phi = std::atan2(x[1], x[0]);
                const double direct = (1 + std::pow(std::cos(theta2), 2) -
                                       0.9 * std::cos(2 * (phi - plane)) * std::pow(std::sin(theta2), 2)) /
                                      2;
                QVERIFY(std::abs(map.polarisation(0, s, f) - direct) < 1e-6);
                frames.data(0, 0, s, f) = static_cast<float>(7 * direct * map.solidAngle(0, s, f));
            }
        PolarSettings settings = rings(0.2, 1.0, 16, 36, 3);
        settings.polarisation = 0.9;
        settings.polarisationPlane = plane * 180 / kPi;
        const Resampler resampler(geometry, {}, polarGridFor(settings, geometry, {}, {}), settings, {});
        const PolarBatch batch = resampler.resample(frames, {});
        settings.polarisation.reset();
        const PolarBatch without = Resampler(geometry, {}, resampler.grid(), settings, {}).resample(frames, {});
        double spread = 0;
        for (std::size_t i = 0; i < 16; ++i)
            for (std::size_t k = 0; k < 36; ++k)
                if (resampler.mask()(i, k)) {
                    QVERIFY(std::abs(batch.intensity(0, i, k) - 7) < 1e-5); // roundings of float
                    spread = std::max(spread, std::abs(without.intensity(0, i, k) - 7.0));
                }
        QVERIFY(spread > 0.5);
    }

    /// A detector turned by 90 degrees about the beam gives images turned by a quarter of their bins.
    void turnedDetectorTurnsTheImage() {
        const auto geometry = wide();
        auto turned = geometry;
        Panel& p = turned.panels[0];
        for (Vector3* v : {&p.corner, &p.fastStep, &p.slowStep})
            *v = {-(*v)[1], (*v)[0], (*v)[2]};
        const PolarSettings settings = rings(0.2, 1.0, 12, 40, 3);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        FrameBatch frames;
        frames.data = Array<float, 4>({1, 1, 200, 220});
        std::mt19937 random(2);
        for (float& v : frames.data.span())
            v = static_cast<float>(random() % 100);
        const PolarBatch a = Resampler(geometry, {}, grid, settings, {}).resample(frames, {});
        const PolarBatch b = Resampler(turned, {}, grid, settings, {}).resample(frames, {});
        int different = 0;
        for (std::size_t i = 0; i < 12; ++i)
            for (std::size_t k = 0; k < 40; ++k) // a point on an edge between bins may round to either side
                different += std::abs(a.intensity(0, i, k) - b.intensity(0, i, (k + 10) % 40)) > 1e-3;
        QVERIFY2(different <= 3, qPrintable(QString::number(different)));
    }

    /// One panel, or the same pixels as four in one array with the rows of two stacked: the same image.
    void panelsOfOneArrayAreOneDetector() {
        const auto geometry = wide();
        DetectorGeometry parts = geometry;
        parts.panels.clear();
        parts.slabs = 2;
        parts.slow = 100;
        for (std::size_t s : {0, 100})
            for (std::size_t f : {0, 110}) {
                Panel part = geometry.panels[0];
                part.corner = geometry.place(0, double(s), double(f));
                part.area = PanelArea{s / 100, 0, f, 100, 110};
                parts.panels.push_back(part);
            }
        const PolarSettings settings = rings(0.2, 1.0, 12, 40, 2);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        FrameBatch whole = framesOf(geometry, 1, [](double q, double phi) { return 2 + q + std::cos(3 * phi); }), cut;
        cut.data = Array<float, 4>({1, 2, 100, 220});
        std::ranges::copy(whole.data.span(), cut.data.data());
        const PolarBatch a = Resampler(geometry, {}, grid, settings, {}).resample(whole, {});
        const PolarBatch b = Resampler(parts, {}, grid, settings, {}).resample(cut, {});
        for (std::size_t i = 0; i < a.intensity.size(); ++i)
            QVERIFY(std::abs(a.intensity.data()[i] - b.intensity.data()[i]) < 1e-4);
    }

    /// What masked pixels hold does not matter, not even if it is no number.
    void maskedPixelsMayHoldAnything() {
        const auto geometry = wide();
        const PolarSettings settings = rings(0.2, 1.0, 12, 40, 2);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        auto mask = ones(geometry);
        FrameBatch frames = framesOf(geometry, 1, [](double, double) { return 3.0; });
        frames.mask = Array<std::uint8_t, 4>({1, 1, 200, 220});
        std::mt19937 random(4);
        for (std::size_t i = 0; i < mask.size(); ++i) {
            mask.data()[i] = random() % 10 != 0;
            frames.mask.data()[i] = random() % 10 != 0;
            if (!mask.data()[i] || !frames.mask.data()[i])
                frames.data.data()[i] = std::numeric_limits<float>::quiet_NaN();
        }
        const PolarBatch batch = Resampler(geometry, mask, grid, settings, {}).resample(frames, {});
        for (std::size_t i = 0; i < batch.intensity.size(); ++i)
            QVERIFY(std::abs(batch.intensity.data()[i] - (batch.mask.data()[i] ? 3 : 0)) < 1e-5);
    }

    /// A mask that comes with the frame gives what the same mask gives when it is fixed.
    void frameMasksAreLikeFixedOnes() {
        const auto geometry = wide();
        const PolarSettings settings = rings(0.2, 1.1, 12, 24, 2);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        auto mask = ones(geometry);
        for (std::size_t s = 90; s < 110; ++s)
            for (std::size_t f = 0; f < 220; ++f)
                mask(0, s, f) = 0;
        FrameBatch frames = framesOf(geometry, 2, [](double q, double phi) { return 1 + q + std::cos(phi); });
        const PolarBatch fixed = Resampler(geometry, mask, grid, settings, {}).resample(frames, {});
        const Resampler open(geometry, {}, grid, settings, {});
        frames.mask = Array<std::uint8_t, 4>({2, 1, 200, 220});
        std::ranges::fill(frames.mask.span(), std::uint8_t{1});
        std::copy_n(mask.data(), mask.size(), frames.mask.data()); // the first frame only
        const PolarBatch changing = open.resample(frames, {});
        const Resampler closed(geometry, mask, grid, settings, {});
        int masked = 0;
        for (std::size_t r = 0; r < 12; ++r)
            for (std::size_t k = 0; k < 24; ++k) {
                QCOMPARE(int(changing.mask(0, r, k)), int(closed.mask()(r, k)));
                QCOMPARE(int(changing.mask(1, r, k)), int(open.mask()(r, k)));
                QVERIFY(std::abs(changing.intensity(0, r, k) - fixed.intensity(0, r, k)) < 1e-5 * 4);
                masked += !changing.mask(0, r, k);
            }
        QVERIFY(masked > 10);
    }

    /// The photon noise of the bins, measured over many Poisson frames, is the covariance that ringNoise() says.
    void noiseIsAsPropagated() {
        const auto geometry = DetectorGeometry::singlePanel(60, 60, 0.1, 1e-3, {30, 30}, 1.5);
        PolarSettings settings = rings(0.3, 0.9, 4, 12, 4);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        const Resampler resampler(geometry, {}, grid, settings, {});
        constexpr std::size_t kFrames = 4000, kRing = 1;
        FrameBatch frames = framesOf(geometry, 1, [](double, double) { return 5.0; });
        FrameBatch counts;
        counts.data = Array<float, 4>({kFrames, 1, 60, 60});
        std::mt19937 random(7);
        for (std::size_t f = 0; f < kFrames; ++f)
            for (std::size_t i = 0; i < 3600; ++i)
                counts.data.data()[f * 3600 + i] =
                    static_cast<float>(std::poisson_distribution<int>(frames.data.data()[i])(random));
        const PolarBatch batch = resampler.resample(counts, {});
        const Array<double, 2> noise = resampler.ringNoise(kRing);
        for (std::size_t a = 0; a < 12; ++a)
            for (std::size_t b = a; b < std::min<std::size_t>(12, a + 2); ++b) {
                double sum = 0;
                for (std::size_t f = 0; f < kFrames; ++f)
                    sum += (batch.intensity(f, kRing, a) - 5.0) * (batch.intensity(f, kRing, b) - 5.0);
                const double expected = 5 * noise(a, b), scale = 5 * std::sqrt(noise(a, a) * noise(b, b));
                // The standard error of a covariance from n frames is scale sqrt(2 / n) at most; five of them.
                QVERIFY(std::abs(sum / kFrames - expected) < 5 * scale * std::sqrt(2.0 / kFrames));
            }
        // What the correlator is told: |F_m|^2 of the noise, averaged over the frames, is ratio * I / n_phi.
        const Array<double, 2> ratio = resampler.noiseRatio();
        for (std::size_t m = 1; m <= 6; ++m) {
            double sum = 0;
            for (std::size_t f = 0; f < kFrames; ++f) {
                std::complex<double> harmonic;
                for (std::size_t k = 0; k < 12; ++k)
                    harmonic +=
                        std::polar(batch.intensity(f, kRing, k) / 12.0, -2 * kPi * static_cast<double>(m * k) / 12);
                sum += std::norm(harmonic);
            }
            const double expected = ratio(kRing, m) * 5 / 12;
            // |F|^2 is spread as its mean (m = n/2: sqrt 2 times it); five standard errors.
            QVERIFY(std::abs(sum / kFrames - expected) < 5 * std::sqrt(2.0 / kFrames) * expected);
        }
        settings.split = 1; // whole pixels in one bin each: no bin shares noise with another
        const Array<double, 2> nearest = Resampler(geometry, {}, grid, settings, {}).ringNoise(kRing);
        for (std::size_t a = 0; a < 12; ++a)
            for (std::size_t b = 0; b < 12; ++b)
                QVERIFY(a == b ? nearest(a, b) > 0 : nearest(a, b) == 0);
    }

    void sameBitsForAnyThreadCount() {
        const auto geometry = wide();
        const PolarSettings settings = rings(0.2, 1.2, 40, 64, 4);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        const FrameBatch frames = framesOf(geometry, 3, [](double q, double phi) { return q + std::sin(5 * phi) + 2; });
        const auto run = [&](int threads) {
            const ThreadLimit limit(threads);
            return Resampler(geometry, {}, grid, settings, {}).resample(frames, {});
        };
        const PolarBatch one = run(1), many = run(4);
        QVERIFY(std::memcmp(one.intensity.data(), many.intensity.data(), one.intensity.size() * sizeof(float)) == 0);
    }

    void gridFollowsTheDetector() {
        const auto geometry = wide();
        PolarSettings settings;
        settings.qBins = 10;
        settings.phiBins = 16;
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        const double edge = geometry.view(0, 200, 113.3).q, near = geometry.view(0, 0, 113.3).q;
        QVERIFY(grid.q.back() < std::max(edge, near) && grid.q.back() > 0.85 * std::min(edge, near));
        settings.qMax = 5.0;
        QVERIFY(
            contains(errorOf([&] { polarGridFor(settings, geometry, {}, {}); }), "q-max is 5 1/Å, the detector sees"));
        settings = rings(1.0, 0.5, 10, 16, 1);
        QVERIFY(contains(errorOf([&] { polarGridFor(settings, geometry, {}, {}); }), "expected more than q-min"));
    }

    void badInputIsNamed() {
        const auto geometry = wide();
        const PolarSettings settings = rings(0.2, 1.0, 10, 16, 1);
        const PolarGrid grid = polarGridFor(settings, geometry, {}, {});
        const Resampler resampler(geometry, {}, grid, settings, {});
        FrameBatch wrong;
        wrong.data = Array<float, 4>({1, 1, 220, 200});
        QVERIFY(contains(errorOf([&] { resampler.resample(wrong, {}); }), "1 x 220 x 200, expected 1 x 200 x 220"));
        auto mask = ones(geometry);
        for (std::size_t s = 60; s < 140; ++s)
            for (std::size_t f = 70; f < 150; ++f)
                mask(0, s, f) = 0;
        // The beam stop covers the first ring: it is masked, and said.
        const Resampler stopped(geometry, mask, grid, settings, {});
        QCOMPARE(stopped.coverage()[0].validBins, std::size_t{0});
        QVERIFY(stopped.coverage()[9].validBins > 0 && stopped.coverage()[9].fewestPixels > 0);
        RunInfo info;
        stopped.describe(info);
        QVERIFY(contains(info.problems.at(0).message, "of 10 rings have no valid pixel and are masked (q = 0.24"));
        std::ranges::fill(mask.span(), std::uint8_t{0});
        mask(0, 0, 0) = 1; // beyond the last ring
        QVERIFY(contains(errorOf([&] { Resampler(geometry, mask, grid, settings, {}); }),
                         "no ring from q = 0.24 to 0.96 1/Å has a valid pixel"));
    }

    void stops() {
        std::stop_source source;
        source.request_stop();
        TaskContext task;
        task.stop = source.get_token();
        const auto geometry = wide();
        const PolarSettings settings = rings(0.2, 1.0, 10, 16, 4);
        QVERIFY_EXCEPTION_THROWN(Resampler(geometry, {}, PolarGrid::uniform(0.2, 1.0, 10, 16), settings, task),
                                 Stopped);
        const Resampler resampler(geometry, {}, PolarGrid::uniform(0.2, 1.0, 10, 16), settings, {});
        const FrameBatch frames = framesOf(geometry, 1, [](double, double) { return 1; });
        QVERIFY_EXCEPTION_THROWN(resampler.resample(frames, task), Stopped);
        QVERIFY_EXCEPTION_THROWN(resampler.resample(frames, task), Stopped);
    }
};

QTEST_APPLESS_MAIN(tst_resampler)
#include "tst_resampler.moc"
