#include "engine/core/error.h"
#include "engine/math/legendre.h"
#include "engine/math/random.h"
#include "engine/math/spherical_transform.h"

#include <QtTest>

#include <cmath>
#include <complex>
#include <numbers>

using namespace fxs;

namespace {

// Random coefficients of real fields, of order 1; Im f_l0 = 0. parity: -1 all, 0 even l only, 1 odd l only.
Array<double, 3> randomCoefficients(const SphericalTransform& t, std::size_t shells, std::uint64_t seed,
                                    int parity = -1) {
    Array<double, 3> lm({shells, t.coefficientCount(), 2});
    RandomStream random(seed, 0);
    for (std::size_t s = 0; s < shells; ++s)
        for (int l = 0; l <= t.maxOrder(); ++l)
            for (int m = 0; m <= l; m += t.fold())
                for (std::size_t part = 0; part < 2; ++part) {
                    const double value = random.normal();
                    if ((part == 0 || m > 0) && (parity < 0 || l % 2 == parity))
                        lm(s, t.index(l, m), part) = value;
                }
    return lm;
}

Array<double, 3> randomField(const SphericalTransform& t, std::size_t shells, std::uint64_t seed) {
    Array<double, 3> field({t.phiCount(), shells, t.thetaCount()});
    RandomStream random(seed, 1);
    for (double& value : field.span())
        value = random.normal();
    return field;
}

// Slow sum of f_lm Y_lm at one point.
double directSum(const SphericalTransform& t, View<const double, 3> lm, std::size_t shell, double cosTheta,
                 double phi) {
    std::vector<double> p(lmCount(t.maxOrder()));
    normalisedLegendre(t.maxOrder(), cosTheta, p);
    double sum = 0;
    for (int l = 0; l <= t.maxOrder(); ++l)
        for (int m = 0; m <= l; m += t.fold()) {
            const std::complex<double> f(lm(shell, t.index(l, m), std::size_t(0)),
                                         lm(shell, t.index(l, m), std::size_t(1)));
            sum += (m == 0 ? 1.0 : 2.0) * (f * std::polar(p[lmIndex(l, m)], m * phi)).real();
        }
    return sum;
}

// Inner product of packed real coefficients.
double packedDot(const SphericalTransform& t, View<const double, 3> a, View<const double, 3> b) {
    double sum = 0;
    for (std::size_t s = 0; s < a.extent(0); ++s)
        for (int l = 0; l <= t.maxOrder(); ++l)
            for (int m = 0; m <= l; m += t.fold())
                for (std::size_t part = 0; part < 2; ++part)
                    sum += (m == 0 ? 1.0 : 2.0) * a(s, t.index(l, m), part) * b(s, t.index(l, m), part);
    return sum;
}

double largestDifference(std::span<const double> a, std::span<const double> b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

} // namespace

class TestSphericalTransform : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void shapes_data() {
        QTest::addColumn<int>("lMax");
        QTest::addColumn<int>("thetas");
        QTest::addColumn<int>("phis");
        QTest::addColumn<int>("fold");
        QTest::addColumn<int>("shells");
        QTest::newRow("one shell, fewer rows than a block") << 2 << 4 << 8 << 1 << 1;
        QTest::newRow("order 0") << 0 << 2 << 4 << 1 << 3;
        QTest::newRow("odd number of quarter points") << 5 << 8 << 12 << 1 << 4;
        QTest::newRow("GroEL at 42 angstrom") << 18 << 34 << 72 << 1 << 15;
        QTest::newRow("seven-fold") << 18 << 34 << 12 << 7 << 15;
        QTest::newRow("two-fold") << 9 << 12 << 12 << 2 << 2;
        QTest::newRow("fold above the order: only m = 0") << 4 << 6 << 4 << 5 << 2;
    }

    // Against the sum over Y_lm, point by point. 1e-12: about 2 * coefficients (400) terms of order 1 at 1e-16 each,
    // times 10.
    void synthesisIsTheSum_data() { shapes_data(); }
    void synthesisIsTheSum() {
        QFETCH(int, lMax);
        QFETCH(int, thetas);
        QFETCH(int, phis);
        QFETCH(int, fold);
        QFETCH(int, shells);
        const SphericalTransform t(lMax, thetas, phis, fold);
        const auto n = static_cast<std::size_t>(shells);
        SphericalTransform::Scratch scratch(t, n);
        const Array<double, 3> lm = randomCoefficients(t, n, 7);
        Array<double, 3> field({t.phiCount(), n, t.thetaCount()});
        t.synthesise(lm, field, scratch);
        for (std::size_t k = 0; k < t.phiCount(); ++k)
            for (std::size_t theta = 0; theta < t.thetaCount(); theta += 3)
                for (std::size_t s = 0; s < n; s += 2)
                    QVERIFY(std::abs(field(k, s, theta) - directSum(t, lm, s, t.cosTheta()[theta], t.phi(k))) < 1e-12);
    }

    void analysisInvertsSynthesis_data() { shapes_data(); }
    void analysisInvertsSynthesis() {
        QFETCH(int, lMax);
        QFETCH(int, thetas);
        QFETCH(int, phis);
        QFETCH(int, fold);
        QFETCH(int, shells);
        const SphericalTransform t(lMax, thetas, phis, fold);
        const auto n = static_cast<std::size_t>(shells);
        SphericalTransform::Scratch scratch(t, n);
        const Array<double, 3> lm = randomCoefficients(t, n, 11);
        Array<double, 3> field({t.phiCount(), n, t.thetaCount()}), back(lm.shape());
        t.synthesise(lm, field, scratch);
        t.analyse(field, back, scratch);
        QVERIFY(largestDifference(lm.span(), back.span()) < 1e-12);
    }

    // <S x, y> over the grid = <x, adjoint y> over packed coefficients, for fields that are no synthesis of anything.
    void adjointIsTheTranspose_data() { shapes_data(); }
    void adjointIsTheTranspose() {
        QFETCH(int, lMax);
        QFETCH(int, thetas);
        QFETCH(int, phis);
        QFETCH(int, fold);
        QFETCH(int, shells);
        const SphericalTransform t(lMax, thetas, phis, fold);
        const auto n = static_cast<std::size_t>(shells);
        SphericalTransform::Scratch scratch(t, n);
        const Array<double, 3> x = randomCoefficients(t, n, 13), y = randomField(t, n, 17);
        Array<double, 3> sx(y.shape()), aty(x.shape());
        t.synthesise(x, sx, scratch);
        t.adjoint(y, aty, scratch);
        double left = 0;
        for (std::size_t i = 0; i < y.size(); ++i)
            left += sx.span()[i] * y.span()[i];
        const double right = packedDot(t, x, aty);
        // Terms are of order 1 to 10 and their sum cancels: compare against the size of a random walk of so many.
        QVERIFY(std::abs(left - right) < 1e-11 * std::sqrt(static_cast<double>(y.size())));
    }

    void northernHalfOfEachParity_data() { shapes_data(); }
    void northernHalfOfEachParity() {
        QFETCH(int, lMax);
        QFETCH(int, thetas);
        QFETCH(int, phis);
        QFETCH(int, fold);
        QFETCH(int, shells);
        const SphericalTransform t(lMax, thetas, phis, fold);
        const auto n = static_cast<std::size_t>(shells);
        SphericalTransform::Scratch scratch(t, n);
        for (int parity = 0; parity < 2; ++parity) {
            const OrderParity which = parity ? OrderParity::odd : OrderParity::even;
            const Array<double, 3> all = randomCoefficients(t, n, 19), part = randomCoefficients(t, n, 19, parity);
            Array<double, 3> full({t.phiCount(), n, t.thetaCount()}), north({t.phiCount(), n, t.thetaCount() / 2});
            t.synthesise(part, full, scratch);
            t.synthesiseNorth(which, all, north, scratch); // must take only its own orders
            for (std::size_t k = 0; k < t.phiCount(); ++k)
                for (std::size_t s = 0; s < n; ++s)
                    for (std::size_t theta = 0; theta < t.thetaCount() / 2; ++theta)
                        QVERIFY(std::abs(full(k, s, theta) - north(k, s, theta)) < 1e-12);
            Array<double, 3> back(all.shape());
            t.analyseNorth(which, north, back, scratch);
            QVERIFY(largestDifference(part.span(), back.span()) < 1e-12);
        }
    }

    // A field with seven-fold symmetry: the folded transform gives the same coefficients and the same field.
    void foldedEqualsFull() {
        const SphericalTransform full(18, 34, 84, 1), folded(18, 34, 12, 7);
        SphericalTransform::Scratch fullScratch(full, 3), foldedScratch(folded, 3);
        const Array<double, 3> lm = randomCoefficients(folded, 3, 23);
        Array<double, 3> expanded({3, full.coefficientCount(), 2});
        for (std::size_t s = 0; s < 3; ++s)
            for (int l = 0; l <= 18; ++l)
                for (int m = 0; m <= l; m += 7)
                    for (std::size_t part = 0; part < 2; ++part)
                        expanded(s, full.index(l, m), part) = lm(s, folded.index(l, m), part);
        Array<double, 3> a({84, 3, 34}), b({12, 3, 34});
        full.synthesise(expanded, a, fullScratch);
        folded.synthesise(lm, b, foldedScratch);
        // 84 = 7 * 12 azimuths: both grids have their points at (k + 1/2) 2π/84.
        for (std::size_t k = 0; k < 84; ++k)
            for (std::size_t s = 0; s < 3; ++s)
                for (std::size_t theta = 0; theta < 34; ++theta)
                    QVERIFY(std::abs(a(k, s, theta) - b(k % 12, s, theta)) < 1e-12);
    }

    // Parseval: ∫ f² = Σ packed².
    void keepsTheNorm() {
        const SphericalTransform t(9, 20, 40);
        SphericalTransform::Scratch scratch(t, 1);
        const Array<double, 3> lm = randomCoefficients(t, 1, 29);
        Array<double, 3> field({t.phiCount(), 1, t.thetaCount()});
        t.synthesise(lm, field, scratch);
        double integral = 0, solidAngle = 0;
        for (std::size_t k = 0; k < t.phiCount(); ++k)
            for (std::size_t theta = 0; theta < t.thetaCount(); ++theta) {
                integral += t.pointWeights()[theta] * field(k, 0, theta) * field(k, 0, theta);
                solidAngle += t.pointWeights()[theta];
            }
        QVERIFY(std::abs(solidAngle - 4 * std::numbers::pi) < 1e-12);
        QVERIFY(std::abs(integral / packedDot(t, lm, lm) - 1) < 1e-13);
    }

    void badShapesAreRefused() {
        QVERIFY_THROWS_EXCEPTION(Error, SphericalTransform(8, 8, 20));  // too few θ
        QVERIFY_THROWS_EXCEPTION(Error, SphericalTransform(8, 11, 20)); // odd
        QVERIFY_THROWS_EXCEPTION(Error, SphericalTransform(8, 10, 16)); // m = 8 would alias
        QVERIFY_THROWS_EXCEPTION(Error, SphericalTransform(8, 10, 18)); // no multiple of 4
        QVERIFY_THROWS_EXCEPTION(Error, SphericalTransform(8, 10, 20, 0));
        const SphericalTransform t(4, 6, 12);
        SphericalTransform::Scratch scratch(t, 2);
        Array<double, 3> lm({2, t.coefficientCount(), 2}), field({12, 2, 5}), many({3, t.coefficientCount(), 2});
        Array<double, 3> fieldOfMany({12, 3, 6});
        QVERIFY_THROWS_EXCEPTION(Error, t.synthesise(lm, field, scratch));
        QVERIFY_THROWS_EXCEPTION(Error,
                                 t.synthesise(many, fieldOfMany, scratch)); // more shells than the scratch has room for
    }
};

QTEST_APPLESS_MAIN(TestSphericalTransform)
#include "tst_spherical_transform.moc"
