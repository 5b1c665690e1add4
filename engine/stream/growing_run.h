#pragma once

#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"
#include "engine/stream/stream_settings.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fxs {

/// Files that are still being written, as a run that grows: each is read up to where its writer has come (HDF5 SWMR), looked at
/// again while nothing new is there, and left once its writer has closed it. A folder stands for the HDF5 files in it, those
/// that appear later included, in the order of their names.
/// It ends when every file is closed and no folder is watched, or as the settings say (frames, seconds, idle).
/// Threads: as RunSource. Memory: as the files' own readers.
/// Throws:  the constructor as openRun(), and Error(io) if no frame is there within settings.firstMessage; later files of
///          another shape are an Error(badInput) that names them.
class GrowingRun : public RunSource {
public:
    GrowingRun(const std::vector<std::string>& paths, const StreamSettings& stream, const InputSettings& input,
               const TaskContext& task);

    const RunInfo& info() const override { return m_info; }
    std::vector<Problem> problemsFound() const override;
    void wantColumns(const std::vector<std::string>& names) override;
    bool allowRaw16() override;
    bool mayGrow() const override { return !m_ended; }
    /// The next frames, at most count; none after about 0.2 s without new ones. `first` is not looked at.
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override;
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override;

private:
    bool openNext();
    void look();
    std::size_t waitForFrames(std::size_t count, const TaskContext& task);
    void reopen();
    bool timeIsUp() const;
    std::unique_ptr<RunSource> tryOpen(const std::string& path);
    template <class Batch>
    void took(Batch& batch);

    StreamSettings m_settings;
    InputSettings m_input;
    std::vector<std::string> m_folders;
    std::set<std::string> m_waiting, m_done; ///< files by name: not begun, and read to their ends
    std::string m_path;                      ///< the file under way; empty: none
    std::unique_ptr<RunSource> m_file;       ///< null while it cannot be opened
    std::uint64_t m_inFile = 0;              ///< frames of it that were handed on
    std::uint64_t m_next = 0;                ///< index of the next frame in the run
    RunInfo m_info;
    std::vector<std::string> m_columns;
    std::vector<Problem> m_problems;
    std::string m_lastProblem; ///< why the next file could not be opened yet
    std::chrono::steady_clock::time_point m_begin, m_lastNew;
    bool m_raw16 = false, m_ended = false;
};

} // namespace fxs
