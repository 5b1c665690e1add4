#include "engine/backend/wire_snapshot.h"
#include "engine/correlate/c2.h"
#include "engine/correlate/correlator.h"
#include "engine/mtif/filter.h"
#include "engine/simulate/simulator.h"
#include "tests/engine/error_of.h"
#include "tests/engine/simulate/small_particle.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace fxs;

namespace {

constexpr std::size_t kRings = 24, kPhi = 48, kImages = 400;

PolarBatch someImages() {
    SimulationSettings settings;
    settings.images = static_cast<int>(kImages);
    settings.qMax = 0.3;
    settings.qBins = static_cast<int>(kRings);
    settings.phiBins = static_cast<int>(kPhi);
    const auto run = makeSimulatedRun(settings, test::smallParticle(), {});
    return run->readPolar(0, kImages, {});
}

CorrelationSums correlated(const PolarBatch& images, std::size_t rings, const char* parity) {
    CorrelateSettings settings;
    settings.parity = parity;
    Experiment experiment;
    experiment.photonsPerUnit = 0.01;
    Correlator correlator(settings, PolarGrid::uniform(0.0, 0.3, rings, kPhi), experiment);
    correlator.accumulate(images, {});
    correlator.finish({});
    return std::move(correlator).takeSums();
}

/// Images whose rings are means of neighbouring ones.
PolarBatch coarser(const PolarBatch& images, std::size_t factor) {
    PolarBatch out;
    out.intensity = Array<float, 3>({images.frameCount(), kRings / factor, kPhi});
    for (std::size_t f = 0; f < images.frameCount(); ++f)
        for (std::size_t q = 0; q < kRings; ++q)
            for (std::size_t k = 0; k < kPhi; ++k)
                out.intensity(f, q / factor, k) += images.intensity(f, q, k) / static_cast<float>(factor);
    return out;
}

double largestDifference(const Array<double, 4>& a, const Array<double, 4>& b, std::size_t harmonics) {
    double largest = 0, scale = 0;
    for (std::size_t half = 0; half < 2; ++half)
        for (std::size_t m = 0; m < harmonics; ++m)
            for (std::size_t p = 0; p < a.extent(2); ++p)
                for (std::size_t c = 0; c < a.extent(3); ++c) {
                    largest = std::max(largest, std::abs(a(half, m, p, c) - b(half, m, p, c)));
                    scale = std::max(scale, std::abs(b(half, m, p, c)));
                }
    return largest / scale;
}

Snapshot wholeSnapshot() {
    Snapshot snapshot;
    const PolarBatch images = someImages();
    snapshot.correlation = makeSnapshot(correlated(images, kRings, "even"), 7);
    snapshot.labelled = {{"laser on", makeSnapshot(correlated(images, kRings, "even"), 7)}};
    FilterSettings filter;
    filter.diameter = 55.0;
    snapshot.coefficients = std::make_shared<const FilterResult>(Filter(filter).run(*snapshot.correlation->sums, {}));
    auto phasing = std::make_shared<PhasingSnapshot>();
    phasing->restarts = {{1, 0.5, 0.2, 0, false, {1.0F, 0.5F}}, {2, 0.4, 0.1, 0, true, {}}};
    phasing->bestRestart = 1;
    phasing->iteration = 17;
    phasing->map.values = Array<float, 3>({4, 4, 4});
    phasing->map.values(1, 2, 3) = 2.5F;
    phasing->map.spacingAngstrom = 3;
    auto density = std::make_shared<Reconstruction>();
    density->map.values = phasing->map.values.clone();
    density->map.spacingAngstrom = 3;
    density->restarts = phasing->restarts;
    density->symmetry = "D7";
    snapshot.phasing = phasing;
    snapshot.density = density;
    return snapshot;
}

} // namespace

class TestWireSnapshot : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fewerRingsAreThoseOfCoarserImages_data() {
        QTest::addColumn<QString>("parity");
        QTest::newRow("even") << "even";
        QTest::newRow("full") << "full";
    }
    /// Averaging rings and correlating commute: the product is bilinear. Images are single precision.
    void fewerRingsAreThoseOfCoarserImages() {
        QFETCH(QString, parity);
        const PolarBatch images = someImages();
        const CorrelationSums fine = correlated(images, kRings, parity.toUtf8());
        const CorrelationSums coarse = correlated(coarser(images, 3), kRings / 3, parity.toUtf8());
        const CorrelationSums reduced = reducedForWire(fine, {.rings = kRings / 3, .harmonics = 20});
        QCOMPARE(reduced.harmonics, 20u);
        QCOMPARE(reduced.grid.qCount(), kRings / 3);
        QVERIFY(std::abs(reduced.grid.q[0] - coarse.grid.q[0]) < 1e-12);
        QVERIFY(reduced.sumC.extent(2) == coarse.sumC.extent(2) && reduced.sumC.extent(3) == coarse.sumC.extent(3));
        const double difference = largestDifference(reduced.sumC, coarse.sumC, 20);
        QVERIFY2(difference < 1e-5, qPrintable(QString::number(difference)));
        for (std::size_t q = 0; q < kRings / 3; ++q)
            QVERIFY(std::abs(reduced.sumIntensity(0, q) / coarse.sumIntensity(0, q) - 1) < 1e-6);
    }

    /// What counting noise adds to a coarse ring: the mean of its rings' variances, divided by how many there are.
    void theSelfTermOfACoarseRingIsThatOfItsRings() {
        const CorrelationSums fine = correlated(someImages(), kRings, "even");
        QVERIFY(!fine.selfTerm.empty());
        const CorrelationSums reduced = reducedForWire(fine, {.rings = kRings / 2, .harmonics = 9});
        for (std::size_t g = 0; g < kRings / 2; ++g) {
            double noise = 0, intensity = 0;
            for (std::size_t q = 2 * g; q < 2 * g + 2; ++q) {
                const double sum = fine.sumIntensity(0, q) + fine.sumIntensity(1, q);
                noise += fine.selfTerm(q, 3) * sum / 4;
                intensity += sum / 2;
            }
            QVERIFY(std::abs(reduced.selfTerm(g, 3) * intensity / noise - 1) < 1e-12);
        }
    }

    void aSnapshotComesBack() {
        QTemporaryDir dir;
        const std::string path = dir.filePath("snapshot.h5").toStdString();
        const Snapshot snapshot = wholeSnapshot();
        writeWireSnapshot(path, snapshot);
        const Snapshot back = readWireSnapshot(path);
        QVERIFY(back.correlation && back.coefficients && back.phasing && back.density);
        QCOMPARE(back.correlation->sequence, 7u);
        QCOMPARE(back.correlation->sums->frameCount(), kImages);
        // 2^-24: single precision.
        QVERIFY(largestDifference(back.correlation->sums->sumC, snapshot.correlation->sums->sumC,
                                  back.correlation->sums->harmonics) < 1e-7);
        QVERIFY(back.correlation->halfSetPerRing == snapshot.correlation->halfSetPerRing);
        QCOMPARE(back.labelled.size(), 1u);
        QCOMPARE(back.labelled[0].label, std::string("laser on"));
        const auto &b = back.coefficients->all, &a = snapshot.coefficients->all;
        QVERIFY(b.maxOrder == a.maxOrder && b.q == a.q && b.rank == a.rank && b.bl.shape() == a.bl.shape());
        QVERIFY(std::abs(b.bl(2, 3, 3) / a.bl(2, 3, 3) - 1) < 1e-6);
        QVERIFY(back.coefficients->filteredC.shape() == snapshot.coefficients->filteredC.shape());
        QCOMPARE(back.coefficients->fineQ.size(), kRings);
        QCOMPARE(back.phasing->bestRestart, 1u);
        QCOMPARE(back.phasing->map.values(1, 2, 3), 2.5F);
        QVERIFY(back.phasing->restarts[0].convergence == snapshot.phasing->restarts[0].convergence);
        QCOMPARE(back.density->symmetry, std::string("D7"));
    }

    void ofFullSizeItIsAFewMegabytes() {
        CorrelationSums sums;
        constexpr std::size_t nq = 300;
        sums.grid = PolarGrid::uniform(0, 0.3, nq, 256);
        sums.harmonics = 129;
        sums.frames = {5, 5};
        sums.sumC = Array<double, 4>({2, 129, pairCount(nq), 1});
        for (std::size_t i = 0; i < sums.sumC.size(); ++i)
            sums.sumC.data()[i] = std::sin(0.7 * static_cast<double>(i));
        sums.sumIntensity = Array<double, 2>({2, nq});
        sums.sumIntensitySquared = Array<double, 2>({2, nq});
        Snapshot snapshot;
        auto correlation = std::make_shared<CorrelationSnapshot>();
        correlation->sums = std::make_shared<const CorrelationSums>(std::move(sums));
        snapshot.correlation = correlation;
        QTemporaryDir dir;
        const QString path = dir.filePath("snapshot.h5");
        writeWireSnapshot(path.toStdString(), snapshot);
        QVERIFY2(QFile(path).size() < 5 << 20, qPrintable(QString::number(QFile(path).size())));
    }

    void aCutOrForeignFileIsRefused() {
        QTemporaryDir dir;
        const QString path = dir.filePath("snapshot.h5");
        writeWireSnapshot(path.toStdString(), wholeSnapshot());
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        file.close();
        for (const double part : {0.0, 0.001, 0.1, 0.5, 0.9, 0.9999}) {
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
            file.write(bytes.left(static_cast<int>(part * static_cast<double>(bytes.size()))));
            file.close();
            const std::string error = errorOf([&] { readWireSnapshot(path.toStdString()); });
            QVERIFY2(error.find("snapshot.h5") != std::string::npos, error.c_str());
        }
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write("Permission denied\n");
        file.close();
        QVERIFY(!errorOf([&] { readWireSnapshot(path.toStdString()); }).empty());
    }
};

QTEST_APPLESS_MAIN(TestWireSnapshot)
#include "tst_wire_snapshot.moc"
