#include "app/workbench/main_window.h"

#include "app/workbench/actions/actions.h"
#include "app/workbench/settings_panel.h"
#include "app/workbench/workbench.h"
#include "engine/backend/job_settings.h"
#include "engine/core/parallel.h"
#include "widgets/coefficients/coefficients_view.h"
#include "widgets/convergence/convergence_view.h"
#include "widgets/correlation/correlation_view.h"
#include "widgets/density/density_view.h"
#include "widgets/export/figure_export.h"
#include "widgets/frames/frame_view.h"
#include "widgets/jobs/jobs_model.h"
#include "widgets/jobs/jobs_view.h"
#include "widgets/jobs/log_view.h"
#include "widgets/runs/run_tree.h"
#include "widgets/settings/settings_form.h"
#include "widgets/stages/stage_bar.h"
#include "widgets/theme/line_icon.h"
#include "widgets/theme/theme.h"
#include "widgets/vtk/opengl_support.h"

#include <QtWidgets>

namespace fxs::app {

namespace {

constexpr int kSettingsVersion = 1; // of the saved arrangement; raise it when docks or toolbars change

Stage stageOf(const Progress& progress) {
    if (progress.stage == stageName(Stage::correlate))
        return Stage::correlate;
    return progress.stage == stageName(Stage::filter) ? Stage::filter : Stage::reconstruct;
}

ui::StageBar::Field fieldOf(Stage stage) {
    switch (stage) {
    case Stage::correlate:
        return ui::StageBar::correlation;
    case Stage::filter:
        return ui::StageBar::coefficients;
    case Stage::reconstruct:
        return ui::StageBar::density;
    }
    return ui::StageBar::source;
}

constexpr Stage kStages[] = {Stage::correlate, Stage::filter, Stage::reconstruct};

} // namespace

MainWindow::MainWindow(Workbench& workbench, bool rememberLayout, QWidget* parent)
    : QMainWindow(parent), m_workbench(workbench), m_rememberLayout(rememberLayout) {
    setWindowIcon(QIcon(QStringLiteral(":/icons/fxs-workbench.svg")));
    setAcceptDrops(true);
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    makeCentre();
    makeDocks();
    makeActions();
    makeAppearanceMenu();
    connectSession();
    connectJobs();
    connectExport();
    resize(1440, 900);
    if (m_rememberLayout) {
        const QSettings state;
        restoreGeometry(state.value(QStringLiteral("window/geometry")).toByteArray());
        restoreState(state.value(QStringLiteral("window/state")).toByteArray(), kSettingsVersion);
    }
    refreshTitle();
    refreshStages();
}

MainWindow::~MainWindow() = default;

void MainWindow::makeCentre() {
    m_stages = new ui::StageBar;
    m_tabs = new QTabWidget;
    m_tabs->setDocumentMode(true);
    m_frames = new ui::FrameView(m_workbench.background());
    m_correlation = new ui::CorrelationView(m_workbench.background());
    m_coefficients = new ui::CoefficientsView;
    m_density = new ui::DensityView;
    m_convergence = new ui::ConvergenceView;
    auto* density = new QSplitter(Qt::Horizontal);
    density->addWidget(m_density);
    density->addWidget(m_convergence);
    density->setSizes({620, 380});
    density->setChildrenCollapsible(false);
    density->setContentsMargins(6, 6, 6, 6);
    m_tabs->addTab(m_frames, tr("Frames"));
    m_tabs->addTab(m_correlation, tr("Correlation"));
    m_tabs->addTab(m_coefficients, tr("Coefficients"));
    m_tabs->addTab(density, tr("Density"));
    auto* centre = new QWidget;
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_stages);
    layout->addWidget(m_tabs, 1);
    setCentralWidget(centre);
    connect(m_stages, &ui::StageBar::fieldClicked, this,
            [this](ui::StageBar::Field field) { showTab(std::max(0, field - 1)); });
    connect(m_tabs, &QTabWidget::currentChanged, this, [this](int index) {
        static constexpr const char* kSections[] = {"input", "correlate", "filter", "reconstruct"};
        m_stages->setCurrent(static_cast<ui::StageBar::Field>(index + 1));
        m_settings->showSection(kSections[std::clamp(index, 0, 3)]);
    });
}

void MainWindow::makeDocks() {
    const auto addDock = [this](const QString& title, const QString& name, QWidget* content, Qt::DockWidgetArea area) {
        auto* dock = new QDockWidget(title, this);
        dock->setObjectName(name);
        dock->setWidget(content);
        addDockWidget(area, dock);
        return dock;
    };
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    m_runs = new ui::RunTree;
    m_settings = new SettingsPanel(m_workbench.session(), jobSections());
    m_jobs = new ui::JobsModel(this);
    m_log = new ui::LogModel(this);
    auto* runs = addDock(tr("Runs"), QStringLiteral("runs"), m_runs, Qt::LeftDockWidgetArea);
    auto* settings = addDock(tr("Settings"), QStringLiteral("settings"), m_settings, Qt::RightDockWidgetArea);
    auto* jobs = addDock(tr("Jobs"), QStringLiteral("jobs"), new ui::JobsView(m_jobs), Qt::BottomDockWidgetArea);
    auto* log = addDock(tr("Log"), QStringLiteral("log"), new ui::LogView(m_log), Qt::BottomDockWidgetArea);
    resizeDocks({runs, settings}, {262, 292}, Qt::Horizontal);
    resizeDocks({jobs, log}, {130, 130}, Qt::Vertical);
    resizeDocks({jobs, log}, {640, 360}, Qt::Horizontal);
    m_rate = new QLabel;
    const ui::OpenGlSupport& gl = ui::openGlSupport();
    m_machine = new QLabel(tr("cores: %1").arg(activeThreadCount()) +
                           (gl.available ? (gl.software ? tr(" · software OpenGL") : QString()) : tr(" · no OpenGL")));
    m_machine->setToolTip(gl.description);
    statusBar()->addWidget(m_rate, 1);
    statusBar()->addPermanentWidget(m_machine);
}

void MainWindow::makeActions() {
    auto* open = new OpenAction(m_workbench, this);
    auto* folder = new OpenFolderAction(m_workbench, this);
    auto* analyse = new AnalyseAction(m_workbench, this);
    auto* again = new ContinueAction(m_workbench, this);
    auto* finish = new FinishAction(m_workbench, this);
    auto* stop = new StopAction(m_workbench, this);
    auto* shot = new ScreenshotAction(m_tabs, this);
    auto* copy = new CopyCommandAction(m_workbench, this);
    m_actions = {open, folder, analyse, again, finish, stop, shot, copy};

    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addActions({open, folder});
    file->addSeparator();
    file->addAction(shot);
    file->addSeparator();
    QAction* quit = file->addAction(tr("&Quit"), this, &QWidget::close);
    quit->setShortcut(QKeySequence::Quit);
    QMenu* run = menuBar()->addMenu(tr("&Analysis"));
    run->addActions({analyse, again, finish, stop});
    run->addSeparator();
    run->addAction(copy);
    QMenu* view = menuBar()->addMenu(tr("&View"));
    view->setObjectName(QStringLiteral("view"));
    for (int i = 0; i < m_tabs->count(); ++i) {
        QAction* tab = view->addAction(m_tabs->tabText(i), this, [this, i] { showTab(i); });
        tab->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)));
    }
    view->addSeparator();
    for (QDockWidget* dock : findChildren<QDockWidget*>())
        view->addAction(dock->toggleViewAction());

    auto* bar = addToolBar(tr("Main"));
    bar->setObjectName(QStringLiteral("main"));
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->setIconSize(QSize(18, 18));
    bar->setMovable(false);
    bar->addActions({open, folder});
    bar->addSeparator();
    bar->addWidget(new QLabel(tr(" Run on ")));
    auto* where = new QComboBox;
    where->addItem(tr("This computer"));
    where->setAccessibleName(tr("Where jobs run"));
    bar->addWidget(where);
    bar->addActions({analyse, finish, stop});
    auto* spacer = new QWidget;
    spacer->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(spacer);
    bar->addAction(shot);
}

void MainWindow::makeAppearanceMenu() {
    auto* view = menuBar()->findChild<QMenu*>(QStringLiteral("view"));
    QMenu* menu = view->addMenu(tr("&Appearance"));
    const auto add = [menu](const QString& name, auto make) {
        menu->addAction(name, qApp, [make] { QApplication::setPalette(make()); });
    };
    add(tr("As the desktop"), [] { return QApplication::style()->standardPalette(); });
    add(tr("Light"), &ui::lightPalette);
    add(tr("Dark"), &ui::darkPalette);
}

void MainWindow::connectSession() {
    Session& session = m_workbench.session();
    connect(&session, &Session::runChanged, this, [this, &session] {
        m_runs->setRun(session.run());
        m_frames->setRun(session.run());
        refreshTitle();
        refreshStages();
    });
    connect(&session, &Session::resultsChanged, this, &MainWindow::onResults);
    connect(&session, &Session::resultFilesChanged, this,
            [this, &session] { m_runs->setResults(session.resultFiles()); });
    connect(&session, &Session::staleChanged, this, &MainWindow::refreshStages);
    connect(&m_workbench, &Workbench::frameReady, m_frames, &ui::FrameView::setFrame);
    connect(m_frames, &ui::FrameView::frameRequested, &m_workbench, &Workbench::showFrame);
    connect(&m_workbench, &Workbench::openFailed, this, [this](const QString& files, const QString& message) {
        if (!files.isEmpty())
            m_runs->setRunError(files, message);
        m_frames->setMessage(tr("see the log"));
        statusBar()->showMessage(message, 10000);
    });
    connect(&m_workbench, &Workbench::logged, m_log, &ui::LogModel::append);
    connect(&m_workbench, &Workbench::problemsFound, m_settings, &SettingsPanel::setProblems);
}

void MainWindow::connectJobs() {
    JobController& jobs = m_workbench.jobs();
    connect(&jobs, &JobController::started, this, [this](const QString& id, const JobSpec& spec, const QString& where) {
        m_failed = m_stopped = false;
        m_progress = {};
        m_runningStage = spec.first;
        m_jobs->addJob(id, QString::fromStdString(spec.name), where);
        refreshStages();
    });
    connect(&jobs, &JobController::stateChanged, m_jobs, &ui::JobsModel::setState);
    connect(&jobs, &JobController::progressed, this, [this](const QString& id, const Progress& progress) {
        m_jobs->setProgress(id, progress);
        onProgress(progress);
    });
    connect(&jobs, &JobController::finished, this, [this](const QString& id, const Outcome& outcome) {
        if (const auto* error = std::get_if<Error>(&outcome))
            m_jobs->setMessage(id, QString::fromStdString(error->message()));
        onFinished(outcome);
    });
    m_clock.setInterval(1000);
    connect(&m_clock, &QTimer::timeout, m_jobs, &ui::JobsModel::tick);
    m_clock.start();
}

void MainWindow::connectExport() {
    auto* exporter = new ui::FigureExport(m_workbench.background(), this);
    exporter->add(this);
    exporter->setProvenance([this] {
        QStringList lines = m_workbench.session().inputs() + m_workbench.session().resultFiles();
        if (!lines.isEmpty())
            lines << m_workbench.command();
        return lines;
    });
    const auto say = [this](LogLevel level, const QString& text) {
        m_log->append({level, text.toStdString()});
        statusBar()->showMessage(text, 10000);
    };
    connect(exporter, &ui::FigureExport::failed, this, [say](const QString& text) { say(LogLevel::error, text); });
    connect(exporter, &ui::FigureExport::copied, this, [say](const QString& text) { say(LogLevel::info, text); });
    connect(exporter, &ui::FigureExport::exported, this,
            [say](const QString& path) { say(LogLevel::info, tr("exported %1").arg(path)); });
}

void MainWindow::onResults(Stage stage) {
    const Snapshot& results = m_workbench.session().results();
    switch (stage) {
    case Stage::correlate:
        m_correlation->setCorrelation(results.correlation);
        break;
    case Stage::filter:
        m_correlation->setFiltered(results.coefficients);
        m_coefficients->setResult(results.coefficients);
        break;
    case Stage::reconstruct:
        if (results.phasing) {
            m_density->setPhasing(results.phasing);
            m_convergence->setPhasing(results.phasing);
        } else {
            m_density->setReconstruction(results.density);
            m_convergence->setReconstruction(results.density);
        }
        break;
    }
    refreshStages();
}

void MainWindow::onProgress(const Progress& progress) {
    const Stage stage = stageOf(progress);
    // The view follows the stage that runs, unless the user looks at another one than the running.
    if (stage != m_runningStage && m_tabs->currentIndex() == fieldOf(m_runningStage) - 1)
        showTab(fieldOf(stage) - 1);
    m_runningStage = stage;
    m_progress = progress;
    m_rate->setText(progress.ratePerSecond > 0
                        ? tr("%1: %L2 %3/s")
                              .arg(QString::fromStdString(progress.stage))
                              .arg(progress.ratePerSecond, 0, 'f', progress.ratePerSecond < 10 ? 1 : 0)
                              .arg(QString::fromStdString(progress.unit))
                        : QString());
    refreshStages();
}

void MainWindow::onFinished(const Outcome& outcome) {
    m_failed = std::holds_alternative<Error>(outcome);
    m_stopped = std::holds_alternative<Stopped>(outcome);
    m_rate->clear();
    if (const auto* error = std::get_if<Error>(&outcome))
        statusBar()->showMessage(QString::fromStdString(error->message()), 15000);
    refreshStages();
}

void MainWindow::refreshStages() {
    const Session& session = m_workbench.session();
    const bool running = m_workbench.jobs().isRunning();
    const auto run = session.run();
    using ui::StageState;
    m_stages->setStatus(ui::StageBar::source, {run ? StageState::done : StageState::empty, 0,
                                               run ? QString::fromStdString(run->layout) : tr("no run is open")});
    m_stages->setStatus(ui::StageBar::frames,
                        {run ? StageState::done : StageState::empty, 0,
                         run && run->frameCount ? tr("%L1 frames").arg(*run->frameCount) : QString()});
    for (const Stage stage : kStages) {
        ui::StageStatus status;
        if (running && stage == m_runningStage) {
            status = {StageState::running, m_progress.fraction, m_rate->text().section(QStringLiteral(": "), 1)};
        } else if (running && stage > m_runningStage && stage <= m_workbench.jobs().spec().last) {
            status.state = StageState::waiting;
        } else if (!running && (m_failed || m_stopped) && stage == m_runningStage) {
            status.state = m_failed ? StageState::failed : StageState::stopped;
        } else if (session.hasResult(stage)) {
            status.state = session.isStale(stage) ? StageState::stale : StageState::done;
            if (stage == Stage::correlate && status.state == StageState::done)
                status.detail = tr("%L1 images").arg(session.results().correlation->sums->frameCount());
            if (stage == Stage::filter && status.state == StageState::done)
                status.detail = tr("orders to %1").arg(session.results().coefficients->all.maxOrder);
            if (stage == Stage::reconstruct && status.state == StageState::done && session.results().density)
                status.detail = tr("symmetry %1").arg(QString::fromStdString(session.results().density->symmetry));
        }
        m_stages->setStatus(fieldOf(stage), status);
    }
}

void MainWindow::refreshTitle() {
    const QStringList inputs = m_workbench.session().inputs();
    setWindowTitle(inputs.isEmpty() ? tr("FXS Workbench")
                                    : tr("%1 — FXS Workbench").arg(QFileInfo(inputs.front()).fileName()));
}

void MainWindow::showTab(int index) {
    m_tabs->setCurrentIndex(index);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (m_rememberLayout) {
        QSettings state;
        state.setValue(QStringLiteral("window/geometry"), saveGeometry());
        state.setValue(QStringLiteral("window/state"), saveState(kSettingsVersion));
    }
    m_workbench.jobs().requestStop(); // the job notices while the window goes; its destructor waits for it
    QMainWindow::closeEvent(event);
}

void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        for (WorkbenchAction* action : m_actions)
            action->refreshIcon(palette());
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
