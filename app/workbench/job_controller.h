#pragma once

#include "engine/backend/backend.h"

#include <QObject>
#include <QTimer>
#include <memory>

namespace fxs::app {

/// Runs one job at a time through a Backend and brings what it tells to the GUI thread: the newest progress and snapshots only, at
/// most 15 times a second, every log line, and the outcome once. What an earlier job tells late is dropped.
/// Owns:    the job; destroying the controller (or starting another job) stops it.
/// Threads: GUI thread.
class JobController : public QObject {
    Q_OBJECT

public:
    explicit JobController(Backend& backend, QObject* parent = nullptr);
    ~JobController() override;

    /// Every problem of the specification; nothing is started.
    std::vector<Problem> check(const JobSpec& spec) const { return m_backend.check(spec); }
    void start(const JobSpec& spec);
    void requestStop();
    void requestFinish();
    bool isRunning() const { return m_running; }
    const JobSpec& spec() const { return m_spec; }

Q_SIGNALS:
    void started(const QString& id, const fxs::JobSpec& spec, const QString& where);
    void stateChanged(const QString& id, fxs::JobState state);
    void progressed(const QString& id, const fxs::Progress& progress);
    void snapshotReady(const fxs::Snapshot& snapshot);
    void logged(const fxs::LogLine& line);
    void finished(const QString& id, const fxs::Outcome& outcome);

private:
    struct Channel;
    void wake(const std::shared_ptr<Channel>& channel);
    void deliver();
    JobEvents eventsFor(const std::shared_ptr<Channel>& channel);

    Backend& m_backend;
    std::shared_ptr<Channel> m_channel;
    std::unique_ptr<Job> m_job;
    JobSpec m_spec;
    QString m_id;
    QTimer m_pace;
    bool m_running = false;
};

} // namespace fxs::app
