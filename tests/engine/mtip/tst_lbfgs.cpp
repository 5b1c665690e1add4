#include "engine/core/error.h"
#include "engine/math/random.h"
#include "engine/mtip/lbfgs.h"

#include <QtTest>

#include <cmath>
#include <limits>

using namespace fxs;

namespace {

// ½ (x − c)ᵀ A (x − c), A = diag + coupling of neighbours, positive definite, condition number about `condition`.
struct Quadratic {
    std::vector<double> diagonal, centre;
    double coupling = 0;
    mutable int evaluations = 0;

    Quadratic(std::size_t n, double condition, double neighbours, std::uint64_t seed) : coupling(neighbours) {
        RandomStream random(seed, 0);
        for (std::size_t i = 0; i < n; ++i) {
            diagonal.push_back(std::pow(condition, static_cast<double>(i) / static_cast<double>(n - 1)) +
                               2 * neighbours);
            centre.push_back(random.normal());
        }
    }
    double operator()(std::span<const double> x, std::span<double> g) const {
        ++evaluations;
        double value = 0;
        for (std::size_t i = 0; i < x.size(); ++i)
            g[i] = diagonal[i] * (x[i] - centre[i]);
        for (std::size_t i = 0; i + 1 < x.size(); ++i) {
            g[i] += coupling * (x[i + 1] - centre[i + 1]);
            g[i + 1] += coupling * (x[i] - centre[i]);
        }
        for (std::size_t i = 0; i < x.size(); ++i)
            value += 0.5 * g[i] * (x[i] - centre[i]);
        return value;
    }
};

} // namespace

class TestLbfgs : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Separable: the answer is the centre moved into the bounds. It ends where a step gains less than 1e-15 of the
    // value (here some 10³), so that x with curvature 1 is known to about √(2e-12).
    void separableQuadratic() {
        const Quadratic f(50, 1000, 0, 1);
        const BoundedLbfgs::Objective objective = std::cref(f);
        const std::vector<double> x0(50, 0.3), upper(50, 0.8);
        BoundedLbfgs minimiser;
        minimiser.start(x0, upper, objective);
        for (int i = 0; i < 300 && minimiser.step(objective); ++i) {
        }
        for (std::size_t i = 0; i < 50; ++i)
            QVERIFY(std::abs(minimiser.x()[i] - std::clamp(f.centre[i], 0.0, 0.8)) < 1e-5);
    }

    // Coupled: at the answer the gradient is zero where x is free, and points outward where it is not.
    void coupledQuadraticMeetsTheConditions() {
        const Quadratic f(200, 100, 0.4, 2);
        const BoundedLbfgs::Objective objective = std::cref(f);
        BoundedLbfgs minimiser;
        minimiser.start(std::vector<double>(200, 1.0), {}, objective);
        double last = minimiser.value();
        int steps = 0;
        while (steps < 500 && minimiser.step(objective)) {
            ++steps;
            QVERIFY(minimiser.value() <= last);
            last = minimiser.value();
        }
        int held = 0;
        for (std::size_t i = 0; i < 200; ++i) {
            QVERIFY(minimiser.x()[i] >= 0);
            if (minimiser.x()[i] > 0)
                QVERIFY(std::abs(minimiser.gradient()[i]) < 1e-5);
            else
                QVERIFY(minimiser.gradient()[i] > -1e-5);
            held += minimiser.x()[i] == 0 ? 1 : 0;
        }
        QVERIFY(held > 50 && held < 150); // about half the centres are negative
        QVERIFY(f.evaluations < 1.2 * steps + 60);
    }

    // Curvature is learnt: far fewer steps than steepest descent needs at condition number 10⁴ (about as many).
    void convergesSuperlinearly() {
        const Quadratic f(30, 1e4, 0, 3);
        const BoundedLbfgs::Objective objective = std::cref(f);
        BoundedLbfgs minimiser;
        minimiser.start(std::vector<double>(30, 5.0), {}, objective);
        const double start = minimiser.value();
        double least = 0;
        for (std::size_t i = 0; i < 30; ++i)
            least += f.centre[i] < 0 ? 0.5 * f.diagonal[i] * f.centre[i] * f.centre[i] : 0.0;
        for (int i = 0; i < 150; ++i)
            minimiser.step(objective);
        QVERIFY(minimiser.value() - least < 1e-8 * start);
    }

    void startOutsideTheBoundsIsMovedIn() {
        const Quadratic f(4, 2, 0, 4);
        const BoundedLbfgs::Objective objective = std::cref(f);
        BoundedLbfgs minimiser;
        minimiser.start(std::vector<double>{-1, 0.5, 3, 1}, std::vector<double>(4, 2.0), objective);
        QCOMPARE(minimiser.x()[0], 0.0);
        QCOMPARE(minimiser.x()[2], 2.0);
    }

    void atTheMinimumItEnds() {
        const BoundedLbfgs::Objective objective = [](std::span<const double> x, std::span<double> g) {
            g[0] = 2 * (x[0] - 1);
            return (x[0] - 1) * (x[0] - 1);
        };
        BoundedLbfgs minimiser;
        minimiser.start(std::vector<double>{1.0}, {}, objective);
        QVERIFY(!minimiser.step(objective));
        QVERIFY(minimiser.isFinished());
        QVERIFY(!minimiser.step(objective));
    }

    // A gradient that contradicts the values: the search gives up instead of going on for ever.
    void wrongGradientEnds() {
        const BoundedLbfgs::Objective objective = [](std::span<const double> x, std::span<double> g) {
            g[0] = -1;
            return x[0];
        };
        BoundedLbfgs minimiser;
        minimiser.start(std::vector<double>{1.0}, {}, objective);
        QVERIFY(!minimiser.step(objective));
        QCOMPARE(minimiser.x()[0], 1.0);
    }

    void goesOnWithTheSameBits() {
        const Quadratic f(40, 1e3, 0.3, 5);
        const BoundedLbfgs::Objective objective = std::cref(f);
        BoundedLbfgs whole, first, second;
        whole.start(std::vector<double>(40, 1.0), {}, objective);
        first.start(std::vector<double>(40, 1.0), {}, objective);
        for (int i = 0; i < 30; ++i)
            whole.step(objective);
        for (int i = 0; i < 13; ++i)
            first.step(objective);
        std::vector<double> state;
        first.save(state);
        state.push_back(42); // something behind it
        const auto rest = second.restore(state);
        QVERIFY(rest.size() == 1 && rest[0] == 42);
        for (int i = 13; i < 30; ++i)
            second.step(objective);
        for (std::size_t i = 0; i < 40; ++i)
            QCOMPARE(second.x()[i], whole.x()[i]);
        state.resize(state.size() / 2);
        QVERIFY_THROWS_EXCEPTION(Error, second.restore(state));
        QVERIFY_THROWS_EXCEPTION(Error, second.restore({}));
    }
};

QTEST_APPLESS_MAIN(TestLbfgs)
#include "tst_lbfgs.moc"
