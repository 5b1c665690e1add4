#pragma once

#include "engine/backend/frame_browser.h"
#include "engine/model/batch.h"

#include <chrono>
#include <memory>

namespace fxs {

/// Keeps one of the newest frames that pass by, as it came, for whoever looks: a few a second, never a backlog.
/// Threads: one. Cost: a copy of one frame, four times a second at most.
class FrameTap {
public:
    explicit FrameTap(const RunInfo& run);

    /// Frames or images on their way to the analysis; one of the two is empty. Keeps the last one where it is time.
    void look(const FrameBatch& frames, const PolarBatch& images);
    /// A frame waits to be taken.
    bool isDue() const { return m_frame != nullptr; }
    /// Null: none is due.
    std::shared_ptr<const BrowsedFrame> take();

private:
    std::shared_ptr<const RunInfo> m_run;
    std::shared_ptr<const BrowsedFrame> m_frame;
    std::chrono::steady_clock::time_point m_last;
};

} // namespace fxs
