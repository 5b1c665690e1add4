#include "app/workbench/actions/session_actions.h"

#include "app/workbench/session_store.h"
#include "app/workbench/workbench.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>

namespace fxs::app {

namespace {

const QString kRecentKey = QStringLiteral("recent/files");
const QString kFolderKey = QStringLiteral("recent/folder");
constexpr int kRecentCount = 12;

void askAndSave(Workbench& workbench, SessionStore& store, QWidget* window) {
    const Session& session = workbench.session();
    QString proposal = session.path();
    if (proposal.isEmpty() && !session.inputs().isEmpty()) {
        const QFileInfo run(session.inputs().front());
        proposal = run.dir().filePath(run.completeBaseName() + QStringLiteral(".fxs.toml"));
    }
    if (proposal.isEmpty())
        proposal = QDir(lastFolder()).filePath(QStringLiteral("session.fxs.toml"));
    QString path = QFileDialog::getSaveFileName(window, SaveSessionAsAction::tr("Save the session"), proposal,
                                                SaveSessionAsAction::tr("Sessions (*.fxs.toml)"));
    if (path.isEmpty())
        return;
    if (!isSessionFile(path))
        path += QStringLiteral(".fxs.toml");
    rememberFolderOf(path);
    store.save(path);
}

} // namespace

QString lastFolder() {
    return QSettings().value(kFolderKey).toString();
}

void rememberFolderOf(const QString& path) {
    QSettings().setValue(kFolderKey, QFileInfo(path).absolutePath());
}

NewSessionAction::NewSessionAction(Workbench& workbench, QWidget* window)
    : WorkbenchAction(QStringLiteral("new"), tr("&New session"),
                      tr("Lets go of the run and its results and puts all settings back"), window) {
    setShortcut(QKeySequence::New);
    connect(this, &QAction::triggered, window, [&workbench] { workbench.newSession(); });
}

SaveSessionAction::SaveSessionAction(Workbench& workbench, SessionStore& store, QWidget* window)
    : WorkbenchAction(QStringLiteral("save"), tr("&Save session"),
                      tr("Saves what is open, settings, mask and views as a session"), window) {
    setShortcut(QKeySequence::Save);
    connect(this, &QAction::triggered, window, [&workbench, &store, window] {
        if (workbench.session().path().isEmpty())
            askAndSave(workbench, store, window);
        else
            store.save(workbench.session().path());
    });
}

SaveSessionAsAction::SaveSessionAsAction(Workbench& workbench, SessionStore& store, QWidget* window)
    : WorkbenchAction(QStringLiteral("save"), tr("Save session &as…"), tr("Saves the session under another name"),
                      window) {
    setShortcut(QKeySequence(QStringLiteral("Ctrl+Alt+S")));
    connect(this, &QAction::triggered, window, [&workbench, &store, window] { askAndSave(workbench, store, window); });
}

void addRecentMenu(QMenu& parent, Workbench& workbench) {
    QMenu* menu = parent.addMenu(QMenu::tr("Open &recent"));
    QObject::connect(&workbench, &Workbench::visited, menu, [](const QString& path) {
        QSettings settings;
        QStringList recent = settings.value(kRecentKey).toStringList();
        recent.removeAll(path);
        recent.prepend(path);
        settings.setValue(kRecentKey, recent.mid(0, kRecentCount));
    });
    QObject::connect(menu, &QMenu::aboutToShow, menu, [menu, &workbench] {
        menu->clear();
        const QStringList recent = QSettings().value(kRecentKey).toStringList();
        for (const QString& path : recent) {
            QAction* action =
                menu->addAction(QFileInfo(path).fileName(), menu, [&workbench, path] { workbench.open({path}); });
            action->setToolTip(path);
            action->setStatusTip(path);
        }
        if (recent.isEmpty())
            menu->addAction(QMenu::tr("nothing yet"))->setEnabled(false);
    });
}

} // namespace fxs::app
