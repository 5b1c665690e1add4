#include "engine/backend/pipeline_run.h"

#include "engine/backend/correlate_stage.h"
#include "engine/backend/job_spec_text.h"
#include "engine/backend/pipeline.h"
#include "engine/correlate/c2.h"
#include "engine/io/coefficients_file.h"
#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "engine/io/result_kind.h"
#include "engine/io/xframe_correlation.h"
#include "engine/mtif/filter.h"
#include "engine/mtip/reconstructor.h"
#include "engine/stream/open_source.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;

bool isThere(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

std::string rejectionText(const RejectedFrames& rejected) {
    std::string text;
    for (const auto& [reason, frames] : rejected)
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", reason, frames);
    return text;
}

/// A correlation of nothing is no result, and why it is of nothing is what the user needs to know.
void requireFrames(const CorrelationSums& sums) {
    if (sums.frameCount() == 0)
        throw Error(ErrorCode::badInput, sums.rejected.empty()
                                             ? std::string("the run has no frame that could be used")
                                             : "every frame was left out (" + rejectionText(sums.rejected) + ")");
}

/// Where a stopped reconstruction leaves what it had begun.
std::string statePath(const std::string& densityPath) {
    return densityPath + ".state";
}

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
    PolarFeed feed(openSource(m_spec.inputs, m_settings.input, m_settings.stream, task), m_settings.input,
                   m_settings.preprocess, m_settings.polar, task);
    for (const Problem& problem : feed.info().problems)
        task.warn(problem.message);
    Correlator correlator = makeCorrelator(feed.info());
    const std::uint64_t first = nextFrame(correlator.sums());
    if (first > 0)
        task.info(fmt::format("going on after frame {} of {}", first - 1, outputPath(m_spec, Stage::correlate)));
    if (m_hooks.publish && m_spec.last >= Stage::filter)
        m_liveFilter = std::make_unique<LiveFilter>(m_settings.filter, m_hooks);
    try {
        accumulateRun(feed, correlator, first, static_cast<std::size_t>(m_settings.correlate.batchFrames), task,
                      [&] { onBatch(correlator); });
    } catch (...) {
        m_liveFilter.reset();
        keepWholeBatches(correlator);
        throw;
    }
    m_liveFilter.reset();
    for (const Problem& problem : feed.problemsFound())
        task.warn(problem.message);
    requireFrames(correlator.sums());
    m_result.last.correlation = correlationOf(correlator);
    writeCorrelationFile(*m_result.last.correlation);
    publish();
}

/// A new one, or one that goes on from the file of an interrupted job.
Correlator PipelineRun::makeCorrelator(const RunInfo& run) const {
    const PolarGrid& grid = *run.polarGrid;
    const std::string path = outputPath(m_spec, Stage::correlate);
    if (!m_spec.resume || path.empty() || !isThere(path))
        return Correlator(m_settings.correlate, grid, run.experiment, run.polarMask.view(), run.noiseRatio.view(),
                          run.binAverage);
    return withContext("going on from " + path, [&] {
        CorrelationSums sums = readCorrelation(path);
        if (!(sums.grid == grid))
            throw Error(
                ErrorCode::badInput,
                fmt::format(
                    "it has {} rings of {} azimuths, the run and its settings give {} of {}, or other q; --force "
                    "without --resume begins anew",
                    sums.grid.qCount(), sums.grid.phiCount, grid.qCount(), grid.phiCount));
        return Correlator(m_settings.correlate, std::move(sums));
    });
}

std::shared_ptr<const CorrelationSnapshot> PipelineRun::correlationOf(const Correlator& correlator) {
    CorrelationSnapshot snapshot = *correlator.snapshot();
    snapshot.sequence = ++m_sequence;
    snapshot.provenance = provenance();
    return std::make_shared<const CorrelationSnapshot>(std::move(snapshot));
}

void PipelineRun::writeCorrelationFile(const CorrelationSnapshot& snapshot) {
    const std::string path = outputPath(m_spec, Stage::correlate);
    if (path.empty())
        return;
    const Array<float, 3> c2OfAll = c2(*snapshot.sums);
    writeCorrelation(path, snapshot, c2OfAll.view(), {mayReplace()});
    m_result.files.push_back(path);
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
    if (path.empty() || correlator.sums().frameCount() == 0)
        return;
    try {
        writeCorrelationFile(*correlationOf(correlator));
        m_hooks.task.warn(
            fmt::format("{} frames are kept in {}; --resume goes on from there", correlator.sums().frameCount(), path));
    } catch (const std::exception& error) {
        // What ended the stage is what the user is to be told; this comes beside it.
        m_hooks.task.log(LogLevel::error, std::string("what was computed could not be kept: ") + error.what());
    }
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
    const std::string path = outputPath(m_spec, Stage::reconstruct);
    if (path.empty() || reconstructor.state().empty())
        return;
    try {
        writeReconstructionState(statePath(path), reconstructor.state());
        m_hooks.task.warn(
            fmt::format("the restarts begun are kept in {}; --resume goes on from there", statePath(path)));
    } catch (const std::exception& error) {
        m_hooks.task.log(LogLevel::error, std::string("what was computed could not be kept: ") + error.what());
    }
}

void PipelineRun::reconstruct() {
    const TaskContext task = beginStage();
    if (m_spec.first == Stage::reconstruct)
        m_result.last.coefficients = std::make_shared<const FilterResult>(readCoefficients(m_spec.inputs.front()));
    const auto onSnapshot = [this](std::shared_ptr<const PhasingSnapshot> phasing) {
        if (!m_hooks.snapshotWanted())
            return;
        auto snapshot = std::make_shared<Snapshot>();
        snapshot->phasing = std::move(phasing);
        m_hooks.publish(std::move(snapshot));
    };
    const std::string path = outputPath(m_spec, Stage::reconstruct);
    Reconstructor reconstructor(m_settings.reconstruct);
    if (m_spec.resume && !path.empty() && isThere(statePath(path))) {
        withContext("going on from " + statePath(path),
                    [&] { reconstructor.resumeFrom(readReconstructionState(statePath(path))); });
        task.info("going on from " + statePath(path));
    }
    Reconstruction result;
    try {
        result = reconstructor.run(*m_result.last.coefficients, task, onSnapshot);
    } catch (const Stopped&) {
        keepState(reconstructor);
        throw;
    }
    result.provenance = provenance();
    if (!path.empty()) {
        writeDensity(path, result, {mayReplace()});
        m_result.files.push_back(path);
        std::error_code ignored; // a state that stays behind is of no harm: it knows what it belongs to
        std::filesystem::remove(statePath(path), ignored);
    }
    m_result.last.density = std::make_shared<const Reconstruction>(std::move(result));
    publish();
}

} // namespace fxs
