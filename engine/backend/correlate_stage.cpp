#include "engine/backend/correlate_stage.h"

#include "engine/backend/backend.h"

namespace fxs {

std::uint64_t nextFrame(const CorrelationSums& sums) {
    std::uint64_t next = 0;
    for (const auto& [first, last] : sums.framesDone)
        if (first == next)
            next = last;
    return next;
}

void accumulateRun(PolarFeed& feed, Correlator& correlator, std::uint64_t first, std::size_t blockFrames,
                   const TaskContext& task, const std::function<void()>& onBatch) {
    const std::uint64_t end = feed.info().frameCount.value_or(0);
    // Counted from where this run begins, so that rate and time left are those of the work at hand.
    ProgressMeter meter(task, stageName(Stage::correlate), end > first ? end - first : 0);
    if (end == 0 || first < end)
        feed.start(first, blockFrames, task);
    PolarBatch batch;
    while ((end == 0 || first < end) && feed.next(batch, task)) {
        correlator.accumulate(batch, task);
        meter.advance(batch.end() - batch.firstIndex);
        onBatch();
    }
    task.checkpoint();
    correlator.finish(task);
}

} // namespace fxs
