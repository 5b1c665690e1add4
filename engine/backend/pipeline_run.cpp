#include "engine/backend/pipeline_run.h"

#include "engine/backend/correlate_stage.h"
#include "engine/backend/job_spec_text.h"
#include "engine/backend/pipeline.h"
#include "engine/correlate/correlation_views.h"
#include "engine/io/coefficients_file.h"
#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "engine/io/result_kind.h"
#include "engine/io/run_reader.h"
#include "engine/io/xframe_correlation.h"
#include "engine/mtif/filter.h"
#include "engine/mtip/reconstructor.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;

} // namespace

PipelineRun::PipelineRun(const JobSpec& spec, JobSettings settings, const JobHooks& hooks)
    : m_spec(spec), m_settings(std::move(settings)), m_hooks(hooks), m_provenance(startProvenance(commandLine(spec))),
      m_lastSnapshot(Clock::now()) {
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

TaskContext PipelineRun::beginStage(Stage) {
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
    const TaskContext task = beginStage(Stage::correlate);
    PolarFeed feed(openRun(m_spec.inputs, m_settings.input, task), m_settings.input, m_settings.polar, task);
    for (const Problem& problem : feed.info().problems)
        task.warn(problem.message);
    Correlator correlator(m_settings.correlate, feed.grid(), feed.experiment(), feed.mask());
    std::uint64_t first = 0;
    if (auto sums = sumsToContinue()) {
        first = correlator.frameCount();
        task.info(fmt::format("going on after {} frames of {}", first, outputPath(m_spec, Stage::correlate)));
    }
    if (m_hooks.publish && m_spec.last >= Stage::filter)
        m_liveFilter = std::make_unique<LiveFilter>(m_settings.filter, m_hooks);
    try {
        accumulateRun(feed, correlator, first, correlator.batchFrames(), task, task.finish,
                      [&] { onBatch(correlator); });
    } catch (...) {
        m_liveFilter.reset();
        keepWholeBatches(correlator);
        throw;
    }
    m_liveFilter.reset();
    for (const Problem& problem : feed.source().problemsFound())
        task.warn(problem.message);
    m_result.last.correlation = correlationOf(correlator);
    writeCorrelationFile(*m_result.last.correlation);
    publish();
}

void PipelineRun::onBatch(const Correlator& correlator) {
    const auto now = Clock::now();
    const std::chrono::duration<double> period(m_spec.snapshotPeriodSeconds);
    if (now - m_lastSnapshot < period || !m_hooks.snapshotWanted())
        return;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->correlation = correlationOf(correlator);
    m_hooks.publish(snapshot);
    if (m_liveFilter)
        m_liveFilter->offer(snapshot->correlation);
    // From the end, so that a snapshot that takes long to make does not fill the time with making snapshots.
    m_lastSnapshot = Clock::now();
}

void PipelineRun::keepWholeBatches(const Correlator& correlator) noexcept {
    const std::string path = outputPath(m_spec, Stage::correlate);
    if (path.empty() || correlator.frameCount() == 0)
        return;
    try {
        writeCorrelationFile(*correlationOf(correlator));
        m_hooks.task.warn(
            fmt::format("{} frames are kept in {}; --resume goes on from there", correlator.frameCount(), path));
    } catch (const std::exception& error) {
        // What ended the stage is what the user is to be told; this comes beside it.
        m_hooks.task.log(LogLevel::error, std::string("what was computed could not be kept: ") + error.what());
    }
}

// --- coefficients --------------------------------------------------------------------------------------------------

void PipelineRun::filter() {
    const TaskContext task = beginStage(Stage::filter);
    if (m_spec.first == Stage::filter)
        m_result.last.correlation = readCorrelationInput();
    auto result = Filter(m_settings.filter).run(*m_result.last.correlation->sums, task);
    result.provenance = provenance();
    const std::string path = outputPath(m_spec, Stage::filter);
    if (!path.empty()) {
        writeCoefficients(path, result, {m_spec.overwrite || m_spec.resume});
        m_result.files.push_back(path);
    }
    m_result.last.coefficients = std::make_shared<const FilterResult>(std::move(result));
    publish();
}

// --- density -------------------------------------------------------------------------------------------------------

void PipelineRun::reconstruct() {
    const TaskContext task = beginStage(Stage::reconstruct);
    if (m_spec.first == Stage::reconstruct)
        m_result.last.coefficients = std::make_shared<const FilterResult>(readCoefficients(m_spec.inputs.front()));
    const auto onSnapshot = [this](std::shared_ptr<const PhasingSnapshot> phasing) {
        if (!m_hooks.snapshotWanted())
            return;
        auto snapshot = std::make_shared<Snapshot>();
        snapshot->phasing = std::move(phasing);
        m_hooks.publish(std::move(snapshot));
    };
    auto result = Reconstructor(m_settings.reconstruct).run(*m_result.last.coefficients, task, onSnapshot);
    result.provenance = provenance();
    const std::string path = outputPath(m_spec, Stage::reconstruct);
    if (!path.empty()) {
        writeDensity(path, result, {m_spec.overwrite || m_spec.resume});
        m_result.files.push_back(path);
    }
    m_result.last.density = std::make_shared<const Reconstruction>(std::move(result));
    publish();
}

} // namespace fxs
