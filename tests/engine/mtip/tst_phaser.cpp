#include "engine/core/error.h"
#include "engine/density/alignment.h"
#include "engine/density/fsc.h"
#include "engine/mtip/phaser.h"
#include "tests/engine/mtip/toy_particle.h"

#include <QtTest>

#include <memory>

using namespace fxs;

namespace {

std::shared_ptr<const PhasingProblem> problemOf(const Coefficients& c, PhasingRecipe recipe, PointGroup group = {}) {
    PhaserSettings settings;
    settings.recipe = std::move(recipe);
    settings.symmetry = group;
    return std::make_shared<const PhasingProblem>(c, settings);
}

// Short recipes that go through every method.
PhasingRecipe shortRecipe() {
    PhasingRecipe recipe;
    recipe.name = "short";
    recipe.steps = {{.method = PhasingMethod::raar, .iterations = 10, .cut = 0.7},
                    {.method = PhasingMethod::lbfgs, .iterations = 10, .cut = 0.7},
                    {.method = PhasingMethod::shrinkWrap, .cut = 0.7, .blurAngstrom = 10},
                    {.method = PhasingMethod::rrr, .iterations = 10, .beta = 0.5},
                    {.method = PhasingMethod::errorReduction, .iterations = 5},
                    {.method = PhasingMethod::symmetrise},
                    {.method = PhasingMethod::raar, .iterations = 5, .cut = 0.7},
                    {.method = PhasingMethod::lbfgs, .iterations = 10}};
    return recipe;
}

double meanFsc(const std::vector<toy::Blob>& blobs, const PhasingProblem& problem, const SphericalDensity& density) {
    const SphericalAmplitudes truth = toy::amplitudes(blobs, problem.q(), problem.amplitudeOrder());
    const SphericalAmplitudes found = sphericalAmplitudes(density, problem.q());
    return shellCorrelation(truth, transformed(found, align(truth, found, {}))).mean;
}

void compareBits(const SphericalDensity& a, const SphericalDensity& b) {
    QCOMPARE(a.lm.size(), b.lm.size());
    for (std::size_t i = 0; i < a.lm.size(); ++i)
        if (a.lm.data()[i] != b.lm.data()[i])
            QFAIL(qPrintable(QString("coefficient %1 differs").arg(i)));
}

} // namespace

class TestPhaser : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Eight blobs in general positions. A random density reaches a mean FSC of up to 0.66 after alignment.
    void findsAnAsymmetricParticle() {
        const auto blobs = toy::asymmetricParticle();
        const auto problem =
            problemOf(toy::coefficientsOf(blobs), polished(basicRecipe(0.6, blurScaleFor(toy::kQMax))));
        double best = 1, fsc = 0, random = 0;
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            Phaser phaser(problem, seed);
            random = std::max(random, meanFsc(blobs, *problem, phaser.currentDensity()));
            const PhaserResult result = phaser.run({});
            QVERIFY(result.quality.residual < 1e-3);
            if (result.quality.residual < best) {
                best = result.quality.residual;
                fsc = meanFsc(blobs, *problem, result.density);
            }
        }
        QVERIFY2(random < 0.7, qPrintable(QString::number(random)));
        QVERIFY2(fsc > 0.85, qPrintable(QString::number(fsc)));
    }

    void findsADihedralParticle() {
        const auto blobs = toy::dihedralParticle(3);
        const double blurScale = blurScaleFor(toy::kQMax);
        const auto problem = problemOf(toy::coefficientsOf(blobs),
                                       withSymmetry(basicRecipe(0.6, blurScale), 0.5, 0.35, blurScale), {3, true});
        const PhaserResult result = Phaser(problem, 1).run({});
        QCOMPARE(result.symmetry.name(), std::string("D3"));
        QVERIFY(result.residualBeforeSymmetry > 0);
        const double fsc = meanFsc(blobs, *problem, result.density);
        QVERIFY2(fsc > 0.95, qPrintable(QString::number(fsc)));
    }

    void sameSeedSameBits() {
        const auto problem = problemOf(toy::coefficientsOf(toy::dihedralParticle(3)), shortRecipe(), {3, true});
        const PhaserResult first = Phaser(problem, 5).run({}), again = Phaser(problem, 5).run({}),
                           other = Phaser(problem, 6).run({});
        compareBits(first.density, again.density);
        QCOMPARE(first.convergence, again.convergence);
        QVERIFY(first.density.lm(2, 0, 0) != other.density.lm(2, 0, 0));
    }

    // Stopped at every iteration in turn and taken elsewhere: the same bits as without a stop.
    void resumesWithTheSameBits() {
        const auto problem = problemOf(toy::coefficientsOf(toy::dihedralParticle(3)), shortRecipe(), {3, true});
        const PhaserResult whole = Phaser(problem, 5).run({});
        for (const int stopAt : {1, 10, 14, 20, 25, 35, 37, 45}) {
            std::stop_source stop;
            TaskContext task;
            task.stop = stop.get_token();
            Phaser first(problem, 5);
            bool stopped = false;
            try {
                first.run(task, [&](const Phaser& p) {
                    if (p.iteration() >= stopAt)
                        stop.request_stop();
                });
            } catch (const Stopped&) {
                stopped = true;
            }
            QVERIFY(stopped || stopAt >= problem->settings().recipe.iterationCount());
            Phaser second(problem, 99);
            second.restore(first.save());
            QCOMPARE(second.seed(), std::uint64_t(5));
            QCOMPARE(second.iteration(), first.iteration());
            const PhaserResult rest = second.run({});
            compareBits(rest.density, whole.density);
            QCOMPARE(rest.convergence, whole.convergence);
        }
    }

    void stopBeforeTheFirstIterationAndTwice() {
        const auto problem = problemOf(toy::coefficientsOf(toy::asymmetricParticle()), shortRecipe());
        std::stop_source stop;
        stop.request_stop();
        TaskContext task;
        task.stop = stop.get_token();
        Phaser phaser(problem, 1);
        QVERIFY_THROWS_EXCEPTION(Stopped, phaser.run(task));
        QVERIFY_THROWS_EXCEPTION(Stopped, phaser.run(task));
        QCOMPARE(phaser.iteration(), 0);
        compareBits(phaser.run({}).density, Phaser(problem, 1).run({}).density);
    }

    void finishNowGivesWhatThereIs() {
        const auto problem = problemOf(toy::coefficientsOf(toy::asymmetricParticle()), shortRecipe());
        for (const int finishAt : {0, 15, 27}) { // before anything, inside L-BFGS, inside RRR
            std::stop_source finish;
            TaskContext task;
            task.finish = finish.get_token();
            if (finishAt == 0)
                finish.request_stop();
            Phaser phaser(problem, 1);
            const PhaserResult result = phaser.run(task, [&](const Phaser& p) {
                if (p.iteration() >= finishAt)
                    finish.request_stop();
            });
            QVERIFY(result.finishedEarly);
            QCOMPARE(result.iterations, finishAt);
            QVERIFY(result.quality.residual > 0 && std::isfinite(result.quality.residual));
        }
    }

    // What an observer sees: every iteration once, q_cut growing, a density at any time that does not disturb the run.
    void observersSeeAndDoNotDisturb() {
        const auto problem = problemOf(toy::coefficientsOf(toy::dihedralParticle(3)), shortRecipe(), {3, true});
        Phaser phaser(problem, 2);
        QCOMPARE(phaser.iterationCount(), 50);
        int seen = 0;
        const PhaserResult watched = phaser.run({}, [&](const Phaser& p) {
            ++seen;
            QCOMPARE(p.convergence().size(), static_cast<std::size_t>(seen));
            QVERIFY(p.qCut() > 0 && p.qCut() <= toy::kQMax * 1.0001);
            QVERIFY(p.residual() >= 0);
            QCOMPARE(p.currentDensity().maxOrder, problem->amplitudeOrder());
        });
        QCOMPARE(phaser.iteration(), 50);
        compareBits(watched.density, Phaser(problem, 2).run({}).density);
    }

    void polishingLowersTheResidual() {
        const Coefficients c = toy::coefficientsOf(toy::asymmetricParticle());
        PhasingRecipe plain = shortRecipe();
        plain.steps.resize(5); // without the symmetric part
        const double before = Phaser(problemOf(c, plain), 3).run({}).quality.residual;
        const double after = Phaser(problemOf(c, polished(plain, 100)), 3).run({}).quality.residual;
        QVERIFY2(after < 0.1 * before, qPrintable(QString("%1 against %2").arg(after).arg(before)));
    }

    // The held-out order is not fitted; a right density predicts it all the same. The coefficients are made from the
    // density as it is on the shells, so that it explains them but for what the angular grid of the fixture and of the
    // problem round off.
    void freeOrderIsPredictedByTheTruth() {
        const auto problem = problemOf(toy::coefficientsOf(toy::dihedralParticle(3)), shortRecipe());
        SphericalDensity density = sphericalDensity(
            toy::amplitudes(toy::dihedralParticle(3), problem->q(), problem->amplitudeOrder()), problem->r());
        const Coefficients exact =
            toy::coefficients(sphericalAmplitudes(density, problem->q()), toy::kDiameter, problem->intensityOrder());
        PhaserSettings settings;
        settings.recipe = shortRecipe();
        settings.freeOrder = 6;
        const PhasingProblem held(exact, settings);
        const PhasingQuality right = assess(held, density);
        for (std::size_t j = 0; j < density.r.size(); ++j)
            for (std::size_t k = 0; k < 2; ++k)
                density.lm(j, lmIndex(3, 3), k) *= -1; // a wrong density
        const PhasingQuality wrong = assess(held, density);
        QVERIFY(right.freeResidual > 0 && right.freeResidual < 1e-10 && right.residual < 1e-10);
        QVERIFY(wrong.freeResidual > 1e-3);
        QCOMPARE(right.residualPerOrder.size(), static_cast<std::size_t>(held.intensityOrder()) + 1);
        QCOMPARE(right.residualPerOrder[3], 0.0);
        QCOMPARE(right.residualPerOrder[6], right.freeResidual);
    }

    // The first shell behind a beam stop: cut away, or present without I_00, the same problem; and the density fills it in.
    void missingShellsStayFree() {
        const auto blobs = toy::dihedralParticle(3);
        const Coefficients whole = toy::coefficientsOf(blobs);
        Coefficients cut = toy::coefficientsOf(blobs), zero = toy::coefficientsOf(blobs);
        zero.i00[0] = 0;
        cut.q.erase(cut.q.begin());
        cut.i00.erase(cut.i00.begin());
        const std::size_t orders = cut.vl.extent(0), shells = cut.q.size(), columns = cut.vl.extent(2);
        cut.vl = Array<double, 3>({orders, shells, columns});
        for (std::size_t l = 0; l < orders; ++l)
            for (std::size_t i = 0; i < shells; ++i)
                for (std::size_t k = 0; k < columns; ++k)
                    cut.vl(l, i, k) = whole.vl(l, i + 1, k);
        const double blurScale = blurScaleFor(toy::kQMax);
        const PhasingRecipe recipe = withSymmetry(basicRecipe(0.6, blurScale), 0.5, 0.35, blurScale);
        const auto problem = problemOf(cut, recipe, {3, true});
        QCOMPARE(problem->q().size(), whole.q.size());
        for (std::size_t i = 0; i < whole.q.size(); ++i)
            QVERIFY(std::abs(problem->q()[i] - whole.q[i]) < 1e-12);
        const PhaserResult result = Phaser(problem, 1).run({});
        compareBits(result.density, Phaser(problemOf(zero, recipe, {3, true}), 1).run({}).density);
        const double fsc = meanFsc(blobs, *problem, result.density); // over all shells, the missing one included
        QVERIFY2(fsc > 0.9, qPrintable(QString::number(fsc)));
        cut.q[0] *= 1.2; // no shell of any such grid
        QVERIFY_THROWS_EXCEPTION(Error, PhasingProblem(cut, {}));
    }

    void refinesAGivenDensity() {
        const auto blobs = toy::asymmetricParticle();
        const auto problem = problemOf(toy::coefficientsOf(blobs), refinementRecipe(1, blurScaleFor(toy::kQMax)));
        SphericalDensity start =
            sphericalDensity(toy::amplitudes(blobs, problem->q(), problem->amplitudeOrder()), problem->r());
        for (double& value : start.lm.span())
            value *= 100; // of another scale
        const PhaserResult result = Phaser(problem, 1, start).run({});
        QVERIFY(meanFsc(blobs, *problem, result.density) > 0.95);
        start.r.pop_back();
        QVERIFY_THROWS_EXCEPTION(Error, Phaser(problem, 1, start));
    }

    void badSettingsAreAllNamed() {
        PhaserSettings settings;
        settings.recipe.steps[0].iterations = 0;
        settings.recipe.steps[1].cut = 1.5;
        settings.recipe.steps[0].beta = 3;
        settings.freeOrder = 7;
        settings.maxDensity = -1;
        settings.boxRadii = 0.5;
        settings.intensityOrder = -2;
        settings.symmetry = {0, false};
        QCOMPARE(settings.validate().size(), std::size_t(8));
        QVERIFY(PhaserSettings().validate().empty());
        settings.recipe.steps.clear();
        QVERIFY_THROWS_EXCEPTION(Error, PhasingProblem(toy::coefficientsOf(toy::asymmetricParticle()), settings));
    }

    void badInputIsRefused() {
        const Coefficients good = toy::coefficientsOf(toy::asymmetricParticle());
        Coefficients coarse = toy::coefficientsOf(toy::asymmetricParticle());
        coarse.diameterAngstrom = 3 * toy::kDiameter; // Δq > π/D
        QVERIFY_THROWS_EXCEPTION(Error, PhasingProblem(coarse, {}));
        QVERIFY_THROWS_EXCEPTION(Error, PhasingProblem(Coefficients{}, {}));
        PhaserSettings settings;
        settings.freeOrder = 60; // beyond what there is
        QVERIFY_THROWS_EXCEPTION(Error, PhasingProblem(good, settings));
        Phaser phaser(problemOf(good, shortRecipe()), 1);
        QVERIFY_THROWS_EXCEPTION(Error, phaser.restore({}));
        std::vector<double> state = phaser.save();
        state.resize(state.size() / 2);
        QVERIFY_THROWS_EXCEPTION(Error, phaser.restore(state));
    }
};

QTEST_GUILESS_MAIN(TestPhaser)
#include "tst_phaser.moc"
