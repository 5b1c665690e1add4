#pragma once

#include "engine/backend/polar_feed.h"
#include "engine/core/task.h"
#include "engine/correlate/correlator.h"

#include <cstdint>
#include <functional>

namespace fxs {

/// Feeds a run to a correlator, from frame `first` to its end: read ahead, convert in parallel, accumulate in order, with
/// a bounded number of batches alive. task.finish ends the reading early; what was read is still accumulated.
/// blockFrames: of the correlator's settings.
/// onBatch:  called after each batch, between two accumulations; may ask the correlator for a snapshot.
/// Threads:  called from one thread; uses all cores of oneTBB and the feed's reader.
/// Throws:   Error, Stopped: the correlator then holds whole blocks, without a gap, and can be resumed.
void accumulateRun(PolarFeed& feed, Correlator& correlator, std::uint64_t first, std::size_t blockFrames,
                   const TaskContext& task, const std::function<void()>& onBatch);

/// The frame that an interrupted accumulation goes on with: the end of what was done from the run's start without a
/// gap.
std::uint64_t nextFrame(const CorrelationSums& sums);

} // namespace fxs
