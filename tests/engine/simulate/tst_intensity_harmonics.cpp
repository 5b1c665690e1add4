#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/math/legendre.h"
#include "engine/math/rotation.h"
#include "engine/math/spherical_bessel.h"
#include "engine/simulate/intensity_harmonics.h"
#include "tests/engine/simulate/scattering_models.h"

#include <QtTest>

#include <tbb/global_control.h>

using namespace fxs;

namespace {

double evaluate(const IntensityHarmonics& h, std::size_t shell, const test::Vector& n) {
    std::vector<double> p(lmCount(h.maxOrder));
    normalisedLegendre(h.maxOrder, n[2], p);
    const double phi = std::atan2(n[1], n[0]);
    double sum = 0;
    for (int l = 0; l <= h.maxOrder; l += 2) {
        const std::size_t row = IntensityHarmonics::offset(l);
        sum += h.packed(row, shell) * p[lmIndex(l, 0)];
        for (int m = 1; m <= l; ++m)
            sum += std::numbers::sqrt2 * p[lmIndex(l, m)] *
                   (h.packed(row + 2 * static_cast<std::size_t>(m) - 1, shell) * std::cos(m * phi) -
                    h.packed(row + 2 * static_cast<std::size_t>(m), shell) * std::sin(m * phi));
    }
    return sum;
}

} // namespace

class TestIntensityHarmonics : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_limit = std::make_unique<ThreadLimit>(); }

    void agreesWithDirectSums_data() {
        QTest::addColumn<double>("solvent");
        QTest::newRow("vacuum") << 0.0;
        QTest::newRow("water") << 0.334;
    }
    void agreesWithDirectSums() {
        QFETCH(double, solvent);
        const auto structure = test::molecule(60, 30);
        const auto scatterers = scatterersOf(structure, solvent);
        const std::vector<double> q{0.0, 0.02, 0.1, 0.3, 0.31, 0.5, 0.52, 0.6, 0.65, 0.7};
        const auto h = intensityHarmonics(scatterers, structure.diameterAngstrom, q, {});
        QVERIFY(h.maxOrder % 2 == 0);
        QVERIFY2(h.truncation <= 1e-8, qPrintable(QString::number(h.truncation)));
        QVERIFY(std::is_sorted(h.shellOrder.begin(), h.shellOrder.end()));
        QCOMPARE(h.shellOrder.back(), h.maxOrder);
        // Orders cut below 1e-8 of a shell's norm; at single points they may add up to (l_max + 1) times that.
        for (std::size_t s = 0; s < q.size(); ++s)
            for (std::uint64_t i = 0; i < 30; ++i) {
                const auto n = randomRotation(1, i).apply({0, 0, 1});
                QVERIFY(std::abs(evaluate(h, s, n) - test::intensity(scatterers, q[s], n)) < 4e-7 * h.mean(s));
            }
    }

    void meanIsDebyes() {
        const auto structure = test::molecule(80, 40);
        const auto scatterers = scatterersOf(structure);
        const std::vector<double> q{0.01, 0.1, 0.2, 0.4};
        const auto h = intensityHarmonics(scatterers, structure.diameterAngstrom, q, {});
        for (std::size_t s = 0; s < q.size(); ++s) {
            const double expected = test::debye(scatterers, q[s]);
            QVERIFY(std::abs(h.mean(s) - expected) < 1e-9 * expected);
        }
    }

    void singleAtomIsIsotropic() {
        const auto structure = makeStructure("atom", {{{3, -2, 7}, 26, 1, 15}});
        const std::vector<double> q{0.1, 1.0, 3.0};
        const auto h = intensityHarmonics(scatterersOf(structure), structure.diameterAngstrom, q, {});
        QCOMPARE(h.maxOrder, 0);
        for (std::size_t s = 0; s < q.size(); ++s)
            QVERIFY(std::abs(h.mean(s) / std::pow(formFactor(26, q, 15)[s], 2) - 1) < 1e-12);
    }

    void twoAtomsHaveKnownHarmonics() {
        // Two unit points at ± (d/2) z: I = 2 + 2 cos(q d n_z), I_l0 = 4π (2 δ_l0 + 2 (-1)^{l/2} j_l(qd)) Y_l0(z).
        Scatterers pair{{test::pointKind()}, {{{0, 0, 10}, 1, 0, 0}, {{0, 0, -10}, 1, 0, 0}}};
        const std::vector<double> q{0.2, 0.5};
        const auto h = intensityHarmonics(pair, 20, q, {});
        for (std::size_t s = 0; s < q.size(); ++s) {
            std::vector<double> j(static_cast<std::size_t>(h.maxOrder) + 1);
            sphericalBessel(h.maxOrder, 20 * q[s], j);
            for (int l = 0; l <= h.maxOrder; l += 2) {
                const double y = std::sqrt((2 * l + 1) / (4 * std::numbers::pi));
                const double expected =
                    4 * std::numbers::pi * y * ((l == 0 ? 2 : 0) + (l % 4 ? -2 : 2) * j[static_cast<std::size_t>(l)]);
                // Orders cut below 1e-8 of a norm of about 10.
                QVERIFY(std::abs(h.packed(IntensityHarmonics::offset(l), s) - expected) < 1e-7);
                for (int k = 1; k <= 2 * l; ++k)
                    QVERIFY(std::abs(h.packed(IntensityHarmonics::offset(l) + static_cast<std::size_t>(k), s)) < 1e-9);
            }
        }
    }

    void bandLimitKeepsTheNorm() {
        for (double x : {0.0, 0.1, 5.0, 40.0, 200.0})
            for (double tolerance : {1e-2, 1e-6}) {
                const int limit = bandLimit(x, tolerance);
                std::vector<double> j(static_cast<std::size_t>(limit) + 200);
                sphericalBessel(limit + 199, x, j);
                double beyond = 0;
                for (std::size_t l = static_cast<std::size_t>(limit) + 1; l < j.size(); ++l)
                    beyond += (2 * static_cast<double>(l) + 1) * j[l] * j[l];
                QVERIFY(beyond < tolerance * tolerance);
                if (limit > 0)
                    QVERIFY(beyond + (2 * limit + 1) * std::pow(j[static_cast<std::size_t>(limit)], 2) >=
                            tolerance * tolerance);
            }
    }

    void threadsDoNotMatter() {
        const auto structure = test::molecule(700, 40);
        const auto scatterers = scatterersOf(structure);
        std::vector<double> q;
        for (int i = 0; i < 30; ++i)
            q.push_back(0.01 * (i + 1));
        const auto many = intensityHarmonics(scatterers, structure.diameterAngstrom, q, {});
        const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
        const auto alone = intensityHarmonics(scatterers, structure.diameterAngstrom, q, {});
        QCOMPARE(many.packed.size(), alone.packed.size());
        QVERIFY(std::equal(many.packed.span().begin(), many.packed.span().end(), alone.packed.span().begin()));
    }

    void nothingToScatterIsAnError() {
        const std::vector<double> q{0.1};
        QVERIFY_EXCEPTION_THROWN((void)intensityHarmonics({}, 10, q, {}), Error);
    }

    void stops() {
        std::stop_source stop;
        stop.request_stop();
        TaskContext task;
        task.stop = stop.get_token();
        const auto structure = test::molecule(100, 30);
        const std::vector<double> q{0.1, 0.2};
        for (int twice = 0; twice < 2; ++twice)
            QVERIFY_EXCEPTION_THROWN((void)intensityHarmonics(scatterersOf(structure), 30, q, task), Stopped);
    }

private:
    std::unique_ptr<ThreadLimit> m_limit;
};

QTEST_APPLESS_MAIN(TestIntensityHarmonics)
#include "tst_intensity_harmonics.moc"
