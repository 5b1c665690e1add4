#include "engine/backend/correlate_stage.h"

#include "engine/core/parallel.h"

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>

namespace fxs {

void accumulateRun(PolarFeed& feed, Correlator& correlator, std::uint64_t first, std::size_t batchFrames,
                   const TaskContext& task, const std::stop_token& finish, const std::function<void()>& onBatch) {
    const std::uint64_t end = feed.info().frameCount.value_or(0);
    ProgressMeter meter(task, stageName(Stage::correlate), end);
    meter.advance(first);
    std::uint64_t next = first;
    bool ended = false;

    using PiecePointer = std::shared_ptr<PolarFeed::Piece>; // TBB copies what flows
    using BatchPointer = std::shared_ptr<PolarBatch>;
    const auto read = [&](tbb::flow_control& control) -> PiecePointer {
        if (ended || task.stop.stop_requested() || finish.stop_requested()) {
            control.stop();
            return nullptr;
        }
        auto piece = std::make_shared<PolarFeed::Piece>(feed.read(next, batchFrames, task));
        ended = piece->frameCount() < batchFrames;
        if (piece->frameCount() == 0) {
            control.stop();
            return nullptr;
        }
        next += piece->frameCount();
        ended |= feed.info().frameCount && next >= *feed.info().frameCount;
        return piece;
    };
    const auto convert = [&](const PiecePointer& piece) {
        return std::make_shared<PolarBatch>(feed.convert(std::move(*piece), task));
    };
    const auto accumulate = [&](const BatchPointer& batch) {
        // Isolated: while it waits for its own parallel loops, this thread must not begin to read or convert another
        // batch.
        tbb::this_task_arena::isolate([&] {
            correlator.accumulate(*batch, task);
            meter.advance(batch->frameCount());
            onBatch();
        });
    };
    // One batch being read, one being accumulated, and one a thread being converted at most; four are enough to keep
    // all busy.
    const auto live = static_cast<std::size_t>(std::min(4, activeThreadCount() + 2));
    tbb::parallel_pipeline(live,
                           tbb::make_filter<void, PiecePointer>(tbb::filter_mode::serial_in_order, read) &
                               tbb::make_filter<PiecePointer, BatchPointer>(tbb::filter_mode::parallel, convert) &
                               tbb::make_filter<BatchPointer, void>(tbb::filter_mode::serial_in_order, accumulate));
    task.checkpoint();
}

} // namespace fxs
