#pragma once

#include "engine/core/task.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace fxs {

/// Several files read as one run, in the order given: frame n of the run is frame n - (frames before) of its file.
/// Memory:  file handles; at most kOpenFiles files are open at once.
/// Throws:  Error(badInput) from the constructor where files differ in kind, grid, frame shape or wavelength.
class JoinedRun : public RunSource {
public:
    using Opener = std::function<std::unique_ptr<RunSource>(const std::string& path)>;
    static constexpr std::size_t kOpenFiles = 64;

    JoinedRun(const std::vector<std::string>& files, Opener open, const TaskContext& task);

    const RunInfo& info() const override { return m_info; }
    std::vector<Problem> problemsFound() const override;
    bool allowRaw16() override;
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override;
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override;
    void wantColumns(const std::vector<std::string>& names) override;

    /// For openRun(), before the run is handed out.
    RunInfo& editInfo() { return m_info; }
    void setOpener(Opener open) { m_open = std::move(open); }

private:
    struct Part {
        std::string path;
        std::uint64_t first = 0, count = 0;
        std::shared_ptr<RunSource> source; ///< null while the file is closed
    };
    RunSource& source(std::size_t part);
    /// Calls read(source, first within the part, count, place in the batch) for each part that [first, first + count)
    /// touches.
    void forParts(std::uint64_t first, std::size_t count,
                  const std::function<void(RunSource&, std::uint64_t, std::size_t, std::size_t)>& read);
    std::size_t available(std::uint64_t first, std::size_t count) const;

    Opener m_open;
    std::vector<Part> m_parts;
    RunInfo m_info;
    std::uint64_t m_frames = 0;
    bool m_raw16 = false;       ///< parts hand frames on as they are stored
    mutable std::mutex m_mutex; ///< guards m_parts[].source and m_closedProblems against problemsFound()
    std::vector<Problem> m_closedProblems;
    std::vector<std::string> m_columns; ///< that were asked for
};

} // namespace fxs
