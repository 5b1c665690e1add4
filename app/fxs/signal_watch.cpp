#include "app/fxs/signal_watch.h"

#include "engine/core/error.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace fxs::app {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
constexpr char kSignalled = 's', kEnd = 'e';

std::atomic<int> g_writeEnd{-1};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void onSignalReceived(int) {
    // Only what POSIX allows in a handler: one write to a pipe that a thread reads.
    const int savedErrno = errno;
    [[maybe_unused]] const auto written = write(g_writeEnd.load(), &kSignalled, 1);
    errno = savedErrno;
}

void watch(int readEnd, const std::function<void()>& onSignal) {
    for (;;) {
        char what = 0;
        const auto n = read(readEnd, &what, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != 1 || what == kEnd)
            return;
        onSignal();
    }
}

} // namespace

SignalWatch::SignalWatch(std::function<void()> onSignal) {
    if (pipe2(m_pipe.data(), O_CLOEXEC) != 0)
        throw Error(ErrorCode::internal, "the system gives no pipe to watch for Ctrl-C");
    g_writeEnd = m_pipe[1];
    m_thread = NamedThread("fxs-signals", [readEnd = m_pipe[0], onSignal = std::move(onSignal)](std::stop_token) {
        watch(readEnd, onSignal);
    });
    struct sigaction action {};
    action.sa_handler = onSignalReceived;
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    for (const int signal : kSignals) {
        struct sigaction before {};
        sigaction(signal, nullptr, &before);
        if (before.sa_handler != SIG_IGN) // nohup and background jobs of scripts stay as their starter wanted
            sigaction(signal, &action, nullptr);
    }
}

SignalWatch::~SignalWatch() {
    for (const int signal : kSignals) {
        struct sigaction now {};
        sigaction(signal, nullptr, &now);
        if (now.sa_handler == onSignalReceived)
            std::signal(signal, SIG_DFL);
    }
    [[maybe_unused]] const auto written = write(m_pipe[1], &kEnd, 1);
    m_thread.join();
    g_writeEnd = -1;
    close(m_pipe[0]);
    close(m_pipe[1]);
}

} // namespace fxs::app
