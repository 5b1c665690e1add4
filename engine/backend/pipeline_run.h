#pragma once

#include "engine/backend/job_hooks.h"
#include "engine/backend/job_settings.h"
#include "engine/backend/phasing_states.h"
#include "engine/mtip/reconstructor.h"

#include <memory>
#include <string>

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

    void goOn(Reconstructor& reconstructor, const TaskContext& task);
    void keepState(const Reconstructor& reconstructor) noexcept;
    std::shared_ptr<const CorrelationSnapshot> readCorrelationInput() const;

    TaskContext beginStage();
    bool isRoot() const { return !m_hooks.team || m_hooks.team->isRoot(); }
    bool mayReplace() const { return m_spec.overwrite || m_spec.resume; }
    void timed(Stage stage, void (PipelineRun::*body)());
    Provenance provenance() const;
    bool runs(Stage stage) const { return m_spec.first <= stage && stage <= m_spec.last; }
    void publish();

    const JobSpec& m_spec;
    const JobSettings m_settings;
    const JobHooks& m_hooks;
    Provenance m_provenance;
    PhasingStates m_states;
    JobResult m_result;
};

} // namespace fxs
