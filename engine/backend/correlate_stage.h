#pragma once

#include "engine/backend/polar_feed.h"
#include "engine/core/task.h"
#include "engine/correlate/correlator.h"

#include <cstdint>
#include <functional>

namespace fxs {

class Accumulation;

/// Feeds frames of a run to where they are summed: read ahead, convert in parallel, accumulate in order, with a bounded
/// number of batches alive. task.finish ends the reading early; what was read is still accumulated.
/// frames:   those that are to be read; see framesToDo().
/// onBatch:  called after each batch, between two accumulations; may ask for a snapshot.
/// Threads:  called from one thread; uses all cores of oneTBB and the feed's reader.
/// Throws:   Error, Stopped: the sums then hold whole blocks, and can be resumed.
void accumulateRun(PolarFeed& feed, Accumulation& sums, const FrameRanges& frames, const TaskContext& task,
                   const std::function<void()>& onBatch);

/// The frames of a run that are not done: all from a place on where nobody knows where it ends.
FrameRanges framesToDo(const RunInfo& run, const FrameRanges& done);

} // namespace fxs
