#include "engine/mtip/field_kernels.h"

#include <algorithm>
#include <cmath>

namespace fxs {

void squaredModulus(const double* real, const double* imaginary, std::size_t n, double* intensity) {
    for (std::size_t i = 0; i < n; ++i)
        intensity[i] = real[i] * real[i] + imaginary[i] * imaginary[i];
}

void magnitudeCorrection(const double* intensity, const double* change, std::size_t n, double floor, double cap,
                         double* real, double* imaginary) {
    for (std::size_t i = 0; i < n; ++i) {
        const double guarded = intensity[i] > floor ? intensity[i] : floor;
        const double target = intensity[i] + change[i];
        const double root = std::sqrt((target > 0 ? target : 0.0) / guarded);
        const double factor = (root < cap ? root : cap) - 1;
        real[i] *= factor;
        imaginary[i] *= factor;
    }
}

void amplitudeSlope(const double* slope, std::size_t n, double* real, double* imaginary) {
    for (std::size_t i = 0; i < n; ++i) {
        real[i] *= 2 * slope[i];
        imaginary[i] *= 2 * slope[i];
    }
}

void clampToSupport(const double* support, double upper, std::size_t n, double* field) {
    for (std::size_t i = 0; i < n; ++i) {
        const double positive = field[i] > 0 ? field[i] : 0.0;
        field[i] = support[i] * (positive < upper ? positive : upper);
    }
}

void combine(double a, const double* x, double b, const double* y, std::size_t n, double* out) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = a * x[i] + b * y[i];
}

} // namespace fxs
