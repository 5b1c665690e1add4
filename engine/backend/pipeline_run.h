#pragma once

#include "engine/backend/accumulation.h"
#include "engine/backend/frame_tap.h"
#include "engine/backend/job_hooks.h"
#include "engine/backend/job_settings.h"
#include "engine/backend/live_filter.h"
#include "engine/correlate/correlator.h"
#include "engine/model/run_source.h"
#include "engine/mtip/reconstructor.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// One job's way through the stages; runPipeline() is what others call.
/// Owns:    the results of the stages so far. Threads: one.
class PipelineRun {
public:
    PipelineRun(const JobSpec& spec, JobSettings settings, const JobHooks& hooks);
    JobResult run();

private:
    void correlate();
    void filter();
    void reconstruct();

    void keepState(const Reconstructor& reconstructor) noexcept;
    void onBatch(const Accumulation& sums);
    void takeCorrelations(const Accumulation& sums, Snapshot& snapshot);
    void writeCorrelations(const Accumulation& sums, const Snapshot& snapshot);
    void writeCorrelationFile(const std::string& path, const CorrelationSnapshot& snapshot);
    void keepWholeBatches(const Accumulation& sums) noexcept;
    std::shared_ptr<const CorrelationSnapshot> readCorrelationInput() const;

    TaskContext beginStage();
    bool mayReplace() const { return m_spec.overwrite || m_spec.resume; }
    void timed(Stage stage, void (PipelineRun::*body)());
    Provenance provenance() const;
    bool runs(Stage stage) const { return m_spec.first <= stage && stage <= m_spec.last; }
    void publish();

    const JobSpec& m_spec;
    const JobSettings m_settings;
    const JobHooks& m_hooks;
    Provenance m_provenance;
    std::unique_ptr<LiveFilter> m_liveFilter;
    std::optional<FrameTap> m_tap; ///< where the run still arrives and somebody looks
    std::chrono::steady_clock::time_point m_lastSnapshot;
    std::uint64_t m_sequence = 0;
    JobResult m_result;
};

} // namespace fxs
