#include "engine/core/error.h"
#include "engine/math/legendre.h"
#include "engine/math/random.h"
#include "engine/math/rotation.h"

#include <QtTest>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

using namespace fxs;

namespace {

using Vector = std::array<double, 3>;

double distance(const Rotation& a, const Rotation& b) {
    return (a * b.inverse()).angle();
}

/// Σ_m f_m Y_lm(direction) of a real field's order l.
double evaluate(int l, const std::vector<std::complex<double>>& f, const Vector& direction) {
    std::vector<double> p(lmCount(l));
    normalisedLegendre(l, direction[2], p);
    const double phi = std::atan2(direction[1], direction[0]);
    double sum = f[0].real() * p[lmIndex(l, 0)];
    for (int m = 1; m <= l; ++m)
        sum += 2 * (f[static_cast<std::size_t>(m)] * std::polar(p[lmIndex(l, m)], m * phi)).real();
    return sum;
}

std::vector<double> multiply(const Array<double, 2>& w, const std::vector<double>& v) {
    std::vector<double> out(w.extent(0), 0.0);
    for (std::size_t i = 0; i < w.extent(0); ++i)
        for (std::size_t j = 0; j < w.extent(1); ++j)
            out[i] += w(i, j) * v[j];
    return out;
}

Array<double, 2> wigner(int l, const Rotation& rotation) {
    const auto size = static_cast<std::size_t>(2 * l + 1);
    Array<double, 2> w({size, size});
    wignerReal(l, rotation, w);
    return w;
}

std::vector<Rotation> someRotations() {
    std::vector<Rotation> rotations{Rotation(), Rotation::fromEulerZyz({0.7, 0, 0}),
                                    Rotation::fromEulerZyz({0.4, std::numbers::pi, 0}),
                                    Rotation::fromEulerZyz({0, 1e-9, 2}), Rotation::fromAxisAngle({1, 0, 0}, 1.1)};
    for (std::uint64_t i = 0; i < 6; ++i)
        rotations.push_back(randomRotation(99, i));
    return rotations;
}

} // namespace

class TestRotation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void turnsAsEulerAnglesSay() {
        // Rz(90°) x = y; Ry(90°) z = x.
        const double right = std::numbers::pi / 2;
        const auto aboutZ = Rotation::fromEulerZyz({right, 0, 0}).apply({1, 0, 0});
        QVERIFY(std::abs(aboutZ[1] - 1) < 1e-15);
        const auto aboutY = Rotation::fromEulerZyz({0, right, 0}).apply({0, 0, 1});
        QVERIFY(std::abs(aboutY[0] - 1) < 1e-15);
        // gamma acts first
        const auto both = Rotation::fromEulerZyz({0, right, right}).apply({0, 1, 0}); // y -> -x -> z
        QVERIFY(std::abs(both[2] - 1) < 1e-15);
    }

    void conversionsRoundTrip() {
        for (const auto& r : someRotations()) {
            QVERIFY(distance(r, Rotation::fromEulerZyz(r.eulerZyz())) < 1e-14);
            QVERIFY(distance(r, Rotation::fromMatrix(r.matrix())) < 1e-14);
            QVERIFY((r * r.inverse()).angle() < 1e-15);
            const auto q = r.quaternion();
            QVERIFY(distance(r, Rotation::fromQuaternion(-3 * q[0], -3 * q[1], -3 * q[2], -3 * q[3])) < 1e-14);
        }
    }

    void productActsSecondFirst() {
        const Vector v{0.3, -1.2, 0.8};
        for (const auto& a : someRotations())
            for (const auto& b : someRotations()) {
                const auto once = (a * b).apply(v);
                const auto twice = a.apply(b.apply(v));
                for (std::size_t i = 0; i < 3; ++i)
                    QVERIFY(std::abs(once[i] - twice[i]) < 1e-14);
            }
    }

    void badInputIsAnError() {
        QVERIFY_EXCEPTION_THROWN((void)Rotation::fromQuaternion(0, 0, 0, 0), Error);
        QVERIFY_EXCEPTION_THROWN((void)Rotation::fromQuaternion(std::nan(""), 0, 0, 1), Error);
        QVERIFY_EXCEPTION_THROWN((void)Rotation::fromAxisAngle({0, 0, 0}, 1), Error);
        QVERIFY_EXCEPTION_THROWN((void)Rotation::fromMatrix({{{1, 0, 0}, {0, 1, 0}, {0, 0, -1}}}), Error);
        QVERIFY_EXCEPTION_THROWN((void)Rotation::fromMatrix({{{1, 0, 0}, {0, 2, 0}, {0, 0, 1}}}), Error);
    }

    void randomRotationsAreUniform() {
        // The image of a fixed vector is uniform on the sphere and the angle ω has density (1 - cos ω)/π.
        // n = 5e4; five standard errors: of a component 5/sqrt(3n), of cos ω (mean -1/2, variance 1/4) 5 * 0.5/sqrt(n).
        constexpr int kCount = 50000;
        Vector mean{};
        std::array<double, 3> squares{};
        double cosine = 0;
        for (std::uint64_t i = 0; i < kCount; ++i) {
            const auto r = randomRotation(4, i);
            const auto v = r.apply({0.6, 0, 0.8});
            for (std::size_t k = 0; k < 3; ++k) {
                mean[k] += v[k];
                squares[k] += v[k] * v[k];
            }
            cosine += std::cos(r.angle());
        }
        for (std::size_t k = 0; k < 3; ++k) {
            QVERIFY(std::abs(mean[k] / kCount) < 5 / std::sqrt(3.0 * kCount));
            QVERIFY(std::abs(squares[k] / kCount - 1.0 / 3) < 5 * 0.3 / std::sqrt(kCount));
        }
        QVERIFY(std::abs(cosine / kCount + 0.5) < 5 * 0.5 / std::sqrt(kCount));
        QVERIFY(distance(randomRotation(4, 17), randomRotation(4, 17)) == 0);
        QVERIFY(distance(randomRotation(4, 17), randomRotation(5, 17)) > 1e-6);
    }

    void packingKeepsNorm() {
        const std::vector<std::complex<double>> f{{1.5, 0}, {0.3, -0.4}, {-2, 1}};
        std::vector<double> packed(5);
        packReal(f, packed);
        double norm = std::norm(f[0]) + 2 * std::norm(f[1]) + 2 * std::norm(f[2]), found = 0;
        for (double v : packed)
            found += v * v;
        QVERIFY(std::abs(norm - found) < 1e-14);
        std::vector<std::complex<double>> back(3);
        unpackReal(packed, back);
        for (std::size_t m = 0; m < 3; ++m)
            QVERIFY(std::abs(back[m] - f[m]) < 1e-15);
    }

    void rotatesFields() {
        // (R f)(x) = f(R⁻¹ x), evaluated point by point: values are of order 1, rounding of l = 20 sums below 1e-12.
        RandomStream random(8, 0);
        for (int l : {0, 1, 2, 3, 7, 20}) {
            std::vector<double> packed(static_cast<std::size_t>(2 * l + 1));
            for (double& v : packed)
                v = random.normal();
            std::vector<std::complex<double>> f(static_cast<std::size_t>(l) + 1), turned = f;
            unpackReal(packed, f);
            for (const auto& r : someRotations()) {
                unpackReal(multiply(wigner(l, r), packed), turned);
                for (std::uint64_t i = 0; i < 10; ++i) {
                    const Vector x = randomRotation(2, i).apply({0, 0, 1});
                    const double found = evaluate(l, turned, x);
                    const double expected = evaluate(l, f, r.inverse().apply(x));
                    QVERIFY2(std::abs(found - expected) < 1e-12,
                             qPrintable(QString("l %1: %2").arg(l).arg(found - expected)));
                }
            }
        }
    }

    void isOrthogonal() {
        for (int l : {1, 6, 31, 60, 150}) {
            const auto w = wigner(l, randomRotation(3, static_cast<std::uint64_t>(l)));
            double worst = 0;
            for (std::size_t i = 0; i < w.extent(0); ++i)
                for (std::size_t j = 0; j <= i; ++j) {
                    double sum = i == j ? -1 : 0;
                    for (std::size_t k = 0; k < w.extent(1); ++k)
                        sum += w(i, k) * w(j, k);
                    worst = std::max(worst, std::abs(sum));
                }
            QVERIFY2(worst < 1e-12, qPrintable(QString("l %1: %2").arg(l).arg(worst)));
        }
    }

    void isAHomomorphism() {
        const auto a = randomRotation(5, 0), b = randomRotation(5, 1);
        for (int l : {1, 2, 9, 40}) {
            const auto wa = wigner(l, a), wb = wigner(l, b), both = wigner(l, a * b);
            for (std::size_t i = 0; i < wa.extent(0); ++i)
                for (std::size_t j = 0; j < wa.extent(0); ++j) {
                    double sum = 0;
                    for (std::size_t k = 0; k < wa.extent(0); ++k)
                        sum += wa(i, k) * wb(k, j);
                    QVERIFY(std::abs(sum - both(i, j)) < 1e-12);
                }
        }
    }

    void allOrdersAgreeWithOne() {
        const auto r = randomRotation(6, 6);
        const auto all = WignerRotator(12).matrices(r);
        QCOMPARE(all.size(), std::size_t{13});
        for (int l = 0; l <= 12; ++l) {
            const auto one = wigner(l, r);
            for (std::size_t i = 0; i < one.size(); ++i)
                QCOMPARE(all[static_cast<std::size_t>(l)].data()[i], one.data()[i]);
        }
        QCOMPARE(WignerRotator::blockOffset(3), std::size_t{1 + 5 + 13});
    }
};

QTEST_APPLESS_MAIN(TestRotation)
#include "tst_rotation.moc"
