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
void requireFrames(const Accumulation& sums) {
    if (sums.frameCount() > 0)
        return;
    const auto rejected = sums.rejected();
    throw Error(ErrorCode::badInput, rejected.empty() ? std::string("the run has no frame that could be used")
                                                      : "every frame was left out (" + rejectionText(rejected) + ")");
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
    auto run = openSource(m_spec.inputs, m_settings.input, m_settings.stream, task);
    if (m_hooks.publish && run->mayGrow())
        m_tap.emplace(run->info());
    PolarFeed feed(std::move(run), m_settings.input, m_settings.preprocess, m_settings.polar, task);
    if (m_tap)
        feed.setLook([&tap = *m_tap](const FrameBatch& frames, const PolarBatch& images) { tap.look(frames, images); });
    for (const Problem& problem : feed.info().problems)
        task.warn(problem.message);
    Accumulation sums({m_settings.correlate, m_settings.preprocess.groupBy, outputPath(m_spec, Stage::correlate),
                       m_spec.resume, mayReplace()},
                      feed.info());
    if (sums.firstFrame() > 0)
        task.info(
            fmt::format("going on after frame {} of {}", sums.firstFrame() - 1, outputPath(m_spec, Stage::correlate)));
    if (m_hooks.publish && m_spec.last >= Stage::filter)
        m_liveFilter = std::make_unique<LiveFilter>(m_settings.filter, m_hooks);
    try {
        accumulateRun(feed, sums, task, [&] { onBatch(sums); });
    } catch (const Error& error) {
        m_liveFilter.reset();
        if (error.code() != ErrorCode::badSettings) // with other settings nobody will go on from there
            keepWholeBatches(sums);
        throw;
    } catch (...) {
        m_liveFilter.reset();
        keepWholeBatches(sums);
        throw;
    }
    m_liveFilter.reset();
    for (const Problem& problem : feed.problemsFound())
        task.warn(problem.message);
    requireFrames(sums);
    takeCorrelations(sums, m_result.last);
    writeCorrelations(sums, m_result.last);
    publish();
}

void PipelineRun::takeCorrelations(const Accumulation& sums, Snapshot& snapshot) {
    const Provenance now = provenance();
    snapshot.correlation = sums.snapshot(++m_sequence, now);
    snapshot.labelled = sums.labelled(m_sequence, now);
}

void PipelineRun::writeCorrelationFile(const std::string& path, const CorrelationSnapshot& snapshot) {
    const Array<float, 3> c2OfAll = c2(*snapshot.sums);
    writeCorrelation(path, snapshot, c2OfAll.view(), {mayReplace()});
    m_result.files.push_back(path);
}

/// The labels first: where the file of all is there, theirs are.
void PipelineRun::writeCorrelations(const Accumulation& sums, const Snapshot& snapshot) {
    const std::string path = outputPath(m_spec, Stage::correlate);
    if (path.empty())
        return;
    for (const LabelledCorrelation& labelled : snapshot.labelled)
        writeCorrelationFile(sums.labelPath(labelled.label), *labelled.correlation);
    writeCorrelationFile(path, *snapshot.correlation);
}

void PipelineRun::onBatch(const Accumulation& sums) {
    const auto now = Clock::now();
    const std::chrono::duration<double> period(m_spec.snapshotPeriodSeconds);
    const bool due = now - m_lastSnapshot >= period && sums.frameCount() > 0;
    if ((!due && !(m_tap && m_tap->isDue())) || !m_hooks.snapshotWanted())
        return;
    auto snapshot = std::make_shared<Snapshot>();
    if (m_tap)
        snapshot->frame = m_tap->take();
    if (!due)
        return m_hooks.publish(snapshot);
    takeCorrelations(sums, *snapshot);
    m_hooks.publish(snapshot);
    if (m_liveFilter)
        m_liveFilter->offer(snapshot->correlation);
    // From the end, so that a snapshot that takes long to make does not fill the time with making snapshots.
    m_lastSnapshot = Clock::now();
}

void PipelineRun::keepWholeBatches(const Accumulation& sums) noexcept {
    const std::string path = outputPath(m_spec, Stage::correlate);
    if (path.empty() || sums.frameCount() == 0)
        return;
    try {
        Snapshot snapshot;
        takeCorrelations(sums, snapshot);
        writeCorrelations(sums, snapshot);
        m_hooks.task.warn(
            fmt::format("{} frames are kept in {}; --resume goes on from there", sums.frameCount(), path));
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
