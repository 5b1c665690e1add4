#include "app/workbench/job_desk.h"

#include "app/workbench/script_window.h"
#include "app/workbench/workbench.h"
#include "engine/backend/job_spec_text.h"
#include "widgets/jobs/jobs_model.h"
#include "widgets/jobs/jobs_panel.h"
#include "widgets/jobs/log_model.h"
#include "widgets/jobs/log_panel.h"

#include <QDesktopServices>
#include <QFileDialog>
#include <QSaveFile>
#include <QTimer>
#include <QUrl>

namespace fxs::app {

JobDesk::JobDesk(Workbench& workbench, QObject* parent)
    : QObject(parent), m_workbench(workbench), m_jobs(new ui::JobsModel(this)), m_log(new ui::LogModel(this)),
      m_jobsPanel(new ui::JobsPanel(m_jobs)), m_logPanel(new ui::LogPanel(m_log)) {
    connect(&workbench, &Workbench::logged, m_log, &ui::LogModel::append);
    connect(m_logPanel, &ui::LogPanel::saveRequested, this, &JobDesk::saveLog);
    connect(m_jobsPanel, &ui::JobsPanel::requested, this, &JobDesk::perform);
    connectJobs();
    auto* clock = new QTimer(this);
    clock->setInterval(1000);
    connect(clock, &QTimer::timeout, m_jobs, &ui::JobsModel::tick);
    clock->start();
}

void JobDesk::connectJobs() {
    JobController& jobs = m_workbench.jobs();
    const auto appear = [this](const QString& id, const JobSpec& spec, const QString& where) {
        ui::JobRow row;
        if (const ui::JobRow* old = m_jobs->job(id))
            row = *old; // one of an earlier day that is taken up again
        else
            row.started = row.stageStarted = QDateTime::currentDateTime();
        row.id = id;
        row.name = QString::fromStdString(spec.name);
        row.where = where;
        row.folder = QFile::decodeName(spec.outputFolder.c_str());
        row.interrupted = false;
        m_jobs->put(std::move(row));
        refreshActs();
    };
    connect(&jobs, &JobController::started, this,
            [this, appear](const QString& id, const JobSpec& spec, const QString& where) {
                appear(id, spec, where);
                m_jobsPanel->choose({id});
            });
    connect(&jobs, &JobController::attached, this, appear);
    connect(&jobs, &JobController::followedChanged, this, [this](const QString& id) {
        m_jobs->setFollowed(id);
        refreshActs();
    });
    connect(&jobs, &JobController::stateChanged, this, [this](const QString& id, JobState state) {
        m_jobs->setState(id, state);
        refreshActs();
    });
    connect(&jobs, &JobController::progressed, m_jobs, &ui::JobsModel::setProgress);
    connect(&jobs, &JobController::finished, this, [this](const QString& id, const Outcome& outcome) {
        if (const auto* error = std::get_if<Error>(&outcome))
            m_jobs->setMessage(id, QString::fromStdString(error->message()));
        refreshActs();
    });
    connect(&m_workbench, &Workbench::placeChanged, this, &JobDesk::refreshActs);
    const auto listJobs = [this] {
        std::vector<std::pair<QString, QString>> names;
        for (const ui::JobRow& row : m_jobs->jobs())
            names.emplace_back(row.id, tr("%1 · %2").arg(row.name, row.started.toString(QStringLiteral("HH:mm:ss"))));
        m_logPanel->setJobs(names);
    };
    connect(m_jobs, &QAbstractItemModel::rowsInserted, m_logPanel, listJobs);
    connect(m_jobs, &QAbstractItemModel::rowsRemoved, m_logPanel, listJobs);
}

void JobDesk::refreshActs() {
    for (const ui::JobRow& row : std::vector(m_jobs->jobs()))
        m_jobs->setActs(row.id, actsOf(row));
}

ui::JobActs JobDesk::actsOf(const ui::JobRow& row) const {
    using ui::JobAct;
    ui::JobActs acts = JobAct::openLog;
    const bool known = m_workbench.knowsJob(row.id);
    if (known)
        acts |= JobAct::openScript;
    if (!row.folder.isEmpty())
        acts |= JobAct::openFolder;
    if (!row.isOver())
        return acts | JobAct::stop | JobAct::finish;
    acts |= JobAct::remove;
    if (known && m_workbench.jobs().canStart(m_workbench.place())) {
        acts |= JobAct::resubmit;
        if (row.state != JobState::done)
            acts |= JobAct::resume;
    }
    return acts;
}

void JobDesk::perform(ui::JobAct act, const QStringList& ids) {
    using ui::JobAct;
    for (const QString& id : ids)
        switch (act) {
        case JobAct::openLog:
            showLog(id);
            break;
        case JobAct::openScript:
            showScript(id);
            break;
        case JobAct::openFolder:
            if (const ui::JobRow* row = m_jobs->job(id))
                QDesktopServices::openUrl(QUrl::fromLocalFile(row->folder));
            break;
        case JobAct::stop:
            m_workbench.jobs().requestStop(id);
            break;
        case JobAct::finish:
            m_workbench.jobs().requestFinish(id);
            break;
        case JobAct::resume:
        case JobAct::resubmit:
            m_workbench.resubmit(id, act == JobAct::resume);
            break;
        case JobAct::remove:
            m_jobs->removeJob(id);
            break;
        case JobAct::follow:
        case JobAct::fetch:
        case JobAct::compare:
            break;
        }
}

void JobDesk::showLog(const QString& id) {
    m_logPanel->showJob(id);
    Q_EMIT logWanted();
}

void JobDesk::showScript(const QString& id) {
    const ui::JobRow* row = m_jobs->job(id);
    showScriptWindow(m_jobsPanel, tr("What %1 ran").arg(row ? row->name : id),
                     QString::fromStdString(commandLine(m_workbench.specOf(id))));
}

void JobDesk::saveLog(const QString& text) {
    const QString path = QFileDialog::getSaveFileName(m_logPanel, tr("Save the log"), QStringLiteral("fxs.log"),
                                                      tr("Text (*.log *.txt);;All files (*)"));
    if (path.isEmpty())
        return;
    m_workbench.background().run([this, path, text]() -> std::function<void()> {
        QSaveFile file(path);
        const bool written = file.open(QIODevice::WriteOnly) && file.write(text.toUtf8()) >= 0 && file.commit();
        const QString why = file.errorString();
        return [this, path, written, why] {
            m_workbench.log(written ? LogLevel::info : LogLevel::error,
                            written ? tr("log written: %1").arg(path)
                                    : tr("%1 could not be written: %2").arg(path, why));
        };
    });
}

} // namespace fxs::app
