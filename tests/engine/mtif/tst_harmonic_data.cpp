#include "engine/correlate/correlator.h"
#include "engine/detector/geometry.h"
#include "engine/mtif/harmonic_data.h"
#include "engine/polar/resampler.h"

#include <QTest>

#include <cmath>
#include <numbers>
#include <random>

using namespace fxs;

namespace {

constexpr double kPi = std::numbers::pi;

/// A pattern with harmonics up to 12 that falls off with q and has a fringe, turned at random from frame to frame.
double pattern(double q, double phi) {
    double sum = 0;
    for (int m = 0; m <= 12; m += 2)
        sum += std::cos(m * phi + 3 * q * m) * std::exp(-8 * q) * (m == 0 ? 6 : 1.2) * (1.3 + std::cos(30 * q + m)) /
               (1 + 0.1 * m);
    return sum + 1;
}

std::vector<double> angles(std::size_t frames) {
    std::mt19937 random(8);
    std::vector<double> out;
    for (std::size_t f = 0; f < frames; ++f)
        out.push_back(2 * kPi * double(random()) / 4294967296.0);
    return out;
}

PolarBatch points(const PolarGrid& grid, const std::vector<double>& turns) {
    PolarBatch batch;
    batch.intensity = Array<float, 3>({turns.size(), grid.qCount(), grid.phiCount});
    for (std::size_t f = 0; f < turns.size(); ++f)
        for (std::size_t i = 0; i < grid.qCount(); ++i)
            for (std::size_t k = 0; k < grid.phiCount; ++k)
                batch.intensity(f, i, k) =
                    static_cast<float>(pattern(grid.q[i], 2 * kPi * double(k) / double(grid.phiCount) - turns[f]));
    return batch;
}

/// Relative difference of two sets of C_m, one harmonic at a time: the largest.
double worst(const mtif::HarmonicData& a, const mtif::HarmonicData& b) {
    double worst = 0;
    for (std::size_t m = 2; m <= 12; m += 2) {
        double difference = 0, norm = 0;
        for (std::size_t i = 1; i + 1 < a.qCount(); ++i)
            for (std::size_t j = 1; j + 1 < a.qCount(); ++j) {
                difference += std::pow(a.c(0, m, i, j) - b.c(0, m, i, j), 2);
                norm += std::pow(b.c(0, m, i, j), 2);
            }
        worst = std::max(worst, std::sqrt(difference / norm));
    }
    return worst;
}

} // namespace

class tst_harmonic_data : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Frames of a detector, averaged over bins, give the C_m of points once the averaging is taken out.
    void binAverageIsTakenOut() {
        const auto geometry = DetectorGeometry::singlePanel(220, 220, 0.15, 0.4e-3, {110.3, 109.8}, 1.5);
        PolarSettings polar;
        polar.qMin = 0.2;
        polar.qMax = 1.1;
        polar.qBins = 30;
        polar.phiBins = 36;
        const PolarGrid grid = polarGridFor(polar, geometry, {}, {});
        const Resampler resampler(geometry, {}, grid, polar, {});
        // Full transfer at m = 0; the sinc of a bin's width, nearly (pixels have a width too).
        const BinAverage& average = resampler.binAverage();
        QVERIFY(std::abs(average.transfer(20, 0) - 1) < 1e-9);
        const double half = 12 * kPi / 36;
        QVERIFY(std::abs(average.transfer(20, 12) - std::sin(half) / half) < 0.02);
        QVERIFY(std::abs(average.spread[20] / std::pow(0.03, 2) * 12 - 1) < 0.25);

        const auto turns = angles(64);
        const PixelMap map = pixelMap(geometry, {});
        FrameBatch frames;
        frames.data = Array<float, 4>({turns.size(), 1, 220, 220});
        for (std::size_t f = 0; f < turns.size(); ++f)
            for (std::size_t i = 0; i < map.q.size(); ++i)
                frames.data.data()[f * map.q.size() + i] = static_cast<float>(
                    pattern(double{map.q.data()[i]}, double{map.phi.data()[i]} - turns[f]) * map.solidAngle.data()[i]);
        Experiment experiment;
        experiment.wavelengthAngstrom = 1.5;
        experiment.wavelengthKnown = true;
        const auto gathered = [&](const PolarBatch& batch, const BinAverage& taken) {
            Correlator correlator({}, grid, experiment, {}, {}, taken);
            correlator.accumulate(batch, {});
            correlator.finish({});
            return mtif::gatherHarmonics(correlator.sums(), 12, {});
        };
        const PolarBatch resampled = resampler.resample(frames, {});
        const auto truth = gathered(points(grid, turns), {});
        const double left = worst(gathered(resampled, average), truth), before = worst(gathered(resampled, {}), truth);
        // 40 % of C_12 are lost in bins of 10 degrees and pixels of 0.02 1/Å; what is left is of fourth order in their width.
        QVERIFY2(before > 0.3 && left < 0.05, qPrintable(QString("%1, before %2").arg(left).arg(before)));
    }

    /// Masks of single frames that hide nothing change nothing; those that hide a tenth leave the same expectation.
    void changingMasksAreDividedOut() {
        const PolarGrid grid = PolarGrid::uniform(0.1, 0.5, 8, 32);
        const PolarBatch whole = points(grid, angles(1600));
        const auto gathered = [&](int hidden) {
            PolarBatch batch;
            batch.intensity = whole.intensity.clone();
            if (hidden >= 0) {
                std::mt19937 random(3);
                batch.mask = Array<std::uint8_t, 3>(batch.intensity.shape());
                for (std::size_t i = 0; i < batch.mask.size(); ++i) {
                    batch.mask.data()[i] = static_cast<int>(random() % 100) >= hidden;
                    if (!batch.mask.data()[i])
                        batch.intensity.data()[i] = 0;
                }
            }
            Experiment experiment;
            experiment.wavelengthKnown = true;
            Correlator correlator({}, grid, experiment);
            correlator.accumulate(batch, {});
            correlator.finish({});
            return mtif::gatherHarmonics(correlator.sums(), 12, {});
        };
        const auto truth = gathered(-1);
        QVERIFY(worst(gathered(0), truth) < 1e-5);
        // Each pair of rings has lost a fifth of its products, but hidden bins are hidden at random: the ratio of sums has the
        // same expectation. Undivided, everything would be 19 % too small. 1,600 frames leave 2 %.
        const auto tenth = gathered(10);
        double difference = 0, norm = 0;
        for (std::size_t i = 0; i < 8; ++i)
            for (std::size_t j = i + 1; j < 8; ++j) {
                difference += truth.c(0, 2, i, j) * (tenth.c(0, 2, i, j) - truth.c(0, 2, i, j));
                norm += std::pow(truth.c(0, 2, i, j), 2);
            }
        QVERIFY2(std::abs(difference / norm) < 0.06, qPrintable(QString::number(difference / norm)));
        const auto& mean = tenth.mean;
        for (std::size_t q = 0; q < 8; ++q)
            QVERIFY(std::abs(mean[q] / truth.mean[q] - 1) < 0.01);
    }
};

QTEST_APPLESS_MAIN(tst_harmonic_data)
#include "tst_harmonic_data.moc"
