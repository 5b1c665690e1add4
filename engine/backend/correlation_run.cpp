#include "engine/backend/correlation_run.h"

#include "engine/backend/correlate_stage.h"
#include "engine/stream/open_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace fxs {

namespace {

std::string rejectionText(const RejectedFrames& rejected) {
    std::string text;
    for (const auto& [reason, frames] : rejected)
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", reason, frames);
    return text;
}

/// A correlation of nothing is no result, and why it is of nothing is what the user needs to know.
void requireFrames(const CorrelationSet& set) {
    if (set.frameCount() > 0)
        return;
    throw Error(ErrorCode::badInput, set.rejected.empty()
                                         ? std::string("the run has no frame that could be used")
                                         : "every frame was left out (" + rejectionText(set.rejected) + ")");
}

} // namespace

CorrelationRun::CorrelationRun(const JobSpec& spec, const JobSettings& settings, const JobHooks& hooks,
                               std::string path, std::function<Provenance()> provenance)
    : m_spec(spec), m_settings(settings), m_hooks(hooks), m_path(std::move(path)), m_provenance(std::move(provenance)),
      m_checkpoints(m_path) {}

CorrelationRun::~CorrelationRun() = default;

void CorrelationRun::run(const TaskContext& task, Snapshot& result, std::vector<std::string>& files) {
    auto source = openSource(m_spec.inputs, m_settings.input, m_settings.stream, task);
    if (m_hooks.publish && source->mayGrow())
        m_tap.emplace(source->info());
    PolarFeed feed(std::move(source), m_settings.input, m_settings.preprocess, m_settings.polar, task);
    if (m_tap)
        feed.setLook([&tap = *m_tap](const FrameBatch& frames, const PolarBatch& images) { tap.look(frames, images); });
    for (const Problem& problem : feed.info().problems)
        task.warn(problem.message);
    openSums(feed.info(), task);
    if (isRoot() && m_hooks.publish && m_spec.last >= Stage::filter)
        m_liveFilter = std::make_unique<LiveFilter>(m_settings.filter, m_hooks);
    try {
        sumUp(feed, task);
    } catch (...) {
        m_liveFilter.reset();
        endWith(std::current_exception());
        throw;
    }
    m_liveFilter.reset();
    for (const Problem& problem : feed.problemsFound())
        task.warn(problem.message);
    if (!isRoot())
        return;
    CorrelationSet set = m_together ? std::move(m_final) : m_sums->set();
    requireFrames(set);
    takeInto(result, std::move(set), ++m_sequence, m_provenance());
    if (m_path.empty())
        return;
    for (std::string& file : writeCorrelationFiles(m_path, result, KeptC2::with, mayReplace()))
        files.push_back(std::move(file));
    m_checkpoints.remove();
}

/// Goes on from whatever holds most: the file that a stop left, or the checkpoint that a sudden end left.
void CorrelationRun::openSums(const RunInfo& run, const TaskContext& task) {
    Accumulation::Settings settings{m_settings.correlate, m_settings.preprocess.groupBy, m_path, "", mayReplace()};
    std::vector<std::string> kept; // the best last
    std::error_code error;
    if (isRoot() && !m_path.empty() && std::filesystem::exists(m_path, error))
        kept.push_back(m_path);
    if (const auto checkpoint = m_checkpoints.newest(); isRoot() && checkpoint)
        kept.push_back(*checkpoint);
    std::ranges::stable_sort(kept, {}, framesIn);
    if (!m_spec.resume && m_checkpoints.newest() && isRoot())
        task.warn(fmt::format("an earlier run was cut off and left {} frames in {}.checkpoint; --resume would go on "
                              "from there, this run begins anew",
                              framesIn(*m_checkpoints.newest()), m_path));
    if (!m_spec.resume)
        kept.clear();
    if (!kept.empty())
        settings.resumeFrom = kept.back();
    m_sums = std::make_unique<Accumulation>(std::move(settings), run);
    if (!kept.empty())
        task.info(fmt::format("going on from {}, which has {} frames", kept.back(), m_sums->frameCount()));
}

void CorrelationRun::sumUp(PolarFeed& feed, const TaskContext& task) {
    FrameRanges frames;
    if (m_hooks.team) {
        m_together = std::make_unique<TeamCorrelation>(*m_hooks.team, *m_sums);
        frames = m_together->share(feed.info());
    } else {
        frames = framesToDo(feed.info(), m_sums->framesDone());
    }
    accumulateRun(feed, *m_sums, frames, task, [&] { onBatch(); });
    if (m_together)
        waitForOthers(task);
}

bool CorrelationRun::isSnapshotDue() const {
    return Clock::now() - m_lastSnapshot >= std::chrono::duration<double>(m_spec.snapshotPeriodSeconds) &&
           m_hooks.snapshotWanted();
}

bool CorrelationRun::isCheckpointDue() const {
    return !m_path.empty() &&
           Clock::now() - m_lastCheckpoint >= std::chrono::duration<double>(m_spec.checkpointPeriodSeconds);
}

void CorrelationRun::onBatch() {
    const bool isDue = isRoot() && (isSnapshotDue() || isCheckpointDue());
    if (!m_together) {
        if (isDue && m_sums->frameCount() > 0)
            use(m_sums->set());
        else if (m_tap && m_tap->isDue() && m_hooks.snapshotWanted())
            publishFrame();
        return;
    }
    if (isDue)
        m_hooks.team->askForMeeting();
    if (m_hooks.team->isMeetingAsked())
        meet(false);
}

/// A frame alone: pictures come oftener than correlations.
void CorrelationRun::publishFrame() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->frame = m_tap->take();
    m_hooks.publish(std::move(snapshot));
}

/// This rank's frames are summed: it comes to meetings until all are.
void CorrelationRun::waitForOthers(const TaskContext& task) {
    Team& team = *m_hooks.team;
    team.announceDone();
    for (;;) {
        if (isRoot() && (team.areAllDone() || isSnapshotDue() || isCheckpointDue()))
            team.askForMeeting();
        if (!team.isMeetingAsked())
            team.waitForChange(task);
        else if (meet(true))
            return;
    }
}

/// True: it was the last, all frames are summed. Throws what some rank has to end with.
bool CorrelationRun::meet(bool done) {
    using Want = TeamCorrelation::Want;
    const bool isDue = isSnapshotDue() || isCheckpointDue();
    TeamCorrelation::Outcome met = m_together->meet(isDue ? Want::sums : Want::nothing, done);
    m_hasMetLast = met.isLast || met.ending;
    if (met.ending) {
        if (met.sums)
            keep(std::move(*met.sums));
        std::rethrow_exception(met.ending);
    }
    if (met.isLast && met.sums)
        m_final = std::move(*met.sums);
    else if (met.sums && met.sums->frameCount() > 0)
        use(std::move(*met.sums));
    return met.isLast;
}

void CorrelationRun::use(CorrelationSet set) {
    auto snapshot = std::make_shared<Snapshot>();
    takeInto(*snapshot, std::move(set), ++m_sequence, m_provenance());
    if (isCheckpointDue()) {
        m_checkpoints.keep(
            [&](const std::string& file) { writeCorrelationFiles(file, *snapshot, KeptC2::without, true); });
        m_lastCheckpoint = Clock::now();
    }
    if (!isSnapshotDue())
        return;
    if (m_tap)
        snapshot->frame = m_tap->take();
    m_hooks.publish(snapshot);
    if (m_liveFilter)
        m_liveFilter->offer(snapshot->correlation);
    // From the end, so that a snapshot that takes long to make does not fill the time with making snapshots.
    m_lastSnapshot = Clock::now();
}

/// What has been summed is kept, if there is somebody to join it with and somebody who will go on from it.
void CorrelationRun::endWith(const std::exception_ptr& ending) noexcept {
    try {
        if (m_hasMetLast)
            return;
        try {
            std::rethrow_exception(ending);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::badSettings && !m_together)
                return; // with other settings nobody will go on from there
        } catch (...) { // all else leaves sums that are good
        }
        if (!m_together)
            return keep(m_sums->set());
        if (m_hooks.team->isBroken()) {
            m_hooks.task.warn("the sums of the ranks could not be joined at the end: the job goes on from its last "
                              "checkpoint");
            return;
        }
        m_hasMetLast = true;
        m_hooks.team->askForMeeting();
        TeamCorrelation::Outcome met = m_together->meet(TeamCorrelation::Want::sums, false, ending);
        if (met.sums)
            keep(std::move(*met.sums));
    } catch (const std::exception& error) {
        // What ended the stage is what the user is to be told; this comes beside it.
        m_hooks.task.log(LogLevel::error, std::string("what was computed could not be kept: ") + error.what());
    }
}

void CorrelationRun::keep(CorrelationSet set) noexcept {
    if (m_path.empty() || set.frameCount() == 0)
        return;
    try {
        const std::uint64_t frames = set.frameCount();
        Snapshot snapshot;
        takeInto(snapshot, std::move(set), ++m_sequence, m_provenance());
        writeCorrelationFiles(m_path, snapshot, KeptC2::with, mayReplace());
        m_checkpoints.remove();
        m_hooks.task.warn(fmt::format("{} frames are kept in {}; --resume goes on from there", frames, m_path));
    } catch (const std::exception& error) {
        m_hooks.task.log(LogLevel::error, std::string("what was computed could not be kept: ") + error.what());
    }
}

} // namespace fxs
