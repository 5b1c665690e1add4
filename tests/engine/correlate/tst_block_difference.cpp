#include "engine/core/parallel.h"
#include "engine/correlate/correlator.h"
#include "engine/io/structure.h"
#include "engine/math/random.h"
#include "engine/mtif/filter.h"
#include "engine/simulate/simulator.h"
#include "tests/engine/simulate/small_particle.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <numbers>

using namespace fxs;
using fxs::test::smallParticle;

namespace {

constexpr int kImages = 4096;

struct Case {
    std::unique_ptr<RunSource> run;
    PolarBatch images; ///< of the particle alone
    PolarBatch withBackground;
};

PolarBatch copyOf(const PolarBatch& batch) {
    PolarBatch copy;
    copy.intensity = batch.intensity.clone();
    return copy;
}

/// Adds what does not turn with the particle: as strong as the mean image, with harmonics 1, 2, 4 and 6, and growing by
/// `drift` of itself over the run.
void addBackground(PolarBatch& batch, double drift) {
    const auto& s = batch.intensity.shape();
    std::vector<double> mean(s[1], 0.0);
    for (std::size_t f = 0; f < s[0]; ++f)
        for (std::size_t q = 0; q < s[1]; ++q)
            for (std::size_t k = 0; k < s[2]; ++k)
                mean[q] += batch.intensity(f, q, k) / static_cast<double>(s[0] * s[2]);
    for (std::size_t f = 0; f < s[0]; ++f)
        for (std::size_t q = 0; q < s[1]; ++q)
            for (std::size_t k = 0; k < s[2]; ++k) {
                const double phi = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(s[2]);
                const double shape = 1 + 0.3 * std::cos(phi) + 0.5 * std::cos(2 * phi + 1) +
                                     0.3 * std::cos(4 * phi + 0.1 * static_cast<double>(q)) + 0.2 * std::cos(6 * phi);
                const double grown = 1 + drift * static_cast<double>(f) / static_cast<double>(s[0]);
                batch.intensity(f, q, k) += static_cast<float>(mean[q] * grown * shape);
            }
}

CorrelationSums correlate(const Case& c, const PolarBatch& batch, bool difference, bool interImage,
                          View<const std::uint8_t, 2> mask = {}) {
    CorrelateSettings settings;
    settings.difference = difference;
    settings.interImage = interImage;
    settings.diameterAngstrom = 55;
    Correlator correlator(settings, *c.run->info().polarGrid, c.run->info().experiment, mask);
    correlator.accumulate(batch, {});
    correlator.finish({});
    return std::move(correlator).takeSums();
}

Array<double, 3> coefficients(const CorrelationSums& sums) {
    FilterSettings settings;
    settings.diameter = 55;
    return Filter(settings).run(sums, {}).all.bl.clone();
}

/// Relative Frobenius difference of B_l.
double difference(const Array<double, 3>& a, const Array<double, 3>& b, std::size_t l) {
    double off = 0, all = 0;
    for (std::size_t i = 0; i < a.extent(1); ++i)
        for (std::size_t j = 0; j < a.extent(2); ++j) {
            off += std::pow(a(l, i, j) - b(l, i, j), 2);
            all += std::pow(b(l, i, j), 2);
        }
    return std::sqrt(off / all);
}

} // namespace

class TestBlockDifference : public QObject {
    Q_OBJECT
    Case m_case;

private Q_SLOTS:
    void initTestCase() {
        SimulationSettings settings;
        settings.images = kImages;
        settings.qMax = 0.3;
        settings.qBins = 24;
        settings.phiBins = 48;
        m_case.run = makeSimulatedRun(settings, smallParticle(), {});
        m_case.images = m_case.run->readPolar(0, kImages, {});
        m_case.withBackground = copyOf(m_case.images);
        addBackground(m_case.withBackground, 0);
    }

    /// A static background is gone to rounding: the sums of images with and without it agree.
    void aStaticBackgroundVanishes_data() {
        QTest::addColumn<bool>("interImage");
        QTest::addColumn<bool>("masked");
        for (const bool interImage : {false, true})
            for (const bool masked : {false, true})
                QTest::addRow("%s, %s", interImage ? "inter-image" : "mean image", masked ? "mask" : "no mask")
                    << interImage << masked;
    }
    void aStaticBackgroundVanishes() {
        QFETCH(bool, interImage);
        QFETCH(bool, masked);
        Array<std::uint8_t, 2> mask;
        if (masked) {
            mask = Array<std::uint8_t, 2>({24, 48});
            std::fill(mask.span().begin(), mask.span().end(), std::uint8_t(1));
            for (std::size_t k = 5; k < 8; ++k)
                for (std::size_t q = 4; q < 20; ++q)
                    mask(q, k) = 0;
        }
        const auto with = correlate(m_case, m_case.withBackground, !interImage, interImage, mask.view());
        const auto without = correlate(m_case, m_case.images, !interImage, interImage, mask.view());
        const auto plain = correlate(m_case, m_case.withBackground, false, false, mask.view());
        double worst = 0, untreated = 0;
        for (std::size_t half = 0; half < 2; ++half)
            for (std::size_t m = 1; m < with.harmonics; ++m)
                for (std::size_t q = 0; q < 24; ++q)
                    for (std::size_t p = q; p < 24; ++p) {
                        const auto at = [&](const CorrelationSums& s, std::size_t i, std::size_t j) {
                            return s.sumC(half, m, pairIndex(i, j, 24), 0);
                        };
                        // Rings that do not carry the harmonic hold nothing but rounding, and are not compared.
                        const double scale = std::sqrt(std::abs(at(without, q, q) * at(without, p, p)));
                        if (scale < 1e-6 * without.sumC(half, 0, pairIndex(q, p, 24), 0))
                            continue;
                        worst = std::max(worst, std::abs(at(with, q, p) - at(without, q, p)) / scale);
                        untreated = std::max(untreated, std::abs(at(plain, q, p) - at(without, q, p)) / scale);
                    }
        // Images of single precision, background and particle of like size: harmonics as small as 1e-3 of the mean keep
        // 1e-7 / 1e-3 of relative precision; a thousand frames add the errors up in quadrature.
        QVERIFY2(worst < 2e-3, QByteArray::number(worst).constData());
        QVERIFY(untreated > 1);
    }

    /// The coefficients of a background-laden run agree with those of the particle alone within what the number of images allows.
    void coefficientsAgree_data() {
        QTest::addColumn<bool>("interImage");
        QTest::addColumn<double>("drift");
        QTest::newRow("mean image") << false << 0.0;
        QTest::newRow("mean image, slow drift") << false << 0.1;
        QTest::newRow("inter-image") << true << 0.0;
        QTest::newRow("inter-image, drift") << true << 0.5;
    }
    void coefficientsAgree() {
        QFETCH(bool, interImage);
        QFETCH(double, drift);
        PolarBatch images = copyOf(m_case.images);
        addBackground(images, drift);
        const auto truth = coefficients(correlate(m_case, m_case.images, false, false));
        const auto found = coefficients(correlate(m_case, images, !interImage, interImage));
        const auto untreated = coefficients(correlate(m_case, images, false, false));
        for (const std::size_t l : {2, 4}) {
            // <S><S'> and the pairs' cross terms are of the order of 1/sqrt(4096) = 1.6 % of C_m each.
            const double off = difference(found, truth, l);
            QVERIFY2(off < 0.06, qPrintable(QString("l = %1: %2").arg(l).arg(off)));
            QVERIFY(difference(untreated, truth, l) > 0.5);
        }
    }

    void meansStayAndThreadsAndBatchesDoNotMatter() {
        const auto plain = correlate(m_case, m_case.withBackground, false, false);
        const auto one = correlate(m_case, m_case.withBackground, true, false);
        for (std::size_t i = 0; i < plain.sumIntensity.size(); ++i)
            QVERIFY(std::abs(one.sumIntensity.data()[i] / plain.sumIntensity.data()[i] - 1) < 1e-6);
        const ThreadLimit limit(1);
        CorrelateSettings settings;
        settings.difference = true;
        settings.diameterAngstrom = 55;
        Correlator correlator(settings, *m_case.run->info().polarGrid, m_case.run->info().experiment);
        for (std::size_t first = 0; first < kImages; first += 300) {
            PolarBatch part;
            part.firstIndex = first;
            const std::size_t n = std::min<std::size_t>(300, kImages - first);
            part.intensity = Array<float, 3>::uninitialised({n, 24, 48});
            std::copy_n(&m_case.withBackground.intensity(first, 0, 0), part.intensity.size(), part.intensity.data());
            correlator.accumulate(part, {});
        }
        correlator.finish({});
        QVERIFY(std::memcmp(correlator.sums().sumC.data(), one.sumC.data(), one.sumC.size() * sizeof(double)) == 0);
    }

    void framesAloneOrBrokenAreCounted() {
        PolarBatch few;
        few.intensity = Array<float, 3>::uninitialised({5, 24, 48});
        std::copy_n(m_case.images.intensity.data(), few.intensity.size(), few.intensity.data());
        few.indices = {0, 1, 2, 3, 512}; // 512 begins a block of its own
        few.intensity(1, 2, 3) = std::nanf("");
        const auto sums = correlate(m_case, few, true, false);
        QCOMPARE(sums.frameCount(), std::uint64_t(2)); // 0 and 2; 3 is alone now among the odd ones
        QCOMPARE(sums.rejected.at("no other frame in its block to compare with"), std::uint64_t(2));
        QCOMPARE(sums.rejected.at("values that are not finite"), std::uint64_t(1));
        CorrelateSettings both;
        both.difference = both.interImage = true;
        QCOMPARE(both.validate().size(), std::size_t(1));
    }
};

QTEST_APPLESS_MAIN(TestBlockDifference)
#include "tst_block_difference.moc"
