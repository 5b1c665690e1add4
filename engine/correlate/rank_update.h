#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/model/correlation.h"

#include <cstddef>
#include <span>

namespace fxs {

/// Harmonics of one block's frames of one half, as RingTransform writes them: [m][q][Re of every frame | Im of every frame].
template <class T>
struct HarmonicBlock {
    Array<T, 3> values; ///< [m][q][2 * capacity]; rows are 2 * frames long from their start
    std::size_t frames = 0;

    std::size_t rowStride() const { return values.extent(2); }
    std::size_t harmonicStride() const { return values.extent(1) * values.extent(2); }
};

/// sums[m][pair] += Σ_frames conj F_m(q) F_m(q') for m >= firstHarmonic, one harmonic a task: for even parity the real part, a rank-2N
/// update of [Re | Im]; for full parity the imaginary part Re F(q) Im F(q') - Im F(q) Re F(q') beside it.
/// firstRing[m]: rings below carry no such harmonic and are left out.
/// Threads: parallel inside; each harmonic is summed by one task, so the bits do not depend on their number.
template <class T>
void rankUpdate(const HarmonicBlock<T>& block, std::size_t firstHarmonic, std::span<const std::size_t> firstRing,
                Parity parity, View<double, 3> sums);

/// sums[pair] += Σ_frames means(q) means(q') in double precision: the m = 0 term. means: [q][frames].
void rankUpdateMeans(View<const double, 2> means, std::size_t frames, Parity parity, View<double, 3> sums);

extern template void rankUpdate<float>(const HarmonicBlock<float>&, std::size_t, std::span<const std::size_t>, Parity,
                                       View<double, 3>);
extern template void rankUpdate<double>(const HarmonicBlock<double>&, std::size_t, std::span<const std::size_t>, Parity,
                                        View<double, 3>);

} // namespace fxs
