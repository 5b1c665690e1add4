#include "engine/correlate/rank_update.h"

#include "engine/correlate/panel_layout.h"
#include "engine/correlate/rank_update_tiles.h"
#include "engine/model/correlation.h"

#include <cblas.h>

#include <type_traits>

namespace fxs {

namespace {

constexpr std::size_t kLanes = PanelLayout::kLanes;

// Column-major, as BLAS thinks: a matrix of rings by rows, whose columns are the rows of A.
template <class T>
void symmetricProduct(const RankUpdate<T>& u, int n, T* product) {
    const int rows = static_cast<int>(u.rows), stride = static_cast<int>(u.rowStride);
    if constexpr (std::is_same_v<T, float>)
        cblas_ssyrk(CblasColMajor, CblasLower, CblasNoTrans, n, rows, 1, u.panels, stride, 0, product, n);
    else
        cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, n, rows, 1, u.panels, stride, 0, product, n);
}

template <class T>
void crossProduct(const RankUpdate<T>& u, int n, T* product) {
    const int frames = static_cast<int>(u.rows / 2), stride = static_cast<int>(2 * u.rowStride);
    const T* re = u.panels;
    const T* im = u.panels + u.rowStride;
    if constexpr (std::is_same_v<T, float>) {
        cblas_sgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, frames, 1, im, stride, re, stride, 0, product, n);
        cblas_sgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, frames, -1, re, stride, im, stride, 1, product, n);
    } else {
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, frames, 1, im, stride, re, stride, 0, product, n);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, frames, -1, re, stride, im, stride, 1, product, n);
    }
}

/// product [q][q']: adds the triangle q <= q' to one part of the sums.
template <class T>
void addTriangle(const RankUpdate<T>& u, const T* product, std::size_t n, std::size_t part) {
    const std::size_t rings = u.ringCount - u.firstRing, step = u.full ? 2 : 1;
    for (std::size_t q = 0; q < rings; ++q) {
        double* to = u.sums + pairIndex(u.firstRing + q, u.firstRing + q, u.ringCount) * step + part;
        const T* from = product + q * n;
        for (std::size_t r = q; r < rings; ++r)
            to[(r - q) * step] += u.factor[q] * u.factor[r] * static_cast<double>(from[r]);
    }
}

template <class T>
void updateByBlas(const RankUpdate<T>& u, Array<T, 1>& scratch) {
    const std::size_t n = u.groups * kLanes;
    if (scratch.size() < n * n)
        scratch = Array<T, 1>({n * n});
    symmetricProduct(u, static_cast<int>(n), scratch.data());
    addTriangle(u, scratch.data(), n, 0);
    if (!u.full)
        return;
    crossProduct(u, static_cast<int>(n), scratch.data());
    addTriangle(u, scratch.data(), n, 1);
}

} // namespace

bool isSupported(UpdateKernel kernel) {
#if defined(__x86_64__)
    if (kernel == UpdateKernel::avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
    if (kernel == UpdateKernel::avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernel == UpdateKernel::blas;
}

UpdateKernel bestUpdateKernel() {
    for (const UpdateKernel kernel : {UpdateKernel::avx512, UpdateKernel::avx2})
        if (isSupported(kernel))
            return kernel;
    return UpdateKernel::blas;
}

std::string_view nameOf(UpdateKernel kernel) {
    switch (kernel) {
    case UpdateKernel::avx512:
        return "AVX-512";
    case UpdateKernel::avx2:
        return "AVX2";
    case UpdateKernel::blas:
        break;
    }
    return "BLAS";
}

void rankUpdate(const RankUpdate<float>& u, UpdateKernel kernel, Array<float, 1>& scratch) {
#if defined(__x86_64__)
    if (kernel == UpdateKernel::avx512)
        return rankUpdateAvx512(u);
    if (kernel == UpdateKernel::avx2)
        return rankUpdateAvx2(u);
#endif
    updateByBlas(u, scratch);
}

void rankUpdate(const RankUpdate<double>& u, UpdateKernel, Array<double, 1>& scratch) {
    updateByBlas(u, scratch);
}

} // namespace fxs
