#pragma once

#include "engine/backend/frame_browser.h"
#include "engine/core/thread.h"
#include "engine/io/input_settings.h"
#include "engine/stream/live_run.h"
#include "engine/stream/stream_settings.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// What a preview tells; called from its thread, must return at once and not throw.
struct LivePreviewEvents {
    std::function<void(std::shared_ptr<const RunInfo>)> opened; ///< the first images are there
    std::function<void(std::shared_ptr<const BrowsedFrame>)> frame;
    std::function<void(const LiveStatus&)> status; ///< of a stream, also while it is silent
    std::function<void(const Error&)>
        failed; ///< what keeps it from showing anything; told once a reason; it goes on trying
};

/// Looks at a live stream, or at files that are being written, without analysing anything: the newest frame a few times a second and never
/// a backlog. Of a stream, what it does not show is thrown away by its own queue; a sender that is not there yet, or goes away, is
/// waited for. Of files, the last frame of the newest one.
/// Owns:    its thread, which is stopped and joined. Memory: two messages and a frame.
/// Errors:  arrive as events. Cost: one frame's unpacking four times a second.
class LivePreview {
public:
    LivePreview(std::vector<std::string> inputs, StreamSettings stream, InputSettings input, LivePreviewEvents events);
    ~LivePreview();
    LivePreview(const LivePreview&) = delete;
    LivePreview& operator=(const LivePreview&) = delete;

private:
    struct State;
    std::shared_ptr<State> m_state;
    NamedThread m_thread;
};

} // namespace fxs
