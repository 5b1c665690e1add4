#pragma once

#include "app/workbench/geometry_keeper.h"
#include "app/workbench/job_controller.h"
#include "app/workbench/mask_keeper.h"
#include "app/workbench/result_loader.h"
#include "app/workbench/session.h"
#include "app/workbench/task_runner.h"
#include "engine/backend/frame_browser.h"

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
    JobController& jobs() { return m_jobs; }
    ui::Background& background() { return m_pictures; }
    MaskKeeper& mask() { return m_mask; }
    GeometryKeeper& geometry() { return m_geometry; }

    void open(const QStringList& paths);
    void showFrame(std::uint64_t index);
    /// Runs the stages from first on. An earlier stage's file is the input where the chain does not begin at the run.
    void analyse(Stage first = Stage::correlate, Stage last = Stage::reconstruct);
    /// What analyse() would submit, and everything that is wrong with it.
    JobSpec jobSpec(Stage first, Stage last) const;
    std::vector<Problem> check() const;
    /// The fxs line that does the same as analyse().
    QString command() const;
    /// Nothing is being opened, read or drawn.
    bool isIdle() const;

Q_SIGNALS:
    void frameReady(std::shared_ptr<const fxs::BrowsedFrame> frame);
    void openFailed(const QString& files, const QString& message);
    void logged(const fxs::LogLine& line);
    void problemsFound(const std::vector<fxs::Problem>& problems);
    void idleChanged();

private:
    void takeOpened(const OpenedPaths& opened);
    void openRun(const QStringList& files);
    QString outputFolder() const;
    QString resultFile(const QString& name) const;
    void onFinished(const Outcome& outcome);
    void log(LogLevel level, const QString& text);

    Session m_session;
    TaskRunner m_pictures, m_files;
    MaskKeeper m_mask;
    GeometryKeeper m_geometry;
    JobController m_jobs;
    int m_awaitedFrames = 0;
    bool m_openingRun = false;
    std::unique_ptr<FrameBrowser> m_browser;
};

} // namespace fxs::app
