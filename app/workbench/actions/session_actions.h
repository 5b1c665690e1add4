#pragma once

#include "app/workbench/actions/actions.h"

#include <QStringList>

class QMenu;

namespace fxs::app {

class SessionStore;

/// Starts anew: nothing open, all settings at their defaults. What was there and not saved is kept for the next start.
class NewSessionAction : public WorkbenchAction {
    Q_OBJECT
public:
    NewSessionAction(Workbench& workbench, QWidget* window);
};

/// Saves the session where it was saved before; asks where if it was not.
class SaveSessionAction : public WorkbenchAction {
    Q_OBJECT
public:
    SaveSessionAction(Workbench& workbench, SessionStore& store, QWidget* window);
};

/// Asks where, and saves the session there.
class SaveSessionAsAction : public WorkbenchAction {
    Q_OBJECT
public:
    SaveSessionAsAction(Workbench& workbench, SessionStore& store, QWidget* window);
};

/// The sessions, runs and results opened lately, as a submenu of parent; the newest first. Remembered between starts.
void addRecentMenu(QMenu& parent, Workbench& workbench);

/// The folder that the last file was chosen in; remembered between starts.
QString lastFolder();
void rememberFolderOf(const QString& path);

} // namespace fxs::app
