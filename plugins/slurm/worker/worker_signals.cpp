#include "plugins/slurm/worker/worker_signals.h"

#include <atomic>
#include <csignal>

namespace fxs::worker {

namespace {

std::atomic<bool> g_stop{false}, g_finish{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void onSignalReceived(int number) {
    (number == SIGUSR1 ? g_finish : g_stop) = true;
}

} // namespace

void watchSignals() {
    struct sigaction action {};
    action.sa_handler = onSignalReceived;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int number : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2})
        sigaction(number, &action, nullptr);
    std::signal(SIGHUP, SIG_IGN);  // the job outlives the session that began it
    std::signal(SIGXFSZ, SIG_IGN); // a file that may not grow is a failed write with a message
}

bool takeStopSignal() noexcept {
    return g_stop.exchange(false);
}

bool takeFinishSignal() noexcept {
    return g_finish.exchange(false);
}

} // namespace fxs::worker
