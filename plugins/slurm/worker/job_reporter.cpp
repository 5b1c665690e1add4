#include "plugins/slurm/worker/job_reporter.h"

#include "engine/backend/job_folder.h"
#include "engine/backend/wire_snapshot.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace fxs::worker {

JobReporter::JobReporter(int ranks, int nodes, std::uint64_t framesBefore, double snapshotPeriodSeconds)
    : m_ranks(ranks), m_nodes(nodes), m_framesBefore(framesBefore), m_snapshotPeriod(snapshotPeriodSeconds),
      m_events(job_folder::kEvents), m_frames(framesBefore) {}

void JobReporter::write(JobEvent event) noexcept {
    try {
        event.ranks = m_ranks;
        event.nodes = m_nodes;
        m_events.write(std::move(event));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fxs-worker: %s\n", error.what());
    }
}

void JobReporter::state(JobState state, const std::string& message) {
    JobEvent event;
    event.kind = JobEvent::Kind::state;
    event.state = state;
    event.message = message;
    const std::lock_guard lock(m_mutex);
    event.frames = m_frames;
    write(std::move(event));
}

void JobReporter::progress(int rank, const Progress& progress) {
    const std::lock_guard lock(m_mutex);
    if (progress.stage != m_stage) {
        // A rank that is late with the stage before does not bring it back.
        if (rank != 0 && m_progress.contains(rank))
            return;
        writeProgress(true);
        m_stage = progress.stage;
        m_progress.clear();
    }
    m_progress[rank] = progress;
    writeProgress(false);
}

void JobReporter::writeProgress(bool always) {
    const auto now = Clock::now();
    if (m_progress.empty() || (!always && now - m_lastProgress < std::chrono::seconds(1)))
        return;
    m_lastProgress = now;
    JobEvent event;
    event.kind = JobEvent::Kind::progress;
    event.progress.stage = m_stage;
    bool isBounded = true;
    for (const auto& [rank, progress] : m_progress) {
        event.progress.done += progress.done;
        event.progress.total += progress.total;
        event.progress.ratePerSecond += progress.ratePerSecond;
        event.progress.unit = progress.unit;
        isBounded = isBounded && progress.done <= progress.total; // nothing to do is no lack of an end
    }
    if (!isBounded)
        event.progress.total = 0;
    // Ranks that have not spoken yet are taken to be like those that have.
    if (event.progress.total > 0)
        event.progress.fraction = static_cast<double>(event.progress.done) / static_cast<double>(event.progress.total);
    if (m_stage == stageName(Stage::correlate))
        m_frames = m_framesBefore + event.progress.done;
    event.frames = m_frames;
    write(std::move(event));
}

void JobReporter::log(int rank, const LogLine& line) {
    const std::lock_guard lock(m_mutex);
    if (line.level == LogLevel::debug || !m_lines.insert(line.text).second)
        return;
    JobEvent event;
    event.kind = JobEvent::Kind::log;
    event.line = line;
    if (rank > 0)
        event.line.text = fmt::format("rank {}: {}", rank, line.text);
    write(std::move(event));
}

bool JobReporter::isSnapshotDue() const {
    const std::lock_guard lock(m_mutex);
    return Clock::now() - m_lastSnapshot >= std::chrono::duration<double>(m_snapshotPeriod);
}

void JobReporter::snapshot(const Snapshot& snapshot) {
    const std::lock_guard lock(m_mutex);
    if (snapshot.correlation) {
        m_latest.correlation = snapshot.correlation;
        if (!snapshot.labelled.empty())
            m_latest.labelled = snapshot.labelled;
    }
    if (snapshot.coefficients)
        m_latest.coefficients = snapshot.coefficients;
    if (snapshot.phasing)
        m_latest.phasing = snapshot.phasing;
    if (snapshot.density) {
        m_latest.density = snapshot.density;
        m_latest.phasing = nullptr; // it is what came of it
    }
    try {
        writeWireSnapshot(job_folder::kSnapshot, m_latest);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fxs-worker: %s\n", error.what());
        return;
    }
    m_lastSnapshot = Clock::now();
    JobEvent event;
    event.kind = JobEvent::Kind::snapshot;
    event.frames = m_latest.correlation ? m_latest.correlation->sums->frameCount() : m_frames;
    write(std::move(event));
}

void JobReporter::done(const JobResult& result) {
    const std::lock_guard lock(m_mutex);
    writeProgress(true);
    JobEvent event;
    event.kind = JobEvent::Kind::result;
    event.files = result.files;
    event.seconds = result.seconds;
    event.frames = result.last.correlation ? result.last.correlation->sums->frameCount() : m_frames;
    write(std::move(event));
}

void JobReporter::failed(const Error& error) {
    JobEvent event;
    event.kind = JobEvent::Kind::error;
    event.message = error.message();
    event.code = error.code();
    write(std::move(event));
}

void JobReporter::stopped() {
    {
        const std::lock_guard lock(m_mutex);
        writeProgress(true);
    }
    state(JobState::stopped);
}

} // namespace fxs::worker
