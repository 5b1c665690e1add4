#include "engine/core/error.h"
#include "engine/math/random.h"
#include "engine/mtip/phasing_space.h"
#include "engine/mtip/shell_grid.h"
#include "tests/engine/mtip/toy_particle.h"

#include <QtTest>

using namespace fxs;

namespace {

double packedDot(const SphericalTransform& t, View<const double, 3> a, View<const double, 3> b) {
    double sum = 0;
    for (std::size_t s = 0; s < a.extent(0); ++s)
        for (int l = 0; l <= t.maxOrder(); ++l)
            for (int m = 0; m <= l; m += t.fold())
                for (std::size_t k = 0; k < 2; ++k)
                    sum += (m == 0 ? 1.0 : 2.0) * a(s, t.index(l, m), k) * b(s, t.index(l, m), k);
    return sum;
}

} // namespace

class TestShellGrid : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sizesFollowTheRecipe() {
        const ShellGrid grid(toy::shells(), toy::kDiameter, 0, 1.35);
        QCOMPARE(grid.amplitudeOrder(), 12); // q_max R + 4 = 7.5 + 4, up
        QCOMPARE(grid.intensityOrder(), 16); // q_max D = 15, up to even
        QVERIFY(grid.thetaCount() >= 12 + 8 + 2);
        QVERIFY(grid.phiCount(1) >= 2 * 12 + 16 + 1);
        QVERIFY(grid.phiCount(3) * 3 >= 2 * 12 + 16 + 1);
        QVERIFY(grid.r().back() + grid.dr() / 2 >= 1.35 * toy::kDiameter / 2);
        QVERIFY(grid.dr() <= std::numbers::pi / (2 * grid.qMax()));
    }

    // ρ = r^l exp(−r²/2s²) Y_lm has a_lm = 4π √(π/2) s^(2l+3) q^l exp(−q²s²/2). The midpoint rule aliases at 2π/Δr = 5
    // q_max: k = 4 q_max = 1/Å gives (ks)^(l+2) exp(−k²s²/2) < 6.5^6 * 7e-10 = 5e-5; the box ends at 6 s.
    void hankelOfGaussians() {
        const double s = 6.5;
        const ShellGrid grid(toy::shells(), toy::kDiameter, 0, 1.35);
        const PhasingSpace space(grid, {});
        Array<double, 3> rho = space.makeDensity(), a = space.makeAmplitudes();
        const auto exact = [&](int l, double q) {
            return 4 * std::numbers::pi * std::sqrt(std::numbers::pi / 2) * std::pow(s, 2 * l + 3) * std::pow(q, l) *
                   std::exp(-q * q * s * s / 2);
        };
        for (int l = 0; l <= 4; ++l)
            for (std::size_t j = 0; j < grid.r().size(); ++j)
                rho(j, space.amplitude.index(l, l), 0) =
                    std::pow(grid.r()[j], l) * std::exp(-std::pow(grid.r()[j] / s, 2) / 2);
        grid.toAmplitudes(space.amplitude, rho, a);
        for (int l = 0; l <= 4; ++l) {
            double largest = 0;
            for (const double q : grid.q())
                largest = std::max(largest, exact(l, q));
            for (std::size_t i = 0; i < grid.q().size(); ++i)
                QVERIFY(std::abs(a(i, space.amplitude.index(l, l), 0) - exact(l, grid.q()[i])) < 1e-3 * largest);
        }
    }

    // A ball whose surface lies between two shells: the midpoint rule errs by (qΔr)²/24 < 7 % of the local curvature
    // term.
    void hankelOfABall() {
        const ShellGrid grid(toy::shells(), toy::kDiameter, 0, 1.35);
        const PhasingSpace space(grid, {});
        Array<double, 3> rho = space.makeDensity(), a = space.makeAmplitudes();
        const double radius = 5 * grid.dr();
        for (std::size_t j = 0; j < 5; ++j)
            rho(j, 0, 0) = std::sqrt(4 * std::numbers::pi);
        grid.toAmplitudes(space.amplitude, rho, a);
        const double volume = 4 * std::numbers::pi / 3 * std::pow(radius, 3);
        for (std::size_t i = 0; i < grid.q().size(); ++i) {
            const double x = grid.q()[i] * radius;
            const double exact = volume * 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
            QVERIFY(std::abs(a(i, 0, 0) / std::sqrt(4 * std::numbers::pi) - exact) < 0.02 * volume);
        }
    }

    // Forward after inverse returns amplitudes of a particle inside the box: what is lost is what leaks out of the
    // finite band.
    void roundTripKeepsAmplitudes() {
        const ShellGrid grid(toy::shells(), toy::kDiameter, 0, 1.35);
        const PhasingSpace space(grid, {});
        const SphericalAmplitudes truth = toy::amplitudes(toy::asymmetricParticle(), grid.q(), grid.amplitudeOrder());
        Array<double, 3> rho = space.makeDensity(), back = space.makeAmplitudes();
        grid.toDensity(space.amplitude, truth.lm, rho);
        grid.toAmplitudes(space.amplitude, rho, back);
        double difference = 0, size = 0;
        for (std::size_t i = 0; i < back.size(); ++i) {
            difference += std::pow(back.data()[i] - truth.lm.data()[i], 2);
            size += std::pow(truth.lm.data()[i], 2);
        }
        QVERIFY(std::sqrt(difference / size) < 0.1);
    }

    void adjointIsTheTranspose() {
        const ShellGrid grid(toy::shells(), toy::kDiameter, 0, 1.35);
        for (const int fold : {1, 3}) {
            const PhasingSpace space(grid, {fold, false});
            Array<double, 3> rho = space.makeDensity(), rhoBack = space.makeDensity(), a = space.makeAmplitudes(),
                             other = space.makeAmplitudes();
            RandomStream random(5, 0);
            for (double& value : rho.span())
                value = random.normal();
            for (double& value : other.span())
                value = random.normal();
            // Fewer shells than there are, as in resolution marching.
            const std::size_t n = a.extent(0) - 2;
            grid.toAmplitudes(space.amplitude, rho, a.view().sub(0, n));
            grid.adjoint(space.amplitude, other.view().sub(0, n), rhoBack);
            const double left = packedDot(space.amplitude, a.view().sub(0, n), other.view().sub(0, n));
            const double right = packedDot(space.amplitude, rho, rhoBack);
            QVERIFY(std::abs(left / right - 1) < 1e-10);
        }
    }

    void expandAndCompress() {
        const ShellGrid grid(toy::shells(), toy::kDiameter, 0, 1.35);
        const PhasingSpace space(grid, {3, true});
        Array<double, 3> rho = space.makeDensity();
        RandomStream random(6, 0);
        for (double& value : rho.span())
            value = random.normal();
        space.restrict(rho);
        const Array<double, 3> back = space.compress(space.expand(rho));
        for (std::size_t i = 0; i < rho.size(); ++i)
            QCOMPARE(back.data()[i], rho.data()[i]);
        // D3 about z with a two-fold axis on x: what restrict leaves is unchanged by (x, y, z) → (x, −y, −z).
        SphericalTransform::Scratch scratch(space.realSpace, grid.r().size());
        Array<double, 3> field = space.makeDensityField();
        space.realSpace.synthesise(rho, field, scratch);
        const std::size_t phis = field.extent(0), thetas = field.extent(2);
        for (std::size_t k = 0; k < phis; ++k)
            for (std::size_t t = 0; t < thetas; ++t)
                QVERIFY(std::abs(field(k, 3, t) - field(phis - 1 - k, 3, thetas - 1 - t)) < 1e-10);
    }

    void badShellsAreRefused_data() {
        QTest::addColumn<QList<double>>("q");
        QTest::addColumn<double>("diameter");
        QTest::addColumn<QString>("expected");
        QTest::newRow("too few") << QList<double>{0.01, 0.03} << 60.0 << "at least 3";
        QTest::newRow("not half-integer") << QList<double>{0.02, 0.04, 0.06, 0.08} << 60.0 << "(i + 1/2)";
        QTest::newRow("not even") << QList<double>{0.01, 0.03, 0.06, 0.07} << 60.0 << "(i + 1/2)";
        QTest::newRow("too coarse") << QList<double>{0.05, 0.15, 0.25} << 60.0 << "at most π/D";
        QTest::newRow("not finite") << QList<double>{0.01, std::nan(""), 0.05} << 60.0 << "(i + 1/2)";
        QTest::newRow("negative") << QList<double>{-0.01, -0.03, -0.05} << 60.0 << "(i + 1/2)";
        QTest::newRow("no diameter") << QList<double>{0.01, 0.03, 0.05} << 0.0 << "diameter";
    }
    void badShellsAreRefused() {
        QFETCH(QList<double>, q);
        QFETCH(double, diameter);
        QFETCH(QString, expected);
        try {
            const ShellGrid grid({q.begin(), q.end()}, diameter, 0, 1.35);
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY2(QString::fromStdString(error.message()).contains(expected), error.what());
            QCOMPARE(error.code(), ErrorCode::badInput);
        }
    }
};

QTEST_APPLESS_MAIN(TestShellGrid)
#include "tst_shell_grid.moc"
