#pragma once

#include "engine/core/error.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace fxs {

/// How far a long task is.
struct Progress {
    std::string stage;           ///< the user's word for what runs: "Correlation", "Phasing"
    double fraction = 0;         ///< in [0, 1], never falling within one stage
    std::uint64_t done = 0;      ///< items done (frames, iterations)
    std::uint64_t total = 0;     ///< items in all; 0 = unknown
    double ratePerSecond = 0;    ///< items a second, smoothed
    std::string unit = "frames"; ///< what the items are
};

enum class LogLevel { debug, info, warning, error };

/// One line for the log: a message for people, already complete.
struct LogLine {
    LogLevel level = LogLevel::info;
    std::string text;
    std::chrono::system_clock::time_point time = std::chrono::system_clock::now();
};

/// What a long task needs of its caller: a way to be stopped, to end early, to say how far it is, to log. Cheap to
/// copy. Threads: all members may be called from any thread; callbacks must return at once and not throw. "Finish now"
/// ends an iteration early with the best result so far; "Stop" throws Stopped at the next checkpoint.
struct TaskContext {
    std::stop_token stop;
    std::stop_token finish;
    std::function<void(const Progress&)> onProgress;
    std::function<void(const LogLine&)> onLog;

    /// Throws Stopped if the user asked for it.
    void checkpoint() const {
        if (stop.stop_requested())
            throw Stopped();
    }
    bool finishRequested() const { return finish.stop_requested(); }

    void log(LogLevel level, std::string text) const {
        if (onLog)
            onLog(LogLine{level, std::move(text)});
    }
    void info(std::string text) const { log(LogLevel::info, std::move(text)); }
    void warn(std::string text) const { log(LogLevel::warning, std::move(text)); }
};

/// Counts items of one stage and reports at most 20 times a second, monotone in [0, 1].
/// Threads: advance() from any thread; the callback runs on the thread that advanced, outside the lock.
class ProgressMeter {
public:
    ProgressMeter(const TaskContext& task, std::string stage, std::uint64_t total, std::string unit = "frames");
    /// Reports the end of the stage, unless an exception is passing through.
    ~ProgressMeter();
    ProgressMeter(const ProgressMeter&) = delete;
    ProgressMeter& operator=(const ProgressMeter&) = delete;

    void advance(std::uint64_t items = 1);
    std::uint64_t done() const;
    /// Items a second since the start.
    double rate() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace fxs
