#pragma once

#include "engine/core/settings.h"
#include "engine/core/thread.h"
#include "engine/model/batch.h"
#include "engine/model/run_source.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// One frame of a run, as it is in the file. Immutable: shared by whoever looks.
struct BrowsedFrame {
    std::uint64_t index = 0;
    std::shared_ptr<const RunInfo> run;
    PolarBatch polar; ///< one frame [1][q][phi] where the run holds polar images, else empty
    FrameBatch raw;   ///< one frame [1][panel][ss][fs] where it holds detector frames, else empty
};

/// What a browser tells; called from its thread, must return at once and not throw.
struct FrameBrowserEvents {
    std::function<void(std::shared_ptr<const RunInfo>)> opened;
    std::function<void(std::shared_ptr<const BrowsedFrame>)> frame;
    std::function<void(const Error&)> failed; ///< opening or reading; the browser goes on with the next request
};

/// Opens a run's files under the settings of section "input".
using OpenRun =
    std::function<std::unique_ptr<RunSource>(const std::vector<std::string>& files, const SettingValues& input)>;

/// Looks at single frames of a run, before and beside any job. The newest request wins: of many asked while one is
/// read, only the last is read next, so a slider may be dragged. Owns:    its thread and the open run. Threads: open(),
/// show() and close() from any thread; they never wait. Errors:  none thrown (but by the constructor,
/// std::system_error); they arrive as events. Cost:    one frame's read a request. Destroying it waits for the read
/// that is under way.
class FrameBrowser {
public:
    explicit FrameBrowser(FrameBrowserEvents events);
    FrameBrowser(FrameBrowserEvents events, OpenRun open);
    ~FrameBrowser();

    /// Turns to another run; tells opened or failed. What was asked of the old one is forgotten.
    void open(std::vector<std::string> files, SettingValues input = {});
    /// Reads frame `index` of the run opened last; tells frame or failed.
    void show(std::uint64_t index);
    /// Lets go of the run and its files.
    void close();

private:
    struct State;
    std::shared_ptr<State> m_state;
    NamedThread m_thread;
};

} // namespace fxs
