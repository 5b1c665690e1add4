#include "app/workbench/actions/actions.h"

#include "app/workbench/actions/session_actions.h"
#include "app/workbench/view_area.h"
#include "app/workbench/workbench.h"
#include "widgets/theme/line_icon.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMainWindow>
#include <QStatusBar>

namespace fxs::app {

namespace {

void tellStatus(QWidget* window, const QString& text) {
    if (auto* main = qobject_cast<QMainWindow*>(window))
        main->statusBar()->showMessage(text, 6000);
}

/// Keeps an action's state in step with what it depends on.
template <class Update>
void follow(Workbench& workbench, QAction* action, Update update) {
    QObject::connect(&workbench.session(), &Session::runChanged, action, update);
    QObject::connect(&workbench.session(), &Session::resultFilesChanged, action, update);
    QObject::connect(&workbench.jobs(), &JobController::followedChanged, action, update);
    QObject::connect(&workbench.jobs(), &JobController::finished, action, update);
    QObject::connect(&workbench, &Workbench::idleChanged, action, update);
    QObject::connect(&workbench, &Workbench::placeChanged, action, update);
    update();
}

} // namespace

WorkbenchAction::WorkbenchAction(const QString& iconName, const QString& text, const QString& tip, QWidget* parent)
    : QAction(text, parent), m_iconName(iconName) {
    setToolTip(tip);
    setStatusTip(tip);
    refreshIcon(parent->palette());
}

void WorkbenchAction::refreshIcon(const QPalette& palette) {
    setIcon(ui::lineIcon(m_iconName, palette));
}

OpenAction::OpenAction(Workbench& workbench, QWidget* window)
    : WorkbenchAction(QStringLiteral("open"), tr("&Open…"), tr("Opens a run's files, or result files"), window) {
    setShortcut(QKeySequence::Open);
    connect(this, &QAction::triggered, window, [&workbench, window] {
        const QStringList files = QFileDialog::getOpenFileNames(
            window, tr("Open a run, results or a session"), lastFolder(),
            tr("Runs, results, sessions (*.h5 *.hdf5 *.cxi *.nxs *.mrc *.map *.ccp4 *.fxs.toml);;All files (*)"));
        if (!files.isEmpty())
            rememberFolderOf(files.front());
        workbench.open(files);
    });
}

OpenFolderAction::OpenFolderAction(Workbench& workbench, QWidget* window)
    : WorkbenchAction(QStringLiteral("result"), tr("Open result &folder…"), tr("Opens what is in a folder of results"),
                      window) {
    setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+O")));
    connect(this, &QAction::triggered, window, [&workbench, window] {
        const QString folder = QFileDialog::getExistingDirectory(window, tr("Open a folder of results"), lastFolder());
        if (!folder.isEmpty())
            workbench.open({folder});
    });
}

AnalyseAction::AnalyseAction(Workbench& workbench, QWidget* window)
    : WorkbenchAction(QStringLiteral("analyse"), tr("&Analyse"),
                      tr("From the run to the density: correlate, filter, reconstruct"), window) {
    setShortcut(QKeySequence(QStringLiteral("Ctrl+R")));
    follow(workbench, this,
           [this, &workbench] { setEnabled(workbench.session().run() && workbench.canAnalyse()); });
    connect(this, &QAction::triggered, window, [&workbench] { workbench.analyse(); });
}

ContinueAction::ContinueAction(Workbench& workbench, QWidget* window)
    : WorkbenchAction(QStringLiteral("result"), tr("&Filter and reconstruct"),
                      tr("Filters and phases the correlation at hand anew"), window) {
    setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+R")));
    follow(workbench, this, [this, &workbench] {
        const QStringList files = workbench.session().resultFiles();
        const bool any = std::any_of(files.begin(), files.end(),
                                     [](const QString& f) { return f.endsWith(QStringLiteral("CORRELATION.h5")); });
        setEnabled(any && workbench.canAnalyse());
    });
    connect(this, &QAction::triggered, window, [&workbench] { workbench.analyse(Stage::filter); });
}

FinishAction::FinishAction(Workbench& workbench, QWidget* window)
    : WorkbenchAction(QStringLiteral("finish"), tr("F&inish now"),
                      tr("Ends the running stage early and goes on with the best result so far"), window) {
    setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+F")));
    follow(workbench, this, [this, &workbench] { setEnabled(workbench.jobs().isRunning()); });
    connect(this, &QAction::triggered, window, [&workbench] { workbench.jobs().requestFinish(); });
}

StopAction::StopAction(Workbench& workbench, QWidget* window)
    : WorkbenchAction(QStringLiteral("stop"), tr("&Stop"), tr("Stops the job and keeps what can be resumed"), window) {
    setShortcut(QKeySequence(QStringLiteral("Ctrl+.")));
    follow(workbench, this, [this, &workbench] { setEnabled(workbench.jobs().isRunning()); });
    connect(this, &QAction::triggered, window, [&workbench] { workbench.jobs().requestStop(); });
}

ScreenshotAction::ScreenshotAction(ViewArea& views, QWidget* window)
    : WorkbenchAction(QStringLiteral("camera"), tr("S&creenshot…"), tr("Saves the view in front as a picture"),
                      window) {
    setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+S")));
    connect(this, &QAction::triggered, window, [&views, window] {
        const QPixmap picture = views.currentPage()->grab();
        QString path = QFileDialog::getSaveFileName(window, tr("Save the picture"), QStringLiteral("view.png"),
                                                    tr("PNG pictures (*.png)"));
        if (path.isEmpty())
            return;
        if (!path.endsWith(QStringLiteral(".png"), Qt::CaseInsensitive))
            path += QStringLiteral(".png");
        tellStatus(window, picture.save(path) ? tr("saved %1").arg(path) : tr("%1 could not be written").arg(path));
    });
}

CopyCommandAction::CopyCommandAction(Workbench& workbench, QWidget* window)
    : WorkbenchAction(QStringLiteral("copy"), tr("Copy as &command"),
                      tr("Copies the fxs command line that does the same as Analyse"), window) {
    setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+C")));
    follow(workbench, this, [this, &workbench] { setEnabled(!workbench.session().inputs().isEmpty()); });
    connect(this, &QAction::triggered, window, [&workbench, window] {
        QGuiApplication::clipboard()->setText(workbench.command());
        tellStatus(window, tr("copied: %1").arg(workbench.command()));
    });
}

} // namespace fxs::app
