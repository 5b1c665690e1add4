#include "engine/stream/growing_run.h"

#include "engine/io/hdf5.h"
#include "engine/io/run_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;

/// Between two looks at a file that has nothing new: short against a beamtime's patience, long against an opening.
constexpr std::chrono::milliseconds kPause{200};

void pause(const TaskContext& task) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, task.stop, kPause, [] { return false; });
}

std::string shapeOf(const RunInfo& info) {
    return info.polarGrid ? fmt::format("{} x {} (q x phi)", info.polarGrid->qCount(), info.polarGrid->phiCount)
                          : fmt::format("{} x {} x {}", info.panels, info.slow, info.fast);
}

} // namespace

GrowingRun::GrowingRun(const std::vector<std::string>& paths, const StreamSettings& stream, const InputSettings& input,
                       const TaskContext& task)
    : m_settings(stream), m_input(input), m_begin(Clock::now()), m_lastNew(m_begin) {
    for (const std::string& path : paths) {
        std::error_code ignored;
        if (std::filesystem::is_directory(path, ignored))
            m_folders.push_back(path);
        else
            m_waiting.insert(path);
    }
    while (!openNext()) {
        task.checkpoint();
        if (Clock::now() - m_begin > std::chrono::duration<double>(stream.firstMessage))
            throw Error(ErrorCode::io,
                        fmt::format("no frame came to {} within {} s{}", paths.front(), stream.firstMessage,
                                    m_lastProblem.empty() ? "" : ": " + m_lastProblem));
        pause(task);
    }
    // Files differ in what they hold, not in what they are: the run is described by its first.
    m_info = m_file->info().clone();
    m_info.layout += ", growing";
    m_info.files = paths;
    m_info.growing = true;
    m_info.frameCount.reset();
}

void GrowingRun::wantColumns(const std::vector<std::string>& names) {
    if (m_file)
        m_file->wantColumns(names);
    m_columns = names;
}

bool GrowingRun::allowRaw16() {
    m_raw16 = m_file && m_file->allowRaw16();
    return m_raw16;
}

std::vector<Problem> GrowingRun::problemsFound() const {
    std::vector<Problem> problems = m_problems;
    if (m_file)
        for (Problem& problem : m_file->problemsFound())
            problems.push_back(std::move(problem));
    return problems;
}

/// Null while it cannot be read: a writer may be about to fill it.
std::unique_ptr<RunSource> GrowingRun::tryOpen(const std::string& path) {
    try {
        auto run = openRun({path}, m_input);
        m_lastProblem.clear();
        if (!m_columns.empty())
            run->wantColumns(m_columns);
        if (m_raw16)
            run->allowRaw16();
        return run;
    } catch (const Error& error) {
        m_lastProblem = error.message();
        return nullptr;
    }
}

/// Looks into the folders for files that were not there before.
void GrowingRun::look() {
    for (const std::string& folder : m_folders) {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
            const std::string path = entry.path().string();
            if (entry.is_regular_file(ignored) && !m_done.contains(path) && path != m_path && h5::File::isHdf5(path))
                m_waiting.insert(path);
        }
    }
}

/// Turns to the next file that has a frame. False: there is none yet.
bool GrowingRun::openNext() {
    look();
    for (const std::string& path : m_waiting) {
        auto run = tryOpen(path);
        if (!run)
            continue;
        if (!m_info.layout.empty() && shapeOf(run->info()) != shapeOf(m_info))
            throw Error(ErrorCode::badInput, fmt::format("{}: images of {}, expected {} as in the run's first file",
                                                         path, shapeOf(run->info()), shapeOf(m_info)));
        m_file = std::move(run);
        m_path = path;
        m_inFile = 0;
        m_waiting.erase(path);
        return true;
    }
    return false;
}

/// The reader keeps the extent that it found, and HDF5 what it knows of a file that is open: only one that is opened anew, with
/// nobody else holding it, shows what came since.
void GrowingRun::reopen() {
    if (m_file)
        for (Problem& problem : m_file->problemsFound())
            m_problems.push_back(std::move(problem));
    m_file.reset();
    m_file = tryOpen(m_path);
}

bool GrowingRun::timeIsUp() const {
    const auto now = Clock::now();
    const auto passed = [&](double seconds, Clock::time_point since) {
        return seconds > 0 && now - since > std::chrono::duration<double>(seconds);
    };
    return passed(m_settings.seconds, m_begin) || passed(m_settings.idle, m_lastNew);
}

/// How many frames of the file under way can be read now, at most count; 0: none yet, or the end.
std::size_t GrowingRun::waitForFrames(std::size_t count, const TaskContext& task) {
    if (m_settings.frames > 0) {
        const std::uint64_t limit = static_cast<std::uint64_t>(m_settings.frames);
        count = static_cast<std::size_t>(std::min<std::uint64_t>(count, limit > m_next ? limit - m_next : 0));
    }
    m_ended = m_ended || count == 0 || timeIsUp();
    if (m_ended)
        return 0;
    const auto available = [&]() -> std::size_t {
        const std::uint64_t there = m_file->info().frameCount.value_or(0);
        if (there <= m_inFile)
            return 0;
        m_lastNew = Clock::now();
        return static_cast<std::size_t>(std::min<std::uint64_t>(count, there - m_inFile));
    };
    if (m_file && available() > 0)
        return available();
    if (!m_file || m_file->info().growing) {
        reopen();
        if (m_file && available() > 0)
            return available();
        if (!m_file || m_file->info().growing) {
            pause(task);
            return 0;
        }
    }
    m_done.insert(m_path);
    if (openNext())
        return waitForFrames(count, task);
    m_ended = m_folders.empty() && m_waiting.empty();
    pause(task);
    return 0;
}

template <class Batch>
void GrowingRun::took(Batch& batch) {
    batch.firstIndex = m_next;
    m_inFile += batch.frameCount();
    m_next += batch.frameCount();
}

PolarBatch GrowingRun::readPolar(std::uint64_t, std::size_t count, const TaskContext& task) {
    PolarBatch batch;
    if (const std::size_t frames = waitForFrames(count, task); frames > 0)
        batch = m_file->readPolar(m_inFile, frames, task);
    took(batch);
    return batch;
}

FrameBatch GrowingRun::readFrames(std::uint64_t, std::size_t count, const TaskContext& task) {
    FrameBatch batch;
    if (const std::size_t frames = waitForFrames(count, task); frames > 0)
        batch = m_file->readFrames(m_inFile, frames, task);
    took(batch);
    return batch;
}

} // namespace fxs
