#include "engine/core/parallel.h"
#include "engine/math/random.h"
#include "engine/mtif/filter.h"
#include "tests/engine/mtif/sample_sums.h"

#include <QtTest>

#include <limits>

using namespace fxs;

namespace {

const sample::Groel& groel() {
    static const sample::Groel g = sample::Groel::read(FXS_TEST_DATA);
    return g;
}

/// The 200 reference images, summed by direct formulas once.
CorrelationSums groelSums() {
    static const CorrelationSums all = [] {
        CorrelationSums sums = sample::emptySums(groel().q, 128, 65);
        sample::Adder adder(sums);
        for (std::size_t f = 0; f < groel().images.extent(0); ++f)
            adder.add(groel().images[f], f % 2);
        return sums;
    }();
    CorrelationSums copy = sample::emptySums(groel().q, 128, 65);
    copy.sumC = all.sumC.clone();
    copy.sumIntensity = all.sumIntensity.clone();
    copy.sumIntensitySquared = all.sumIntensitySquared.clone();
    copy.frames = all.frames;
    return copy;
}

FilterSettings withDiameter(double diameter = 189) {
    FilterSettings settings;
    settings.diameter = diameter;
    return settings;
}

/// Lagrange's weights of the six rings around x.
std::size_t lagrange(const std::vector<double>& q, double x, double weights[6]) {
    const auto above = static_cast<std::size_t>(std::upper_bound(q.begin(), q.end(), x) - q.begin());
    const std::size_t first = std::clamp<std::size_t>(above, 3, q.size() - 3) - 3;
    for (std::size_t i = 0; i < 6; ++i) {
        weights[i] = 1;
        for (std::size_t j = 0; j < 6; ++j)
            if (j != i)
                weights[i] *= (x - q[first + j]) / (q[first + i] - q[first + j]);
    }
    return first;
}

/// B_l on the shells against a truth on the rings, interpolated there. Rings are five times as dense as needed: within 1e-3.
double errorOnShells(const Coefficients& c, int l, View<const double, 3> truth, const std::vector<double>& q) {
    const std::size_t n = c.q.size();
    Array<double, 2> expected({n, n});
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            double u[6], v[6];
            const std::size_t p = lagrange(q, c.q[i], u), r = lagrange(q, c.q[j], v);
            for (std::size_t s = 0; s < 6; ++s)
                for (std::size_t t = 0; t < 6; ++t)
                    expected(i, j) += u[s] * v[t] * truth(static_cast<std::size_t>(l), p + s, r + t);
        }
    return sample::relativeError(c.bl[static_cast<std::size_t>(l)], expected.view(), c.q, c.i00);
}

/// The true C_m of GroEL plus photon-like noise: Gaussian, of the size that photons give C_m(q,q') of `images` images.
CorrelationSums noisySums(double photonsPerUnit, std::uint64_t images) {
    const auto& g = groel();
    CorrelationSums sums = sample::expectedSums(g.q, g.blTrue.view(), 128, 65, 0, 1, {images / 2, images - images / 2});
    sums.selfTerm = Array<double, 2>({g.q.size(), 65});
    for (double& s : sums.selfTerm.span())
        s = 1 / (128 * photonsPerUnit);
    RandomStream random(5, 0);
    for (std::size_t half = 0; half < 2; ++half) {
        const double n = static_cast<double>(sums.frames[half]);
        for (std::size_t m = 0; m < 65; ++m) {
            std::vector<double> variance;
            for (std::size_t q = 0; q < g.q.size(); ++q) {
                double& c = sums.sumC(half, m, pairIndex(q, q, g.q.size()), 0);
                c += sums.selfTerm(q, m) * sums.sumIntensity(half, q);
                variance.push_back(c / n);
            }
            for (std::size_t q = 0; m > 0 && q < g.q.size(); ++q)
                for (std::size_t p = q; p < g.q.size(); ++p)
                    sums.sumC(half, m, pairIndex(q, p, g.q.size()), 0) +=
                        random.normal() * std::sqrt(n * variance[q] * variance[p] * (q == p ? 1.0 : 0.5));
        }
    }
    return sums;
}

} // namespace

class TestFilter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// The reference's B_l come from the same images by the same weighted fit: only the Hankel series and the shells differ.
    void agreesWithTheReferenceFitOfTheSameImages() {
        FilterSettings settings = withDiameter();
        settings.extraTerms = 4;
        const FilterResult result = Filter(settings).run(groelSums(), {});
        QCOMPARE(result.all.maxOrder, 28);
        QCOMPARE(result.frames, std::uint64_t(200));
        QCOMPARE(result.halves.size(), std::size_t(2));
        Coefficients raw;
        raw.q = result.all.q;
        raw.i00 = result.all.i00;
        raw.bl = result.all.blRaw.clone();
        for (int l = 2; l <= 28; l += 2) {
            const double error = errorOnShells(raw, l, groel().bl, groel().q);
            QVERIFY2(error < 0.01, qPrintable(QString("l = %1: %2").arg(l).arg(error)));
        }
    }

    /// 200 noise-free images: the sampling error of the raw fit is 2 to 20 % (8 % on average). It lies inside the Hankel series,
    /// and components below it are rightly dropped: filtering must not cost more than a fifth of it.
    void staysAsCloseToTheTruthAsTheRawFit() {
        const FilterResult result = Filter(withDiameter()).run(groelSums(), {});
        double filtered = 0, raw = 0;
        for (int l = 2; l <= 28; l += 2) {
            filtered += errorOnShells(result.all, l, groel().blTrue, groel().q) / 14;
            raw += sample::relativeError(groel().bl[static_cast<std::size_t>(l)],
                                         groel().blTrue[static_cast<std::size_t>(l)], groel().q, groel().i00()) /
                   14;
        }
        QVERIFY2(filtered < 1.2 * raw, qPrintable(QString("%1 %2").arg(filtered).arg(raw)));
        // GroEL is D7: rank 1 for l <= 6.
        for (std::size_t l = 2; l <= 6; l += 2)
            QCOMPARE(result.all.rank[l], 1);
    }

    void exactDataGiveTheTruth_data() {
        QTest::addColumn<double>("wavelength");
        QTest::addColumn<double>("particles");
        QTest::newRow("flat") << 0.0 << 1.0;
        QTest::newRow("2.5 Å") << 2.5 << 1.0;
        QTest::newRow("10 particles") << 0.0 << 10.0;
        QTest::newRow("2.5 Å, 3.7 particles") << 2.5 << 3.7;
    }
    void exactDataGiveTheTruth() {
        QFETCH(double, wavelength);
        QFETCH(double, particles);
        const auto& g = groel();
        const CorrelationSums sums = sample::expectedSums(g.q, g.blTrue, 128, 65, wavelength, particles, {500, 500});
        FilterSettings settings = withDiameter();
        settings.particles = particles;
        settings.extraTerms = 4;
        const FilterResult result = Filter(settings).run(sums, {});
        for (int l = 0; l <= 28; l += 2) {
            // Truncation with four extra terms and the test's interpolation: 2e-3 is the largest of all orders.
            const double error = errorOnShells(result.all, l, g.blTrue, g.q);
            QVERIFY2(error < 4e-3, qPrintable(QString("l = %1: %2").arg(l).arg(error)));
        }
        QVERIFY(result.all.q[1] - result.all.q[0] <= M_PI / 189 * (1 + 1e-12));
        QCOMPARE(result.all.experiment.particlesPerShot, particles);
        // The filtered C_m are the data, per frame: row 0 with its mean and all particles.
        for (std::size_t m : {std::size_t(0), std::size_t(2), std::size_t(14)})
            for (std::size_t i = 8; i < 48; i += 13)
                for (std::size_t j = i; j < 48; j += 7) {
                    const double scale =
                        std::sqrt(sums.sumC(0, m, pairIndex(i, i, 48), 0) * sums.sumC(0, m, pairIndex(j, j, 48), 0)) /
                        500;
                    QVERIFY(std::abs(result.filteredC(m, i, j) - sums.sumC(0, m, pairIndex(i, j, 48), 0) / 500) <
                            0.01 * scale);
                }
    }

    void productOfFactorsIsTheMatrix() {
        const Coefficients c = Filter(withDiameter()).run(groelSums(), {}).all;
        for (std::size_t l = 0; l <= 28; ++l)
            for (std::size_t i = 0; i < c.q.size(); ++i)
                for (std::size_t j = 0; j < c.q.size(); ++j) {
                    double sum = 0;
                    for (std::size_t k = 0; k < c.vl.extent(2); ++k)
                        sum += c.vl(l, i, k) * c.vl(l, j, k);
                    QVERIFY(std::abs(sum - c.bl(l, i, j)) <= 1e-12 * std::sqrt(c.bl(l, i, i) * c.bl(l, j, j)));
                    if (l % 2)
                        QCOMPARE(c.bl(l, i, j), 0.0);
                }
    }

    /// A sphere has only l = 0: whatever noise there is in m > 0, nothing is kept of it.
    void sphereHasOnlyOrderZero() {
        const auto& g = groel();
        Array<double, 3> b({29, g.q.size(), g.q.size()});
        for (std::size_t i = 0; i < g.q.size(); ++i)
            for (std::size_t j = 0; j < g.q.size(); ++j)
                b(0, i, j) = g.blTrue(0, i, j);
        CorrelationSums sums = sample::expectedSums(g.q, b, 128, 65, 0, 1, {100, 100});
        RandomStream random(3, 0);
        for (std::size_t half = 0; half < 2; ++half)
            for (std::size_t m = 1; m < 65; ++m)
                for (std::size_t i = 0; i < 48; ++i)
                    for (std::size_t j = i; j < 48; ++j)
                        sums.sumC(half, m, pairIndex(i, j, 48), 0) =
                            1e-3 * std::sqrt(b(0, i, i) * b(0, j, j)) * ((i == j) * 100 + 10 * random.normal());
        sums.selfTerm = Array<double, 2>({48, 65});
        for (std::size_t q = 0; q < 48; ++q)
            for (std::size_t m = 0; m < 65; ++m)
                sums.selfTerm(q, m) = 1e-3 * b(0, q, q) / (sums.sumIntensity(0, q) / 100);
        const Coefficients c = Filter(withDiameter()).run(sums, {}).all;
        for (std::size_t l = 2; l <= 28; l += 2)
            QCOMPARE(c.rank[l], 0);
        QVERIFY(errorOnShells(c, 0, g.blTrue, g.q) < 1e-3);
    }

    /// Photon noise as of 6·10⁴ images of 2·10⁴ photons: science.md has 0.3-1.5 % to l = 10, 6.5 % at l = 12 after M-TIF, from
    /// 0.5-4 % and 31 % before.
    void filtersPhotonNoise() {
        const CorrelationSums sums = noisySums(1.643106499708182e-10 * 2, 60000);
        const FilterResult result = Filter(withDiameter()).run(sums, {});
        for (int l = 2; l <= 10; l += 2) {
            const double error = errorOnShells(result.all, l, groel().blTrue, groel().q);
            QVERIFY2(error < 0.02, qPrintable(QString("l = %1: %2").arg(l).arg(error)));
        }
        FilterSettings plain = withDiameter();
        plain.rankThreshold = 0;
        plain.extraTerms = 12;
        const FilterResult unfiltered = Filter(plain).run(sums, {});
        for (int l = 10; l <= 14; l += 2) {
            const double with = errorOnShells(result.all, l, groel().blTrue, groel().q);
            const double without = errorOnShells(unfiltered.all, l, groel().blTrue, groel().q);
            QVERIFY2(with < without, qPrintable(QString("l = %1: %2 %3").arg(l).arg(with).arg(without)));
        }
        // Errors from the half sets are of the size of the true ones: factor 3 either way.
        for (std::size_t l = 4; l <= 10; l += 2) {
            double said = 0, size = 0;
            for (std::size_t i = 0; i < result.all.q.size(); ++i) {
                const double w = std::pow(result.all.q[i], 4) / std::pow(result.all.i00[i], 2);
                said += w * std::pow(result.all.error(l, i), 2);
                size += w * std::pow(result.all.bl(l, i, i), 2);
            }
            said = std::sqrt(said / size);
            const double true_ = errorOnShells(result.all, static_cast<int>(l), groel().blTrue, groel().q);
            QVERIFY2(said < 3 * true_ && said > true_ / 3,
                     qPrintable(QString("l = %1: %2 %3").arg(l).arg(said).arg(true_)));
        }
    }

    void withoutTheSelfTermNoiseRemains() {
        CorrelationSums sums = noisySums(1.643106499708182e-10 * 2, 60000);
        const Coefficients with = Filter(withDiameter()).run(sums, {}).all;
        sums.selfTerm = {};
        const Coefficients without = Filter(withDiameter()).run(sums, {}).all;
        QVERIFY(errorOnShells(without, 10, groel().blTrue, groel().q) >
                3 * errorOnShells(with, 10, groel().blTrue, groel().q));
    }

    void scaleOfTheIntensityDoesNotMatter() {
        CorrelationSums sums = groelSums();
        const Coefficients a = Filter(withDiameter()).run(sums, {}).all;
        const double scale = 1024;
        for (double& x : sums.sumC.span())
            x *= scale * scale;
        for (double& x : sums.sumIntensity.span())
            x *= scale;
        for (double& x : sums.sumIntensitySquared.span())
            x *= scale * scale;
        const Coefficients b = Filter(withDiameter()).run(sums, {}).all;
        QVERIFY(a.rank == b.rank);
        for (std::size_t n = 0; n < a.bl.size(); ++n)
            QVERIFY(std::abs(b.bl.span()[n] / (scale * scale) - a.bl.span()[n]) <=
                    1e-6 * std::abs(a.bl.span()[n]) + 1e-3);
    }

    void foreignSumsWithoutHalves() {
        CorrelationSums sums = groelSums();
        for (std::size_t m = 0; m < 65; ++m)
            for (std::size_t p = 0; p < pairCount(48); ++p) {
                sums.sumC(0, m, p, 0) += sums.sumC(1, m, p, 0);
                sums.sumC(1, m, p, 0) = 0;
            }
        for (std::size_t q = 0; q < 48; ++q) {
            sums.sumIntensity(0, q) += sums.sumIntensity(1, q);
            sums.sumIntensity(1, q) = 0;
        }
        sums.frames = {200, 0};
        const FilterResult result = Filter(withDiameter()).run(sums, {});
        QVERIFY(result.halves.empty());
        QVERIFY(result.all.error.empty());
        for (int l = 2; l <= 10; l += 2)
            QVERIFY(errorOnShells(result.all, l, groel().blTrue, groel().q) < 0.1);
    }

    /// Rings 20 and 21 unmeasured, ring 5 with m <= 10 only: the series bridges them.
    void missingRingsAreBridged() {
        const auto& g = groel();
        CorrelationSums sums = sample::expectedSums(g.q, g.blTrue, 128, 65, 0, 1, {500, 500});
        sums.ringHarmonics.assign(48, 65);
        sums.ringHarmonics[20] = sums.ringHarmonics[21] = 0;
        sums.ringHarmonics[5] = 11;
        for (std::size_t m = 0; m < 65; ++m)
            for (std::size_t j = 0; j < 48; ++j)
                for (std::size_t i : {std::size_t(20), std::size_t(21)})
                    for (std::size_t half = 0; half < 2; ++half)
                        sums.sumC(half, m, pairIndex(std::min(i, j), std::max(i, j), 48), 0) = 0;
        const FilterResult result = Filter(withDiameter()).run(sums, {});
        for (int l = 2; l <= 28; l += 2) {
            const double error = errorOnShells(result.all, l, g.blTrue, g.q);
            QVERIFY2(error < 0.02, qPrintable(QString("l = %1: %2").arg(l).arg(error)));
        }
        // What was not measured is in the filtered correlation nevertheless.
        const CorrelationSums whole = sample::expectedSums(g.q, g.blTrue, 128, 65, 0, 1, {500, 500});
        const double truth = whole.sumC(0, 4, pairIndex(20, 30, 48), 0) / 500;
        QVERIFY(std::abs(result.filteredC(4, 20, 30) / truth - 1) < 0.02);
    }

    void automaticDiameter() {
        TaskContext task;
        QStringList lines;
        task.onLog = [&](const LogLine& line) { lines << QString::fromStdString(line.text); };
        const FilterResult result = Filter(FilterSettings{}).run(groelSums(), task);
        QVERIFY2(std::abs(result.all.diameterAngstrom / 189 - 1) < 0.08,
                 qPrintable(QString::number(result.all.diameterAngstrom)));
        QVERIFY(lines.join('\n').contains("particle diameter"));
        const auto& record = result.all.regularisation;
        QVERIFY(std::count_if(record.begin(), record.end(),
                              [](const auto& r) { return r.first.starts_with("diameter scan"); }) > 20);
    }

    void aDiameterThatIsTooSmallIsDoubted() {
        TaskContext task;
        QStringList lines;
        task.onLog = [&](const LogLine& line) { lines << QString::fromStdString(line.text); };
        Filter(withDiameter(140)).run(groelSums(), task);
        QVERIFY2(lines.join('\n').contains("too small"), qPrintable(lines.join('\n')));
        lines.clear();
        Filter(withDiameter(189)).run(groelSums(), task);
        QVERIFY2(!lines.join('\n').contains("too small"), qPrintable(lines.join('\n')));
    }

    void oddOrdersAreReported() {
        const auto& g = groel();
        const CorrelationSums sums = sample::expectedSums(g.q, g.blTrue, 128, 65, 2.5, 1, {500, 500});
        FilterSettings settings = withDiameter();
        settings.oddOrders = true;
        const FilterResult result = Filter(settings).run(sums, {});
        bool found = false;
        for (const auto& [name, value] : result.all.regularisation)
            if (name == "odd against even orders") {
                found = true;
                QVERIFY2(value < 3e-3, qPrintable(QString::number(value)));
            }
        QVERIFY(found);
    }

    void settingsAreObeyed() {
        FilterSettings settings = withDiameter();
        settings.maxOrder = 11;
        settings.qGrid = 20;
        settings.iterations = 1;
        const FilterResult result = Filter(settings).run(groelSums(), {});
        QCOMPARE(result.all.maxOrder, 10);
        QCOMPARE(result.all.q.size(), std::size_t(20));
        QCOMPARE(result.iterations, 1);
        QVERIFY(std::abs(result.all.q[0] - 0.5 * 0.15 / 20) < 1e-9);
    }

    /// Fewer orders are a cut of the output, not of the fit: the last one does not take up what lies above it.
    void fewerOrdersAreTheSameOrders() {
        const auto& g = groel();
        FilterSettings settings = withDiameter();
        settings.maxOrder = 20;
        const CorrelationSums sums = sample::expectedSums(g.q, g.blTrue, 128, 65, 2.5, 1, {500, 500});
        const FilterResult result = Filter(settings).run(sums, {});
        QCOMPARE(result.all.maxOrder, 20);
        for (int l = 2; l <= 20; l += 2)
            QVERIFY(errorOnShells(result.all, l, g.blTrue, g.q) < 4e-3);
    }

    void halvesHaveTheShellsAndRanksOfTheWhole() {
        const FilterResult result = Filter(withDiameter()).run(groelSums(), {});
        for (const Coefficients& half : result.halves) {
            QVERIFY(half.q == result.all.q);
            QCOMPARE(half.maxOrder, result.all.maxOrder);
            for (std::size_t l = 0; l <= 28; l += 2)
                QVERIFY(half.rank[l] <= result.all.rank[l]);
        }
        QVERIFY(result.halves[0].bl(2, 3, 3) != result.halves[1].bl(2, 3, 3));
    }

    void threadsDoNotChangeABit() {
        const CorrelationSums sums = groelSums();
        FilterResult one;
        {
            const ThreadLimit limit(1);
            one = Filter(FilterSettings{}).run(sums, {});
        }
        const ThreadLimit limit(4);
        const FilterResult four = Filter(FilterSettings{}).run(sums, {});
        QVERIFY(std::equal(one.all.bl.span().begin(), one.all.bl.span().end(), four.all.bl.span().begin()));
        QVERIFY(std::equal(one.filteredC.span().begin(), one.filteredC.span().end(), four.filteredC.span().begin()));
        QVERIFY(one.all.regularisation == four.all.regularisation);
    }

    void progressEndsAtOne() {
        std::vector<double> fractions;
        TaskContext task;
        task.onProgress = [&](const Progress& p) { fractions.push_back(p.fraction); };
        Filter(withDiameter()).run(groelSums(), task);
        QVERIFY(std::is_sorted(fractions.begin(), fractions.end()));
        QCOMPARE(fractions.back(), 1.0);
    }

    void stopAndFinish() {
        const CorrelationSums sums = groelSums();
        std::stop_source stop, finish;
        TaskContext task;
        task.stop = stop.get_token();
        task.finish = finish.get_token();
        finish.request_stop();
        QCOMPARE(Filter(withDiameter()).run(sums, task).iterations, 1);
        // Late: in the middle, from the first log line.
        task.onLog = [&](const LogLine&) { stop.request_stop(); };
        QVERIFY_EXCEPTION_THROWN(Filter(FilterSettings{}).run(sums, task), Stopped);
        QVERIFY_EXCEPTION_THROWN(Filter(withDiameter()).run(sums, task), Stopped);
    }

    void badInput_data() {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("message");
        QTest::newRow("no frames") << "frames"
                                   << "no frames";
        QTest::newRow("harmonics") << "harmonics"
                                   << "at least m = 0, 1, 2";
        QTest::newRow("NaN") << "nan"
                             << "not finite";
        QTest::newRow("mean") << "mean"
                              << "mean intensity of ring";
        QTest::newRow("shape") << "shape"
                               << "sums have shape";
        QTest::newRow("wavelength") << "wavelength"
                                    << "does not exist at a wavelength";
        QTest::newRow("dark") << "dark"
                              << "masked";
        QTest::newRow("particles") << "particles"
                                   << "particles per shot";
        QTest::newRow("small") << "small"
                               << "do not resolve a smaller";
        QTest::newRow("large") << "large"
                               << "do not resolve a larger";
    }
    void badInput() {
        QFETCH(QString, what);
        QFETCH(QString, message);
        CorrelationSums sums = groelSums();
        FilterSettings settings = withDiameter();
        if (what == "frames")
            sums.frames = {0, 0};
        else if (what == "harmonics") {
            sums.harmonics = 2;
            sums.sumC = Array<double, 4>({2, 2, pairCount(48), 1});
        } else if (what == "nan")
            sums.sumC(1, 3, 77, 0) = std::numeric_limits<double>::quiet_NaN();
        else if (what == "mean")
            sums.sumIntensity(0, 5) = std::numeric_limits<double>::infinity();
        else if (what == "shape")
            sums.harmonics = 33;
        else if (what == "wavelength")
            sums.experiment.wavelengthAngstrom = 100;
        else if (what == "dark")
            sums.sumC = Array<double, 4>(sums.sumC.shape());
        else if (what == "particles") {
            sums.experiment.particlesKnown = true;
            sums.experiment.particlesPerShot = 0;
        } else if (what == "small")
            settings.diameter = 15;
        else if (what == "large")
            settings.diameter = 3000;
        try {
            Filter(settings).run(sums, {});
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains(message), error.what());
        }
    }

    void badSettingsAreAllNamed() {
        FilterSettings settings;
        settings.diameter = -5;
        settings.maxOrder = 1;
        settings.tikhonov = -1;
        QCOMPARE(settings.validate().size(), std::size_t(3));
        QVERIFY_EXCEPTION_THROWN(Filter{settings}, Error);
        QVERIFY(FilterSettings{}.validate().empty());
    }
};

QTEST_APPLESS_MAIN(TestFilter)
#include "tst_filter.moc"
