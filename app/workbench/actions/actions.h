#pragma once

#include <QAction>

namespace fxs::app {

class ViewArea;
class Workbench;

/// What the user can ask for: each action is a class that holds its text, icon, shortcut and state, and does its work through the
/// collaborators of its constructor. Icons follow the palette (refreshIcon).
class WorkbenchAction : public QAction {
    Q_OBJECT

public:
    WorkbenchAction(const QString& iconName, const QString& text, const QString& tip, QWidget* parent);
    void refreshIcon(const QPalette& palette);

private:
    QString m_iconName;
};

/// Asks for files of a run, or results, and opens them.
class OpenAction : public WorkbenchAction {
    Q_OBJECT
public:
    OpenAction(Workbench& workbench, QWidget* window);
};

/// Asks for a folder of results and opens what is in it.
class OpenFolderAction : public WorkbenchAction {
    Q_OBJECT
public:
    OpenFolderAction(Workbench& workbench, QWidget* window);
};

/// Runs the chain from the run to the density. Off without a run and while a job runs.
class AnalyseAction : public WorkbenchAction {
    Q_OBJECT
public:
    AnalyseAction(Workbench& workbench, QWidget* window);
};

/// Runs the filter and the phasing anew on the correlation at hand.
class ContinueAction : public WorkbenchAction {
    Q_OBJECT
public:
    ContinueAction(Workbench& workbench, QWidget* window);
};

/// Ends the running stage early with the best result so far.
class FinishAction : public WorkbenchAction {
    Q_OBJECT
public:
    FinishAction(Workbench& workbench, QWidget* window);
};

/// Stops the job; what can be resumed is kept.
class StopAction : public WorkbenchAction {
    Q_OBJECT
public:
    StopAction(Workbench& workbench, QWidget* window);
};

/// Saves what the window, or the view in front, shows as PNG.
class ScreenshotAction : public WorkbenchAction {
    Q_OBJECT
public:
    ScreenshotAction(ViewArea& views, QWidget* window);
};

/// Puts the fxs line that does the same as Analyse on the clipboard.
class CopyCommandAction : public WorkbenchAction {
    Q_OBJECT
public:
    CopyCommandAction(Workbench& workbench, QWidget* window);
};

} // namespace fxs::app
