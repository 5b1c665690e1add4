#pragma once

#include "engine/core/array.h"

#include <cstdint>
#include <vector>

namespace fxs {

/// Raw detector frames, as a source hands them on: not corrected, not masked.
/// Shape: data [frame][panel][ss][fs], fs fastest. valid, where not empty: one flag a frame and panel (missing modules
/// are 0).
struct FrameBatch {
    std::uint64_t firstIndex = 0; ///< index of the first frame in the run; halves are cut by it, never by arrival
    Array<float, 4> data;
    Array<std::uint8_t, 4> mask;     ///< per-frame mask, 1 = valid; empty where the file has none
    std::vector<double> pulseEnergy; ///< per frame, in the run's own unit; empty if unknown

    std::size_t frameCount() const { return data.extent(0); }
};

/// Images on rings: intensity [frame][q][phi], phi fastest, in the run's own unit. Every value finite; what is not
/// known is masked. mask, where not empty, is [frame][q][phi], 1 = valid (masks that differ from frame to frame). A
/// fixed mask is not kept here.
struct PolarBatch {
    std::uint64_t firstIndex = 0; ///< index of the first frame in the run
    std::vector<std::uint64_t>
        indices; ///< index of each frame where they are not consecutive (rejected frames between); else empty
    Array<float, 3> intensity;
    Array<std::uint8_t, 3> mask;

    std::size_t frameCount() const { return intensity.extent(0); }
    std::uint64_t indexOf(std::size_t frame) const { return indices.empty() ? firstIndex + frame : indices[frame]; }
};

} // namespace fxs
