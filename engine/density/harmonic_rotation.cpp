#include "engine/density/harmonic_rotation.h"

#include "engine/math/legendre.h"

#include <cmath>
#include <complex>
#include <vector>

namespace fxs {

Array<double, 3> rotated(const Array<double, 3>& lm, const WignerRotator& rotator, int maxOrder,
                         const Rotation& rotation) {
    Array<double, 3> out(lm.shape());
    const auto matrices = rotator.matrices(rotation);
    std::vector<std::complex<double>> f(static_cast<std::size_t>(maxOrder) + 1);
    std::vector<double> packed(2 * f.size()), turned(2 * f.size());
    for (int l = 0; l <= maxOrder; ++l) {
        const auto& w = matrices[static_cast<std::size_t>(l)];
        const auto count = static_cast<std::size_t>(l) + 1, size = 2 * count - 1;
        for (std::size_t i = 0; i < lm.extent(0); ++i) {
            for (std::size_t m = 0; m < count; ++m)
                f[m] = {lm(i, lmIndex(l, 0) + m, 0), lm(i, lmIndex(l, 0) + m, 1)};
            packReal({f.data(), count}, {packed.data(), size});
            for (std::size_t row = 0; row < size; ++row) {
                double sum = 0;
                for (std::size_t column = 0; column < size; ++column)
                    sum += w(row, column) * packed[column];
                turned[row] = sum;
            }
            unpackReal({turned.data(), size}, {f.data(), count});
            for (std::size_t m = 0; m < count; ++m) {
                out(i, lmIndex(l, 0) + m, 0) = f[m].real();
                out(i, lmIndex(l, 0) + m, 1) = f[m].imag();
            }
        }
    }
    return out;
}

void invert(Array<double, 3>& lm, int maxOrder) {
    for (std::size_t i = 0; i < lm.extent(0); ++i)
        for (int l = 1; l <= maxOrder; l += 2)
            for (std::size_t k = lmIndex(l, 0); k < lmIndex(l + 1, 0); ++k) {
                lm(i, k, 0) = -lm(i, k, 0);
                lm(i, k, 1) = -lm(i, k, 1);
            }
}

Array<double, 3> rotationDerivative(const Array<double, 3>& lm, int maxOrder, int axis) {
    using Complex = std::complex<double>;
    Array<double, 3> out(lm.shape());
    for (std::size_t i = 0; i < lm.extent(0); ++i)
        for (int l = 0; l <= maxOrder; ++l) {
            const auto at = [&](int m) -> Complex {
                if (m > l)
                    return 0;
                const Complex c(lm(i, lmIndex(l, std::abs(m)), 0), lm(i, lmIndex(l, std::abs(m)), 1));
                return m >= 0 ? c : (m % 2 == 0 ? std::conj(c) : -std::conj(c));
            };
            for (int m = 0; m <= l; ++m) {
                // -i L_k f, with L_± = L_x ± i L_y: f ≈ f - ω i L_k f for a rotation by ω about axis k.
                const Complex raised = std::sqrt(static_cast<double>((l - m + 1) * (l + m))) * at(m - 1);
                const Complex lowered = std::sqrt(static_cast<double>((l + m + 1) * (l - m))) * at(m + 1);
                Complex d;
                if (axis == 0)
                    d = Complex(0, -0.5) * (raised + lowered);
                else if (axis == 1)
                    d = -0.5 * (raised - lowered);
                else
                    d = Complex(0, -m) * at(m);
                out(i, lmIndex(l, m), 0) = d.real();
                out(i, lmIndex(l, m), 1) = d.imag();
            }
        }
    return out;
}

} // namespace fxs
