#pragma once

#include "app/workbench/places.h"
#include "app/workbench/task_runner.h"

#include <QObject>
#include <QTimer>
#include <map>
#include <memory>
#include <vector>

namespace fxs::app {

class JobChannel;

/// Runs jobs in the places there are, several at a time, and brings what they tell to the GUI thread: the newest progress and snapshots
/// only, at most 15 times a second, every log line, and each outcome once. One job at most is followed: its snapshots are told; the
/// others are only listed, and make none. A job that was let go (another run was opened) is stopped if it runs here and goes on
/// if it runs elsewhere; its state and log are still told, its results are not.
/// Ids:     a job is known by its place and its backend's id (jobKey()); local ones by the latter alone.
/// Owns:    the jobs; destroying the controller stops the local ones and waits for them, and detaches the others.
/// Threads: GUI thread. Submitting, attaching and taking apart may wait for a network or a thread: each place has a thread for that.
class JobController : public QObject {
    Q_OBJECT

public:
    explicit JobController(Backend& local, QObject* parent = nullptr);
    ~JobController() override;

    Places& places() { return m_places; }
    const Places& places() const { return m_places; }
    static QString jobKey(const QString& place, const QString& id);

    /// Becomes the followed job. What goes wrong is told by submitFailed().
    void start(const JobSpec& spec, const QString& place = Places::kLocal);
    /// Takes up a job that was submitted earlier. Told by attached() or attachFailed().
    void attach(const QString& place, const QString& backendId, const JobSpec& spec, bool followIt);
    /// Of the followed job.
    void requestStop();
    void requestFinish();
    void requestStop(const QString& id);
    void requestFinish(const QString& id);
    void stopLocal();
    /// Its results are those told from now on; a job that is over or not known, or an empty id: none are.
    void follow(const QString& id);
    /// The followed job is not shown any more, and stopped if it runs here.
    void letGo();

    /// The followed job runs (or is on its way to its place).
    bool isRunning() const { return m_followed != nullptr; }
    bool isRunning(const QString& id) const { return find(id) != nullptr; }
    bool localRuns() const;
    /// The name of the place that a running job is in; empty for one that is not known.
    QString whereOf(const QString& id) const;
    /// The id of that place.
    QString placeOf(const QString& id) const;
    /// Brings a file of a job here; then: on this thread, if it came. What goes wrong is told by fetchFailed().
    void fetch(const QString& place, const QString& backendId, ArtifactKind kind,
               std::function<void(const Artifact&)> then);
    /// Of the job that is followed, or was last; empty until its place has taken it.
    QString followed() const;
    const JobSpec& spec() const { return m_spec; }
    /// Whether another job may start there now: here one runs at a time, for the cores are shared; elsewhere any number.
    bool canStart(const QString& place) const;

Q_SIGNALS:
    void started(const QString& id, const fxs::JobSpec& spec, const QString& where);
    void attached(const QString& id, const fxs::JobSpec& spec, const QString& where);
    void submitFailed(const fxs::JobSpec& spec, const fxs::Error& error);
    void attachFailed(const QString& id, const fxs::Error& error);
    void fetchFailed(const QString& id, const fxs::Error& error);
    void followedChanged(const QString& id);
    void stateChanged(const QString& id, fxs::JobState state);
    void progressed(const QString& id, const fxs::Progress& progress);
    /// Of the followed job.
    void snapshotReady(const fxs::Snapshot& snapshot);
    void logged(const QString& id, const fxs::LogLine& line);
    void finished(const QString& id, const fxs::Outcome& outcome, bool followed);
    /// A job that had been let go is over.
    void letGoEnded(const QString& id, const fxs::Outcome& outcome);

private:
    struct Running;
    using Submit = std::function<std::unique_ptr<Job>(Backend&, JobEvents)>;
    std::shared_ptr<Running> launch(const QString& place, const JobSpec& spec, Submit submit, bool isNew);
    void taken(const std::shared_ptr<Running>& running, const std::shared_ptr<Job>& job, bool isNew);
    void refused(const std::shared_ptr<Running>& running, const Error& error, bool isNew);
    void setFollowed(std::shared_ptr<Running> running);
    void wake();
    void deliver();
    void deliver(const std::shared_ptr<Running>& running);
    void takeApart(const std::shared_ptr<Running>& running);
    std::shared_ptr<Running> find(const QString& id) const;
    TaskRunner& runnerOf(const QString& place);

    Places m_places;
    std::vector<std::shared_ptr<Running>> m_all;
    std::shared_ptr<Running> m_followed;
    QString m_lastFollowed;
    JobSpec m_spec;
    QTimer m_pace;
    std::map<QString, std::unique_ptr<TaskRunner>> m_runners; ///< last: joined first
};

} // namespace fxs::app
