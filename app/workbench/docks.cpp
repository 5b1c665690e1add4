#include "app/workbench/docks.h"

#include "app/workbench/settings_panel.h"
#include "app/workbench/workbench.h"
#include "engine/backend/job_settings.h"
#include "widgets/jobs/jobs_model.h"
#include "widgets/jobs/jobs_view.h"
#include "widgets/jobs/log_view.h"
#include "widgets/runs/run_tree.h"

#include <QDockWidget>
#include <QMainWindow>
#include <QTimer>

namespace fxs::app {

Docks::Docks(Workbench& workbench, QMainWindow& window)
    : QObject(&window), m_workbench(workbench), m_runs(new ui::RunTree),
      m_settings(new SettingsPanel(workbench.session(), jobSections())), m_jobs(new ui::JobsModel(this)),
      m_log(new ui::LogModel(this)) {
    place(window);
    connectSession();
    connectJobs();
}

void Docks::place(QMainWindow& window) {
    const auto add = [&window](const QString& title, const QString& name, QWidget* content, Qt::DockWidgetArea area) {
        auto* dock = new QDockWidget(title, &window);
        dock->setObjectName(name);
        dock->setWidget(content);
        window.addDockWidget(area, dock);
        return dock;
    };
    window.setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    window.setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    auto* runs = add(tr("Runs"), QStringLiteral("runs"), m_runs, Qt::LeftDockWidgetArea);
    auto* settings = add(tr("Settings"), QStringLiteral("settings"), m_settings, Qt::RightDockWidgetArea);
    auto* jobs = add(tr("Jobs"), QStringLiteral("jobs"), new ui::JobsView(m_jobs), Qt::BottomDockWidgetArea);
    auto* log = add(tr("Log"), QStringLiteral("log"), new ui::LogView(m_log), Qt::BottomDockWidgetArea);
    window.resizeDocks({runs, settings}, {262, 292}, Qt::Horizontal);
    window.resizeDocks({jobs, log}, {130, 130}, Qt::Vertical);
    window.resizeDocks({jobs, log}, {640, 360}, Qt::Horizontal);
}

void Docks::connectSession() {
    Session& session = m_workbench.session();
    connect(&session, &Session::runChanged, m_runs, [this, &session] { m_runs->setRun(session.run()); });
    connect(&session, &Session::resultFilesChanged, m_runs,
            [this, &session] { m_runs->setResults(session.resultFiles()); });
    connect(&m_workbench, &Workbench::openFailed, m_runs, [this](const QString& files, const QString& message) {
        if (!files.isEmpty())
            m_runs->setRunError(files, message);
    });
    connect(&m_workbench, &Workbench::logged, m_log, &ui::LogModel::append);
    connect(&m_workbench, &Workbench::problemsFound, m_settings, &SettingsPanel::setProblems);
}

void Docks::connectJobs() {
    JobController& jobs = m_workbench.jobs();
    connect(&jobs, &JobController::started, m_jobs,
            [this](const QString& id, const JobSpec& spec, const QString& where) {
                m_jobs->addJob(id, QString::fromStdString(spec.name), where);
            });
    connect(&jobs, &JobController::stateChanged, m_jobs, &ui::JobsModel::setState);
    connect(&jobs, &JobController::progressed, m_jobs, &ui::JobsModel::setProgress);
    connect(&jobs, &JobController::finished, m_jobs, [this](const QString& id, const Outcome& outcome) {
        if (const auto* error = std::get_if<Error>(&outcome))
            m_jobs->setMessage(id, QString::fromStdString(error->message()));
    });
    auto* clock = new QTimer(this);
    clock->setInterval(1000);
    connect(clock, &QTimer::timeout, m_jobs, &ui::JobsModel::tick);
    clock->start();
}

} // namespace fxs::app
