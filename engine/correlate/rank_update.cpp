#include "engine/correlate/rank_update.h"

#include "engine/core/parallel.h"
#include "engine/polar/gemm.h"

#include <algorithm>
#include <vector>

namespace fxs {

namespace {

/// Rows of a block of the triangle. Off-diagonal blocks are plain products; a symmetric product wastes half of its own diagonal
/// blocks, so these are kept small.
constexpr std::size_t kTile = 96;

/// product: the upper triangle of A Aᵀ, a [rings][columns].
template <class T>
void triangle(const T* a, std::size_t stride, std::size_t rings, std::size_t columns, T* product) {
    for (std::size_t i = 0; i < rings; i += kTile) {
        const std::size_t rows = std::min(kTile, rings - i);
        multiplySymmetric(static_cast<int>(rows), static_cast<int>(columns), a + i * stride, static_cast<int>(stride),
                          product + i * rings + i, static_cast<int>(rings));
        if (i + rows < rings)
            multiplyTransposed(static_cast<int>(rows), static_cast<int>(rings - i - rows), static_cast<int>(columns),
                               a + i * stride, static_cast<int>(stride), a + (i + rows) * stride,
                               static_cast<int>(stride), product + i * rings + i + rows, static_cast<int>(rings));
    }
}

template <class T>
void updateHarmonic(const T* a, std::size_t stride, std::size_t frames, std::size_t first, Parity parity,
                    View<double, 2> sums, std::size_t qCount) {
    const std::size_t rings = qCount - first;
    thread_local std::vector<T> product;
    product.resize(rings * rings);
    a += first * stride;
    const std::size_t step = parity == Parity::full ? 2 : 1;
    triangle(a, stride, rings, 2 * frames, product.data());
    for (std::size_t i = 0; i < rings; ++i) {
        double* to = &sums(pairIndex(first + i, first + i, qCount), 0);
        const T* from = product.data() + i * rings + i;
        for (std::size_t j = 0; j < rings - i; ++j)
            to[j * step] += static_cast<double>(from[j]);
    }
    if (parity == Parity::even)
        return;
    multiplyTransposed(static_cast<int>(rings), static_cast<int>(rings), static_cast<int>(frames), a,
                       static_cast<int>(stride), a + frames, static_cast<int>(stride), product.data(),
                       static_cast<int>(rings));
    for (std::size_t i = 0; i < rings; ++i) {
        double* to = &sums(pairIndex(first + i, first + i, qCount), 1);
        for (std::size_t j = i; j < rings; ++j)
            to[(j - i) * 2] +=
                static_cast<double>(product[i * rings + j]) - static_cast<double>(product[j * rings + i]);
    }
}

} // namespace

template <class T>
void rankUpdate(const HarmonicBlock<T>& block, std::size_t firstHarmonic, std::span<const std::size_t> firstRing,
                Parity parity, View<double, 3> sums) {
    if (block.frames == 0)
        return;
    const std::size_t harmonics = sums.extent(0), qCount = block.values.extent(1);
    // Not stoppable: a harmonic without its block would no longer be a sum over whole blocks.
    parallelFor(harmonics - firstHarmonic, 1, TaskContext{}, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) {
            const std::size_t m = firstHarmonic + i;
            if (firstRing[m] < qCount)
                updateHarmonic(block.values.data() + m * block.harmonicStride(), block.rowStride(), block.frames,
                               firstRing[m], parity, sums[m], qCount);
        }
    });
}

void rankUpdateMeans(View<const double, 2> means, std::size_t frames, Parity parity, View<double, 3> sums) {
    if (frames == 0)
        return;
    const std::size_t qCount = means.extent(0), stride = means.extent(1), step = parity == Parity::full ? 2 : 1;
    std::vector<double> product(qCount * qCount);
    triangle(means.data(), stride, qCount, frames, product.data());
    for (std::size_t i = 0; i < qCount; ++i)
        for (std::size_t j = i; j < qCount; ++j)
            sums.data()[pairIndex(i, j, qCount) * step] += product[i * qCount + j];
}

template void rankUpdate<float>(const HarmonicBlock<float>&, std::size_t, std::span<const std::size_t>, Parity,
                                View<double, 3>);
template void rankUpdate<double>(const HarmonicBlock<double>&, std::size_t, std::span<const std::size_t>, Parity,
                                 View<double, 3>);

} // namespace fxs
