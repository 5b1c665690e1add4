#pragma once

#include "engine/backend/job_hooks.h"
#include "engine/backend/polar_feed.h"
#include "engine/correlate/correlator.h"

#include <cstdint>
#include <functional>

namespace fxs {

/// Feeds a run to a correlator, from frame `first` to its end: read in order, convert in parallel, accumulate in order,
/// with a bounded number of batches alive. Batches begin at multiples of the same size whatever `first` is, which must
/// be one: sums do not depend on the number of threads nor on interruptions. finish:   ends the reading; what was read
/// is still accumulated. onBatch:  called after each batch, between two accumulations; may ask the correlator for a
/// snapshot. Threads:  called from one thread; uses all cores of oneTBB. Throws:   Error, Stopped: the correlator then
/// holds whole batches, without a gap.
void accumulateRun(PolarFeed& feed, Correlator& correlator, std::uint64_t first, std::size_t batchFrames,
                   const TaskContext& task, const std::stop_token& finish, const std::function<void()>& onBatch);

} // namespace fxs
