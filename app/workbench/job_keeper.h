#pragma once

#include "app/workbench/job_book.h"
#include "app/workbench/job_controller.h"

#include <QMap>
#include <QObject>
#include <memory>
#include <vector>

namespace fxs::app {

/// What is known of jobs: those of this window, of the open session and of the user's book. Writes each change into session and book,
/// and takes up again the jobs that still run elsewhere as soon as their place is there.
/// Threads: GUI thread; the book is read and written by a thread of its own.
class JobKeeper : public QObject {
    Q_OBJECT

public:
    JobKeeper(Session& session, JobController& jobs, QObject* parent = nullptr);
    ~JobKeeper() override;

    /// From now on the book is kept in this folder; what stands there is told by known().
    void openBook(const QString& folder);
    bool isIdle() const { return m_disk.isIdle(); }

    /// Whether it is known what a job was submitted with.
    bool hasSpec(const QString& id) const { return m_specs.contains(id); }
    JobSpec specOf(const QString& id) const { return m_specs.value(id); }
    /// The settings in force when it was submitted.
    Session::Settings settingsOf(const QString& id) const;
    /// The place a job was submitted to.
    QString placeOf(const QString& id) const;
    const SessionJob* find(const QString& id) const;

    /// The settings in force for the job that is started next.
    void expect(const Session::Settings& inForce) { m_inForce = inForce; }
    /// The jobs of a session that was opened.
    void takeSession(std::vector<SessionJob> jobs);
    /// A job that a place has and that nobody here knew: of another session or another computer.
    void adopt(const Place& place, const JobRecord& record);
    void forget(const QString& id);

Q_SIGNALS:
    /// Jobs that were not listed before, or stand otherwise than they did.
    void known(const std::vector<fxs::app::BookedJob>& jobs);
    void failed(const QString& message);

private:
    void onStarted(const QString& id, const JobSpec& spec);
    void onState(const QString& id, JobState state);
    void learn(const std::vector<BookedJob>& jobs);
    void attachWaiting();
    void write(const SessionJob& job);

    Session& m_session;
    JobController& m_jobs;
    Session::Settings m_inForce;
    QMap<QString, SessionJob> m_known;
    QMap<QString, JobSpec> m_specs;
    QMap<QString, Session::Settings> m_settings;
    QStringList m_toAttach; ///< run elsewhere, and their place is not there yet
    QString m_toFollow;     ///< the one of the open session
    std::shared_ptr<JobBook> m_book;
    TaskRunner m_disk; ///< last: joined first
};

/// "local-17": what the backend of a place calls a job.
QString backendIdOf(const QString& place, const QString& key);

} // namespace fxs::app
