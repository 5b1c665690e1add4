#pragma once

#include "engine/core/array.h"

#include <cstddef>
#include <string_view>

namespace fxs {

/// One harmonic's update of the sums of one half by one block of frames, for pairs of rings q <= q':
///     real part        S(q,q') += f(q) f(q') Σ_k A(k,q) A(k,q')
///     imaginary part   S(q,q') += f(q) f(q') Σ_j A(2j,q) A(2j+1,q') - A(2j+1,q) A(2j,q')
/// where rows 2j and 2j + 1 of A hold Re and Im of frame j. Sums over rows are in T, in the order of the rows, and are then added
/// to S in double.
/// Shape: A in groups of 16 rings, as PanelLayout says; S [pair][step] in the order of pairIndex over all rings.
template <class T>
struct RankUpdate {
    const T* panels = nullptr;
    std::size_t groups = 0;      ///< groups of 16 rings in A
    std::size_t groupStride = 0; ///< from a group to the next, values
    std::size_t rowStride = 0;   ///< from a row to the next, values
    std::size_t rows = 0;
    const double* factor = nullptr; ///< f: one a ring of A
    std::size_t firstRing = 0;      ///< the ring that A begins with
    std::size_t ringCount = 0;      ///< rings in all; those of A beyond it are padding
    double* sums = nullptr;         ///< all pairs of this half and harmonic
    bool full = false;              ///< S holds [re, im]; else the real part only
};

/// Who multiplies. blas reads PanelLayout::Kind::wide, the others panels.
enum class UpdateKernel { blas, avx2, avx512 };

bool isSupported(UpdateKernel kernel);
/// The fastest that this machine runs. (Double precision always takes BLAS.)
UpdateKernel bestUpdateKernel();
std::string_view nameOf(UpdateKernel kernel);

/// Threads: free for different sums. scratch is grown as needed and belongs to one thread.
void rankUpdate(const RankUpdate<float>& update, UpdateKernel kernel, Array<float, 1>& scratch);
void rankUpdate(const RankUpdate<double>& update, UpdateKernel kernel, Array<double, 1>& scratch);

} // namespace fxs
