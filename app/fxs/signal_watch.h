#pragma once

#include "engine/core/thread.h"

#include <array>
#include <functional>

namespace fxs::app {

/// Turns the first Ctrl-C (SIGINT), SIGTERM or SIGHUP into a call on an ordinary thread, where locks may be taken. The
/// second one ends the program at once, as if nobody watched. Threads: one of these at a time in a program, made before
/// other threads wait for it. Errors: Error(internal) if the system gives no pipe.
class SignalWatch {
public:
    explicit SignalWatch(std::function<void()> onSignal);
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    std::array<int, 2> m_pipe{-1, -1};
    NamedThread m_thread;
};

} // namespace fxs::app
