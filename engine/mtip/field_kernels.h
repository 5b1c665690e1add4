#pragma once

#include <cstddef>

namespace fxs {

/// intensity = real² + imaginary².
void squaredModulus(const double* real, const double* imaginary, std::size_t n, double* intensity);

/// real, imaginary ← themselves * (√(max(I + change, 0)/I) − 1), I guarded from below by floor, the root from above by
/// cap.
void magnitudeCorrection(const double* intensity, const double* change, std::size_t n, double floor, double cap,
                         double* real, double* imaginary);

/// real, imaginary ← themselves * 2 slope.
void amplitudeSlope(const double* slope, std::size_t n, double* real, double* imaginary);

/// field ← support * min(max(field, 0), upper); support is 0 or 1.
void clampToSupport(const double* support, double upper, std::size_t n, double* field);

/// out = a x + b y; out may be x or y.
void combine(double a, const double* x, double b, const double* y, std::size_t n, double* out);

} // namespace fxs
