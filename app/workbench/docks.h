#pragma once

#include <QObject>

class QMainWindow;

namespace fxs::ui {
class JobsModel;
class LogModel;
class RunTree;
} // namespace fxs::ui

namespace fxs::app {

class JobDesk;
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
    JobDesk* jobDesk() const { return m_desk; }
    ui::JobsModel* jobs() const;
    ui::LogModel* log() const;

private:
    void place(QMainWindow& window);
    void connectSession();

    Workbench& m_workbench;
    ui::RunTree* m_runs;
    SettingsPanel* m_settings;
    JobDesk* m_desk;
};

} // namespace fxs::app
