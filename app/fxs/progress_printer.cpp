#include "app/fxs/progress_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace fxs::app {

namespace {

constexpr auto kLinePeriod = std::chrono::seconds(10);
constexpr auto kBarPeriod = std::chrono::milliseconds(100);

/// 12345678 -> "12,345,678".
std::string grouped(std::uint64_t value) {
    std::string digits = std::to_string(value);
    for (std::size_t i = digits.size(); i > 3;)
        digits.insert(i -= 3, ",");
    return digits;
}

std::string duration(double seconds) {
    const auto whole = static_cast<long long>(seconds + 0.5);
    if (whole < 60)
        return fmt::format("{} s", whole);
    if (whole < 3600)
        return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string bar(double fraction) {
    constexpr int kWidth = 24;
    const int full = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * kWidth);
    return "[" + std::string(static_cast<std::size_t>(full), '#') +
           std::string(static_cast<std::size_t>(kWidth - full), '.') + "]";
}

} // namespace

ProgressPrinter::ProgressPrinter(std::string program, bool terminal, bool verbose)
    : m_program(std::move(program)), m_terminal(terminal), m_verbose(verbose) {}

std::string ProgressPrinter::describe(const Progress& p, double secondsSinceStageBegan) {
    std::string text = p.stage;
    if (p.total > 0)
        text += fmt::format("  {:3.0f} %  {} of {} {}", 100 * p.fraction, grouped(p.done), grouped(p.total), p.unit);
    else
        text += fmt::format("  {} {}", grouped(p.done), p.unit);
    if (p.ratePerSecond > 0)
        text += p.ratePerSecond >= 100
                    ? fmt::format("  {} {}/s", grouped(static_cast<std::uint64_t>(p.ratePerSecond)), p.unit)
                    : fmt::format("  {:.1f} {}/s", p.ratePerSecond, p.unit);
    if (p.fraction > 0.01 && p.fraction < 1)
        text += "  " + duration(secondsSinceStageBegan * (1 - p.fraction) / p.fraction) + " left";
    return text;
}

void ProgressPrinter::show(const Progress& progress) {
    const std::lock_guard lock(m_mutex);
    const auto now = Clock::now();
    if (progress.stage != m_stage) {
        m_stage = progress.stage;
        m_stageStart = now;
    }
    const bool last = m_terminal && progress.fraction >= 1;
    if (!last && now - m_lastPrint < (m_terminal ? Clock::duration(kBarPeriod) : Clock::duration(kLinePeriod)))
        return;
    m_lastPrint = now;
    const std::string text = describe(progress, std::chrono::duration<double>(now - m_stageStart).count());
    if (m_terminal) {
        // Carriage return and "erase to the end of the line": the bar stays on one line.
        std::fputs(fmt::format("\r{} {}\x1b[K", bar(progress.fraction), text).c_str(), stderr);
        m_barShown = true;
    } else {
        std::fputs((m_program + ": " + text + "\n").c_str(), stderr);
    }
    std::fflush(stderr);
}

void ProgressPrinter::log(const LogLine& line) {
    const bool important = line.level >= LogLevel::warning;
    if (!important && !m_verbose && !(m_terminal && line.level == LogLevel::info))
        return;
    const char* kind = line.level == LogLevel::warning ? "warning: " : line.level == LogLevel::error ? "error: " : "";
    const std::lock_guard lock(m_mutex);
    clearLocked();
    std::fputs((m_program + ": " + kind + line.text + "\n").c_str(), stderr);
    std::fflush(stderr);
}

void ProgressPrinter::clear() {
    const std::lock_guard lock(m_mutex);
    clearLocked();
}

void ProgressPrinter::clearLocked() {
    if (!std::exchange(m_barShown, false))
        return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
}

} // namespace fxs::app
