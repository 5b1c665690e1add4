#pragma once

#include "app/workbench/job_book.h"
#include "widgets/jobs/job_row.h"

#include <QObject>
#include <QStringList>

namespace fxs::ui {
class JobsModel;
class JobsPanel;
class LogModel;
class LogPanel;
} // namespace fxs::ui

namespace fxs::app {

class Workbench;

/// The jobs and the log of the window: keeps the table true, says what each job offers now, and does what is asked for.
/// Threads: GUI thread. The panels are made here and belong to whoever places them.
class JobDesk : public QObject {
    Q_OBJECT

public:
    explicit JobDesk(Workbench& workbench, QObject* parent = nullptr);

    ui::JobsModel* jobs() const { return m_jobs; }
    ui::LogModel* log() const { return m_log; }
    ui::JobsPanel* jobsPanel() const { return m_jobsPanel; }
    ui::LogPanel* logPanel() const { return m_logPanel; }

Q_SIGNALS:
    /// The log is to be brought to the front: somebody asked for a job's lines.
    void logWanted();

private:
    void connectJobs();
    void listKnown(const std::vector<BookedJob>& jobs);
    void refreshActs();
    ui::JobActs actsOf(const ui::JobRow& row) const;
    bool isRemote(const QString& id) const;
    void showFile(const QString& id, ArtifactKind kind, const QString& title);
    void perform(ui::JobAct act, const QStringList& ids);
    void showLog(const QString& id);
    void showScript(const QString& id);
    void compareDensities(const QStringList& ids);
    void saveLog(const QString& text);

    Workbench& m_workbench;
    ui::JobsModel* m_jobs;
    ui::LogModel* m_log;
    ui::JobsPanel* m_jobsPanel;
    ui::LogPanel* m_logPanel;
};

} // namespace fxs::app
