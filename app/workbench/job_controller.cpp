#include "app/workbench/job_controller.h"

#include "app/workbench/job_channel.h"

#include <algorithm>
#include <utility>

namespace fxs::app {

namespace {
constexpr int kRepaintMs = 66; // 15 times a second
} // namespace

/// A job from its submission to its last word.
struct JobController::Running {
    QString id; ///< empty until its place has taken it
    QString place, where;
    bool remote = false;
    JobSpec spec;
    std::shared_ptr<Backend> backend;
    std::shared_ptr<JobChannel> channel;
    std::shared_ptr<Job> job;
    bool letGo = false, over = false;
    bool stopAsked = false, finishAsked = false; ///< before it was taken

    void requestStop() {
        stopAsked = true;
        if (job)
            job->requestStop();
    }
    void requestFinish() {
        finishAsked = true;
        if (job)
            job->requestFinish();
    }
};

JobController::JobController(Backend& local, QObject* parent) : QObject(parent), m_places(local) {
    m_pace.setSingleShot(true);
    m_pace.setInterval(kRepaintMs);
    connect(&m_pace, &QTimer::timeout, this, qOverload<>(&JobController::deliver));
}

JobController::~JobController() {
    // All are told before any is waited for: they end side by side. Those elsewhere go on without us.
    stopLocal();
    m_runners.clear();
    m_followed.reset();
    m_all.clear();
}

QString JobController::jobKey(const QString& place, const QString& id) {
    return place == Places::kLocal ? id : place + QLatin1Char(':') + id;
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

TaskRunner& JobController::runnerOf(const QString& place) {
    auto& runner = m_runners[place];
    if (!runner)
        runner = std::make_unique<TaskRunner>("jobs");
    return *runner;
}

// --- starting --------------------------------------------------------------------------------------------------------

void JobController::start(const JobSpec& spec, const QString& place) {
    const auto running = launch(
        place, spec, [spec](Backend& backend, JobEvents events) { return backend.submit(spec, std::move(events)); },
        true);
    if (!running)
        return;
    setFollowed(running);
    Q_EMIT followedChanged({}); // it has no name yet, but it is on its way
}

void JobController::attach(const QString& place, const QString& backendId, const JobSpec& spec, bool followIt) {
    if (find(jobKey(place, backendId)))
        return;
    const auto running = launch(
        place, spec,
        [id = backendId.toStdString()](Backend& backend, JobEvents events) {
            return backend.attach(id, std::move(events));
        },
        false);
    if (!running)
        return;
    running->id = jobKey(place, backendId);
    running->channel->setWatched(followIt);
    if (followIt)
        setFollowed(running);
}

std::shared_ptr<JobController::Running> JobController::launch(const QString& place, const JobSpec& spec, Submit submit,
                                                              bool isNew) {
    const Place* where = m_places.find(place);
    if (!where) {
        Q_EMIT submitFailed(spec,
                            Error(ErrorCode::notFound, tr("there is no place %1 any more").arg(place).toStdString()));
        return nullptr;
    }
    auto running = std::make_shared<Running>();
    running->place = place;
    running->where = where->name;
    running->remote = where->remote;
    running->spec = spec;
    running->backend = where->backend;
    running->channel = std::make_shared<JobChannel>([this] { wake(); });
    m_all.push_back(running);
    runnerOf(place).run([this, running, isNew, submit = std::move(submit), backend = where->backend,
                         channel = running->channel]() -> std::function<void()> {
        try {
            const std::shared_ptr<Job> job = submit(*backend, channel->events());
            return [this, running, job, isNew] { taken(running, job, isNew); };
        } catch (const Error& error) {
            return [this, running, error, isNew] { refused(running, error, isNew); };
        } catch (const std::exception& error) {
            return [this, running, error = Error(ErrorCode::internal, error.what()), isNew] {
                refused(running, error, isNew);
            };
        }
    });
    return running;
}

void JobController::taken(const std::shared_ptr<Running>& running, const std::shared_ptr<Job>& job, bool isNew) {
    running->job = job;
    running->id = jobKey(running->place, QString::fromStdString(job->id()));
    if (running->stopAsked)
        job->requestStop();
    if (running->finishAsked)
        job->requestFinish();
    if (running == m_followed)
        m_lastFollowed = running->id;
    if (isNew)
        Q_EMIT started(running->id, running->spec, running->where);
    else
        Q_EMIT attached(running->id, running->spec, running->where);
    if (running == m_followed)
        Q_EMIT followedChanged(running->id);
    wake(); // for what it told before it had a name
}

void JobController::refused(const std::shared_ptr<Running>& running, const Error& error, bool isNew) {
    std::erase(m_all, running);
    if (running == m_followed) {
        m_followed.reset();
        Q_EMIT followedChanged({});
    }
    if (isNew)
        Q_EMIT submitFailed(running->spec, error);
    else
        Q_EMIT attachFailed(running->id, error);
}

// --- asking ----------------------------------------------------------------------------------------------------------

std::shared_ptr<JobController::Running> JobController::find(const QString& id) const {
    const auto it = std::find_if(m_all.begin(), m_all.end(), [&](const auto& running) {
        return !id.isEmpty() && running->id == id && !running->over;
    });
    return it == m_all.end() ? nullptr : *it;
}

void JobController::setFollowed(std::shared_ptr<Running> running) {
    if (m_followed && m_followed != running)
        m_followed->channel->setWatched(false);
    m_followed = std::move(running);
    if (m_followed) {
        m_followed->letGo = false;
        m_followed->channel->setWatched(true);
        m_spec = m_followed->spec;
        m_lastFollowed = m_followed->id;
    }
}

void JobController::follow(const QString& id) {
    const auto running = find(id);
    if (running == m_followed)
        return;
    setFollowed(running);
    Q_EMIT followedChanged(running ? id : QString());
}

QString JobController::followed() const {
    return m_lastFollowed;
}

void JobController::requestStop() {
    if (m_followed)
        m_followed->requestStop();
}

void JobController::requestFinish() {
    if (m_followed)
        m_followed->requestFinish();
}

void JobController::requestStop(const QString& id) {
    if (const auto running = find(id))
        running->requestStop();
}

void JobController::requestFinish(const QString& id) {
    if (const auto running = find(id))
        running->requestFinish();
}

void JobController::stopLocal() {
    for (const auto& running : m_all)
        if (!running->remote)
            running->requestStop();
}

bool JobController::localRuns() const {
    return std::any_of(m_all.begin(), m_all.end(),
                       [](const auto& running) { return !running->remote && !running->over; });
}

QString JobController::whereOf(const QString& id) const {
    const auto running = find(id);
    return running ? running->where : QString();
}

QString JobController::placeOf(const QString& id) const {
    const auto running = find(id);
    return running ? running->place : QString();
}

/// On a thread of its own: a large file must not hold up what is submitted there.
void JobController::fetch(const QString& place, const QString& backendId, ArtifactKind kind,
                          std::function<void(const Artifact&)> then) {
    const QString key = jobKey(place, backendId);
    const Place* where = m_places.find(place);
    if (!where) {
        Q_EMIT fetchFailed(key, Error(ErrorCode::notFound,
                                      tr("the place that job %1 ran in is not there").arg(backendId).toStdString()));
        return;
    }
    runnerOf(place + QStringLiteral("/files"))
        .run([this, key, kind, then = std::move(then), backend = where->backend,
              id = backendId.toStdString()]() -> std::function<void()> {
            try {
                return [then, artifact = backend->fetch(id, kind)] { then(artifact); };
            } catch (const Error& error) {
                return [this, key, error] { Q_EMIT fetchFailed(key, error); };
            }
        });
}

bool JobController::canStart(const QString& place) const {
    const Place* where = m_places.find(place);
    if (!where)
        return false;
    return std::none_of(m_all.begin(), m_all.end(), [&](const auto& running) {
        const bool onItsWay = running->place == place && running->id.isEmpty();
        const bool here = !running->remote && !running->letGo && !running->over; // one that was let go is about to end
        return onItsWay || (here && !where->remote);
    });
}

void JobController::letGo() {
    const auto running = m_followed;
    if (!running)
        return;
    setFollowed(nullptr);
    if (!running->remote) {
        running->letGo = true;
        running->requestStop();
    }
    Q_EMIT followedChanged({});
}

// --- telling ---------------------------------------------------------------------------------------------------------

void JobController::deliver() {
    const auto all = m_all; // slots may start another job
    for (const auto& running : all)
        if (running->job)
            deliver(running);
    for (const auto& running : all)
        if (running->over) {
            std::erase(m_all, running);
            takeApart(running);
        }
}

/// Joining a job's thread may take a moment: not here.
void JobController::takeApart(const std::shared_ptr<Running>& running) {
    runnerOf(running->place).run([job = std::exchange(running->job, nullptr)]() mutable -> std::function<void()> {
        job.reset();
        return {};
    });
}

void JobController::deliver(const std::shared_ptr<Running>& running) {
    const JobNews news = running->channel->take();
    for (const LogLine& line : news.log)
        Q_EMIT logged(running->id, line);
    // Before the states: a final one must not be followed by a fraction from before it.
    if (news.progress && !running->letGo)
        Q_EMIT progressed(running->id, *news.progress);
    for (const JobState state : news.states)
        Q_EMIT stateChanged(running->id, state);
    if (news.snapshot && running == m_followed)
        Q_EMIT snapshotReady(*news.snapshot);
    if (!news.outcome)
        return;
    running->over = true;
    if (running->letGo) {
        Q_EMIT letGoEnded(running->id, *news.outcome);
        return;
    }
    const bool wasFollowed = running == m_followed;
    if (wasFollowed)
        m_followed.reset();
    Q_EMIT finished(running->id, *news.outcome, wasFollowed);
}

} // namespace fxs::app
