#include "app/workbench/job_controller.h"

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace fxs::app {

namespace {
constexpr int kRepaintMs = 66; // 15 times a second
} // namespace

/// What a job told and the GUI has not yet shown. Pointers of a newer snapshot replace those of an older one stage by stage.
struct JobController::Channel {
    std::mutex mutex;
    bool woken = false;
    std::optional<Progress> progress;
    std::optional<Snapshot> snapshot;
    std::vector<JobState> states;
    std::vector<LogLine> log;
    std::optional<Outcome> outcome;

    /// Changes the contents under the lock; true if the GUI must be woken.
    template <class Change>
    bool put(Change change) {
        const std::lock_guard lock(mutex);
        change();
        return !std::exchange(woken, true);
    }
};

JobController::JobController(Backend& backend, QObject* parent) : QObject(parent), m_backend(backend) {
    m_pace.setSingleShot(true);
    m_pace.setInterval(kRepaintMs);
    connect(&m_pace, &QTimer::timeout, this, &JobController::deliver);
}

JobController::~JobController() {
    m_channel.reset();
    m_job.reset(); // stops it and waits, at most about 100 ms
}

void JobController::wake(const std::shared_ptr<Channel>& channel) {
    QMetaObject::invokeMethod(
        this,
        [this, channel] {
            if (channel == m_channel && !m_pace.isActive())
                m_pace.start();
        },
        Qt::QueuedConnection);
}

JobEvents JobController::eventsFor(const std::shared_ptr<Channel>& channel) {
    JobEvents events;
    events.state = [this, channel](JobState state) {
        if (channel->put([&] { channel->states.push_back(state); }))
            wake(channel);
    };
    events.progress = [this, channel](const Progress& progress) {
        if (channel->put([&] { channel->progress = progress; }))
            wake(channel);
    };
    events.wantSnapshot = [channel] {
        const std::lock_guard lock(channel->mutex);
        return !channel->snapshot.has_value();
    };
    events.snapshot = [this, channel](std::shared_ptr<const Snapshot> news) {
        const auto merge = [&] {
            Snapshot& kept = channel->snapshot ? *channel->snapshot : channel->snapshot.emplace();
            if (news->correlation)
                kept.correlation = news->correlation;
            if (news->coefficients)
                kept.coefficients = news->coefficients;
            if (news->phasing)
                kept.phasing = news->phasing;
            if (news->density)
                kept.density = news->density;
        };
        if (news && channel->put(merge))
            wake(channel);
    };
    events.log = [this, channel](const LogLine& line) {
        if (channel->put([&] { channel->log.push_back(line); }))
            wake(channel);
    };
    events.finished = [this, channel](const Outcome& outcome) {
        if (channel->put([&] { channel->outcome = outcome; }))
            wake(channel);
    };
    return events;
}

void JobController::start(const JobSpec& spec) {
    m_channel = std::make_shared<Channel>();
    m_job.reset();
    m_spec = spec;
    m_running = true;
    m_job = m_backend.submit(spec, eventsFor(m_channel));
    m_id = QString::fromStdString(m_job->id());
    Q_EMIT started(m_id, m_spec, QString::fromStdString(m_backend.info().name));
}

void JobController::requestStop() {
    if (m_job && m_running)
        m_job->requestStop();
}

void JobController::requestFinish() {
    if (m_job && m_running)
        m_job->requestFinish();
}

void JobController::deliver() {
    if (!m_channel)
        return;
    const std::shared_ptr<Channel> channel = m_channel;
    std::optional<Progress> progress;
    std::optional<Snapshot> snapshot;
    std::vector<JobState> states;
    std::vector<LogLine> log;
    std::optional<Outcome> outcome;
    {
        const std::lock_guard lock(channel->mutex);
        channel->woken = false;
        progress = std::exchange(channel->progress, std::nullopt);
        snapshot = std::exchange(channel->snapshot, std::nullopt);
        states.swap(channel->states);
        log.swap(channel->log);
        outcome = std::exchange(channel->outcome, std::nullopt);
    }
    for (const LogLine& line : log)
        Q_EMIT logged(line);
    // Before the states: a final one must not be followed by a fraction from before it.
    if (progress)
        Q_EMIT progressed(m_id, *progress);
    for (const JobState state : states)
        Q_EMIT stateChanged(m_id, state);
    if (snapshot)
        Q_EMIT snapshotReady(*snapshot);
    if (outcome && channel == m_channel) {
        m_running = false;
        Q_EMIT finished(m_id, *outcome);
    }
}

} // namespace fxs::app
