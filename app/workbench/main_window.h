#pragma once

#include "engine/backend/backend.h"

#include <QMainWindow>

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
class StageBar;
} // namespace fxs::ui

namespace fxs::app {

class CentralViews;
class Docks;
class Menus;
class NoticeBar;
class SessionStore;
class SettingsPanel;
struct LostSession;
class StageStatus;
class ViewArea;
class Workbench;

/// The window: puts together the stage bar, the views (CentralViews), the panels (Docks) and the menus (Menus), and remembers how they
/// were arranged.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    /// remember: false for pictures and tests, which always show the default arrangement and keep no sessions by themselves.
    explicit MainWindow(Workbench& workbench, bool remember = true, QWidget* parent = nullptr);
    ~MainWindow() override;

    CentralViews* views() const { return m_views; }
    ViewArea* viewArea() const;
    SessionStore& sessionStore() const { return *m_store; }
    NoticeBar* notices() const { return m_notices; }
    Docks* docks() const { return m_docks; }
    QTabWidget* tabs() const;
    ui::FrameView* frameView() const;
    ui::CorrelationView* correlationView() const;
    ui::CoefficientsView* coefficientsView() const;
    ui::DensityView* densityView() const;
    ui::ConvergenceView* convergenceView() const;
    ui::StageBar* stageBar() const { return m_stages; }
    SettingsPanel* settingsPanel() const;
    ui::JobsModel* jobsModel() const;
    ui::LogModel* logModel() const;
    /// Goes to a view; the order is that of the stages from Frames on.
    void showTab(int index);

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void makeCentre();
    void makeStatusLine();
    void connectNotices();
    void offerLost(const std::vector<LostSession>& lost);
    void restoreLayout();
    void refreshTitle();

    Workbench& m_workbench;
    bool m_remember;
    SessionStore* m_store;
    NoticeBar* m_notices;
    ui::StageBar* m_stages;
    CentralViews* m_views;
    Docks* m_docks = nullptr;
    StageStatus* m_status;
    Menus* m_menus = nullptr;
};

} // namespace fxs::app
