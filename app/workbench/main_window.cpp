#include "app/workbench/main_window.h"

#include "app/workbench/central_views.h"
#include "app/workbench/docks.h"
#include "app/workbench/menus.h"
#include "app/workbench/notice_bar.h"
#include "app/workbench/plot_export.h"
#include "app/workbench/session_store.h"
#include "app/workbench/settings_panel.h"
#include "app/workbench/stage_status.h"
#include "app/workbench/view_area.h"
#include "app/workbench/workbench.h"
#include "engine/core/parallel.h"
#include "widgets/stages/stage_bar.h"
#include "widgets/vtk/opengl_support.h"

#include <QtWidgets>

namespace fxs::app {

namespace {
constexpr int kLayoutVersion = 1; // of the saved arrangement; raise it when docks or toolbars change
} // namespace

MainWindow::MainWindow(Workbench& workbench, bool remember, QWidget* parent)
    : QMainWindow(parent), m_workbench(workbench), m_remember(remember),
      m_store(new SessionStore(workbench, remember ? SessionStore::stateFolder() : QString(), this)),
      m_notices(new NoticeBar) {
    setWindowIcon(QIcon(QStringLiteral(":/icons/fxs-workbench.svg")));
    setAcceptDrops(true);
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    makeCentre();
    m_docks = new Docks(m_workbench, *this);
    makeStatusLine();
    m_menus = new Menus(m_workbench, *this);
    connectPlotExport(m_workbench, *this);
    connectNotices();
    const Session& session = m_workbench.session();
    connect(&session, &Session::runChanged, this, &MainWindow::refreshTitle);
    connect(&session, &Session::pathChanged, this, &MainWindow::refreshTitle);
    connect(&session, &Session::modifiedChanged, this, &MainWindow::refreshTitle);
    resize(1440, 900);
    if (m_remember) {
        restoreLayout();
        m_store->findLost();
        m_workbench.jobBook().openBook(SessionStore::stateFolder() + QStringLiteral("/../jobs"));
    }
    refreshTitle();
}

MainWindow::~MainWindow() = default;

void MainWindow::makeCentre() {
    m_stages = new ui::StageBar;
    m_views = new CentralViews(m_workbench);
    m_status = new StageStatus(m_workbench, *m_stages, this);
    auto* centre = new QWidget;
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_notices);
    layout->addWidget(m_stages);
    layout->addWidget(m_views, 1);
    setCentralWidget(centre);
    connect(m_stages, &ui::StageBar::fieldClicked, this,
            [this](ui::StageBar::Field field) { showTab(std::max(0, field - 1)); });
    connect(viewArea(), &ViewArea::currentChanged, this, [this](int index) {
        static constexpr const char* kSections[] = {"input", "correlate", "filter", "reconstruct"};
        m_stages->setCurrent(static_cast<ui::StageBar::Field>(index + 1));
        settingsPanel()->showSection(kSections[std::clamp(index, 0, 3)]);
    });
    // The view follows the stage that runs, unless the user looks at another one than the running.
    connect(m_status, &StageStatus::stagePassed, this, [this](Stage from, Stage to) {
        if (viewArea()->current() == static_cast<int>(from) + CentralViews::correlationPage)
            showTab(static_cast<int>(to) + CentralViews::correlationPage);
    });
}

void MainWindow::makeStatusLine() {
    auto* rate = new QLabel;
    connect(m_status, &StageStatus::rateChanged, rate, &QLabel::setText);
    const ui::OpenGlSupport& gl = ui::openGlSupport();
    auto* machine =
        new QLabel(tr("cores: %1").arg(activeThreadCount()) +
                   (gl.available ? (gl.software ? tr(" · software OpenGL") : QString()) : tr(" · no OpenGL")));
    machine->setToolTip(gl.description);
    statusBar()->addWidget(rate, 1);
    statusBar()->addPermanentWidget(machine);
    connect(&m_workbench, &Workbench::openFailed, this,
            [this](const QString&, const QString& message) { statusBar()->showMessage(message, 10000); });
    connect(&m_workbench.jobs(), &JobController::finished, this, [this](const QString&, const Outcome& outcome) {
        if (const auto* error = std::get_if<Error>(&outcome))
            statusBar()->showMessage(QString::fromStdString(error->message()), 15000);
    });
}

void MainWindow::restoreLayout() {
    const QSettings state;
    restoreGeometry(state.value(QStringLiteral("window/geometry")).toByteArray());
    restoreState(state.value(QStringLiteral("window/state")).toByteArray(), kLayoutVersion);
    viewArea()->restoreState(state.value(QStringLiteral("window/views")).toByteArray());
}

void MainWindow::connectNotices() {
    m_store->setViews({[this](SessionDocument& document) { m_views->collect(document); },
                       [this](const SessionDocument& document) { m_views->restore(document); }});
    connect(&m_workbench, &Workbench::documentTaken, m_views, &CentralViews::restore);
    connect(m_store, &SessionStore::lostFound, this, &MainWindow::offerLost);
    connect(m_store, &SessionStore::saved, this, [this](const QString& path) {
        m_notices->withdraw(QStringLiteral("save"));
        m_workbench.log(LogLevel::info, tr("saved %1").arg(path));
        statusBar()->showMessage(tr("saved %1").arg(path), 6000);
        m_workbench.noteVisit(path);
    });
    connect(m_store, &SessionStore::saveFailed, this, [this](const QString& path, const QString& message) {
        m_workbench.log(LogLevel::error, message);
        m_notices->ask(QStringLiteral("save"), message,
                       {{tr("Try again"), [this, path] { m_store->save(path); }}, {tr("Close"), {}}});
    });
    connect(&m_workbench, &Workbench::runWaiting, this, [this](const QStringList& files) {
        const auto decide = [this](Workbench::Waiting choice) {
            return [this, choice] { m_workbench.decide(choice); };
        };
        m_notices->ask(QStringLiteral("run"),
                       tr("A job is running. %1 can be opened now, and the job is stopped; or when it has ended.")
                           .arg(QFileInfo(files.front()).fileName()),
                       {{tr("Stop the job and open"), decide(Workbench::Waiting::stopJob)},
                        {tr("Open afterwards"), decide(Workbench::Waiting::afterJob)},
                        {tr("Do not open"), decide(Workbench::Waiting::forget)}});
    });
    connect(&m_workbench, &Workbench::runDecided, this, [this] { m_notices->withdraw(QStringLiteral("run")); });
    connect(&m_workbench, &Workbench::filesMissing, this, [this](const QStringList& files) {
        m_notices->ask(QStringLiteral("missing"), tr("Not there any more: %1").arg(files.join(QStringLiteral(", "))),
                       {{tr("Close"), {}}});
    });
}

void MainWindow::offerLost(const std::vector<LostSession>& lost) {
    for (const LostSession& one : lost) {
        const QString text = one.crashed ? tr("The session of %1 did not end properly; it was kept at %2.")
                                         : tr("The session of %1 was closed without saving; it was kept at %2.");
        m_notices->ask(one.file, text.arg(one.what, one.when),
                       {{tr("Recover"), [this, one] { m_store->recover(one); }},
                        {tr("Discard"), [this, one] { m_store->discard(one); }},
                        {tr("Later"), {}}});
    }
}

void MainWindow::refreshTitle() {
    const Session& session = m_workbench.session();
    const QString file = !session.path().isEmpty()     ? session.path()
                         : !session.inputs().isEmpty() ? session.inputs().front()
                                                       : QString();
    setWindowTitle(file.isEmpty() ? tr("FXS Workbench[*]")
                                  : tr("%1[*] — FXS Workbench").arg(QFileInfo(file).fileName()));
    setWindowModified(session.isModified());
}

ViewArea* MainWindow::viewArea() const {
    return m_views->area();
}

QTabWidget* MainWindow::tabs() const {
    return viewArea()->tabs();
}

ui::FrameView* MainWindow::frameView() const {
    return m_views->frames();
}

ui::CorrelationView* MainWindow::correlationView() const {
    return m_views->correlation();
}

ui::CoefficientsView* MainWindow::coefficientsView() const {
    return m_views->coefficients();
}

ui::DensityView* MainWindow::densityView() const {
    return m_views->density();
}

ui::ConvergenceView* MainWindow::convergenceView() const {
    return m_views->convergence();
}

SettingsPanel* MainWindow::settingsPanel() const {
    return m_docks->settings();
}

ui::JobsModel* MainWindow::jobsModel() const {
    return m_docks->jobs();
}

ui::LogModel* MainWindow::logModel() const {
    return m_docks->log();
}

void MainWindow::showTab(int index) {
    viewArea()->show(index);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (m_remember) {
        QSettings state;
        state.setValue(QStringLiteral("window/geometry"), saveGeometry());
        state.setValue(QStringLiteral("window/state"), saveState(kLayoutVersion));
        state.setValue(QStringLiteral("window/views"), viewArea()->saveState());
    }
    m_workbench.jobs().stopLocal(); // the job notices while the window goes; its destructor waits for it
    QMainWindow::closeEvent(event);
    // What still has to be written is nothing to look at.
    hide();
    viewArea()->hideWindows();
    m_store->close();
}

void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_menus)
        m_menus->refreshIcons();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            paths << url.toLocalFile();
    m_workbench.open(paths);
    event->acceptProposedAction();
}

} // namespace fxs::app
