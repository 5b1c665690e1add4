#include "engine/correlate/quality.h"

#include "engine/correlate/c2.h"

#include <cmath>

namespace fxs {

namespace {

/// Running sums of Pearson's correlation coefficient.
struct Pearson {
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;

    void add(double a, double b) {
        n += 1;
        x += a;
        y += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    double value() const {
        const double vx = n * xx - x * x, vy = n * yy - y * y;
        return n < 2 || vx <= 0 || vy <= 0 ? 0.0 : (n * xy - x * y) / std::sqrt(vx * vy);
    }
};

bool bothHalves(const CorrelationSums& sums) {
    return sums.frames[0] > 0 && sums.frames[1] > 0;
}

} // namespace

std::vector<double> halfSetPerRing(const CorrelationSums& sums) {
    std::vector<double> correlation(sums.grid.qCount(), 0.0);
    if (!bothHalves(sums))
        return correlation;
    const Array<double, 2> even = meanHarmonicsDiagonal(sums, HalfSelection::even);
    const Array<double, 2> odd = meanHarmonicsDiagonal(sums, HalfSelection::odd);
    for (std::size_t q = 0; q < correlation.size(); ++q) {
        Pearson pearson;
        for (std::size_t m = 1; m < sums.harmonics; ++m)
            pearson.add(even(m, q), odd(m, q));
        correlation[q] = pearson.value();
    }
    return correlation;
}

std::vector<double> halfSetPerHarmonic(const CorrelationSums& sums) {
    std::vector<double> correlation(sums.harmonics, 0.0);
    if (!bothHalves(sums) || !sums.sumMaskC.empty())
        return correlation;
    const std::size_t qCount = sums.grid.qCount(), step = sums.parity == Parity::full ? 2 : 1;
    const double evenFrames = static_cast<double>(sums.frames[0]), oddFrames = static_cast<double>(sums.frames[1]);
    std::vector<double> scale(qCount);
    for (std::size_t m = 0; m < sums.harmonics; ++m) {
        const double* even = &sums.sumC(0, m, 0, 0);
        const double* odd = &sums.sumC(1, m, 0, 0);
        for (std::size_t q = 0; q < qCount; ++q) {
            const std::size_t i = pairIndex(q, q, qCount) * step;
            const double power = even[i] / evenFrames + odd[i] / oddFrames;
            scale[q] = power > 0 ? 1 / std::sqrt(power) : 0.0;
        }
        Pearson pearson;
        for (std::size_t q = 0; q < qCount; ++q)
            for (std::size_t r = q + 1; r < qCount; ++r) {
                const std::size_t i = pairIndex(q, r, qCount) * step;
                const double s = scale[q] * scale[r];
                pearson.add(s * even[i] / evenFrames, s * odd[i] / oddFrames);
            }
        correlation[m] = pearson.value();
    }
    return correlation;
}

double imaginaryFraction(const CorrelationSums& sums) {
    if (sums.parity == Parity::even || sums.frameCount() == 0)
        return 0;
    double real = 0, imaginary = 0;
    const std::size_t perHalf = sums.sumC.size() / 2, perHarmonic = perHalf / sums.harmonics;
    for (std::size_t i = perHarmonic; i < perHalf; i += 2) {
        const double re = sums.sumC.data()[i] + sums.sumC.data()[perHalf + i];
        const double im = sums.sumC.data()[i + 1] + sums.sumC.data()[perHalf + i + 1];
        real += re * re;
        imaginary += im * im;
    }
    const double total = real + imaginary;
    return total > 0 ? std::sqrt(imaginary / total) : 0;
}

} // namespace fxs
