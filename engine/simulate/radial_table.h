#pragma once

#include "engine/core/array.h"

#include <cstddef>
#include <span>

namespace fxs {

/// Spherical Bessel functions j_0(x) ... j_lMax(x) for millions of x, by cubic Hermite interpolation of a table in
/// steps of 0.01.
/// Error:   below h⁴/384 max|j_l''''| = 6e-12.
/// Owns:    the table, 1.6 kB * (lMax + 1) a unit of xMax; none where it would exceed 64 MB: then each x is computed.
/// Threads: const use is free.
/// Cost:    4 multiplications a value, a tenth of the recursion's divisions.
class RadialTable {
public:
    RadialTable(int lMax, double xMax);

    /// out[l * stride] = scale * j_l(x), l = 0 ... lMax (of the call, at most the table's); 0 <= x <= xMax.
    void evaluate(int lMax, double x, double scale, double* out, std::size_t stride) const;

private:
    std::size_t m_padded;     ///< orders a row, a multiple of 4
    Array<double, 2> m_table; ///< [2 i: values at i h, 2 i + 1: slopes there times h][l]
};

} // namespace fxs
