#pragma once

#include "engine/backend/backend.h"

#include <QMainWindow>
#include <QTimer>
#include <vector>

class QLabel;
class QTabWidget;

namespace fxs::ui {
class ConvergenceView;
class CoefficientsView;
class CorrelationView;
class DensityView;
class FrameView;
class JobsModel;
class LogModel;
class RunTree;
class StageBar;
} // namespace fxs::ui

namespace fxs::app {

class SettingsPanel;
class Workbench;
class WorkbenchAction;

/// The window: lays out the views and connects them with the workbench.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    /// rememberLayout: false for pictures and tests, which always show the default arrangement.
    explicit MainWindow(Workbench& workbench, bool rememberLayout = true, QWidget* parent = nullptr);
    ~MainWindow() override;

    QTabWidget* tabs() const { return m_tabs; }
    ui::FrameView* frameView() const { return m_frames; }
    ui::CorrelationView* correlationView() const { return m_correlation; }
    ui::CoefficientsView* coefficientsView() const { return m_coefficients; }
    ui::DensityView* densityView() const { return m_density; }
    ui::ConvergenceView* convergenceView() const { return m_convergence; }
    ui::StageBar* stageBar() const { return m_stages; }
    SettingsPanel* settingsPanel() const { return m_settings; }
    ui::JobsModel* jobsModel() const { return m_jobs; }
    ui::LogModel* logModel() const { return m_log; }
    /// Goes to a tab; the order is that of the stages from Frames on.
    void showTab(int index);

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void makeCentre();
    void makeDocks();
    void makeActions();
    void makeAppearanceMenu();
    void connectSession();
    void connectJobs();
    void connectExport();
    void onResults(Stage stage);
    void onProgress(const Progress& progress);
    void onFinished(const Outcome& outcome);
    void refreshStages();
    void refreshTitle();

    Workbench& m_workbench;
    bool m_rememberLayout;
    QTabWidget* m_tabs;
    ui::StageBar* m_stages;
    ui::FrameView* m_frames;
    ui::CorrelationView* m_correlation;
    ui::CoefficientsView* m_coefficients;
    ui::DensityView* m_density;
    ui::ConvergenceView* m_convergence;
    ui::RunTree* m_runs;
    SettingsPanel* m_settings;
    ui::JobsModel* m_jobs;
    ui::LogModel* m_log;
    QLabel *m_rate, *m_machine;
    std::vector<WorkbenchAction*> m_actions;
    QTimer m_clock;
    Stage m_runningStage = Stage::correlate;
    Progress m_progress;
    bool m_failed = false, m_stopped = false;
};

} // namespace fxs::app
