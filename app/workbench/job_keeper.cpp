#include "app/workbench/job_keeper.h"

#include "engine/backend/job_spec_file.h"
#include "engine/core/provenance.h"

#include <optional>

namespace fxs::app {

namespace {

bool isFinal(JobState state) {
    return state == JobState::done || state == JobState::failed || state == JobState::stopped;
}

std::optional<JobSpec> specFrom(const SessionJob& job) {
    if (job.spec.empty())
        return std::nullopt;
    try {
        return jobSpecFromToml(job.spec, "the job " + job.name);
    } catch (const Error&) {
        return std::nullopt; // written by a newer version: the job is listed, but cannot be submitted again
    }
}

} // namespace

QString backendIdOf(const QString& place, const QString& key) {
    return place == Places::kLocal ? key : key.mid(place.size() + 1);
}

JobKeeper::JobKeeper(Session& session, JobController& jobs, QObject* parent)
    : QObject(parent), m_session(session), m_jobs(jobs), m_disk("job book") {
    connect(&jobs, &JobController::started, this,
            [this](const QString& id, const JobSpec& spec) { onStarted(id, spec); });
    connect(&jobs, &JobController::stateChanged, this, &JobKeeper::onState);
    connect(&jobs.places(), &Places::changed, this, &JobKeeper::attachWaiting);
}

JobKeeper::~JobKeeper() {
    m_disk.finish(); // the last states are to be found at the next start
}

void JobKeeper::openBook(const QString& folder) {
    m_book = std::make_shared<JobBook>(folder);
    m_disk.run(
        [this, book = m_book]() -> std::function<void()> { return [this, jobs = book->read()] { learn(jobs); }; });
}

Session::Settings JobKeeper::settingsOf(const QString& id) const {
    const auto it = m_settings.find(id);
    return it == m_settings.end() ? m_specs.value(id).settings : *it;
}

QString JobKeeper::placeOf(const QString& id) const {
    const SessionJob* job = find(id);
    return !job || job->place.empty() ? Places::kLocal : QString::fromStdString(job->place);
}

const SessionJob* JobKeeper::find(const QString& id) const {
    const auto it = m_known.find(id);
    return it == m_known.end() ? nullptr : &*it;
}

void JobKeeper::onStarted(const QString& id, const JobSpec& spec) {
    m_specs[id] = spec;
    m_settings[id] = m_inForce;
    const QString place = m_jobs.placeOf(id);
    const SessionJob job{id.toStdString(),
                         spec.name,
                         m_jobs.whereOf(id).toStdString(),
                         spec.outputFolder,
                         jobStateName(JobState::queued),
                         timestampUtc(),
                         {},
                         place == Places::kLocal ? std::string() : place.toStdString(),
                         jobSpecToToml(spec)};
    m_known[id] = job;
    m_session.noteJob(job);
    write(job);
}

void JobKeeper::onState(const QString& id, JobState state) {
    const auto it = m_known.find(id);
    if (it == m_known.end() || it->state == jobStateName(state))
        return;
    it->state = jobStateName(state);
    it->ended = isFinal(state) ? timestampUtc() : std::string();
    const auto& ofSession = m_session.jobs();
    if (std::any_of(ofSession.begin(), ofSession.end(), [&](const SessionJob& job) { return job.id == it->id; }))
        m_session.noteJob(*it);
    write(*it);
}

void JobKeeper::write(const SessionJob& job) {
    if (!m_book)
        return;
    m_disk.run([this, book = m_book, job]() -> std::function<void()> {
        try {
            book->note(job);
            return {};
        } catch (const Error& error) {
            return [this, message = QString::fromStdString(error.message())] { Q_EMIT failed(message); };
        }
    });
}

void JobKeeper::takeSession(std::vector<SessionJob> jobs) {
    std::vector<BookedJob> booked;
    m_toFollow.clear();
    for (SessionJob& job : jobs) {
        const QString id = QString::fromStdString(job.id);
        if (m_known.contains(id)) { // the window, or the book, knows better
            job = m_known[id];
        } else {
            BookedJob entry{job};
            entry.interrupted = job.place.empty() && job.ended.empty();
            booked.push_back(entry);
        }
        if (!job.place.empty() && job.ended.empty())
            m_toFollow = id; // the newest that still runs is what the views are to show
    }
    m_session.setJobs(std::move(jobs));
    learn(booked);
    if (m_jobs.isRunning(m_toFollow))
        m_jobs.follow(std::exchange(m_toFollow, {}));
}

void JobKeeper::adopt(const Place& place, const JobRecord& record) {
    const QString key = JobController::jobKey(place.id, QString::fromStdString(record.id));
    if (m_known.contains(key))
        return;
    SessionJob job{key.toStdString(),
                   record.name,
                   place.name.toStdString(),
                   record.where,
                   jobStateName(record.state),
                   timestampUtc(),
                   {},
                   place.id.toStdString(),
                   {}};
    if (isFinal(record.state))
        job.ended = job.started;
    learn({BookedJob{job}});
}

void JobKeeper::learn(const std::vector<BookedJob>& jobs) {
    std::vector<BookedJob> fresh;
    for (const BookedJob& booked : jobs) {
        const QString id = QString::fromStdString(booked.job.id);
        if (m_known.contains(id))
            continue;
        m_known[id] = booked.job;
        if (auto spec = specFrom(booked.job))
            m_specs[id] = std::move(*spec);
        if (!booked.job.place.empty() && booked.job.ended.empty())
            m_toAttach << id;
        fresh.push_back(booked);
    }
    if (!fresh.empty())
        Q_EMIT known(fresh);
    attachWaiting();
}

void JobKeeper::attachWaiting() {
    const QStringList waiting = std::exchange(m_toAttach, {});
    for (const QString& id : waiting) {
        const QString place = placeOf(id);
        if (!m_jobs.places().find(place)) {
            m_toAttach << id;
            continue;
        }
        const bool followIt = id == m_toFollow && !m_jobs.isRunning();
        if (followIt)
            m_toFollow.clear();
        m_jobs.attach(place, backendIdOf(place, id), m_specs.value(id), followIt);
    }
}

void JobKeeper::forget(const QString& id) {
    m_known.remove(id);
    m_specs.remove(id);
    m_settings.remove(id);
    std::vector<SessionJob> jobs = m_session.jobs();
    if (std::erase_if(jobs, [&](const SessionJob& job) { return job.id == id.toStdString(); }) > 0)
        m_session.setJobs(std::move(jobs));
    if (m_book)
        m_disk.run([book = m_book, id]() -> std::function<void()> {
            book->forget(id.toStdString());
            return {};
        });
}

} // namespace fxs::app
