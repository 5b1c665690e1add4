#pragma once

#include <QObject>

class QMainWindow;

namespace fxs::ui {
class JobsModel;
class JobsView;
class LogModel;
class RunTree;
} // namespace fxs::ui

namespace fxs::app {

class SettingsPanel;
class Workbench;

/// The panels around the views: runs, settings, jobs, log. Makes them, places them, and connects them with the workbench.
/// Threads: GUI thread. The docks belong to the window.
class Docks : public QObject {
    Q_OBJECT

public:
    Docks(Workbench& workbench, QMainWindow& window);

    ui::RunTree* runs() const { return m_runs; }
    SettingsPanel* settings() const { return m_settings; }
    ui::JobsModel* jobs() const { return m_jobs; }
    ui::LogModel* log() const { return m_log; }

private:
    void place(QMainWindow& window);
    void connectSession();
    void connectJobs();

    Workbench& m_workbench;
    ui::RunTree* m_runs;
    SettingsPanel* m_settings;
    ui::JobsModel* m_jobs;
    ui::LogModel* m_log;
};

} // namespace fxs::app
