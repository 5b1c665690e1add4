#include "engine/backend/correlate_stage.h"

#include "engine/backend/accumulation.h"
#include "engine/backend/backend.h"

namespace fxs {

std::uint64_t nextFrame(const CorrelationSums& sums) {
    std::uint64_t next = 0;
    for (const auto& [first, last] : sums.framesDone)
        if (first == next)
            next = last;
    return next;
}

void accumulateRun(PolarFeed& feed, Accumulation& sums, const TaskContext& task, const std::function<void()>& onBatch) {
    const std::uint64_t first = sums.firstFrame(), end = feed.info().frameCount.value_or(0);
    // Counted from where this run begins, so that rate and time left are those of the work at hand.
    ProgressMeter meter(task, stageName(Stage::correlate), end > first ? end - first : 0);
    if (end == 0 || first < end) {
        feed.start(first, sums.blockFrames(), task);
        PolarBatch batch;
        while (feed.next(batch, task)) {
            sums.accumulate(batch, task);
            meter.advance(batch.end() - batch.firstIndex);
            onBatch();
        }
    }
    task.checkpoint();
    sums.finish(task);
}

} // namespace fxs
