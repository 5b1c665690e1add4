#include "engine/core/task.h"

#include <algorithm>
#include <mutex>

namespace fxs {

namespace {
using Clock = std::chrono::steady_clock;
constexpr auto kReportPeriod = std::chrono::milliseconds(50);
} // namespace

struct ProgressMeter::State {
    const TaskContext& task;
    std::string stage;
    std::uint64_t total;
    std::string unit;
    Clock::time_point start = Clock::now();
    int exceptionsAtStart = std::uncaught_exceptions();

    mutable std::mutex mutex;
    std::uint64_t done = 0;
    Clock::time_point lastReport = Clock::now() - kReportPeriod;

    double rate(std::uint64_t items) const {
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        return seconds > 0 ? static_cast<double>(items) / seconds : 0.0;
    }

    void report(std::uint64_t items) const {
        if (!task.onProgress)
            return;
        const double fraction = total ? std::min(1.0, static_cast<double>(items) / static_cast<double>(total)) : 0.0;
        task.onProgress(Progress{stage, fraction, items, total, rate(items), unit});
    }
};

ProgressMeter::ProgressMeter(const TaskContext& task, std::string stage, std::uint64_t total, std::string unit)
    : m_state(new State{task, std::move(stage), total, std::move(unit)}) {
    m_state->report(0);
}

ProgressMeter::~ProgressMeter() {
    if (std::uncaught_exceptions() == m_state->exceptionsAtStart)
        m_state->report(m_state->done);
}

void ProgressMeter::advance(std::uint64_t items) {
    std::uint64_t done = 0;
    {
        const std::lock_guard lock(m_state->mutex);
        m_state->done += items;
        const auto now = Clock::now();
        if (now - m_state->lastReport < kReportPeriod)
            return;
        m_state->lastReport = now;
        done = m_state->done;
    }
    m_state->report(done);
}

std::uint64_t ProgressMeter::done() const {
    const std::lock_guard lock(m_state->mutex);
    return m_state->done;
}

double ProgressMeter::rate() const {
    return m_state->rate(done());
}

} // namespace fxs
