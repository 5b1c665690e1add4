#pragma once

#include "engine/density/direction_field.h"
#include "engine/math/legendre.h"
#include "engine/model/coefficients.h"

#include <cmath>
#include <numbers>

namespace fxs::test {

/// Coefficients of known amplitudes, without noise: V_l holds the packed I_lm themselves, B_l = V_l V_lᵀ.
inline Coefficients knownCoefficients(const SphericalAmplitudes& a, double qMax, double diameter) {
    Coefficients out;
    out.q = a.q;
    out.diameterAngstrom = diameter;
    out.maxOrder = static_cast<int>(qMax * diameter) / 2 * 2;
    const int order = std::max(out.maxOrder, a.maxOrder);
    const std::size_t shells = a.q.size(), orders = static_cast<std::size_t>(out.maxOrder) + 1;
    SphericalAmplitudes padded{order, a.q, Array<double, 3>({shells, lmCount(order), 2})};
    for (std::size_t i = 0; i < shells; ++i)
        std::copy_n(&a.lm(i, 0, 0), 2 * lmCount(a.maxOrder), &padded.lm(i, 0, 0));
    const DirectionGrid grid(order, a.q, a.maxOrder);
    DirectionField field = grid.synthesise(padded);
    for (std::size_t k = 0; k < field.re.size(); ++k)
        field.re.data()[k] = std::pow(field.re.data()[k], 2) + std::pow(field.im.data()[k], 2);
    SphericalTransform::Scratch scratch(grid.transform(), shells);
    Array<double, 3> lm({shells, lmCount(order), 2});
    grid.transform().analyseNorth(OrderParity::even, field.re, lm, scratch);

    out.bl = Array<double, 3>({orders, shells, shells});
    out.vl = Array<double, 3>({orders, shells, 2 * orders});
    out.rank.assign(orders, 0);
    for (int l = 0; l <= out.maxOrder; l += 2) {
        const auto L = static_cast<std::size_t>(l);
        out.rank[L] = 2 * l + 1;
        for (std::size_t i = 0; i < shells; ++i)
            for (int m = 0; m <= l; ++m) {
                const auto column = static_cast<std::size_t>(m == 0 ? 0 : 2 * m - 1);
                const double scale = m == 0 ? 1.0 : std::numbers::sqrt2;
                out.vl(L, i, column) = scale * lm(i, lmIndex(l, m), 0);
                if (m > 0)
                    out.vl(L, i, column + 1) = scale * lm(i, lmIndex(l, m), 1);
            }
        for (std::size_t i = 0; i < shells; ++i)
            for (std::size_t j = 0; j < shells; ++j)
                for (std::size_t c = 0; c < 2 * orders; ++c)
                    out.bl(L, i, j) += out.vl(L, i, c) * out.vl(L, j, c);
    }
    for (std::size_t i = 0; i < shells; ++i)
        out.i00.push_back(lm(i, 0, 0));
    return out;
}

} // namespace fxs::test
