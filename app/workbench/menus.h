#pragma once

#include <QObject>
#include <vector>

class QAction;
class QMenu;

namespace fxs::app {

class MainWindow;
class Workbench;
class WorkbenchAction;

/// The menu bar and the toolbar: makes the actions and puts each where it is found. One more action goes here.
/// Threads: GUI thread. Actions and menus belong to the window.
class Menus : public QObject {
    Q_OBJECT

public:
    Menus(Workbench& workbench, MainWindow& window);

    /// Draws the icons anew in the window's palette.
    void refreshIcons();

private:
    void makeFileMenu();
    void makeEditMenu();
    void makeAnalysisMenu();
    void makeViewMenu();
    void makeToolBar();
    template <class A, class... Arguments>
    A* make(Arguments&&... arguments);

    Workbench& m_workbench;
    MainWindow& m_window;
    std::vector<WorkbenchAction*> m_actions;
    WorkbenchAction *m_open = nullptr, *m_folder = nullptr, *m_shot = nullptr;
    WorkbenchAction *m_analyse = nullptr, *m_finish = nullptr, *m_stop = nullptr, *m_save = nullptr;
};

} // namespace fxs::app
