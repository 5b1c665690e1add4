#pragma once

#include "engine/core/task.h"

#include <chrono>
#include <mutex>
#include <string>

namespace fxs::app {

/// Progress and log on standard error: a bar that is redrawn where that is a terminal, else one line every ten seconds.
/// Threads: every member from any thread.
class ProgressPrinter {
public:
    using Clock = std::chrono::steady_clock;

    /// program: what stands before warnings, "fxs correlate".
    ProgressPrinter(std::string program, bool terminal, bool verbose);
    ~ProgressPrinter() { clear(); }

    void show(const Progress& progress);
    /// Warnings and errors always; information on a terminal or where verbose; debugging where verbose.
    void log(const LogLine& line);
    /// Takes the bar away before something else is printed.
    void clear();

    /// "Correlation  45 %  4,500 of 10,000 frames  3,200 frames/s  2 s left".
    static std::string describe(const Progress& progress, double secondsSinceStageBegan);

private:
    void clearLocked();

    const std::string m_program;
    const bool m_terminal, m_verbose;
    std::mutex m_mutex;
    std::string m_stage;
    Clock::time_point m_stageStart = Clock::now();
    Clock::time_point m_lastPrint = Clock::now();
    bool m_barShown = false;
};

} // namespace fxs::app
