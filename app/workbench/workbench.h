#pragma once

#include "app/workbench/geometry_keeper.h"
#include "app/workbench/job_controller.h"
#include "app/workbench/job_keeper.h"
#include "app/workbench/mask_keeper.h"
#include "app/workbench/result_loader.h"
#include "app/workbench/run_browser.h"
#include "app/workbench/session.h"
#include "app/workbench/task_runner.h"

#include <QObject>
#include <QStringList>

namespace fxs::app {

/// Everything the window does that is not drawing: opens paths, browses frames, runs jobs, keeps the session.
/// Threads: GUI thread; nothing here waits.
class Workbench : public QObject {
    Q_OBJECT

public:
    explicit Workbench(Backend& backend, QObject* parent = nullptr);
    ~Workbench() override;

    Session& session() { return m_session; }
    const Session& session() const { return m_session; }
    JobController& jobs() { return m_jobs; }
    JobKeeper& jobBook() { return m_keeper; }
    ui::Background& background() { return m_pictures; }
    MaskKeeper& mask() { return m_mask; }
    GeometryKeeper& geometry() { return m_geometry; }

    /// Files and folders of any kind: runs, results, a session.
    void open(const QStringList& paths);
    /// While a job runs, another run waits (runWaiting()) until somebody says what is to happen with the job.
    enum class Waiting { stopJob, afterJob, forget };
    void decide(Waiting choice);
    const QStringList& waitingRun() const { return m_waiting; }
    void showFrame(std::uint64_t index);
    /// Lets go of everything: a new session.
    void newSession();
    /// Takes over a document, as from a file. path: the session's own file; empty: it has none.
    void takeDocument(const OpenedPaths& opened, const QString& path);

    /// Where analyse() runs: one of jobs().places(); remembered in the session. A place that is gone: this computer.
    QString place() const;
    void setPlace(const QString& id);

    /// Runs the stages from first on. An earlier stage's file is the input where the chain does not begin at the run. Results already
    /// there are never written over.
    void analyse(Stage first = Stage::correlate, Stage last = Stage::reconstruct);
    /// A job again: the same inputs and settings, where jobs run now. resume: it goes on from what it kept, where it was.
    void resubmit(const QString& jobId, bool resume);
    /// The views show this job: its snapshots if it runs, else the results it left. Another run than the open one is opened first.
    void showJob(const QString& jobId);
    /// Brings a remote job's results here and opens them.
    void fetchResults(const QString& jobId);
    /// Whether analyse() would do anything: nothing else is on its way, and the place takes another job.
    bool canAnalyse() const { return !m_preparing && m_jobs.canStart(place()); }
    /// What analyse() would submit.
    JobSpec jobSpec(Stage first, Stage last) const;
    /// Gives a file a place among the recent ones.
    void noteVisit(const QString& path) { Q_EMIT visited(path); }
    /// The fxs line that does the same as analyse().
    QString command() const;
    /// Nothing is being opened, read or drawn.
    bool isIdle() const;
    void log(LogLevel level, const QString& text);

Q_SIGNALS:
    void frameReady(std::shared_ptr<const fxs::BrowsedFrame> frame);
    /// files: those of a run that could not be opened; empty: something else could not.
    void openFailed(const QString& files, const QString& message);
    /// A frame of the open run could not be read: the run itself stays.
    void frameFailed(const QString& message);
    /// A session names files that are not there.
    void filesMissing(const QStringList& files);
    void runWaiting(const QStringList& files);
    /// Nothing waits any more.
    void runDecided();
    /// Opened or saved under that name: worth a place among the recent ones.
    void visited(const QString& path);
    /// The session as it is now is about to be let go: another one is opened, or a new one begun.
    void aboutToReplace();
    /// A session's document was taken over; its views may be brought back now.
    void documentTaken(const fxs::app::SessionDocument& document);
    /// job: whose line it is; empty: the program's own.
    void logged(const fxs::LogLine& line, const QString& job = {});
    /// Another place is chosen, or the places are others.
    void placeChanged();
    void problemsFound(const std::vector<fxs::Problem>& problems);
    void idleChanged();

private:
    void connectBrowser();
    void connectJobs();
    void takeOpened(const OpenedPaths& opened);
    void takeResults(const OpenedPaths& opened, bool adoptSettings);
    void openRun(const QStringList& files);
    void prepare(const JobSpec& spec, const Session::Settings& inForce, const QString& where);
    void start(const JobSpec& spec, const std::vector<Problem>& problems, const QString& where);
    QString baseFolder() const;
    QString resultFile(const QString& name) const;
    void onFinished(const QString& id, const Outcome& outcome, bool followed);
    void takeResult(const JobResult& result);
    void openWaiting();
    void bringRunOf(const JobSpec& spec);

    Session m_session;
    TaskRunner m_pictures, m_files;
    MaskKeeper m_mask;
    GeometryKeeper m_geometry;
    JobController m_jobs;
    JobKeeper m_keeper;
    RunBrowser m_browser;
    QStringList m_waiting;
    Session::Settings m_submittedWith; ///< of the followed job
    bool m_preparing = false;          ///< a job is being looked at before it is submitted
};

} // namespace fxs::app
