#include "engine/core/parallel.h"
#include "engine/correlate/c2.h"
#include "engine/correlate/correlator.h"
#include "engine/io/hdf5.h"
#include "engine/io/run_reader.h"
#include "tests/engine/same_bits.h"

#include <QtTest>

#include <cmath>
#include <numbers>
#include <random>

using namespace fxs;

namespace {

constexpr std::size_t kRings = 7, kPhi = 32;

PolarGrid grid() {
    return PolarGrid::uniform(0.0, 0.07, kRings, kPhi);
}

/// Images with harmonics up to highest, of a magnitude that falls with m, on a large mean.
Array<float, 3> images(std::size_t count, int highest, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    Array<float, 3> out({count, kRings, kPhi});
    for (std::size_t f = 0; f < count; ++f)
        for (std::size_t q = 0; q < kRings; ++q) {
            std::vector<double> re(static_cast<std::size_t>(highest) + 1), im(re.size());
            for (std::size_t m = 0; m < re.size(); ++m) {
                re[m] = normal(random) * std::exp(-0.2 * static_cast<double>(m));
                im[m] = normal(random) * std::exp(-0.2 * static_cast<double>(m));
            }
            for (std::size_t k = 0; k < kPhi; ++k) {
                double value = 50;
                for (std::size_t m = 0; m < re.size(); ++m) {
                    const double angle = 2 * std::numbers::pi * static_cast<double>(m * k) / kPhi;
                    value += re[m] * std::cos(angle) - im[m] * std::sin(angle);
                }
                out(f, q, k) = static_cast<float>(value);
            }
        }
    return out;
}

PolarBatch batch(const Array<float, 3>& all, std::size_t first, std::size_t count) {
    PolarBatch b;
    b.firstIndex = first;
    b.intensity = Array<float, 3>::uninitialised({count, kRings, kPhi});
    std::copy_n(&all(first, 0, 0), count * kRings * kPhi, b.intensity.data());
    return b;
}

CorrelationSums correlate(const CorrelateSettings& settings, const Array<float, 3>& all, std::size_t step = 1000,
                          View<const std::uint8_t, 2> mask = {}) {
    Correlator correlator(settings, grid(), {}, mask);
    for (std::size_t f = 0; f < all.extent(0); f += step)
        correlator.accumulate(batch(all, f, std::min(step, all.extent(0) - f)), {});
    correlator.finish({});
    return std::move(correlator).takeSums();
}

/// The definition: (1/N) Σ_j (1/n) Σ_k I_j(q, φ_k) I_j(q', φ_k + Δφ).
Array<double, 3> direct(const Array<float, 3>& all) {
    Array<double, 3> out({kRings, kRings, kPhi});
    for (std::size_t f = 0; f < all.extent(0); ++f)
        for (std::size_t q = 0; q < kRings; ++q)
            for (std::size_t r = 0; r < kRings; ++r)
                for (std::size_t d = 0; d < kPhi; ++d) {
                    double sum = 0;
                    for (std::size_t k = 0; k < kPhi; ++k)
                        sum += static_cast<double>(all(f, q, k)) * static_cast<double>(all(f, r, (k + d) % kPhi));
                    out(q, r, d) += sum / kPhi / static_cast<double>(all.extent(0));
                }
    return out;
}

double relativeError(const Array<float, 3>& a, const Array<double, 3>& b, bool evenPart) {
    double difference = 0, norm = 0;
    for (std::size_t q = 0; q < kRings; ++q)
        for (std::size_t r = 0; r < kRings; ++r)
            for (std::size_t d = 0; d < kPhi; ++d) {
                const double expected = evenPart ? (b(q, r, d) + b(q, r, (kPhi - d) % kPhi)) / 2 : b(q, r, d);
                difference += std::pow(a(q, r, d) - expected, 2);
                norm += expected * expected;
            }
    return std::sqrt(difference / norm);
}

CorrelateSettings small() {
    CorrelateSettings settings;
    settings.batchFrames = 16;
    return settings;
}

} // namespace

class TestCorrelator : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalsTheDefinition_data() {
        QTest::addColumn<QString>("parity");
        QTest::addColumn<bool>("inDouble");
        // The result is stored as float32, whose rounding (6e-8) bounds what can be asked for.
        QTest::newRow("even, single") << "even" << false;
        QTest::newRow("full, single") << "full" << false;
        QTest::newRow("even, double") << "even" << true;
        QTest::newRow("full, double") << "full" << true;
    }
    void equalsTheDefinition() {
        QFETCH(QString, parity);
        QFETCH(bool, inDouble);
        CorrelateSettings settings = small();
        settings.parity = parity.toStdString();
        settings.doublePrecision = inDouble;
        const Array<float, 3> all = images(45, kPhi / 2);
        const CorrelationSums sums = correlate(settings, all);
        QCOMPARE(sums.frameCount(), std::uint64_t(45));
        const double error = relativeError(c2(sums), direct(all), parity == "even");
        QVERIFY2(error < 1e-6, qPrintable(QString::number(error)));
    }

    void fluctuationsSurviveSinglePrecision() {
        // Every C_m apart against float64: the large mean must not drown the small harmonics.
        const Array<float, 3> all = images(64, 10);
        CorrelateSettings exact = small();
        exact.doublePrecision = true;
        const Array<double, 3> a = meanHarmonics(correlate(small(), all)), b = meanHarmonics(correlate(exact, all));
        for (std::size_t m = 0; m <= 10; ++m) {
            double difference = 0, norm = 0;
            for (std::size_t i = 0; i < kRings * kRings; ++i) {
                difference += std::pow(a.data()[m * kRings * kRings + i] - b.data()[m * kRings * kRings + i], 2);
                norm += std::pow(b.data()[m * kRings * kRings + i], 2);
            }
            QVERIFY2(std::sqrt(difference / norm) < 1e-4, qPrintable(QString("m = %1").arg(m)));
        }
    }

    void sameBitsForAnyThreadsAndBatches() {
        const Array<float, 3> all = images(70, 12);
        const CorrelationSums reference = correlate(small(), all);
        QVERIFY(sameBits(reference, correlate(small(), all, 7)));
        QVERIFY(sameBits(reference, correlate(small(), all, 1)));
        tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
        QVERIFY(sameBits(reference, correlate(small(), all)));
    }

    void resumedEqualsUninterrupted() {
        const Array<float, 3> all = images(70, 12);
        Correlator first(small(), grid(), {});
        first.accumulate(batch(all, 0, 41), {});
        // Stopped: the open block is dropped, whole blocks stay.
        CorrelationSums partial = std::move(first).takeSums();
        QCOMPARE(partial.frameCount(), std::uint64_t(32));
        Correlator second(small(), std::move(partial));
        second.accumulate(batch(all, 0, 70), {});
        second.finish({});
        QVERIFY(sameBits(correlate(small(), all), second.sums()));
    }

    void rotatedImagesGiveTheSameC2() {
        const Array<float, 3> all = images(30, 12);
        Array<float, 3> rotated(all.shape());
        for (std::size_t f = 0; f < 30; ++f)
            for (std::size_t q = 0; q < kRings; ++q)
                for (std::size_t k = 0; k < kPhi; ++k)
                    rotated(f, q, (k + 5 * f) % kPhi) = all(f, q, k);
        const Array<double, 3> a = meanHarmonics(correlate(small(), all)),
                               b = meanHarmonics(correlate(small(), rotated));
        for (std::size_t i = 0; i < a.size(); ++i)
            QVERIFY(std::abs(a.data()[i] - b.data()[i]) < 1e-5);
    }

    void fittedMaskEqualsNoMask() {
        // Harmonics to 5 and a gap of a fifth of the ring: the fit is well-conditioned and exact.
        const Array<float, 3> all = images(40, 5);
        Array<std::uint8_t, 2> mask({kRings, kPhi});
        Array<float, 3> holes = all.clone();
        for (std::size_t q = 0; q < kRings; ++q)
            for (std::size_t k = 0; k < kPhi; ++k)
                mask(q, k) = k < q || k > q + 5;
        for (std::size_t f = 0; f < 40; ++f)
            for (std::size_t q = 0; q < kRings; ++q)
                for (std::size_t k = 0; k < kPhi; ++k)
                    if (!mask(q, k))
                        holes(f, q, k) = 1000;
        CorrelateSettings settings = small();
        settings.maxHarmonic = 5;
        settings.doublePrecision = true;
        const CorrelationSums fitted = correlate(settings, holes, 1000, mask);
        QVERIFY(fitted.sumMaskC.empty());
        QVERIFY(fitted.ringCondition.at(3) > 1 && fitted.ringCondition.at(3) < 1e3);
        const Array<double, 3> a = meanHarmonics(correlate(settings, all)), b = meanHarmonics(fitted);
        for (std::size_t i = 0; i < a.size(); ++i)
            QVERIFY2(std::abs(a.data()[i] - b.data()[i]) < 1e-4,
                     qPrintable(QString::number(a.data()[i] - b.data()[i])));
    }

    void ratioOfSumsOfAConstantImageIsExact() {
        // Every frame with another mask and the same constant: C2 is its square wherever bins met.
        Correlator correlator(small(), grid(), {});
        PolarBatch b;
        b.intensity = Array<float, 3>({20, kRings, kPhi});
        b.mask = Array<std::uint8_t, 3>({20, kRings, kPhi});
        std::mt19937 random(3);
        for (std::size_t i = 0; i < b.intensity.size(); ++i) {
            b.mask.data()[i] = random() % 4 != 0;
            b.intensity.data()[i] = b.mask.data()[i] ? 3.0F : 77.0F;
        }
        correlator.accumulate(b, {});
        correlator.finish({});
        const Array<float, 3> c = c2(correlator.sums());
        for (float v : c.span())
            QVERIFY(std::abs(v - 9.0F) < 1e-5F);
        QVERIFY(std::abs(saxsMean(correlator.sums()).intensity[2] - 3.0) < 1e-12);
    }

    void mergeIsAddition() {
        const Array<float, 3> all = images(60, 12);
        Correlator a(small(), grid(), {}), b(small(), grid(), {});
        a.accumulate(batch(all, 0, 32), {});
        b.accumulate(batch(all, 32, 28), {});
        a.finish({});
        b.finish({});
        CorrelationSums sum = clone(a.sums());
        merge(sum, b.sums());
        const CorrelationSums whole = correlate(small(), all);
        QCOMPARE(sum.frames, whole.frames);
        for (std::size_t i = 0; i < sum.sumC.size(); ++i)
            QVERIFY(std::abs(sum.sumC.data()[i] - whole.sumC.data()[i]) <= 1e-12 * std::abs(whole.sumC.data()[i]));
        CorrelateSettings other = small();
        other.maxHarmonic = 4;
        QVERIFY_EXCEPTION_THROWN(merge(sum, correlate(other, all)), Error);
    }

    void badFramesAreRejectedAndCounted() {
        Array<float, 3> all = images(20, 5);
        all(3, 2, 1) = std::numeric_limits<float>::quiet_NaN();
        all(4, 0, 0) = std::numeric_limits<float>::infinity();
        std::fill_n(&all(5, 0, 0), kRings * kPhi, 0.0F);
        const CorrelationSums sums = correlate(small(), all);
        QCOMPARE(sums.frameCount(), std::uint64_t(17));
        QCOMPARE(sums.rejected.at("values that are not finite"), std::uint64_t(2));
        QCOMPARE(sums.rejected.at("empty frame"), std::uint64_t(1));
    }

    void badInputIsRefusedBeforeAnySumChanges() {
        Correlator correlator(small(), grid(), {});
        PolarBatch wrong;
        wrong.intensity = Array<float, 3>({2, kRings + 1, kPhi});
        QVERIFY_EXCEPTION_THROWN(correlator.accumulate(wrong, {}), Error);
        const Array<float, 3> all = images(4, 3);
        correlator.accumulate(batch(all, 0, 4), {});
        QVERIFY_EXCEPTION_THROWN(correlator.accumulate(batch(all, 2, 2), {}), Error);
        Array<std::uint8_t, 2> mask({kRings, kPhi});
        QVERIFY_EXCEPTION_THROWN(Correlator(small(), grid(), {}, mask), Error);
        QCOMPARE(correlator.sums().frameCount(), std::uint64_t(0));
    }

    void stopLeavesWholeBlocks() {
        const Array<float, 3> all = images(40, 5);
        std::stop_source stop;
        TaskContext task;
        task.stop = stop.get_token();
        Correlator correlator(small(), grid(), {});
        correlator.accumulate(batch(all, 0, 20), task);
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(correlator.accumulate(batch(all, 20, 20), task), Stopped);
        QCOMPARE(correlator.sums().frameCount(), std::uint64_t(16));
        QCOMPARE(correlator.sums().framesDone.size(), std::size_t(1));
    }
    void equalsTheReferenceOfGroel() {
        const std::string path = FXS_TEST_DATA "/groel_200_images.h5";
        const auto run = openRun({path}, InputSettings{}, {});
        const PolarGrid polar = *run->info().polarGrid;
        const PolarBatch all = run->readPolar(0, 200, {});
        const auto sumsOf = [&](bool inDouble, bool limited, const char* parity) {
            CorrelateSettings settings;
            settings.doublePrecision = inDouble;
            settings.parity = parity;
            if (limited)
                settings.diameterAngstrom = 190;
            Correlator correlator(settings, polar, run->info().experiment);
            correlator.accumulate(all, {});
            correlator.finish({});
            return std::move(correlator).takeSums();
        };
        const auto reference = h5::File::open(path).dataset("entry/reference/c2").read<double, 3>();
        const Array<float, 3> found = c2(sumsOf(false, false, "full"));
        double difference = 0, norm = 0;
        for (std::size_t i = 0; i < reference.size(); ++i) {
            difference += std::pow(static_cast<double>(found.data()[i]) - reference.data()[i], 2);
            norm += std::pow(reference.data()[i], 2);
        }
        QVERIFY2(std::sqrt(difference / norm) < 1e-6, qPrintable(QString::number(std::sqrt(difference / norm))));

        // Each C_m up to the particle's band limit, against double, where high harmonics are tiny.
        for (const bool limited : {false, true}) {
            const auto single = meanHarmonics(sumsOf(false, limited, "even")),
                       exact = meanHarmonics(sumsOf(true, limited, "even"));
            const auto limit = static_cast<std::size_t>(polar.q.back() * 190);
            for (std::size_t m = 0; m <= limit; ++m) {
                difference = norm = 0;
                for (std::size_t i = 0; i < polar.qCount() * polar.qCount(); ++i) {
                    const double a = single[m].span()[i], b = exact[m].span()[i];
                    difference += (a - b) * (a - b);
                    norm += b * b;
                }
                // Flat data have no odd harmonics: what is there is the rounding of the input to float.
                if (m % 2 == 0)
                    QVERIFY2(std::sqrt(difference / norm) < 1e-4,
                             qPrintable(QString("m = %1: %2").arg(m).arg(std::sqrt(difference / norm))));
            }
        }
    }

    void unitsDoNotMatter() {
        // Powers of two change no bit; far beyond float's squares in both directions.
        const Array<float, 3> all = images(20, 8);
        const Array<double, 3> expected = meanHarmonics(correlate(small(), all));
        for (const double unit : {0x1p-90, 0x1p90}) {
            Array<float, 3> scaled = all.clone();
            for (float& value : scaled.span())
                value = static_cast<float>(value * unit);
            const Array<double, 3> found = meanHarmonics(correlate(small(), scaled));
            for (std::size_t i = 0; i < found.size(); ++i)
                QCOMPARE(found.data()[i] / (unit * unit), expected.data()[i]);
        }
    }

    void maskedBinsMayHoldAnything() {
        Array<float, 3> all = images(20, 5);
        Array<std::uint8_t, 2> mask({kRings, kPhi});
        std::fill(mask.span().begin(), mask.span().end(), std::uint8_t{1});
        std::fill_n(&mask(0, 0), kPhi, std::uint8_t{0});
        std::fill_n(&mask(3, 4), 3, std::uint8_t{0});
        CorrelateSettings settings = small();
        settings.maxHarmonic = 5;
        const Array<double, 3> expected = meanHarmonics(correlate(settings, all, 1000, mask));
        for (std::size_t f = 0; f < 20; ++f)
            for (std::size_t i = 0; i < mask.size(); ++i)
                if (!mask.data()[i])
                    all.data()[f * mask.size() + i] = std::numeric_limits<float>::quiet_NaN();
        const CorrelationSums sums = correlate(settings, all, 1000, mask);
        QCOMPARE(sums.frameCount(), std::uint64_t(20));
        const Array<double, 3> found = meanHarmonics(sums);
        for (std::size_t i = 0; i < found.size(); ++i)
            QCOMPARE(found.data()[i], expected.data()[i]);
        // The ring without bins is unknown, not zero.
        const auto valid = c2Valid(sums);
        QCOMPARE(int(valid(0, 3, 2)), 0);
        QCOMPARE(int(valid(3, 0, 2)), 0);
        QCOMPARE(int(valid(3, 4, 2)), 1);
    }

    void ringsThatNoFitServesTakeTheRatio() {
        // No band limit: masked rings are left to the ratio of sums, whole rings stay exact.
        const Array<float, 3> all = images(40, 5);
        Array<std::uint8_t, 2> mask({kRings, kPhi});
        std::fill(mask.span().begin(), mask.span().end(), std::uint8_t{1});
        std::fill_n(&mask(2, 7), 6, std::uint8_t{0});
        const CorrelationSums sums = correlate(small(), all, 1000, mask), whole = correlate(small(), all);
        QVERIFY(!sums.sumMaskC.empty());
        const Array<float, 3> found = c2(sums), expected = c2(whole);
        // Two rings, one of them whole: every distance is seen in 26 of 32 bins, by the same sums as in a slow count.
        for (std::size_t d = 0; d < kPhi; ++d) {
            QVERIFY(std::abs(found(4, 5, d) / expected(4, 5, d) - 1) < 1e-6F);
            double sum = 0, count = 0;
            for (std::size_t f = 0; f < 40; ++f)
                for (std::size_t k = 0; k < kPhi; ++k)
                    for (const std::size_t shift : {d, kPhi - d})
                        if (mask(2, k)) {
                            sum +=
                                static_cast<double>(all(f, 2, k)) * static_cast<double>(all(f, 4, (k + shift) % kPhi));
                            ++count;
                        }
            QVERIFY(std::abs(static_cast<double>(found(2, 4, d)) / (sum / count) - 1) < 1e-6);
        }
        QVERIFY(std::abs(saxsMean(sums).intensity[4] - saxsMean(whole).intensity[4]) < 1e-9);
        QVERIFY(std::abs(saxsMean(sums).intensity[2] - saxsMean(whole).intensity[2]) < 1);
    }

    void interruptedRatioGoesOnWithTheSameBits() {
        const Array<float, 3> all = images(40, 5);
        std::mt19937 random(9);
        PolarBatch whole = batch(all, 0, 40);
        whole.mask = Array<std::uint8_t, 3>({40, kRings, kPhi});
        for (std::uint8_t& valid : whole.mask.span())
            valid = random() % 5 != 0;
        Correlator uninterrupted(small(), grid(), {});
        uninterrupted.accumulate(whole, {});
        uninterrupted.finish({});
        PolarBatch part = batch(all, 0, 20);
        part.mask = Array<std::uint8_t, 3>({20, kRings, kPhi});
        std::copy_n(whole.mask.data(), part.mask.size(), part.mask.data());
        Correlator first(small(), grid(), {});
        first.accumulate(part, {});
        Correlator second(small(), std::move(first).takeSums());
        QCOMPARE(second.sums().frameCount(), std::uint64_t(16));
        second.accumulate(whole, {});
        second.finish({});
        QVERIFY(sameBits(uninterrupted.sums(), second.sums()));
    }

    /// Bins that average pixels hold less counting noise: the ratio that comes with the run scales the self term, also after
    /// a resumption.
    void resampledNoiseScalesTheSelfTerm() {
        const PolarGrid grid = PolarGrid::uniform(0.01, 0.1, 3, 16);
        Experiment experiment;
        experiment.wavelengthAngstrom = 2;
        experiment.wavelengthKnown = true;
        experiment.photonsPerUnit = 4;
        Array<double, 2> ratio({3, 9});
        for (std::size_t i = 0; i < ratio.size(); ++i)
            ratio.data()[i] = 0.1 + 0.01 * static_cast<double>(i);
        PolarBatch batch;
        batch.intensity = Array<float, 3>({2, 3, 16});
        std::fill_n(batch.intensity.data(), batch.intensity.size(), 1.0f);
        const auto sumsOf = [&](View<const double, 2> noise) {
            Correlator correlator(CorrelateSettings{}, grid, experiment, {}, noise);
            correlator.accumulate(batch, {});
            correlator.finish({});
            return std::move(correlator).takeSums();
        };
        const CorrelationSums plain = sumsOf({});
        CorrelationSums scaled = sumsOf(ratio.view());
        QVERIFY(!plain.selfTerm.empty());
        const auto check = [&](const CorrelationSums& sums) {
            for (std::size_t q = 0; q < 3; ++q)
                for (std::size_t m = 0; m < plain.selfTerm.extent(1); ++m)
                    QVERIFY(std::abs(sums.selfTerm(q, m) - plain.selfTerm(q, m) * ratio(q, m)) < 1e-15);
        };
        check(scaled);
        check(Correlator(CorrelateSettings{}, std::move(scaled)).sums());
    }

    void fullHoldsEven() {
        const Array<float, 3> all = images(30, 12);
        CorrelateSettings full = small();
        full.parity = "full";
        const Array<double, 3> a = meanHarmonics(correlate(small(), all)), b = meanHarmonics(correlate(full, all));
        for (std::size_t i = 0; i < a.size(); ++i)
            QCOMPARE(a.data()[i], b.data()[i]);
    }
    void subtractGivesTheDifferenceOfMeansWithItsError() {
        const Array<float, 3> a = images(64, 5, 1), b = images(128, 5, 2);
        const CorrelationSums on = correlate(small(), a), off = correlate(small(), b);
        CorrelationSums difference = clone(on);
        subtract(difference, off);
        const Array<double, 3> x = meanHarmonics(on, HalfSelection::even), y = meanHarmonics(off, HalfSelection::even),
                               d = meanHarmonics(difference, HalfSelection::even);
        for (std::size_t i = 0; i < d.size(); ++i)
            QVERIFY(std::abs(d.data()[i] - (x.data()[i] - y.data()[i])) < 1e-9);
        const SaxsMean p = saxsMean(on, HalfSelection::odd), q = saxsMean(off, HalfSelection::odd),
                       s = saxsMean(difference, HalfSelection::odd);
        for (std::size_t i = 0; i < kRings; ++i) {
            QVERIFY(std::abs(s.intensity[i] - (p.intensity[i] - q.intensity[i])) < 1e-9);
            // Errors of means over N - 1: equal up to the difference between N and N - 1.
            QVERIFY(std::abs(s.error[i] / std::hypot(p.error[i], q.error[i]) - 1) < 0.02);
        }
    }
};

QTEST_APPLESS_MAIN(TestCorrelator)
#include "tst_correlator.moc"
