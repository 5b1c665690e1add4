#include "engine/backend/pipeline_run.h"

#include "engine/backend/correlation_run.h"
#include "engine/backend/job_spec_text.h"
#include "engine/backend/pipeline.h"
#include "engine/backend/team_phasing.h"
#include "engine/correlate/correlator.h"
#include "engine/io/coefficients_file.h"
#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "engine/io/result_kind.h"
#include "engine/io/xframe_correlation.h"
#include "engine/mtif/filter.h"
#include "engine/mtip/reconstructor.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <utility>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;

} // namespace

PipelineRun::PipelineRun(const JobSpec& spec, JobSettings settings, const JobHooks& hooks)
    : m_spec(spec), m_settings(std::move(settings)), m_hooks(hooks), m_provenance(startProvenance(commandLine(spec))) {
    m_provenance.settings = settingsText(spec);
    for (const std::string& input : spec.inputs)
        m_provenance.inputs.push_back(recordInput(input));
}

JobResult PipelineRun::run() {
    if (!m_spec.outputFolder.empty()) {
        std::error_code error;
        std::filesystem::create_directories(m_spec.outputFolder, error);
        if (error)
            throw Error(ErrorCode::noPermission,
                        fmt::format("making the folder {}: {}", m_spec.outputFolder, error.message()));
    }
    if (runs(Stage::correlate))
        timed(Stage::correlate, &PipelineRun::correlate);
    if (runs(Stage::filter))
        timed(Stage::filter, &PipelineRun::filter);
    if (runs(Stage::reconstruct))
        timed(Stage::reconstruct, &PipelineRun::reconstruct);
    return std::move(m_result);
}

void PipelineRun::timed(Stage stage, void (PipelineRun::*body)()) {
    const auto start = Clock::now();
    (this->*body)();
    m_result.seconds.emplace_back(stage, std::chrono::duration<double>(Clock::now() - start).count());
}

TaskContext PipelineRun::beginStage() {
    TaskContext task = m_hooks.task;
    task.checkpoint();
    if (m_hooks.beginStage)
        task.finish = m_hooks.beginStage();
    return task;
}

Provenance PipelineRun::provenance() const {
    Provenance p = m_provenance;
    p.end = timestampUtc();
    return p;
}

void PipelineRun::publish() {
    if (m_hooks.publish)
        m_hooks.publish(std::make_shared<const Snapshot>(m_result.last));
}

// --- correlation ---------------------------------------------------------------------------------------------------

void PipelineRun::correlate() {
    const TaskContext task = beginStage();
    CorrelationRun run(m_spec, m_settings, m_hooks, outputPath(m_spec, Stage::correlate),
                       [this] { return provenance(); });
    run.run(task, m_result.last, m_result.files);
    if (isRoot())
        publish();
}

// --- coefficients --------------------------------------------------------------------------------------------------

std::shared_ptr<const CorrelationSnapshot> PipelineRun::readCorrelationInput() const {
    const std::string& path = m_spec.inputs.front();
    switch (const ResultKind kind = identifyFile(path)) {
    case ResultKind::correlation:
        return std::make_shared<const CorrelationSnapshot>(readCorrelationSnapshot(path));
    case ResultKind::foreignCorrelation:
        return makeSnapshot(readXframeCorrelation(path));
    default:
        throw Error(ErrorCode::badInput,
                    fmt::format("{} is of kind {}, expected a correlation", path, resultKindName(kind)));
    }
}

void PipelineRun::filter() {
    const TaskContext task = beginStage();
    if (!isRoot())
        return; // it is a matter of seconds; the coefficients come where they are needed
    if (m_spec.first == Stage::filter)
        m_result.last.correlation = readCorrelationInput();
    auto result = Filter(m_settings.filter).run(*m_result.last.correlation->sums, task);
    result.provenance = provenance();
    const std::string path = outputPath(m_spec, Stage::filter);
    if (!path.empty()) {
        writeCoefficients(path, result, {mayReplace()});
        m_result.files.push_back(path);
    }
    m_result.last.coefficients = std::make_shared<const FilterResult>(std::move(result));
    publish();
}

// --- density -------------------------------------------------------------------------------------------------------

void PipelineRun::keepState(const Reconstructor& reconstructor) noexcept {
    const std::string path = m_states.path();
    if (path.empty() || reconstructor.state().empty())
        return;
    try {
        writeReconstructionState(path, reconstructor.state());
        m_hooks.task.warn(fmt::format("the restarts begun are kept in {}; --resume goes on from there", path));
    } catch (const std::exception& error) {
        m_hooks.task.log(LogLevel::error, std::string("what was computed could not be kept: ") + error.what());
    }
}

void PipelineRun::goOn(Reconstructor& reconstructor, const TaskContext& task) {
    ReconstructionState state;
    if (m_spec.resume && isRoot())
        state = m_states.read();
    if (m_hooks.team)
        state = shareState(*m_hooks.team, std::move(state));
    if (state.empty())
        return;
    // In a folder that may be written over nobody chose to go on with other settings: more frames came in since.
    if (m_spec.overwrite && state.fingerprint != reconstructor.fingerprint(*m_result.last.coefficients)) {
        if (isRoot())
            task.warn("the restarts that were kept are of other coefficients: they begin anew");
        return;
    }
    task.info("going on from " + m_states.path());
    reconstructor.resumeFrom(std::move(state));
}

void PipelineRun::reconstruct() {
    const TaskContext task = beginStage();
    const std::string path = outputPath(m_spec, Stage::reconstruct);
    if (m_spec.first == Stage::reconstruct && isRoot())
        m_result.last.coefficients = std::make_shared<const FilterResult>(readCoefficients(m_spec.inputs.front()));
    if (m_hooks.team)
        m_result.last.coefficients = shareCoefficients(*m_hooks.team, m_result.last.coefficients, task);
    const auto onSnapshot = [this](std::shared_ptr<const PhasingSnapshot> phasing) {
        if (!m_hooks.snapshotWanted())
            return;
        auto snapshot = std::make_shared<Snapshot>();
        snapshot->phasing = std::move(phasing);
        m_hooks.publish(std::move(snapshot));
    };
    Reconstructor reconstructor(m_settings.reconstruct);
    m_states = PhasingStates(path, m_hooks.team ? m_hooks.team->rank() : 0);
    goOn(reconstructor, task);
    if (m_hooks.team)
        reconstructor.shareRestarts(sharingOf(*m_hooks.team, task));
    if (!path.empty())
        reconstructor.keepStates(std::chrono::duration<double>(m_spec.checkpointPeriodSeconds),
                                 [this](const ReconstructionState& state) { m_states.keep(state, m_hooks.task); });
    Reconstruction result;
    try {
        result = reconstructor.run(*m_result.last.coefficients, task, onSnapshot);
    } catch (const Stopped&) {
        keepState(reconstructor);
        throw;
    }
    if (!isRoot())
        return;
    result.provenance = provenance();
    if (!path.empty()) {
        writeDensity(path, result, {mayReplace()});
        m_result.files.push_back(path);
        m_states.remove();
    }
    m_result.last.density = std::make_shared<const Reconstruction>(std::move(result));
    publish();
}

} // namespace fxs
