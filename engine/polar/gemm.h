#pragma once

#include <cblas.h>

namespace fxs {

/// Row-major C = A Bᵀ: a [rows][inner], b [columns][inner], c [rows][columns] with leading dimensions in values. One overload a precision,
/// so that a kernel is written once for both.
inline void multiplyTransposed(int rows, int columns, int inner, const float* a, int lda, const float* b, int ldb,
                               float* c, int ldc) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, inner, 1.0F, a, lda, b, ldb, 0.0F, c, ldc);
}
inline void multiplyTransposed(int rows, int columns, int inner, const double* a, int lda, const double* b, int ldb,
                               double* c, int ldc) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, inner, 1.0, a, lda, b, ldb, 0.0, c, ldc);
}

/// Row-major upper triangle of C = A Aᵀ: a [rows][inner].
inline void multiplySymmetric(int rows, int inner, const float* a, int lda, float* c, int ldc) {
    cblas_ssyrk(CblasRowMajor, CblasUpper, CblasNoTrans, rows, inner, 1.0F, a, lda, 0.0F, c, ldc);
}
inline void multiplySymmetric(int rows, int inner, const double* a, int lda, double* c, int ldc) {
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, rows, inner, 1.0, a, lda, 0.0, c, ldc);
}

} // namespace fxs
