#include "engine/core/array.h"
#include "engine/math/fft.h"
#include "engine/math/lane_fft.h"

#include <QtTest>
#include <tbb/parallel_for.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

using namespace fxs;

namespace {

template <class T>
Array<T, 2> randomRings(std::size_t count, std::size_t n) {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> uniform(-1, 1);
    Array<T, 2> rings({count, n});
    for (T& value : rings.span())
        value = static_cast<T>(uniform(random));
    return rings;
}

template <class T>
std::complex<double> direct(const Array<T, 2>& rings, std::size_t ring, std::size_t m) {
    const std::size_t n = rings.extent(1);
    std::complex<double> sum = 0;
    for (std::size_t k = 0; k < n; ++k)
        sum += static_cast<double>(rings(ring, k)) *
               std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(m * k % n) / static_cast<double>(n));
    return sum;
}

/// An FFT rounds log2 n times, at random, relative to the norm of the ring, √n; the direct sum held against it rounds as much.
template <class T>
double tolerance(std::size_t n) {
    const double size = static_cast<double>(n);
    return 4 * std::numeric_limits<T>::epsilon() * std::sqrt(size) * std::log2(size);
}

template <class T>
void checkForward(std::size_t n, std::size_t count) {
    const Array<T, 2> rings = randomRings<T>(count, n);
    Array<T, 2> lanes({n, count});
    for (std::size_t r = 0; r < count; ++r)
        for (std::size_t k = 0; k < n; ++k)
            lanes(k, r) = rings(r, k);
    Array<T, 3> out({count, n / 2 + 1, 2}), side({n / 2 + 1, 2, count});
    RealFft<T>::forwardRings(n, count).execute(rings.data(), out.data());
    RealFft<T>::forwardLanes(n, count).execute(lanes.data(), side.data());
    for (std::size_t r = 0; r < count; ++r)
        for (std::size_t m = 0; m <= n / 2; ++m) {
            const auto expected = direct(rings, r, m);
            const std::complex<double> a(out(r, m, 0), out(r, m, 1)), b(side(m, 0, r), side(m, 1, r));
            QVERIFY(std::abs(a - expected) < tolerance<T>(n));
            QVERIFY(std::abs(b - expected) < tolerance<T>(n));
        }
    Array<T, 2> back({count, n});
    RealFft<T>::backwardRings(n, count).execute(out.data(), back.data());
    for (std::size_t i = 0; i < rings.size(); ++i)
        QVERIFY(std::abs(back.data()[i] / static_cast<T>(n) - rings.data()[i]) < tolerance<T>(n));
}

} // namespace

class TestFft : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalsTheDirectSum_data() {
        QTest::addColumn<int>("n");
        for (const int n : {4, 15, 100, 256, 360})
            QTest::addRow("%d", n) << n;
    }
    void equalsTheDirectSum() {
        QFETCH(int, n);
        checkForward<float>(static_cast<std::size_t>(n), 16);
        checkForward<double>(static_cast<std::size_t>(n), 5);
    }

    void plansMoveAndRunFromManyThreads() {
        RealFft<float> first = RealFft<float>::forwardRings(64, 1);
        RealFft<float> plan = std::move(first);
        first = RealFft<float>::forwardRings(32, 1);
        plan = RealFft<float>::forwardRings(64, 1);
        const Array<float, 2> rings = randomRings<float>(1, 64);
        Array<float, 2> expected({33, 2});
        plan.execute(rings.data(), expected.data());
        tbb::parallel_for(0, 64, [&](int) {
            Array<float, 2> out({33, 2});
            plan.execute(rings.data(), out.data());
            if (!std::equal(out.span().begin(), out.span().end(), expected.data()))
                qFatal("another result in another thread");
        });
    }

    void lanesEqualTheDirectSum_data() {
        QTest::addColumn<int>("n");
        for (const int n : {16, 32, 64, 128, 256, 512, 1024})
            QTest::addRow("%d", n) << n;
    }
    void lanesEqualTheDirectSum() {
        QFETCH(int, n);
        const auto size = static_cast<std::size_t>(n);
        QVERIFY(LaneFft::serves(size));
        const Array<float, 2> rings = randomRings<float>(16, size);
        const float* pointers[16];
        float mean[16], scale[16];
        for (std::size_t lane = 0; lane < 16; ++lane) {
            pointers[lane] = &rings(lane, 0);
            mean[lane] = 0.01F * static_cast<float>(lane); // harmonics m >= 1 do not see it
            scale[lane] = lane % 2 ? 1.0F : 0.25F;
        }
        Array<float, 2> tile({size, 16}), work({size, 16});
        Array<float, 3> out({size / 2 + 1, 2, 16});
        loadLanes(pointers, mean, scale, size, tile.data());
        QCOMPARE(tile(size - 1, 3), (rings(3, size - 1) - mean[3]) * scale[3]);
        LaneFft(size).forward(tile.data(), work.data(), out.data());
        for (std::size_t lane = 0; lane < 16; ++lane)
            for (std::size_t m = 1; m <= size / 2; ++m) {
                const std::complex<double> found(out(m, 0, lane), out(m, 1, lane));
                QVERIFY(std::abs(found / static_cast<double>(scale[lane]) - direct(rings, lane, m)) <
                        2 * tolerance<float>(size)); // values up to 1.15 instead of 1, and one more rounding of each
            }
    }

    void otherSizesAreNotServed() {
        for (const std::size_t n : {8U, 100U, 360U})
            QVERIFY(!LaneFft::serves(n));
    }

    void sumsAndScattersAnyCount() {
        const Array<float, 2> ring = randomRings<float>(1, 37);
        double sum = 0;
        for (const float value : ring.span())
            sum += static_cast<double>(value);
        QVERIFY(std::abs(sumRing(ring.data(), 37) - sum) < 1e-14);
        Array<float, 2> spectrum({5, 32}), out({3, 64});
        for (std::size_t i = 0; i < spectrum.size(); ++i)
            spectrum.data()[i] = static_cast<float>(i);
        const std::size_t offsets[] = {0, 32, 64, 128};
        scatterLanes(spectrum.data(), offsets, 3, out.data());
        QCOMPARE(out.data()[32], 32.0F);
        QCOMPARE(out.data()[64 + 31], 95.0F);
        QCOMPARE(out.data()[128], 96.0F);
        QCOMPARE(out.data()[0], 0.0F);
    }
};

QTEST_APPLESS_MAIN(TestFft)
#include "tst_fft.moc"
