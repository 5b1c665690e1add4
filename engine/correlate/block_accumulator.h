#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/correlate/rank_update.h"
#include "engine/model/correlation.h"
#include "engine/polar/ring_transform.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace fxs {

/// One frame of a block, wherever it lies.
struct FrameRef {
    const float* intensity = nullptr;   ///< [q][phi]
    const std::uint8_t* mask = nullptr; ///< [q][phi], 1 = valid; null: the fixed mask only
    std::uint64_t index = 0;            ///< its parity chooses the half
};

/// What became of a frame.
enum class FrameVerdict : std::uint8_t {
    used,
    notFinite, ///< NaN or infinity in a valid bin
    empty,     ///< nothing but zeros
};

/// Where the time went, for benchmarks.
struct AccumulationTimes {
    double transformSeconds = 0; ///< wall time of images to harmonics, in the layout that the update reads
    double updateSeconds = 0;    ///< wall time of harmonics to sums
    double updateFlops = 0;      ///< useful: two a multiply-add, over pairs q <= q' of rings that carry the harmonic
};

/// Turns a block of frames into an addition to the sums; what kind (precision, mask correction) is chosen once, at the start.
/// Threads: one call at a time; parallel inside; same bits for any thread count.
/// Throws:  Stopped before any sum changes.
class BlockAccumulator {
public:
    virtual ~BlockAccumulator() = default;
    /// Adds the frames; one verdict a frame, and only those used count. At most as many of either half as the block has room for.
    virtual std::vector<FrameVerdict> add(std::span<const FrameRef> frames, CorrelationSums& sums,
                                          const TaskContext& task) = 0;
    const AccumulationTimes& times() const { return m_times; }

protected:
    AccumulationTimes m_times;
};

/// How a block is computed.
struct BlockSettings {
    std::size_t blockFrames = 512;
    bool doublePrecision = false;
    UpdateKernel kernel = bestUpdateKernel(); ///< of single precision
};

/// One fixed mask, or none: rings by RingTransform; gaps that it leaves to the ratio of sums are zeros, and the masks' correlation is
/// added to sumMaskC (then everything is in double, whatever the settings say).
std::unique_ptr<BlockAccumulator> makeFixedMaskAccumulator(std::shared_ptr<const RingTransform> transform,
                                                           Parity parity, const BlockSettings& settings);
/// Ratio of sums where masks differ from frame to frame: masked images and masks correlated apart, in double precision.
/// fixedMask [q][phi] may be empty.
std::unique_ptr<BlockAccumulator> makeVaryingMaskAccumulator(const PolarGrid& grid, Parity parity,
                                                             Array<std::uint8_t, 2> fixedMask, std::size_t blockFrames);

} // namespace fxs
