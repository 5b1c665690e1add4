#pragma once

#include "app/workbench/task_runner.h"
#include "engine/backend/backend.h"

#include <QObject>
#include <QTimer>
#include <memory>
#include <vector>

namespace fxs::app {

/// Runs one job at a time through a Backend and brings what it tells to the GUI thread: the newest progress and snapshots only, at
/// most 15 times a second, every log line, and the outcome once. A job that was let go (another run was opened) ends by itself: its
/// state and log are still told, its results are not.
/// Owns:    the jobs; destroying the controller stops them and waits for them. A job that ended is taken apart by a thread of its own.
/// Threads: GUI thread.
class JobController : public QObject {
    Q_OBJECT

public:
    explicit JobController(Backend& backend, QObject* parent = nullptr);
    ~JobController() override;

    /// Every problem of the specification; nothing is started. Threads: any; it may read files.
    std::vector<Problem> check(const JobSpec& spec) const { return m_backend.check(spec); }
    QString where() const { return QString::fromStdString(m_backend.info().name); }
    void start(const JobSpec& spec);
    void requestStop();
    void requestFinish();
    /// Stops the running job and shows nothing more of its results.
    void letGo();
    bool isRunning() const { return m_current != nullptr; }
    /// Of the job that runs, or ran last.
    const JobSpec& spec() const { return m_spec; }

Q_SIGNALS:
    void started(const QString& id, const fxs::JobSpec& spec, const QString& where);
    void stateChanged(const QString& id, fxs::JobState state);
    void progressed(const QString& id, const fxs::Progress& progress);
    void snapshotReady(const fxs::Snapshot& snapshot);
    void logged(const QString& id, const fxs::LogLine& line);
    void finished(const QString& id, const fxs::Outcome& outcome);
    /// A job that had been let go is over.
    void letGoEnded(const QString& id, const fxs::Outcome& outcome);

private:
    struct Channel;
    struct Running;
    void wake();
    void deliver();
    void deliver(Running& running);
    JobEvents eventsFor(const std::shared_ptr<Channel>& channel);
    void takeApart(std::shared_ptr<Running> running);

    Backend& m_backend;
    TaskRunner m_ended;
    std::vector<std::shared_ptr<Running>> m_all;
    std::shared_ptr<Running> m_current;
    JobSpec m_spec;
    QTimer m_pace;
};

} // namespace fxs::app
