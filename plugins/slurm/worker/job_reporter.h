#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/job_events.h"

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace fxs::worker {

/// Tells in the job's folder what all ranks do: events, and the newest snapshot. A folder that cannot be written to is said
/// on standard error, and does not end the work.
/// Threads: any.
class JobReporter {
public:
    /// In the present folder. framesBefore: what earlier runs of the job left in the sums. Throws: as JobEventWriter.
    JobReporter(int ranks, int nodes, std::uint64_t framesBefore, double snapshotPeriodSeconds);

    void state(JobState state, const std::string& message = {});
    /// Progress of one rank; what is written is that of all together.
    void progress(int rank, const Progress& progress);
    /// The same line of several ranks is written once.
    void log(int rank, const LogLine& line);

    bool isSnapshotDue() const;
    /// Parts that are not in it stay as they were.
    void snapshot(const Snapshot& snapshot);

    void done(const JobResult& result);
    void failed(const Error& error);
    void stopped();

private:
    void write(JobEvent event) noexcept;
    void writeProgress(bool always);

    using Clock = std::chrono::steady_clock;
    const int m_ranks, m_nodes;
    const std::uint64_t m_framesBefore;
    const double m_snapshotPeriod;
    JobEventWriter m_events;
    mutable std::mutex m_mutex; ///< guards what follows
    std::string m_stage;
    std::map<int, Progress> m_progress; ///< by rank, of the present stage
    std::uint64_t m_frames;
    std::set<std::string> m_lines;
    Snapshot m_latest;
    Clock::time_point m_lastProgress{}, m_lastSnapshot = Clock::now();
};

} // namespace fxs::worker
