#include "app/workbench/docks.h"

#include "app/workbench/job_desk.h"
#include "app/workbench/settings_panel.h"
#include "app/workbench/workbench.h"
#include "engine/backend/job_settings.h"
#include "widgets/jobs/jobs_panel.h"
#include "widgets/jobs/log_panel.h"
#include "widgets/runs/run_tree.h"

#include <QDockWidget>
#include <QMainWindow>

namespace fxs::app {

Docks::Docks(Workbench& workbench, QMainWindow& window)
    : QObject(&window), m_workbench(workbench), m_runs(new ui::RunTree),
      m_settings(new SettingsPanel(workbench.session(), jobSections())), m_desk(new JobDesk(workbench, this)) {
    place(window);
    connectSession();
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
    auto* jobs = add(tr("Jobs"), QStringLiteral("jobs"), m_desk->jobsPanel(), Qt::BottomDockWidgetArea);
    auto* log = add(tr("Log"), QStringLiteral("log"), m_desk->logPanel(), Qt::BottomDockWidgetArea);
    connect(m_desk, &JobDesk::logWanted, log, [log] {
        log->show();
        log->raise();
    });
    window.resizeDocks({runs, settings}, {262, 292}, Qt::Horizontal);
    window.resizeDocks({jobs, log}, {150, 150}, Qt::Vertical);
    window.resizeDocks({jobs, log}, {600, 400}, Qt::Horizontal);
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
    connect(&m_workbench, &Workbench::problemsFound, m_settings, &SettingsPanel::setProblems);
}

ui::JobsModel* Docks::jobs() const {
    return m_desk->jobs();
}

ui::LogModel* Docks::log() const {
    return m_desk->log();
}

} // namespace fxs::app
