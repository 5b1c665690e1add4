#include "engine/core/error.h"
#include "engine/mtip/iterations.h"
#include "engine/mtip/point_group.h"
#include "engine/mtip/recipe.h"
#include "tests/engine/mtip/toy_particle.h"

#include <QtTest>

using namespace fxs;

namespace {

struct Setup {
    Coefficients c = toy::coefficientsOf(toy::asymmetricParticle());
    ShellGrid grid{c.q, c.diameterAngstrom, c.maxOrder, 1.35};
    PhasingSpace space{grid, {}};
    InvariantTarget target{c, space, c.q.size(), 2, {}};
    PhasingIteration iteration{space, HUGE_VAL};
};

} // namespace

class TestIterations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void randomStart() {
        Setup s;
        s.iteration.startRandom(7, 25, s.target);
        const Array<double, 3> first = s.iteration.estimate();
        s.iteration.startRandom(8, 25, s.target);
        const Array<double, 3> other = s.iteration.estimate();
        s.iteration.startRandom(7, 25, s.target);
        const Array<double, 3> again = s.iteration.estimate();
        bool differs = false;
        for (std::size_t i = 0; i < first.size(); ++i) {
            QCOMPARE(again.data()[i], first.data()[i]);
            differs = differs || other.data()[i] != first.data()[i];
        }
        QVERIFY(differs);
        MagnitudeStep magnitude(s.space);
        QVERIFY(std::abs(magnitude.scaleTo(s.target, first) - 1) < 1e-12);
        // Outside the ball there is nothing.
        for (std::size_t j = 0; j < s.grid.r().size(); ++j)
            if (s.grid.r()[j] > 25)
                QCOMPARE(first(j, 0, 0), 0.0);
    }

    // All three leave the truth's residual where it is; the truth of a finite grid is not exact (Hankel leakage), hence
    // "about".
    void startedFromTheTruthItStays_data() {
        QTest::addColumn<int>("method");
        QTest::newRow("raar") << static_cast<int>(PhasingMethod::raar);
        QTest::newRow("rrr") << static_cast<int>(PhasingMethod::rrr);
        QTest::newRow("er") << static_cast<int>(PhasingMethod::errorReduction);
    }
    void startedFromTheTruthItStays() {
        QFETCH(int, method);
        Setup s;
        const SphericalAmplitudes truth =
            toy::amplitudes(toy::asymmetricParticle(), s.grid.q(), s.grid.amplitudeOrder());
        Array<double, 3> rho = s.space.makeDensity();
        s.grid.toDensity(s.space.amplitude, truth.lm, rho);
        s.iteration.setBall(30);
        std::copy_n(rho.data(), rho.size(), s.iteration.density().data());
        for (int i = 0; i < 50; ++i)
            s.iteration.iterate(static_cast<PhasingMethod>(method), 0.7, s.target);
        const Array<double, 3> after = s.iteration.estimate();
        Array<double, 3> a = s.space.makeAmplitudes();
        s.grid.toAmplitudes(s.space.amplitude, after, a);
        double product = 0, first = 0, second = 0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            product += a.data()[i] * truth.lm.data()[i];
            first += a.data()[i] * a.data()[i];
            second += truth.lm.data()[i] * truth.lm.data()[i];
        }
        QVERIFY(product / std::sqrt(first * second) > 0.99);
    }

    void errorReductionDescends() {
        Setup s;
        s.iteration.startRandom(1, 30, s.target);
        const double first = s.iteration.iterate(PhasingMethod::errorReduction, 1, s.target);
        double last = first;
        for (int i = 0; i < 60; ++i)
            last = s.iteration.iterate(PhasingMethod::errorReduction, 1, s.target);
        QVERIFY(last < 0.3 * first);
    }

    void upperBoundHolds() {
        Setup s;
        PhasingIteration bounded(s.space, 1e-4);
        bounded.startRandom(1, 30, s.target);
        bounded.iterate(PhasingMethod::errorReduction, 1, s.target);
        const auto field = bounded.clampedField();
        for (std::size_t i = 0; i < field.size(); ++i)
            QVERIFY(field.data()[i] >= 0 && field.data()[i] <= 1e-4);
    }

    // A Gaussian of width s blurred by σ exceeds 0.2 of its maximum within √(2 ln 5 (s² + σ²)). The blur uses q up to
    // q_max only, beyond which exp(−q²(s² + σ²)/2) is 1e-5, so that the radius is right to a shell.
    void shrinkWrapOfAGaussian() {
        Setup s;
        const double width = 7, blur = 9;
        s.iteration.setBall(40);
        for (std::size_t j = 0; j < s.grid.r().size(); ++j)
            s.iteration.density()(j, 0, 0) = std::exp(-std::pow(s.grid.r()[j] / width, 2) / 2);
        s.iteration.shrinkWrap(blur, 0.2);
        const double radius = std::sqrt(2 * std::log(5.0) * (width * width + blur * blur));
        const auto support = std::as_const(s.iteration).support();
        for (std::size_t k = 0; k < support.extent(0); k += 5)
            for (std::size_t j = 0; j < support.extent(1); ++j)
                for (std::size_t t = 0; t < support.extent(2); t += 5)
                    if (std::abs(s.grid.r()[j] - radius) > s.grid.dr())
                        QCOMPARE(support(k, j, t), s.grid.r()[j] < radius ? 1.0 : 0.0);
    }

    void pointGroups_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("fold");
        QTest::addColumn<bool>("dihedral");
        QTest::newRow("C1") << "C1" << 1 << false;
        QTest::newRow("C7") << "C7" << 7 << false;
        QTest::newRow("d7") << "d7" << 7 << true;
        QTest::newRow("D12") << "D12" << 12 << true;
        for (const char* bad : {"", "7", "C", "C0", "C-1", "D1", "C99", "D7x", "E3", "I", "O", "T", "auto"})
            QTest::newRow(qPrintable(QString("bad '%1'").arg(bad))) << bad << 0 << false;
    }
    void pointGroups() {
        QFETCH(QString, text);
        QFETCH(int, fold);
        QFETCH(bool, dihedral);
        if (fold == 0) {
            QVERIFY_THROWS_EXCEPTION(Error, PointGroup::parse(text.toStdString()));
            return;
        }
        const PointGroup group = PointGroup::parse(text.toStdString());
        QCOMPARE(group.fold, fold);
        QCOMPARE(group.dihedral, dihedral);
        QCOMPARE(QString::fromStdString(group.name()), text.toUpper());
    }

    void dimensions() {
        QCOMPARE((PointGroup{1, false}.dimension(8)), 17);
        QCOMPARE((PointGroup{7, false}.dimension(8)), 3);
        for (int l = 0; l <= 40; l += 2)
            QCOMPARE((PointGroup{7, true}.dimension(l)), l / 7 + 1); // science.md
        QCOMPARE((PointGroup{7, true}.dimension(7)), 1);
    }

    void recipes() {
        const PhasingRecipe basic = basicRecipe();
        QCOMPARE(basic.iterationCount(), 12 * 70 + 60);
        QCOMPARE(polished(basic).iterationCount(), 12 * 70 + 60 + 300);
        QCOMPARE(withSymmetry(basic).iterationCount(), 12 * 70 + 60 + 2 * (8 * 80 + 200));
        QCOMPARE(asymmetricRecipe().iterationCount(), 12 * 80 + 300);
        QCOMPARE(asymmetricRecipe().weightPower, 1.0);
        double cut = 0;
        for (const PhasingStep& step : basic.steps) { // resolution only grows, and reaches 1
            QVERIFY(step.cut >= cut && step.cut <= 1);
            cut = step.cut;
        }
        QCOMPARE(cut, 1.0);
        QVERIFY(std::abs(blurScaleFor(0.3) - 0.5) < 1e-12);
    }
};

QTEST_APPLESS_MAIN(TestIterations)
#include "tst_iterations.moc"
