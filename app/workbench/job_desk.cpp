#include "app/workbench/job_desk.h"

#include "app/workbench/script_window.h"
#include "app/workbench/workbench.h"
#include "engine/backend/job_spec_text.h"
#include "engine/core/whole_file.h"
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

namespace {

constexpr std::size_t kLongestShown = 16U << 20U; // bytes of a log in a window

JobState stateOf(const std::string& name) {
    for (const JobState state :
         {JobState::queued, JobState::running, JobState::stopping, JobState::done, JobState::failed, JobState::stopped})
        if (name == jobStateName(state))
            return state;
    return JobState::unknown;
}

QDateTime timeOf(const std::string& text) {
    return QDateTime::fromString(QString::fromStdString(text), Qt::ISODate).toLocalTime();
}

} // namespace

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
    connect(&jobs, &JobController::attachFailed, this, [this](const QString& id, const Error& error) {
        m_jobs->setState(id, JobState::unknown);
        m_jobs->setMessage(id, QString::fromStdString(error.message()));
        refreshActs();
    });
    connect(&m_workbench.jobBook(), &JobKeeper::known, this, &JobDesk::listKnown);
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

void JobDesk::listKnown(const std::vector<BookedJob>& jobs) {
    for (const BookedJob& booked : jobs) {
        ui::JobRow row;
        row.id = QString::fromStdString(booked.job.id);
        row.name = QString::fromStdString(booked.job.name);
        row.where = QString::fromStdString(booked.job.where);
        row.folder = QFile::decodeName(booked.job.folder.c_str());
        row.state = stateOf(booked.job.state);
        row.started = row.stageStarted = timeOf(booked.job.started);
        row.ended = timeOf(booked.job.ended);
        row.interrupted = booked.interrupted;
        if (booked.interrupted)
            row.message = tr("The program that ran it ended before the job did; what it had finished is kept");
        if (booked.elsewhere)
            row.reason = tr("in another window");
        // Until its place tells: it may have ended meanwhile.
        if (!booked.job.place.empty() && booked.job.ended.empty())
            row.state = JobState::unknown;
        m_jobs->put(std::move(row));
    }
    refreshActs();
}

void JobDesk::refreshActs() {
    for (const ui::JobRow& row : std::vector(m_jobs->jobs()))
        m_jobs->setActs(row.id, actsOf(row));
}

bool JobDesk::isRemote(const QString& id) const {
    return m_workbench.jobBook().placeOf(id) != Places::kLocal;
}

ui::JobActs JobDesk::actsOf(const ui::JobRow& row) const {
    using ui::JobAct;
    const JobController& jobs = m_workbench.jobs();
    const JobKeeper& book = m_workbench.jobBook();
    const bool running = jobs.isRunning(row.id);
    const bool remote = isRemote(row.id);
    const bool placeThere = jobs.places().find(book.placeOf(row.id));
    ui::JobActs acts = JobAct::openLog;
    acts.setFlag(JobAct::follow, !row.followed && (running || (row.isOver() && !row.folder.isEmpty()) || remote));
    acts.setFlag(JobAct::openScript, remote ? placeThere : book.hasSpec(row.id));
    acts.setFlag(JobAct::openFolder, !row.folder.isEmpty());
    acts.setFlag(JobAct::stop, running);
    acts.setFlag(JobAct::finish, running);
    acts.setFlag(JobAct::fetch, remote && placeThere && !running);
    acts.setFlag(JobAct::compare, row.state == JobState::done && !row.folder.isEmpty());
    // What runs cannot be forgotten, but a job that its place does not know any more can.
    acts.setFlag(JobAct::remove, !running);
    if (row.isOver() && book.hasSpec(row.id)) {
        acts.setFlag(JobAct::resubmit, jobs.canStart(m_workbench.place()));
        acts.setFlag(JobAct::resume, row.state != JobState::done && jobs.canStart(book.placeOf(row.id)));
    }
    return acts;
}

void JobDesk::perform(ui::JobAct act, const QStringList& ids) {
    using ui::JobAct;
    if (act == JobAct::compare)
        return compareDensities(ids);
    for (const QString& id : ids)
        switch (act) {
        case JobAct::follow:
            m_workbench.showJob(id);
            break;
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
        case JobAct::fetch:
            m_workbench.fetchResults(id);
            break;
        case JobAct::remove:
            m_workbench.jobBook().forget(id);
            m_jobs->removeJob(id);
            break;
        case JobAct::compare:
            break;
        }
}

void JobDesk::showLog(const QString& id) {
    m_logPanel->showJob(id);
    Q_EMIT logWanted();
    // The lines of a job that ran elsewhere, or before this window was there, are in its own log.
    if (isRemote(id) && !m_workbench.jobs().isRunning(id))
        showFile(id, ArtifactKind::log, tr("Log of %1"));
}

void JobDesk::showScript(const QString& id) {
    const ui::JobRow* row = m_jobs->job(id);
    if (isRemote(id))
        showFile(id, ArtifactKind::script, tr("What %1 ran"));
    else
        showScriptWindow(m_jobsPanel, tr("What %1 ran").arg(row ? row->name : id),
                         QString::fromStdString(commandLine(m_workbench.jobBook().specOf(id))));
}

/// title: with %1 for the job's name.
void JobDesk::showFile(const QString& id, ArtifactKind kind, const QString& title) {
    const QString place = m_workbench.jobBook().placeOf(id);
    const ui::JobRow* row = m_jobs->job(id);
    m_workbench.jobs().fetch(
        place, backendIdOf(place, id), kind, [this, title = title.arg(row ? row->name : id)](const Artifact& artifact) {
            m_workbench.background().run([this, title, path = artifact.path]() -> std::function<void()> {
                std::string text;
                try {
                    text = readWholeFile(path, kLongestShown);
                } catch (const Error& error) {
                    text = error.message();
                }
                return [this, title, text] { showScriptWindow(m_jobsPanel, title, QString::fromStdString(text)); };
            });
        });
}

void JobDesk::compareDensities(const QStringList&) {}

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
