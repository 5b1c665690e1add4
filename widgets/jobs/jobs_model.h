#pragma once

#include "widgets/jobs/job_row.h"

#include <QAbstractTableModel>
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
    static constexpr int kSortRole = Qt::UserRole + 2;  ///< a number, or text, by which a column is sorted
    static constexpr int kStateRole = Qt::UserRole + 3; ///< JobState as int

    explicit JobsModel(QObject* parent = nullptr);

    void addJob(const QString& id, const QString& jobName, const QString& place);
    /// Adds a row, or replaces the one of that id. The youngest stands first.
    void put(JobRow row);
    void removeJob(const QString& id);
    void setState(const QString& id, JobState jobState);
    void setProgress(const QString& id, const Progress& progress);
    /// What went wrong, as tool tip of the state.
    void setMessage(const QString& id, const QString& message);
    /// What stands behind the state and behind the place; empty: nothing.
    void setDetails(const QString& id, const QString& reason, const QString& detail);
    void setActs(const QString& id, JobActs acts);
    /// The one job whose results the views show; empty: none.
    void setFollowed(const QString& id);
    /// Called once a second by the owner: the times of running jobs move on.
    void tick();

    /// Null where there is no job of that id.
    const JobRow* job(const QString& id) const;
    const std::vector<JobRow>& jobs() const { return m_rows; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    /// What the rows offer, or which is followed, has changed.
    void actsChanged();

private:
    JobRow* find(const QString& id);
    void changed(const JobRow& row);
    QString text(const JobRow& row, int column) const;
    QString stateText(const JobRow& row) const;
    QString toolTip(const JobRow& row) const;
    QVariant sortValue(const JobRow& row, int column) const;

    std::vector<JobRow> m_rows;
};

} // namespace fxs::ui
