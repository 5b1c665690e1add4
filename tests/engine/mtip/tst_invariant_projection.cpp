#include "engine/core/error.h"
#include "engine/math/random.h"
#include "engine/mtip/invariant_projection.h"
#include "tests/engine/mtip/toy_particle.h"

#include <QtTest>

using namespace fxs;

namespace {

// Random intensity coefficients of even l that the space's group allows.
Array<double, 3> randomIntensity(const PhasingSpace& space, std::size_t shells, std::uint64_t seed) {
    Array<double, 3> lm({shells, space.intensity.coefficientCount(), 2});
    RandomStream random(seed, 0);
    for (std::size_t s = 0; s < shells; ++s)
        for (int l = 0; l <= space.intensity.maxOrder(); l += 2)
            for (int m = 0; m <= l; m += space.group.fold)
                for (std::size_t k = 0; k < 2; ++k) {
                    const double value = random.normal();
                    const bool allowed =
                        space.group.dihedral ? k == static_cast<std::size_t>(m % 2) : (m > 0 || k == 0);
                    lm(s, space.intensity.index(l, m), k) = allowed ? value : 0.0;
                }
    return lm;
}

// B_l(q, q') of coefficients.
double invariant(const SphericalTransform& t, View<const double, 3> lm, int l, std::size_t s, std::size_t u) {
    double sum = 0;
    for (int m = 0; m <= l; m += t.fold())
        for (std::size_t k = 0; k < 2; ++k)
            sum += (m == 0 ? 1.0 : 2.0) * lm(s, t.index(l, m), k) * lm(u, t.index(l, m), k);
    return sum;
}

void add(View<double, 3> a, View<const double, 3> b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        a.data()[i] += b.data()[i];
}

} // namespace

class TestInvariantProjection : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // M = U Σ Wᵀ has the polar factor O = U Wᵀ if and only if O has orthonormal rows and M Oᵀ is symmetric, positive.
    void polarFactorIsOne_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<double>("decay");
        QTest::newRow("one row") << 1 << 5 << 1.0;
        QTest::newRow("square") << 5 << 5 << 1.0;
        QTest::newRow("wide") << 9 << 57 << 1.0;
        QTest::newRow("singular values over 12 decades") << 7 << 29 << 0.01;
    }
    void polarFactorIsOne() {
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(double, decay);
        const auto n = static_cast<std::size_t>(rows), m = static_cast<std::size_t>(columns);
        Array<double, 2> matrix({n, m});
        RandomStream random(3, 0);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < m; ++j)
                matrix(i, j) = random.normal() * std::pow(decay, static_cast<double>(i));
        Array<double, 2> o = matrix.clone();
        std::vector<double> work(2 * n * n + n);
        polarFactor(n, m, o.data(), work.data());
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < n; ++k) {
                double overlap = 0, ik = 0, ki = 0;
                for (std::size_t j = 0; j < m; ++j) {
                    overlap += o(i, j) * o(k, j);
                    ik += matrix(i, j) * o(k, j);
                    ki += matrix(k, j) * o(i, j);
                }
                QVERIFY(std::abs(overlap - (i == k ? 1.0 : 0.0)) < 1e-12);
                QVERIFY(std::abs(ik - ki) < 1e-12 * std::sqrt(static_cast<double>(m)));
                if (i == k)
                    QVERIFY(ik > 0);
            }
    }

    void polarFactorOfDependentRows() {
        // Rows 0 and 1 alike: whatever the factor is, it must be finite, and the direction they share must come out.
        double matrix[6] = {1, 0, 0, 1, 0, 0}, work[10];
        polarFactor(2, 3, matrix, work);
        for (const double value : matrix)
            QVERIFY(std::isfinite(value));
        QVERIFY(std::abs(matrix[0] - std::sqrt(0.5)) < 1e-12 && std::abs(matrix[3] - std::sqrt(0.5)) < 1e-12);
    }

    // From random intensities to exactly the B_l of the data, in every group that the data have.
    void reachesTheInvariants_data() {
        QTest::addColumn<int>("fold");
        QTest::addColumn<bool>("dihedral");
        QTest::newRow("C1") << 1 << false;
        QTest::newRow("C3") << 3 << false;
        QTest::newRow("D3") << 3 << true;
    }
    void reachesTheInvariants() {
        QFETCH(int, fold);
        QFETCH(bool, dihedral);
        const Coefficients c = toy::coefficientsOf(toy::dihedralParticle(3));
        const ShellGrid grid(c.q, c.diameterAngstrom, c.maxOrder, 1.35);
        const PhasingSpace space(grid, {fold, dihedral});
        const InvariantTarget target(c, space, c.q.size(), 2, {});
        InvariantProjection projection(space);
        Array<double, 3> lm = randomIntensity(space, c.q.size(), 1), change(lm.shape());
        const double before = projection.difference(target, lm, change);
        add(lm, change);
        QVERIFY(before > 0.1);
        for (int l = 0; l <= c.maxOrder; l += 2) {
            const auto order = static_cast<std::size_t>(l);
            double largest = 0;
            for (std::size_t s = 0; s < c.q.size(); ++s)
                largest = std::max(largest, c.bl(order, s, s));
            for (std::size_t s = 0; s < c.q.size(); ++s)
                for (std::size_t u = 0; u < c.q.size(); ++u) {
                    // Columns below 1e-8 of the largest are dropped, in a metric that varies by about 30: δV < 3e-7
                    // √largest.
                    const double size = std::sqrt(c.bl(order, s, s) * c.bl(order, u, u));
                    QVERIFY(std::abs(invariant(space.intensity, lm, l, s, u) - c.bl(order, s, u)) <
                            1e-6 * std::sqrt(size * largest) + 1e-12 * largest);
                }
        }
        QVERIFY(projection.difference(target, lm, change) < 1e-24); // and it is a projection
        for (std::size_t s = 0; s < c.q.size(); ++s)
            QVERIFY(std::abs(lm(s, 0, 0) / c.i00[s] - 1) < 1e-12); // V_0 positive and fixed
    }

    // No other choice of O is nearer: random rotations of the projected intensities lie farther away.
    void projectsOntoTheNearest() {
        const Coefficients c = toy::coefficientsOf(toy::asymmetricParticle());
        const ShellGrid grid(c.q, c.diameterAngstrom, c.maxOrder, 1.35);
        const PhasingSpace space(grid, {});
        const InvariantTarget target(c, space, c.q.size(), 2, {});
        InvariantProjection projection(space);
        Array<double, 3> first = randomIntensity(space, c.q.size(), 1), second = randomIntensity(space, c.q.size(), 2);
        Array<double, 3> change(first.shape()), other(first.shape());
        const double nearest = projection.difference(target, first, change) * target.norm();
        projection.difference(target, second, other);
        add(second, other); // another point with the right B_l
        double distance = 0;
        for (std::size_t s = 0; s < c.q.size(); ++s)
            for (int l = 0; l <= c.maxOrder; l += 2)
                for (int m = 0; m <= l; ++m)
                    for (std::size_t k = 0; k < 2; ++k) {
                        const std::size_t i = space.intensity.index(l, m);
                        const double d = target.rootWeight()[s] * (second(s, i, k) - first(s, i, k));
                        distance += (m == 0 ? 1.0 : 2.0) * d * d;
                    }
        QVERIFY(nearest < distance);
    }

    void whatIsUnknownStaysFree() {
        Coefficients c = toy::coefficientsOf(toy::asymmetricParticle());
        c.rank[6] = 0; // an order without data
        c.i00[0] = 0;  // a beam stop
        const ShellGrid grid(c.q, c.diameterAngstrom, c.maxOrder, 1.35);
        const PhasingSpace space(grid, {});
        const InvariantTarget target(c, space, c.q.size(), 2, 4); // 4: the free order
        InvariantProjection projection(space);
        const Array<double, 3> lm = randomIntensity(space, c.q.size(), 1);
        Array<double, 3> change(lm.shape());
        projection.difference(target, lm, change);
        for (std::size_t s = 0; s < c.q.size(); ++s)
            for (int l = 0; l <= c.maxOrder; ++l) {
                const bool free = s == 0 || l == 4 || l == 6 || l % 2 == 1;
                double size = 0;
                for (int m = 0; m <= l; ++m)
                    for (std::size_t k = 0; k < 2; ++k)
                        size += std::abs(change(s, space.intensity.index(l, m), k));
                QCOMPARE(size == 0, free);
            }
        const std::vector<double> residuals = projection.residualPerOrder(target, lm);
        QCOMPARE(residuals.size(), target.orders().size());
        QVERIFY(target.orders()[2].l == 4 && target.orders()[2].held && residuals[2] > 0);
    }

    void badCoefficientsAreRefused_data() {
        QTest::addColumn<int>("fault");
        QTest::newRow("no factors") << 0;
        QTest::newRow("NaN in a factor") << 1;
        QTest::newRow("no I_00") << 2;
        QTest::newRow("I_00 not positive") << 3;
        QTest::newRow("I_00 infinite") << 4;
        QTest::newRow("ranks missing") << 5;
    }
    void badCoefficientsAreRefused() {
        QFETCH(int, fault);
        Coefficients c = toy::coefficientsOf(toy::asymmetricParticle());
        const ShellGrid grid(c.q, c.diameterAngstrom, c.maxOrder, 1.35);
        const PhasingSpace space(grid, {});
        switch (fault) {
        case 0:
            c.vl = Array<double, 3>();
            break;
        case 1:
            c.vl(4, 2, 1) = std::nan("");
            break;
        case 2:
            c.i00.clear();
            break;
        case 3:
            c.i00.assign(c.i00.size(), -1);
            break;
        case 4:
            c.i00[1] = HUGE_VAL;
            break;
        default:
            c.rank.resize(2);
            break;
        }
        QVERIFY_THROWS_EXCEPTION(Error, InvariantTarget(c, space, c.q.size(), 2, {}));
    }
};

QTEST_APPLESS_MAIN(TestInvariantProjection)
#include "tst_invariant_projection.moc"
