#pragma once

#include "engine/backend/accumulation.h"
#include "engine/backend/checkpoint_folder.h"
#include "engine/backend/frame_tap.h"
#include "engine/backend/job_hooks.h"
#include "engine/backend/job_settings.h"
#include "engine/backend/live_filter.h"
#include "engine/backend/polar_feed.h"
#include "engine/backend/team_correlation.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// The correlation of one job, alone or as one of a team: reads, sums, publishes, and keeps what there is: each minute, when
/// it is stopped, and when something breaks. In a team the root publishes and writes for all.
/// Owns:    the sums and the live filter. Threads: one.
class CorrelationRun {
public:
    /// path: of the result; empty: kept in memory only. provenance: asked whenever something is written.
    CorrelationRun(const JobSpec& spec, const JobSettings& settings, const JobHooks& hooks, std::string path,
                   std::function<Provenance()> provenance);
    ~CorrelationRun();

    /// The correlation, of all and of each label, into result; its files into files. Elsewhere than at the root: nothing.
    /// Throws: Error, Stopped, after what there is was kept.
    void run(const TaskContext& task, Snapshot& result, std::vector<std::string>& files);

private:
    void openSums(const RunInfo& run, const TaskContext& task);
    void sumUp(PolarFeed& feed, const TaskContext& task);
    void onBatch();
    void waitForOthers(const TaskContext& task);
    bool meet(bool done);
    bool isSnapshotDue() const;
    bool isCheckpointDue() const;
    void use(CorrelationSet set);
    void publishFrame();
    void endWith(const std::exception_ptr& ending) noexcept;
    void keep(CorrelationSet set) noexcept;
    bool isRoot() const { return !m_hooks.team || m_hooks.team->isRoot(); }
    bool mayReplace() const { return m_spec.overwrite || m_spec.resume; }

    using Clock = std::chrono::steady_clock;
    const JobSpec& m_spec;
    const JobSettings& m_settings;
    const JobHooks& m_hooks;
    const std::string m_path;
    const std::function<Provenance()> m_provenance;
    CheckpointFolder m_checkpoints;
    std::unique_ptr<Accumulation> m_sums;
    std::unique_ptr<TeamCorrelation> m_together; ///< null: alone
    std::unique_ptr<LiveFilter> m_liveFilter;
    std::optional<FrameTap> m_tap; ///< where the run still arrives and somebody looks
    CorrelationSet m_final;    ///< in a team, at the root
    bool m_hasMetLast = false; ///< the team's last meeting is over
    Clock::time_point m_lastSnapshot = Clock::now(), m_lastCheckpoint = Clock::now();
    std::uint64_t m_sequence = 0;
};

} // namespace fxs
