#pragma once

#include "engine/backend/polar_feed.h"
#include "engine/core/task.h"
#include "engine/correlate/correlator.h"

#include <cstdint>
#include <functional>

namespace fxs {

class Accumulation;

/// Feeds a run to where it is summed, from its first frame that is not done to its end: read ahead, convert in parallel,
/// accumulate in order, with a bounded number of batches alive. task.finish ends the reading early; what was read is
/// still accumulated.
/// onBatch:  called after each batch, between two accumulations; may ask for a snapshot.
/// Threads:  called from one thread; uses all cores of oneTBB and the feed's reader.
/// Throws:   Error, Stopped: the sums then hold whole blocks, without a gap, and can be resumed.
void accumulateRun(PolarFeed& feed, Accumulation& sums, const TaskContext& task, const std::function<void()>& onBatch);

/// The frame that an interrupted accumulation goes on with: the end of what was done from the run's start without a
/// gap.
std::uint64_t nextFrame(const CorrelationSums& sums);

} // namespace fxs
