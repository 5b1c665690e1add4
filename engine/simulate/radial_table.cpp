#include "engine/simulate/radial_table.h"

#include "engine/math/spherical_bessel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace fxs {

namespace {

constexpr double kStepsPerUnit = 100;
constexpr std::size_t kLargestTable = std::size_t{64} << 20; ///< bytes

} // namespace

RadialTable::RadialTable(int lMax, double xMax) : m_padded((static_cast<std::size_t>(lMax) + 4) / 4 * 4) {
    const auto rows = static_cast<std::size_t>(xMax * kStepsPerUnit) + 3;
    if (2 * rows * m_padded * sizeof(double) > kLargestTable)
        return;
    m_table = Array<double, 2>({2 * rows, m_padded});
    std::vector<double> j(static_cast<std::size_t>(lMax) + 2);
    for (std::size_t i = 0; i < rows; ++i) {
        const double x = static_cast<double>(i) / kStepsPerUnit;
        sphericalBessel(lMax + 1, x, j);
        for (std::size_t l = 0; l <= static_cast<std::size_t>(lMax); ++l) {
            m_table(2 * i, l) = j[l];
            // j_l' = l/x j_l - j_{l+1}; at 0 only j_1 has a slope.
            const double slope = i > 0 ? static_cast<double>(l) / x * j[l] - j[l + 1] : (l == 1 ? 1.0 / 3 : 0.0);
            m_table(2 * i + 1, l) = slope / kStepsPerUnit;
        }
    }
}

void RadialTable::evaluate(int lMax, double x, double scale, double* out, std::size_t stride) const {
    const auto count = static_cast<std::size_t>(lMax) + 1;
    if (m_table.empty()) {
        std::vector<double> j(count);
        sphericalBessel(lMax, x, j);
        for (std::size_t l = 0; l < count; ++l)
            out[l * stride] = scale * j[l];
        return;
    }
    const double position = x * kStepsPerUnit;
    const auto i = std::min(static_cast<std::size_t>(position), m_table.extent(0) / 2 - 2);
    const double t = position - static_cast<double>(i);
    const double back = 1 - t;
    const double value0 = scale * (1 + 2 * t) * back * back, slope0 = scale * t * back * back;
    const double value1 = scale * t * t * (3 - 2 * t), slope1 = -scale * t * t * back;
    const double* row = m_table.data() + 2 * i * m_padded;
    const double* next = row + 2 * m_padded;
    for (std::size_t l = 0; l < count; l += 4) {
        std::array<double, 4> sum; // four at a time: vector instructions without a tail
        for (std::size_t k = 0; k < 4; ++k)
            sum[k] = value0 * row[l + k] + slope0 * row[m_padded + l + k] + value1 * next[l + k] +
                     slope1 * next[m_padded + l + k];
        for (std::size_t k = 0; k < 4 && l + k < count; ++k)
            out[(l + k) * stride] = sum[k];
    }
}

} // namespace fxs
