#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace fxs {

/// What may be asked of a live run while it runs.
namespace live {
/// Ends the accumulation since the last mark (it is a result of its own) and begins one of this name.
struct SetMark {
    std::string name;
};
/// Length of the recent window; both 0: none. It begins anew.
struct SetWindow {
    double seconds = 0;
    std::uint64_t frames = 0;
};
/// How often the coefficients of what there is are computed; 0: as often as they can be.
struct SetRefresh {
    double seconds = 10;
};
/// The alarms' rules, in place of the present ones. Wrong ones are told in the log and change nothing.
struct SetAlarms {
    std::string rules;
};
/// Begins to record to a file, or ends that (empty path).
struct SetRecording {
    std::string path;
    bool hitsOnly = false;
};
} // namespace live

using LiveRequest = std::variant<live::SetMark, live::SetWindow, live::SetRefresh, live::SetAlarms, live::SetRecording>;

/// Requests on their way to a job. Threads: all members from any thread.
class LiveRequests {
public:
    void send(LiveRequest request) {
        const std::lock_guard lock(m_mutex);
        m_waiting.push_back(std::move(request));
    }
    /// All that came since, in order.
    std::vector<LiveRequest> take() {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_waiting, {});
    }

private:
    std::mutex m_mutex;
    std::vector<LiveRequest> m_waiting;
};

} // namespace fxs
