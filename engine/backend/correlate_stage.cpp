#include "engine/backend/correlate_stage.h"

#include "engine/backend/accumulation.h"
#include "engine/backend/backend.h"

#include <limits>

namespace fxs {

FrameRanges framesToDo(const RunInfo& run, const FrameRanges& done) {
    constexpr auto kUnknown = std::numeric_limits<std::uint64_t>::max();
    // Without an end the run is read as it comes: from the end of what was done without a gap.
    if (!run.frameCount)
        return {{!done.empty() && done.front().first == 0 ? done.front().second : 0, kUnknown}};
    return missing(done, *run.frameCount);
}

void accumulateRun(PolarFeed& feed, Accumulation& sums, const FrameRanges& frames, const TaskContext& task,
                   const std::function<void()>& onBatch) {
    const bool isBounded = frames.empty() || frames.back().second != std::numeric_limits<std::uint64_t>::max();
    // Counted from where this run begins, so that rate and time left are those of the work at hand.
    ProgressMeter meter(task, stageName(Stage::correlate), isBounded ? countOf(frames) : 0);
    if (!frames.empty()) {
        feed.start(frames, sums.blockFrames(), task);
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
