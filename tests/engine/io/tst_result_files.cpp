#include "engine/io/coefficients_file.h"
#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "engine/io/result_kind.h"
#include "engine/io/xframe_correlation.h"
#include "tests/engine/io/test_folder.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <random>

using namespace fxs;

namespace {

/// Numbers with every bit in use: what a decimal detour would change.
template <class T, std::size_t N>
Array<T, N> noise(const std::array<std::size_t, N>& shape, unsigned seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal(0, 1e9);
    Array<T, N> out(shape);
    for (T& value : out.span())
        value = static_cast<T>(normal(random));
    return out;
}

std::vector<double> noiseVector(std::size_t n, unsigned seed) {
    const auto a = noise<double, 1>({n}, seed);
    return {a.span().begin(), a.span().end()};
}

template <class T, std::size_t N>
bool same(const Array<T, N>& a, const Array<T, N>& b) {
    return a.shape() == b.shape() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

Experiment someExperiment() {
    Experiment e;
    e.wavelengthAngstrom = 1.77;
    e.wavelengthKnown = true;
    e.polarity = Polarity::along;
    e.particlesPerShot = 12.25;
    e.particlesKnown = true;
    e.photonsPerUnit = 1.643106499708182e-10;
    return e;
}

bool same(const Experiment& a, const Experiment& b) {
    return a.wavelengthAngstrom == b.wavelengthAngstrom && a.wavelengthKnown == b.wavelengthKnown &&
           a.polarity == b.polarity && a.particlesPerShot == b.particlesPerShot &&
           a.particlesKnown == b.particlesKnown && a.photonsPerUnit == b.photonsPerUnit;
}

Provenance someProvenance() {
    Provenance p = startProvenance("fxs correlate \"a b\".h5 --q-max 0.1");
    p.settings = "[polar]\nq-max = 0.1\n";
    p.inputs = {{"a b.h5", 123456789012345, "2026-01-02T03:04:05Z"}, {"ä.h5", 1, ""}};
    p.end = "2026-11-22T22:39:17Z";
    return p;
}

bool same(const Provenance& a, const Provenance& b) {
    if (a.inputs.size() != b.inputs.size())
        return false;
    for (std::size_t i = 0; i < a.inputs.size(); ++i)
        if (a.inputs[i].path != b.inputs[i].path || a.inputs[i].bytes != b.inputs[i].bytes ||
            a.inputs[i].modified != b.inputs[i].modified)
            return false;
    return a.program == b.program && a.version == b.version && a.command == b.command && a.settings == b.settings &&
           a.start == b.start && a.end == b.end && a.host == b.host && a.threads == b.threads;
}

std::shared_ptr<CorrelationSums> someSums(Parity parity) {
    auto sums = std::make_shared<CorrelationSums>();
    constexpr std::size_t nq = 5, nphi = 12;
    sums->grid = PolarGrid::uniform(0.013, 0.11, nq, nphi);
    sums->parity = parity;
    sums->harmonics = 6;
    sums->experiment = someExperiment();
    sums->frames = {70, 69};
    sums->sumC = noise<double, 4>({2, 6, pairCount(nq), parity == Parity::even ? std::size_t{1} : std::size_t{2}}, 1);
    sums->sumIntensity = noise<double, 2>({2, nq}, 2);
    sums->sumIntensitySquared = noise<double, 2>({2, nq}, 3);
    sums->rejected = {{"too dark", 7}, {"saturated", 3}};
    sums->framesDone = {{0, 100}, {110, 149}};
    return sums;
}

Coefficients someCoefficients(unsigned seed) {
    Coefficients c;
    constexpr std::size_t nq = 7;
    c.q = PolarGrid::uniform(0, 0.15, nq, 8).q;
    c.maxOrder = 8;
    c.bl = noise<double, 3>({9, nq, nq}, seed);
    c.vl = noise<double, 3>({9, nq, 3}, seed + 1);
    c.blRaw = noise<double, 3>({9, nq, nq}, seed + 2);
    c.error = noise<double, 2>({9, nq}, seed + 3);
    c.eigenvalues = {{3, 2, 1}, {}, {1.5}};
    c.eigenvalues.resize(9);
    c.rank = {1, 0, 1, 0, 2, 0, 2, 0, 3};
    c.noiseLevel = noiseVector(9, seed + 4);
    c.condition = noiseVector(9, seed + 5);
    c.orderError = noiseVector(9, seed + 6);
    c.i00 = noiseVector(nq, seed + 7);
    c.diameterAngstrom = 189.3;
    c.regularisation = {{"tikhonov", 1e-3}, {"margin", 0.1 + 0.2}};
    c.experiment = someExperiment();
    return c;
}

bool same(const Coefficients& a, const Coefficients& b) {
    return a.q == b.q && a.maxOrder == b.maxOrder && same(a.bl, b.bl) && same(a.vl, b.vl) && same(a.blRaw, b.blRaw) &&
           same(a.error, b.error) && a.eigenvalues == b.eigenvalues && a.rank == b.rank &&
           a.noiseLevel == b.noiseLevel && a.condition == b.condition && a.orderError == b.orderError &&
           a.i00 == b.i00 && a.diameterAngstrom == b.diameterAngstrom && a.regularisation == b.regularisation &&
           same(a.experiment, b.experiment);
}

} // namespace

class tst_result_files : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void correlationRoundTrip_data() {
        QTest::addColumn<bool>("full");
        QTest::newRow("even") << false;
        QTest::newRow("full") << true;
    }
    void correlationRoundTrip() {
        QFETCH(bool, full);
        const TestFolder folder;
        const std::string path = folder.path("CORRELATION.h5");
        auto sums = someSums(full ? Parity::full : Parity::even);
        if (full) {
            sums->selfTerm = noise<double, 2>({5, 6}, 4);
            sums->noiseRatio = noise<double, 2>({5, 7}, 11);
            sums->binAverage = {noise<double, 2>({5, 7}, 12), noiseVector(5, 13), noiseVector(5, 14)};
            sums->mask = Array<std::uint8_t, 2>({5, 12});
            sums->mask(3, 4) = 1;
            sums->ringCondition = noiseVector(5, 5);
            sums->ringHarmonics = {1, 2, 3, 4, 5};
            sums->sumMaskC = noise<double, 4>({2, 7, pairCount(5), 2}, 6);
            sums->sumMask = noise<double, 2>({2, 5}, 7);
        }
        CorrelationSnapshot snapshot;
        snapshot.sums = sums;
        snapshot.sequence = 42;
        snapshot.halfSetPerRing = noiseVector(5, 8);
        snapshot.halfSetPerHarmonic = noiseVector(6, 9);
        snapshot.imaginaryFraction = 0.0123;
        snapshot.provenance = someProvenance();
        const auto c2 = noise<float, 3>({5, 5, 12}, 10);
        writeCorrelation(path, snapshot, c2);
        QCOMPARE(folder.files(), QStringList{"CORRELATION.h5"});
        QVERIFY(identifyFile(path) == ResultKind::correlation);

        const CorrelationSnapshot read = readCorrelationSnapshot(path);
        const CorrelationSums& got = *read.sums;
        QVERIFY(got.grid == sums->grid);
        QVERIFY(got.parity == sums->parity);
        QCOMPARE(got.harmonics, sums->harmonics);
        QVERIFY(same(got.experiment, sums->experiment));
        QVERIFY(got.frames == sums->frames);
        QVERIFY(same(got.sumC, sums->sumC));
        QVERIFY(same(got.sumIntensity, sums->sumIntensity));
        QVERIFY(same(got.sumIntensitySquared, sums->sumIntensitySquared));
        QVERIFY(same(got.selfTerm, sums->selfTerm));
        QVERIFY(same(got.noiseRatio, sums->noiseRatio));
        QVERIFY(same(got.binAverage.transfer, sums->binAverage.transfer));
        QVERIFY(got.binAverage.shift == sums->binAverage.shift && got.binAverage.spread == sums->binAverage.spread);
        QVERIFY(same(got.mask, sums->mask));
        QVERIFY(got.ringCondition == sums->ringCondition);
        QVERIFY(got.ringHarmonics == sums->ringHarmonics);
        QVERIFY(same(got.sumMaskC, sums->sumMaskC));
        QVERIFY(same(got.sumMask, sums->sumMask));
        QVERIFY(got.rejected == sums->rejected);
        QVERIFY(got.framesDone == sums->framesDone);
        QCOMPARE(read.sequence, std::uint64_t{42});
        QVERIFY(read.halfSetPerRing == snapshot.halfSetPerRing);
        QVERIFY(read.halfSetPerHarmonic == snapshot.halfSetPerHarmonic);
        QCOMPARE(read.imaginaryFraction, 0.0123);
        QVERIFY(same(read.provenance, snapshot.provenance));
        QVERIFY(same(readProvenanceOf(path), snapshot.provenance));
    }

    void correlationPlotsInNexusViewers() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string path = folder.path("c.h5");
        CorrelationSnapshot snapshot;
        snapshot.sums = someSums(Parity::even);
        writeCorrelation(path, snapshot, noise<float, 3>({5, 5, 12}, 1));
        // What a viewer does: follow default from the root to an NXdata, find its signal, and axes that fit it.
        QVERIFY(runPython(
            "import h5py\nf=h5py.File('" + path +
            "')\ng=f\nwhile g.attrs.get('NX_class')!='NXdata': g=g[g.attrs['default']]\n"
            "s=g[g.attrs['signal']]\na=g.attrs['axes']\nassert s.dtype=='f4' and s.ndim==len(a)==3\n"
            "for n,k in zip(a,s.shape): assert g[n].shape==(k,), n\n"
            "assert g['q'].attrs['units']=='1/angstrom'\nassert f['entry/provenance/program'][()]==b'FXS Workbench'\n"
            "h=f['entry/harmonics']\nassert h['sum_c_m'].shape==(2,6,15)\n"
            "assert list(h['pair_q'][:6])==[0,0,0,0,0,1] and list(h['pair_q_prime'][:6])==[0,1,2,3,4,1]\n"));
    }

    void coefficientsRoundTrip() {
        const TestFolder folder;
        const std::string path = folder.path("COEFFICIENTS.h5");
        FilterResult result;
        result.all = someCoefficients(20);
        result.halves.push_back(someCoefficients(40));
        result.halves.push_back(someCoefficients(60));
        result.fineQ = PolarGrid::uniform(0, 0.15, 4, 8).q;
        result.filteredC = noise<double, 3>({6, 4, 4}, 80);
        result.frames = 123;
        result.iterations = 3;
        result.provenance = someProvenance();
        writeCoefficients(path, result);
        QVERIFY(identifyFile(path) == ResultKind::coefficients);
        const FilterResult read = readCoefficients(path);
        QVERIFY(same(read.all, result.all));
        QCOMPARE(read.halves.size(), std::size_t{2});
        QVERIFY(same(read.halves[0], result.halves[0]));
        QVERIFY(same(read.halves[1], result.halves[1]));
        QVERIFY(read.fineQ == result.fineQ);
        QVERIFY(same(read.filteredC, result.filteredC));
        QCOMPARE(read.frames, std::uint64_t{123});
        QCOMPARE(read.iterations, 3);
        QVERIFY(same(read.provenance, result.provenance));
    }

    void coefficientsWithoutExtras() {
        const TestFolder folder;
        FilterResult result;
        result.all.q = {0.1};
        result.all.maxOrder = 0;
        result.all.bl = Array<double, 3>({1, 1, 1});
        result.all.vl = Array<double, 3>({1, 1, 0});
        writeCoefficients(folder.path("c.h5"), result);
        const FilterResult read = readCoefficients(folder.path("c.h5"));
        QVERIFY(read.halves.empty() && read.filteredC.empty() && read.all.error.empty() &&
                read.all.eigenvalues.empty());
    }

    void densityRoundTrip() {
        const TestFolder folder;
        const std::string path = folder.path("DENSITY.h5");
        Reconstruction result;
        result.map.values = noise<float, 3>({6, 6, 6}, 1);
        result.map.spacingAngstrom = 3.3;
        result.spherical.maxOrder = 3;
        result.spherical.r = {1, 3, 5};
        result.spherical.lm = noise<double, 3>({3, 10, 2}, 2);
        result.restarts = {{std::numeric_limits<std::uint64_t>::max(), 1e-6, 2e-3, 0.5, true, {3.f, 2.f, 1.f}},
                           {7, 2, 3, 4, false, {}}};
        result.halfSetFsc = {{0.1, 0.2}, {0.9, 0.4}, 0.65, 42.8, 30.1, false, true};
        result.prtfQ = {0.1, 0.2};
        result.prtf = {1, 0.5};
        result.symmetry = "D7";
        result.symmetryScan = {{"D7", 2e-6}, {"C7", 5e-6}};
        result.diameterAngstrom = 189;
        result.qMax = 0.15;
        result.finishedEarly = true;
        result.provenance = someProvenance();
        writeDensity(path, result);
        QVERIFY(identifyFile(path) == ResultKind::density);
        const Reconstruction read = readDensity(path);
        QVERIFY(same(read.map.values, result.map.values));
        QCOMPARE(read.map.spacingAngstrom, 3.3);
        QCOMPARE(read.spherical.maxOrder, 3);
        QVERIFY(read.spherical.r == result.spherical.r);
        QVERIFY(same(read.spherical.lm, result.spherical.lm));
        QCOMPARE(read.restarts.size(), std::size_t{2});
        QCOMPARE(read.restarts[0].seed, std::numeric_limits<std::uint64_t>::max());
        QCOMPARE(read.restarts[0].residual, 1e-6);
        QVERIFY(read.restarts[0].selected && !read.restarts[1].selected);
        QVERIFY(read.restarts[0].convergence == result.restarts[0].convergence);
        QVERIFY(read.restarts[1].convergence.empty());
        QVERIFY(read.halfSetFsc.fsc == result.halfSetFsc.fsc);
        QCOMPARE(read.halfSetFsc.resolution0143, 30.1);
        QVERIFY(!read.halfSetFsc.reachesBandLimitHalf && read.halfSetFsc.reachesBandLimit0143);
        QVERIFY(read.referenceFsc.q.empty());
        QVERIFY(read.prtf == result.prtf);
        QCOMPARE(read.symmetry, std::string("D7"));
        QVERIFY(read.symmetryScan == result.symmetryScan);
        QVERIFY(read.finishedEarly);
        QCOMPARE(read.qMax, 0.15);
        QVERIFY(same(read.provenance, result.provenance));
    }

    void missingPartsAreNamed() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string path = folder.path("c.h5");
        CorrelationSnapshot snapshot;
        snapshot.sums = someSums(Parity::even);
        writeCorrelation(path, snapshot);
        const auto edit = [&](const std::string& what) {
            QVERIFY(runPython("import h5py\nf=h5py.File('" + path + "','r+')\n" + what));
        };
        edit("del f['entry/harmonics/pair_q']"); // not needed: the order is fixed
        readCorrelation(path);
        edit("d=f['entry/harmonics']\nx=d['sum_c_m'][:,:5]\ndel d['sum_c_m']\nd['sum_c_m']=x");
        QVERIFY(
            contains(errorOf([&] { readCorrelation(path); }),
                     "/entry/harmonics/sum_c_m of " + path + " is 2 x 5 x 15, expected 2 x 6 x 15 (half x m x pair)"));
        edit("del f['entry/harmonics/sum_c_m']");
        const std::string message = errorOf([&] { readCorrelation(path); });
        QVERIFY(contains(message, "dataset sum_c_m is not in " + path));
        QVERIFY(contains(message, "holds: frames"));
        QVERIFY(contains(errorOf([&] { readDensity(path); }), "group density is not in"));
        QVERIFY(contains(errorOf([&] { readCoefficients(path); }), "group coefficients is not in"));
    }

    void xframeCorrelation() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string path = folder.path("ccd.h5");
        // C2(q,q',d) = q q' (1 + cos 2d + 0.5 cos 4d): C_0 = q q', C_2 = q q'/2, C_4 = q q'/4; the first ring lies at q
        // = 0.
        QVERIFY(runPython("import h5py, numpy as n\nq=n.arange(4)*0.01\nd=n.arange(16)*2*n.pi/16\n"
                          "f=h5py.File('" +
                          path +
                          "','w')\nf['cross_correlation/I1I1']=q[:,None,None]*q[None,:,None]*(1+n.cos(2*d)"
                          "+0.5*n.cos(4*d))\nf['radial_points']=q\nf['angular_points']=d\nf['xray_wavelength']=1.23\n"
                          "f['average_intensity']=q*0.5\n"));
        QVERIFY(identifyFile(path) == ResultKind::foreignCorrelation);
        const CorrelationSums sums = readXframeCorrelation(path);
        QCOMPARE(sums.grid.qCount(), std::size_t{3});
        QCOMPARE(sums.experiment.wavelengthAngstrom, 1.23);
        QCOMPARE(sums.frameCount(), std::uint64_t{1});
        for (std::size_t q = 0; q < 3; ++q)
            for (std::size_t p = q; p < 3; ++p)
                for (std::size_t m = 0; m < 9; ++m) {
                    const double scale = sums.grid.q[q] * sums.grid.q[p];
                    const double expected = m == 0 ? scale : m == 2 ? scale / 2 : m == 4 ? scale / 4 : 0;
                    // 16 terms of rounding error of double.
                    QVERIFY(std::abs(sums.sumC(0, m, pairIndex(q, p, 3), 0) - expected) < 16 * 2.3e-16 * scale * 2.5);
                }
        QCOMPARE(sums.sumIntensity(0, 2), 0.015);
        QVERIFY(runPython("import h5py\nf=h5py.File('" + path +
                          "','r+')\ndel f['radial_points']\nf['radial_points']=[.1,.2]"));
        QVERIFY(contains(errorOf([&] { readXframeCorrelation(path); }), "expected 2 x 2 x 16 (q x q' x delta phi)"));
    }
};

QTEST_APPLESS_MAIN(tst_result_files)
#include "tst_result_files.moc"
