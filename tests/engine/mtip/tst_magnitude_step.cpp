#include "engine/math/random.h"
#include "engine/mtip/invariant_residual.h"
#include "engine/mtip/iterations.h"
#include "engine/mtip/magnitude_step.h"
#include "tests/engine/mtip/toy_particle.h"

#include <QtTest>

using namespace fxs;

namespace {

struct Setup {
    ShellGrid grid{toy::shells(), toy::kDiameter, 0, 1.35};
    PhasingSpace space;
    Array<double, 3> rho;
    Coefficients c;

    // A density that explains its coefficients exactly: they are made from it, in the very grid.
    explicit Setup(PointGroup group = {}) : space(grid, group), rho(space.makeDensity()) {
        const auto blobs = group.isTrivial() ? toy::asymmetricParticle() : toy::dihedralParticle(group.fold);
        const SphericalAmplitudes truth = toy::amplitudes(blobs, grid.q(), grid.amplitudeOrder());
        const PhasingSpace full(grid, {});
        Array<double, 3> all = full.makeDensity(), a = full.makeAmplitudes();
        grid.toDensity(full.amplitude, truth.lm, all);
        rho = space.compress(full.expand(all));
        grid.toAmplitudes(full.amplitude, full.compress(space.expand(rho)), a);
        SphericalAmplitudes amplitudes;
        amplitudes.maxOrder = grid.amplitudeOrder();
        amplitudes.q = grid.q();
        amplitudes.lm = std::move(a);
        c = toy::coefficients(amplitudes, toy::kDiameter, grid.intensityOrder());
    }
};

double relativeDifference(View<const double, 3> a, View<const double, 3> b) {
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference += std::pow(a.data()[i] - b.data()[i], 2);
        size += std::pow(b.data()[i], 2);
    }
    return std::sqrt(difference / size);
}

Array<double, 3> disturbed(const PhasingSpace& space, const Array<double, 3>& rho, double size, std::uint64_t seed) {
    Array<double, 3> other = rho.clone();
    RandomStream random(seed, 0);
    double scale = 0;
    for (const double value : rho.span())
        scale = std::max(scale, std::abs(value));
    for (std::size_t s = 0; s < other.extent(0); ++s)
        for (int l = 0; l <= space.amplitude.maxOrder(); ++l)
            for (int m = 0; m <= l; m += space.group.fold)
                for (std::size_t k = 0; k < (m == 0 ? 1u : 2u); ++k)
                    other(s, space.amplitude.index(l, m), k) += size * scale * random.normal();
    space.restrict(other);
    return other;
}

} // namespace

class TestMagnitudeStep : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // |A|² at single points against the complex sum Σ (−i)^l a_lm Y_lm.
    void intensityIsTheSum() {
        Setup s;
        IntensityModel model(s.space);
        model.compute(s.rho, s.grid.q().size());
        Array<double, 3> a = s.space.makeAmplitudes();
        s.grid.toAmplitudes(s.space.amplitude, s.rho, a);
        const SphericalTransform& t = s.space.amplitude;
        std::vector<double> p(lmCount(t.maxOrder()));
        double largest = 0;
        for (std::size_t i = 0; i < model.intensity().size(); ++i)
            largest = std::max(largest, model.intensity().data()[i]);
        for (std::size_t theta = 0; theta < t.thetaCount() / 2; theta += 3)
            for (std::size_t k = 0; k < t.phiCount(); k += 7)
                for (std::size_t shell = 0; shell < a.extent(0); ++shell) {
                    normalisedLegendre(t.maxOrder(), t.cosTheta()[theta], p);
                    std::complex<double> sum = 0;
                    for (int l = 0; l <= t.maxOrder(); ++l)
                        for (int m = 0; m <= l; ++m) {
                            const std::complex<double> f(a(shell, t.index(l, m), std::size_t(0)),
                                                         a(shell, t.index(l, m), std::size_t(1)));
                            const double real =
                                (m == 0 ? 1.0 : 2.0) * (f * std::polar(p[lmIndex(l, m)], m * t.phi(k))).real();
                            sum += std::pow(std::complex<double>(0, -1), l) * real;
                        }
                    QVERIFY(std::abs(std::norm(sum) - model.intensity()(k, shell, theta)) < 1e-12 * largest);
                }
    }

    void truthIsAFixedPoint_data() {
        QTest::addColumn<int>("fold");
        QTest::newRow("C1") << 1;
        QTest::newRow("D3") << 3;
    }
    // 1e-6: orders above 16 are not in the data (B_l of l = 18 ... 24 is free) and columns below 1e-8 are dropped.
    void truthIsAFixedPoint() {
        QFETCH(int, fold);
        Setup s(fold == 1 ? PointGroup{} : PointGroup{fold, true});
        const InvariantTarget target(s.c, s.space, s.grid.q().size(), 2, {});
        MagnitudeStep step(s.space);
        Array<double, 3> next = s.space.makeDensity();
        QVERIFY(step.apply(target, s.rho, next) < 1e-14);
        QVERIFY(relativeDifference(next, s.rho) < 1e-6);
        QVERIFY(step.magnitudeError(target, s.rho) < 1e-12);
        QVERIFY(std::abs(step.scaleTo(target, s.rho) - 1) < 1e-10);
        for (const double residual : step.residualPerOrder(target, s.rho))
            QVERIFY(residual < 1e-12);
    }

    void aStepLowersTheResidual() {
        Setup s;
        const InvariantTarget target(s.c, s.space, s.grid.q().size(), 2, {});
        MagnitudeStep step(s.space);
        Array<double, 3> first = disturbed(s.space, s.rho, 0.1, 1), next = s.space.makeDensity(),
                         last = s.space.makeDensity();
        const double before = step.apply(target, first, next);
        const double after = step.apply(target, next, last);
        QVERIFY(before > 1e-3);
        QVERIFY(after < 0.5 * before);
        QVERIFY(step.magnitudeError(target, next) < step.magnitudeError(target, first));
    }

    // The symmetric space does the same as the full one on a symmetric density, a dozen times cheaper.
    void symmetricEqualsFull() {
        Setup s({3, true});
        const PhasingSpace full(s.grid, {});
        const InvariantTarget here(s.c, s.space, s.grid.q().size(), 2, {}), there(s.c, full, s.grid.q().size(), 2, {});
        const Array<double, 3> rho = disturbed(s.space, s.rho, 0.03, 2), all = full.compress(s.space.expand(rho));
        IntensityModel inside(s.space), outside(full);
        inside.compute(rho, s.grid.q().size());
        outside.compute(all, s.grid.q().size());
        for (std::size_t shell = 0; shell < s.grid.q().size(); ++shell)
            for (int l = 0; l <= s.space.intensity.maxOrder(); l += 2)
                for (int m = 0; m <= l; m += 3)
                    for (std::size_t k = 0; k < 2; ++k)
                        QVERIFY(std::abs(inside.intensityCoefficients()(shell, s.space.intensity.index(l, m), k) -
                                         outside.intensityCoefficients()(shell, full.intensity.index(l, m), k)) <
                                1e-10 * s.c.i00[0]);
        MagnitudeStep stepInside(s.space), stepOutside(full);
        Array<double, 3> a = s.space.makeDensity(), b = full.makeDensity();
        // B_l of a D3 particle has no more columns than D3 has dimensions, so both projections are onto the same set.
        QVERIFY(std::abs(stepInside.apply(here, rho, a) / stepOutside.apply(there, all, b) - 1) < 1e-6);
    }

    // Central differences of e_B along random directions. With h = 1e-4 of the largest coefficient: truncation h² ~
    // 1e-8 relative, round-off 1e-16 / 1e-4 / slope.
    void gradientAgainstFiniteDifferences_data() {
        QTest::addColumn<int>("fold");
        QTest::addColumn<bool>("dihedral");
        QTest::addColumn<int>("shells");
        QTest::newRow("C1") << 1 << false << 5;
        QTest::newRow("C1, fewer shells") << 1 << false << 3;
        QTest::newRow("C3") << 3 << false << 5;
        QTest::newRow("D3") << 3 << true << 5;
    }
    void gradientAgainstFiniteDifferences() {
        QFETCH(int, fold);
        QFETCH(bool, dihedral);
        QFETCH(int, shells);
        const PointGroup group{fold, dihedral};
        Setup s(group);
        const InvariantTarget target(s.c, s.space, static_cast<std::size_t>(shells), 2, {});
        InvariantResidual residual(s.space);
        PhasingIteration iteration(s.space, HUGE_VAL);
        iteration.startRandom(3, 25, target);
        residual.setSupport(iteration.support());
        const std::size_t n = residual.variableCount();
        std::vector<double> x(n), gradient(n), other(n), direction(n);
        residual.gather(iteration.clampedField(), x);
        residual.evaluate(target, x, gradient);
        double largest = 0;
        for (const double value : x)
            largest = std::max(largest, value);
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            RandomStream random(seed, 9);
            for (double& d : direction)
                d = random.normal();
            if (dihedral) { // stay inside the group
                Array<double, 3> rho = s.space.makeDensity(), field = s.space.makeDensityField();
                SphericalTransform::Scratch scratch(s.space.realSpace, s.grid.r().size());
                residual.spread(direction, rho);
                s.space.realSpace.synthesise(rho, field, scratch);
                residual.gather(field, direction);
            }
            const double h = 1e-4 * largest;
            const auto at = [&](double sign) {
                std::vector<double> moved = x;
                for (std::size_t i = 0; i < n; ++i)
                    moved[i] += sign * h * direction[i];
                return residual.evaluate(target, moved, other);
            };
            const double numeric = (at(1) - at(-1)) / (2 * h);
            double analytic = 0, size = 0;
            for (std::size_t i = 0; i < n; ++i) {
                analytic += gradient[i] * direction[i];
                size += std::pow(gradient[i] * direction[i], 2);
            }
            QVERIFY2(std::abs(numeric - analytic) < 1e-5 * std::sqrt(size) + 1e-6 * std::abs(analytic),
                     qPrintable(QString("%1 against %2").arg(numeric).arg(analytic)));
        }
    }
};

QTEST_APPLESS_MAIN(TestMagnitudeStep)
#include "tst_magnitude_step.moc"
