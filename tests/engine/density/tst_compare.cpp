#include "blobs.h"
#include "engine/density/compare.h"
#include "engine/density/density_grid.h"
#include "engine/density/fsc.h"
#include "engine/density/reference.h"

#include <QTest>

#include <complex>

using namespace fxs;
using namespace fxs::test;

namespace {

Structure carbons(std::uint64_t seed, int count, double radius) {
    std::vector<Atom> atoms;
    for (const auto& p : Blobs::random(seed, count, radius).centres) {
        Atom atom;
        atom.position = p;
        atom.atomicNumber = atoms.size() % 3 == 0 ? 8 : 6;
        atom.occupancy = atoms.size() % 2 == 0 ? 1.0 : 0.5;
        atom.bFactor = 20 + static_cast<double>(atoms.size());
        atoms.push_back(atom);
    }
    return makeStructure("TEST", std::move(atoms));
}

} // namespace

class TestCompare : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void structureAgreesWithTheDirectSum();
    void findsAMapInAnother();
    void mapAgainstStructure();
    void reconstructionAgainstStructure();
    void differentParticlesDisagree();
    void refusesBadInput();
};

void TestCompare::structureAgreesWithTheDirectSum() {
    const Structure structure = carbons(1, 40, 30);
    const std::vector<double> q{0.02, 0.1, 0.2};
    const int order = 24; // q r = 6: orders beyond 24 carry j_24(6) ~ 1e-12
    const auto a = structureAmplitudes(structure, q, order, {});
    const double theta = 1.1, phi = 0.7;
    const std::array<double, 3> n{std::sin(theta) * std::cos(phi), std::sin(theta) * std::sin(phi), std::cos(theta)};
    std::vector<double> legendre(lmCount(order));
    normalisedLegendre(order, n[2], legendre);
    for (std::size_t i = 0; i < q.size(); ++i) {
        std::complex<double> direct, harmonic, turn(1);
        for (const Atom& atom : structure.atoms) {
            const double path = atom.position[0] * n[0] + atom.position[1] * n[1] + atom.position[2] * n[2];
            direct += atom.occupancy * formFactor(atom.atomicNumber, {&q[i], 1}, atom.bFactor)[0] *
                      std::polar(1.0, -q[i] * path);
        }
        for (int l = 0; l <= order; ++l, turn *= std::complex<double>(0, -1))
            for (int m = 0; m <= l; ++m) {
                const std::complex<double> c(a.lm(i, lmIndex(l, m), 0), a.lm(i, lmIndex(l, m), 1));
                harmonic +=
                    turn * (m == 0 ? 1.0 : 2.0) * legendre[lmIndex(l, m)] * (c * std::polar(1.0, m * phi)).real();
            }
        QVERIFY(std::abs(harmonic - direct) < 1e-9 * std::abs(direct));
    }
}

void TestCompare::findsAMapInAnother() {
    Blobs blobs = Blobs::random(2, 12, 35);
    const DensityMap first = blobs.map(45, 3);
    const DensityMap second = blobs.moved(randomRotation(1, 1), {12, -9, 6}, true).map(64, 2.5);
    CompareSettings settings;
    settings.qMax = 0.25;
    const Comparison found = compare(&first, &second, settings, {});
    // Cropping at 5 % of the maximum and snapping to half voxels: what is left is well above 0.99.
    QVERIFY2(found.fsc.mean > 0.99, qPrintable(QString::number(found.fsc.mean)));
    QVERIFY(found.alignment.mirrored);
    QVERIFY(found.fsc.reachesBandLimitHalf);
}

void TestCompare::mapAgainstStructure() {
    // Atoms of weight f(0) blurred by σ = 6 Å differ from the atoms themselves by a factor a shell, which FSC does not
    // see.
    const Structure structure = carbons(3, 60, 35);
    Blobs blobs;
    for (const Atom& atom : structure.atoms) {
        blobs.centres.push_back(atom.position);
        blobs.weights.push_back(atom.occupancy * atom.atomicNumber);
    }
    const DensityMap map = blobs.moved(randomRotation(2, 2), {5, 5, 5}, false).map(48, 2.5);
    CompareSettings settings;
    settings.qMax = 0.25;
    const Comparison found = compare(&structure, &map, settings, {});
    QVERIFY2(found.fsc.mean > 0.98, qPrintable(QString::number(found.fsc.mean)));
    QVERIFY(!found.alignment.mirrored);
}

void TestCompare::reconstructionAgainstStructure() {
    const Structure structure = carbons(4, 60, 35);
    const auto q = amplitudeShells(0.2, 80);
    Reconstruction reconstruction;
    reconstruction.qMax = 0.2;
    reconstruction.diameterAngstrom = structure.diameterAngstrom;
    std::vector<double> r;
    for (double x = 3; x < 60; x += 6)
        r.push_back(x);
    reconstruction.spherical = sphericalDensity(structureAmplitudes(structure, amplitudeShells(0.5, 130), 14, {}), r);
    const Comparison found = compare(&reconstruction, &structure, {}, {});
    QVERIFY2(found.fsc.mean > 0.98, qPrintable(QString::number(found.fsc.mean)));
    QVERIFY(std::abs(found.qMax - 0.2) < 1e-12);
    const auto reference =
        referenceCorrelation(reconstruction.spherical, 0.2, structure.diameterAngstrom, structure, {});
    QVERIFY(reference.mean > 0.98);
}

void TestCompare::differentParticlesDisagree() {
    const DensityMap first = Blobs::random(5, 12, 35).map(45, 3), second = Blobs::random(6, 12, 35).map(45, 3);
    CompareSettings settings;
    settings.qMax = 0.25;
    // Compact particles of one size always agree at low q.
    const Comparison found = compare(&first, &second, settings, {});
    QVERIFY2(found.fsc.mean < 0.9, qPrintable(QString::number(found.fsc.mean)));
}

void TestCompare::refusesBadInput() {
    const Structure structure = carbons(7, 10, 20);
    const Structure empty;
    const DensityMap nothing;
    QVERIFY_EXCEPTION_THROWN(compare(&structure, &structure, {}, {}), Error); // no band limit
    CompareSettings settings;
    settings.qMax = 0.2;
    QVERIFY_EXCEPTION_THROWN(compare(&structure, &empty, settings, {}), Error);
    QVERIFY_EXCEPTION_THROWN(compare(&structure, &nothing, settings, {}), Error);
    settings.qMax = -1;
    QVERIFY_EXCEPTION_THROWN(compare(&structure, &structure, settings, {}), Error);
    std::stop_source stop;
    stop.request_stop();
    TaskContext task;
    task.stop = stop.get_token();
    settings.qMax = 0.2;
    QVERIFY_EXCEPTION_THROWN(compare(&structure, &structure, settings, task), Stopped);
}

QTEST_APPLESS_MAIN(TestCompare)
#include "tst_compare.moc"
