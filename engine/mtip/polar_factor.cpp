#include "engine/mtip/invariant_projection.h"

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

constexpr int kMaxSweeps = 30;
constexpr double kOrthogonal = 1e-14; // of two rows, relative to their lengths

double dot(const double* a, const double* b, std::size_t n) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}

void rotate(double* a, double* b, std::size_t n, double c, double s) {
    for (std::size_t i = 0; i < n; ++i) {
        const double x = a[i], y = b[i];
        a[i] = c * x - s * y;
        b[i] = s * x + c * y;
    }
}

// matrix = lower * q: q orthonormal rows, in place of matrix.
void orthonormaliseRows(std::size_t rows, std::size_t columns, double* q, double* lower) {
    std::fill_n(lower, rows * rows, 0.0);
    for (std::size_t i = 0; i < rows; ++i) {
        double* row = q + i * columns;
        const double before = std::sqrt(dot(row, row, columns));
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t j = 0; j < i; ++j) {
                const double along = dot(row, q + j * columns, columns);
                for (std::size_t c = 0; c < columns; ++c)
                    row[c] -= along * q[j * columns + c];
                lower[i * rows + j] += along;
            }
        const double length = std::sqrt(dot(row, row, columns));
        const bool dependent = !(length > 1e-15 * before);
        lower[i * rows + i] = dependent ? 0.0 : length;
        for (std::size_t c = 0; c < columns; ++c)
            row[c] = dependent ? 0.0 : row[c] / length;
    }
}

// Turns the rows of a (n x n) until they are orthogonal; turns gathers the rotations: turns * a_before = a_after.
void orthogonaliseRows(std::size_t n, double* a, double* turns) {
    std::fill_n(turns, n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
        turns[i * n + i] = 1;
    for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
        bool changed = false;
        for (std::size_t p = 0; p < n; ++p)
            for (std::size_t q = p + 1; q < n; ++q) {
                double *x = a + p * n, *y = a + q * n;
                const double xx = dot(x, x, n), yy = dot(y, y, n), xy = dot(x, y, n);
                if (std::abs(xy) <= kOrthogonal * std::sqrt(xx * yy))
                    continue;
                changed = true;
                const double zeta = (yy - xx) / (2 * xy);
                const double t = std::copysign(1.0, zeta) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
                const double c = 1 / std::sqrt(1 + t * t);
                rotate(x, y, n, c, c * t);
                rotate(turns + p * n, turns + q * n, n, c, c * t);
            }
        if (!changed)
            return;
    }
}

} // namespace

void polarFactor(std::size_t rows, std::size_t columns, double* matrix, double* work) {
    if (rows == 1) {
        const double length = std::sqrt(dot(matrix, matrix, columns));
        for (std::size_t c = 0; c < columns; ++c)
            matrix[c] = length > 0 ? matrix[c] / length : 0.0;
        return;
    }
    double *lower = work, *turns = work + rows * rows;
    orthonormaliseRows(rows, columns, matrix, lower);
    // lower = Uᵀ Σ W' with turns * lower = Σ W': the polar factor of lower is turnsᵀ W'.
    orthogonaliseRows(rows, lower, turns);
    for (std::size_t i = 0; i < rows; ++i) {
        const double length = std::sqrt(dot(lower + i * rows, lower + i * rows, rows));
        for (std::size_t c = 0; c < rows; ++c)
            lower[i * rows + c] = length > 0 ? lower[i * rows + c] / length : 0.0;
    }
    double* column = turns + rows * rows; // one column of the product
    for (std::size_t c = 0; c < columns; ++c) {
        for (std::size_t i = 0; i < rows; ++i) {
            column[i] = 0;
            for (std::size_t k = 0; k < rows; ++k)
                column[i] += lower[i * rows + k] * matrix[k * columns + c];
        }
        for (std::size_t i = 0; i < rows; ++i) {
            double sum = 0;
            for (std::size_t k = 0; k < rows; ++k)
                sum += turns[k * rows + i] * column[k];
            matrix[i * columns + c] = sum;
        }
    }
}

} // namespace fxs
