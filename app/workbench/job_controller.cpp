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

/// A job from its submission to its last word.
struct JobController::Running {
    QString id;
    std::shared_ptr<Channel> channel;
    std::unique_ptr<Job> job;
    bool letGo = false, over = false;
};

JobController::JobController(Backend& backend, QObject* parent)
    : QObject(parent), m_backend(backend), m_ended("ended jobs") {
    m_pace.setSingleShot(true);
    m_pace.setInterval(kRepaintMs);
    connect(&m_pace, &QTimer::timeout, this, qOverload<>(&JobController::deliver));
}

JobController::~JobController() {
    // All are told before any is waited for: they end side by side.
    for (const auto& running : m_all)
        running->job->requestStop();
    m_current.reset();
    m_all.clear();
}

void JobController::wake() {
    QMetaObject::invokeMethod(
        this,
        [this] {
            if (!m_pace.isActive())
                m_pace.start();
        },
        Qt::QueuedConnection);
}

JobEvents JobController::eventsFor(const std::shared_ptr<Channel>& channel) {
    JobEvents events;
    events.state = [this, channel](JobState state) {
        if (channel->put([&] { channel->states.push_back(state); }))
            wake();
    };
    events.progress = [this, channel](const Progress& progress) {
        if (channel->put([&] { channel->progress = progress; }))
            wake();
    };
    events.wantSnapshot = [channel] {
        const std::lock_guard lock(channel->mutex);
        return !channel->snapshot.has_value();
    };
    events.snapshot = [this, channel](std::shared_ptr<const Snapshot> news) {
        const auto merge = [&] {
            Snapshot& kept = channel->snapshot ? *channel->snapshot : channel->snapshot.emplace();
            if (news->correlation) {
                kept.correlation = news->correlation;
                kept.labelled = news->labelled;
            }
            if (news->coefficients)
                kept.coefficients = news->coefficients;
            if (news->phasing)
                kept.phasing = news->phasing;
            if (news->density)
                kept.density = news->density;
        };
        if (news && channel->put(merge))
            wake();
    };
    events.log = [this, channel](const LogLine& line) {
        if (channel->put([&] { channel->log.push_back(line); }))
            wake();
    };
    events.finished = [this, channel](const Outcome& outcome) {
        if (channel->put([&] { channel->outcome = outcome; }))
            wake();
    };
    return events;
}

void JobController::start(const JobSpec& spec) {
    letGo();
    auto running = std::make_shared<Running>();
    running->channel = std::make_shared<Channel>();
    m_spec = spec;
    running->job = m_backend.submit(spec, eventsFor(running->channel));
    running->id = QString::fromStdString(running->job->id());
    m_all.push_back(running);
    m_current = running;
    Q_EMIT started(running->id, m_spec, where());
}

void JobController::requestStop() {
    if (m_current)
        m_current->job->requestStop();
}

void JobController::requestFinish() {
    if (m_current)
        m_current->job->requestFinish();
}

void JobController::letGo() {
    if (const auto running = std::exchange(m_current, nullptr)) {
        running->letGo = true;
        running->job->requestStop();
    }
}

void JobController::deliver() {
    const auto all = m_all; // slots may start another job
    for (const auto& running : all)
        deliver(*running);
    for (const auto& running : all)
        if (running->over) {
            std::erase(m_all, running);
            takeApart(running);
        }
}

/// Joining a job's thread may take a moment: not here.
void JobController::takeApart(std::shared_ptr<Running> running) {
    m_ended.run([job = std::shared_ptr<Job>(std::move(running->job))]() mutable -> std::function<void()> {
        job.reset();
        return {};
    });
}

void JobController::deliver(Running& running) {
    std::optional<Progress> progress;
    std::optional<Snapshot> snapshot;
    std::vector<JobState> states;
    std::vector<LogLine> log;
    std::optional<Outcome> outcome;
    {
        Channel& channel = *running.channel;
        const std::lock_guard lock(channel.mutex);
        channel.woken = false;
        progress = std::exchange(channel.progress, std::nullopt);
        snapshot = std::exchange(channel.snapshot, std::nullopt);
        states.swap(channel.states);
        log.swap(channel.log);
        outcome = std::exchange(channel.outcome, std::nullopt);
    }
    for (const LogLine& line : log)
        Q_EMIT logged(running.id, line);
    // Before the states: a final one must not be followed by a fraction from before it.
    if (progress && !running.letGo)
        Q_EMIT progressed(running.id, *progress);
    for (const JobState state : states)
        Q_EMIT stateChanged(running.id, state);
    if (snapshot && !running.letGo)
        Q_EMIT snapshotReady(*snapshot);
    if (!outcome)
        return;
    running.over = true;
    if (running.letGo) {
        Q_EMIT letGoEnded(running.id, *outcome);
        return;
    }
    m_current.reset();
    Q_EMIT finished(running.id, *outcome);
}

} // namespace fxs::app
