#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/model/correlation.h"
#include "engine/polar/ring_transform.h"

#include <cstdint>
#include <memory>
#include <span>

namespace fxs {

/// One frame of a block, wherever it lies.
struct FrameRef {
    const float* intensity = nullptr;   ///< [q][phi]
    const std::uint8_t* mask = nullptr; ///< [q][phi], 1 = valid; null: the fixed mask only
    std::uint64_t index = 0;            ///< its parity chooses the half
};

/// Turns a block of frames into an addition to the sums; what kind (precision, mask correction) is chosen once, at the start.
/// Threads: one call at a time; parallel inside; same bits for any thread count.
/// Throws:  Stopped before any sum changes.
class BlockAccumulator {
public:
    virtual ~BlockAccumulator() = default;
    /// Adds the frames, all of which are finite.
    virtual void add(std::span<const FrameRef> frames, CorrelationSums& sums, const TaskContext& task) = 0;
};

/// Plain sums: whole rings, or rings with a fixed mask by the fit.
std::unique_ptr<BlockAccumulator> makeFitAccumulator(const CorrelationSums& sums, RingTransform<float> transform,
                                                     std::size_t blockFrames);
std::unique_ptr<BlockAccumulator> makeFitAccumulator(const CorrelationSums& sums, RingTransform<double> transform,
                                                     std::size_t blockFrames);
/// Ratio of sums: masked images and masks correlated apart, in double precision. fixedMask [q][phi] may be empty.
std::unique_ptr<BlockAccumulator> makeRatioAccumulator(const CorrelationSums& sums, Array<std::uint8_t, 2> fixedMask,
                                                       std::size_t blockFrames);

} // namespace fxs
