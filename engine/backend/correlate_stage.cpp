#include "engine/backend/correlate_stage.h"

#include "engine/backend/backend.h"

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <array>

namespace fxs {

namespace {

/// As many frames as make about 16 MB as they are read: large enough to keep the reader streaming, small enough that
/// the few batches alive are no burden for any size of frame.
std::size_t framesABatch(const RunInfo& run) {
    const std::size_t values =
        run.polarGrid ? run.polarGrid->qCount() * run.polarGrid->phiCount : run.panels * run.slow * run.fast;
    return std::clamp<std::size_t>((std::size_t{4} << 20) / std::max<std::size_t>(1, values), 1, 512);
}

} // namespace

std::uint64_t nextFrame(const CorrelationSums& sums) {
    std::uint64_t next = 0;
    for (const auto& [first, last] : sums.framesDone)
        if (first == next)
            next = last;
    return next;
}

void accumulateRun(RunSource& run, Correlator& correlator, std::uint64_t first, const TaskContext& task,
                   const std::function<void()>& onBatch) {
    const std::uint64_t end = run.info().frameCount.value_or(0);
    const std::size_t batchFrames = framesABatch(run.info());
    // Counted from where this run begins, so that rate and time left are those of the work at hand.
    ProgressMeter meter(task, stageName(Stage::correlate), end > first ? end - first : 0);
    std::uint64_t next = first;
    bool ended = end > 0 && first >= end;

    // One being accumulated, one being read, one waiting for a reader that is slower at times.
    constexpr std::size_t kLiveBatches = 3;
    // The batches live here and only their addresses flow: TBB forgets what is under way when a step throws. A batch's place
    // is free when its turn comes again, because both steps keep the order and no more than kLiveBatches are under way.
    std::array<PolarBatch, kLiveBatches> batches;
    std::size_t turn = 0;
    const auto read = [&](tbb::flow_control& control) -> PolarBatch* {
        PolarBatch& batch = batches[turn++ % kLiveBatches];
        batch = {};
        // A live run may have nothing for a while.
        while (!ended && batch.frameCount() == 0 && !task.stop.stop_requested() && !task.finishRequested()) {
            // Isolated, here and below: a thread that waits for its own parallel loop must not begin the other step.
            tbb::this_task_arena::isolate([&] { batch = run.readPolar(next, batchFrames, task); });
            next = batch.frameCount() > 0 ? batch.end() : next;
            ended = (batch.frameCount() < batchFrames && !run.mayGrow()) || (end > 0 && next >= end);
        }
        if (batch.frameCount() == 0) {
            control.stop();
            return nullptr;
        }
        return &batch;
    };
    const auto accumulate = [&](PolarBatch* batch) {
        tbb::this_task_arena::isolate([&] { correlator.accumulate(*batch, task); });
        meter.advance(batch->frameCount());
        onBatch();
    };
    tbb::parallel_pipeline(kLiveBatches,
                           tbb::make_filter<void, PolarBatch*>(tbb::filter_mode::serial_in_order, read) &
                               tbb::make_filter<PolarBatch*, void>(tbb::filter_mode::serial_in_order, accumulate));
    task.checkpoint();
    correlator.finish(task);
}

} // namespace fxs
