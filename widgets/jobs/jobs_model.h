#pragma once

#include "engine/backend/backend.h"

#include <QAbstractTableModel>
#include <QDateTime>
#include <vector>

namespace fxs::ui {

/// One row a job: name, where it runs, state, progress, rate, time. Local and remote jobs look the same.
/// Threads: GUI thread.
class JobsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { kName, kWhere, kState, kProgress, kRate, kElapsed, kLeft, kColumnCount };
    /// The fraction done of a row, 0 ... 1, in the progress column.
    static constexpr int kFractionRole = Qt::UserRole;
    static constexpr int kIdRole = Qt::UserRole + 1;

    explicit JobsModel(QObject* parent = nullptr);

    void addJob(const QString& id, const QString& jobName, const QString& place);
    void setState(const QString& id, JobState jobState);
    void setProgress(const QString& id, const Progress& progress);
    /// What went wrong, as tool tip of the state.
    void setMessage(const QString& id, const QString& message);
    /// Called once a second by the owner: the times of running jobs move on.
    void tick();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        QString id, name, where, message;
        JobState state = JobState::queued;
        Progress progress;
        QDateTime started, ended, stageStarted;
    };
    Row* find(const QString& id);
    void changed(const Row& row);
    QString text(const Row& row, int column) const;

    std::vector<Row> m_rows;
};

/// "2 min 5 s"
QString durationText(double seconds);

} // namespace fxs::ui
