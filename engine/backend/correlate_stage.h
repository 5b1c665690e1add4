#pragma once

#include "engine/core/task.h"
#include "engine/correlate/correlator.h"
#include "engine/model/run_source.h"

#include <cstdint>
#include <functional>

namespace fxs {

/// Feeds a run to a correlator, from frame `first` to its end: read in order, convert in parallel, accumulate in order,
/// with a bounded number of batches alive. task.finish ends the reading early; what was read is still accumulated.
/// onBatch:  called after each batch, between two accumulations; may ask the correlator for a snapshot.
/// Threads:  called from one thread; uses all cores of oneTBB.
/// Throws:   Error, Stopped: the correlator then holds whole blocks, without a gap, and can be resumed.
void accumulateRun(RunSource& run, Correlator& correlator, std::uint64_t first, const TaskContext& task,
                   const std::function<void()>& onBatch);

/// The frame that an interrupted accumulation goes on with: the end of what was done from the run's start without a
/// gap.
std::uint64_t nextFrame(const CorrelationSums& sums);

} // namespace fxs
