#include "app/workbench/stage_status.h"

#include "app/workbench/workbench.h"
#include "widgets/stages/stage_bar.h"

#include <QFileInfo>

namespace fxs::app {

namespace {

using ui::StageState;

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

QString detailOf(const Session& session, Stage stage) {
    const Snapshot& results = session.results();
    if (stage == Stage::correlate && results.correlation)
        return StageStatus::tr("%L1 images").arg(results.correlation->sums->frameCount());
    if (stage == Stage::filter && results.coefficients)
        return StageStatus::tr("orders to %1").arg(results.coefficients->all.maxOrder);
    if (stage == Stage::reconstruct && results.density && !results.density->symmetry.empty())
        return StageStatus::tr("symmetry %1").arg(QString::fromStdString(results.density->symmetry));
    return {};
}

} // namespace

StageStatus::StageStatus(Workbench& workbench, ui::StageBar& bar, QObject* parent)
    : QObject(parent), m_workbench(workbench), m_bar(bar) {
    const Session& session = workbench.session();
    connect(&session, &Session::runChanged, this, [this] {
        m_openError.clear();
        refresh();
    });
    connect(&session, &Session::resultsChanged, this, &StageStatus::refresh);
    connect(&session, &Session::staleChanged, this, &StageStatus::refresh);
    connect(&workbench, &Workbench::openFailed, this, [this](const QString& files, const QString& message) {
        if (files.isEmpty())
            return;
        m_openError = message;
        refresh();
    });
    const JobController& jobs = workbench.jobs();
    connect(&jobs, &JobController::progressed, this, [this, &jobs](const QString& id, const Progress& progress) {
        if (jobs.isRunning() && id == jobs.followed())
            onProgress(progress);
    });
    connect(&jobs, &JobController::finished, this, [this](const QString&, const Outcome& outcome, bool followed) {
        if (followed)
            onFinished(outcome);
    });
    connect(&jobs, &JobController::followedChanged, this, [this, &jobs] {
        m_failed = m_stopped = false;
        m_progress = {};
        m_running = jobs.spec().first;
        m_rate.clear();
        Q_EMIT rateChanged(m_rate);
        refresh();
    });
    refresh();
}

void StageStatus::onProgress(const Progress& progress) {
    const Stage before = m_running;
    m_running = stageOf(progress);
    m_progress = progress;
    const QString rate = progress.ratePerSecond > 0
                             ? tr("%1: %L2 %3/s")
                                   .arg(QString::fromStdString(progress.stage))
                                   .arg(progress.ratePerSecond, 0, 'f', progress.ratePerSecond < 10 ? 1 : 0)
                                   .arg(QString::fromStdString(progress.unit))
                             : QString();
    if (rate != m_rate) {
        m_rate = rate;
        Q_EMIT rateChanged(m_rate);
    }
    if (before != m_running)
        Q_EMIT stagePassed(before, m_running);
    refresh();
}

void StageStatus::onFinished(const Outcome& outcome) {
    m_failed = std::holds_alternative<Error>(outcome);
    m_stopped = std::holds_alternative<Stopped>(outcome);
    m_rate.clear();
    Q_EMIT rateChanged(m_rate);
    refresh();
}

void StageStatus::refresh() {
    const auto run = m_workbench.session().run();
    const StageState state = run ? StageState::done : m_openError.isEmpty() ? StageState::empty : StageState::failed;
    m_bar.setStatus(ui::StageBar::source, {state, 0,
                                           run                      ? QString::fromStdString(run->layout)
                                           : !m_openError.isEmpty() ? m_openError
                                                                    : tr("no run is open")});
    m_bar.setStatus(ui::StageBar::frames,
                    {run ? StageState::done : StageState::empty, 0,
                     run && run->frameCount ? tr("%L1 frames").arg(*run->frameCount) : QString()});
    for (const Stage stage : {Stage::correlate, Stage::filter, Stage::reconstruct})
        refreshStage(stage);
}

void StageStatus::refreshStage(Stage stage) {
    const Session& session = m_workbench.session();
    const bool running = m_workbench.jobs().isRunning();
    ui::StageStatus status;
    if (running && stage == m_running) {
        status = {StageState::running, m_progress.fraction, m_rate.section(QStringLiteral(": "), 1)};
    } else if (running && stage > m_running && stage <= m_workbench.jobs().spec().last) {
        status.state = StageState::waiting;
    } else if (!running && (m_failed || m_stopped) && stage == m_running) {
        status.state = m_failed ? StageState::failed : StageState::stopped;
    } else if (session.hasResult(stage)) {
        status.state = session.isStale(stage) ? StageState::stale : StageState::done;
        if (status.state == StageState::done)
            status.detail = detailOf(session, stage);
    }
    m_bar.setStatus(fieldOf(stage), status);
}

} // namespace fxs::app
