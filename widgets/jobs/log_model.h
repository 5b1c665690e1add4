#pragma once

#include "engine/core/task.h"

#include <QAbstractListModel>
#include <QSortFilterProxyModel>
#include <QString>
#include <deque>

namespace fxs::ui {

/// The newest lines of the log, at most kLimit: older ones are dropped from its front. A line may belong to a job.
/// Threads: GUI thread.
class LogModel : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr std::size_t kLimit = 5'000;
    static constexpr int kLevelRole = Qt::UserRole;
    static constexpr int kJobRole = Qt::UserRole + 1; ///< id of the job that said it; empty: the program itself

    using QAbstractListModel::QAbstractListModel;

    void append(const LogLine& line, const QString& job = {});
    void clear();
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    struct Entry {
        LogLine line;
        QString job;
    };
    std::deque<Entry> m_lines;
};

/// The lines of a LogModel from a level upwards, of all jobs or of one.
class LogFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setLevel(LogLevel lowest);
    /// Empty: the lines of every job and of the program itself.
    void setJob(const QString& id);
    const QString& job() const { return m_job; }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    LogLevel m_level = LogLevel::info;
    QString m_job;
};

} // namespace fxs::ui
