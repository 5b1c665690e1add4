#include "app/workbench/menus.h"

#include "app/workbench/actions/actions.h"
#include "app/workbench/actions/session_actions.h"
#include "app/workbench/appearance.h"
#include "app/workbench/main_window.h"
#include "app/workbench/run_on_box.h"
#include "app/workbench/view_area.h"
#include "app/workbench/workbench.h"
#include "widgets/density/density_view.h"

#include <QActionGroup>
#include <QDockWidget>
#include <QLabel>
#include <QMenuBar>
#include <QToolBar>
#include <QUndoStack>

namespace fxs::app {

template <class A, class... Arguments>
A* Menus::make(Arguments&&... arguments) {
    A* action = new A(std::forward<Arguments>(arguments)..., &m_window);
    m_actions.push_back(action);
    return action;
}

Menus::Menus(Workbench& workbench, MainWindow& window) : QObject(&window), m_workbench(workbench), m_window(window) {
    makeFileMenu();
    makeEditMenu();
    makeAnalysisMenu();
    makeViewMenu();
    makeToolBar();
}

void Menus::makeFileMenu() {
    m_open = make<OpenAction>(m_workbench);
    m_folder = make<OpenFolderAction>(m_workbench);
    m_shot = make<ScreenshotAction>(*m_window.viewArea());
    QMenu* menu = m_window.menuBar()->addMenu(tr("&File"));
    auto* fresh = make<NewSessionAction>(m_workbench);
    m_save = make<SaveSessionAction>(m_workbench, m_window.sessionStore());
    auto* saveAs = make<SaveSessionAsAction>(m_workbench, m_window.sessionStore());
    menu->addActions({fresh, m_open, m_folder});
    QAction* reference =
        menu->addAction(tr("Open &reference structure…"), m_window.densityView(), &ui::DensityView::referenceRequested);
    reference->setToolTip(tr("A PDB, mmCIF or MRC file to lay over the density and to compare it with"));
    reference->setShortcut(QKeySequence(QStringLiteral("Ctrl+Alt+O")));
    addRecentMenu(*menu, m_workbench);
    menu->addSeparator();
    menu->addActions({m_save, saveAs});
    menu->addSeparator();
    menu->addAction(m_shot);
    menu->addSeparator();
    QAction* quit = menu->addAction(tr("&Quit"), &m_window, &QWidget::close);
    quit->setShortcut(QKeySequence::Quit);
}

void Menus::makeEditMenu() {
    QMenu* menu = m_window.menuBar()->addMenu(tr("&Edit"));
    QUndoStack& steps = m_workbench.session().undo();
    QAction* undo = steps.createUndoAction(&m_window, tr("&Undo"));
    undo->setShortcut(QKeySequence::Undo);
    undo->setToolTip(tr("Takes back the last change of a setting or of the mask"));
    QAction* redo = steps.createRedoAction(&m_window, tr("&Redo"));
    redo->setShortcuts({QKeySequence(QStringLiteral("Ctrl+Shift+Z")), QKeySequence(QStringLiteral("Ctrl+Y"))});
    redo->setToolTip(tr("Makes the change that was taken back"));
    menu->addActions({undo, redo});
}

void Menus::makeAnalysisMenu() {
    m_analyse = make<AnalyseAction>(m_workbench);
    auto* again = make<ContinueAction>(m_workbench);
    m_finish = make<FinishAction>(m_workbench);
    m_stop = make<StopAction>(m_workbench);
    auto* copy = make<CopyCommandAction>(m_workbench);
    QMenu* menu = m_window.menuBar()->addMenu(tr("&Analysis"));
    menu->addActions({m_analyse, again, m_finish, m_stop});
    menu->addSeparator();
    menu->addAction(copy);
}

void Menus::makeViewMenu() {
    QMenu* menu = m_window.menuBar()->addMenu(tr("&View"));
    ViewArea* area = m_window.viewArea();
    for (int i = 0; i < area->pageCount(); ++i) {
        QAction* page = menu->addAction(area->title(i), area, [area, i] { area->show(i); });
        page->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)));
    }
    menu->addSeparator();
    QAction* tiled = menu->addAction(tr("&Tile views"));
    tiled->setCheckable(true);
    tiled->setShortcut(QKeySequence(QStringLiteral("Ctrl+T")));
    connect(tiled, &QAction::toggled, area, &ViewArea::setTiled);
    connect(area, &ViewArea::arrangementChanged, tiled, [tiled, area] { tiled->setChecked(area->isTiled()); });
    QAction* floating = menu->addAction(tr("&Float this view"), area, [area] {
        area->setFloating(area->current(), !area->isFloating(area->current()));
    });
    floating->setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+T")));
    menu->addSeparator();
    for (QDockWidget* dock : m_window.findChildren<QDockWidget*>())
        menu->addAction(dock->toggleViewAction());
    menu->addSeparator();
    addAppearanceMenu(*menu);
}

void Menus::makeToolBar() {
    QToolBar* bar = m_window.addToolBar(tr("Main"));
    bar->setObjectName(QStringLiteral("main"));
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->setIconSize(QSize(18, 18));
    bar->setMovable(false);
    bar->addActions({m_open, m_folder});
    bar->addSeparator();
    bar->addWidget(new QLabel(tr(" Run on ")));
    bar->addWidget(new RunOnBox(m_workbench));
    bar->addActions({m_analyse, m_finish, m_stop});
    auto* spacer = new QWidget;
    spacer->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(spacer);
    bar->addAction(m_shot);
}

void Menus::refreshIcons() {
    for (WorkbenchAction* action : m_actions)
        action->refreshIcon(m_window.palette());
}

} // namespace fxs::app
