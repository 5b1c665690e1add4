#include "widgets/jobs/log_model.h"

#include "widgets/theme/theme.h"

#include <QDateTime>
#include <QGuiApplication>

namespace fxs::ui {

void LogModel::append(const LogLine& line, const QString& job) {
    if (m_lines.size() >= kLimit) {
        beginRemoveRows({}, 0, 0);
        m_lines.pop_front();
        endRemoveRows();
    }
    const int row = static_cast<int>(m_lines.size());
    beginInsertRows({}, row, row);
    m_lines.push_back({line, job});
    endInsertRows();
}

void LogModel::clear() {
    beginResetModel();
    m_lines.clear();
    endResetModel();
}

int LogModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

QVariant LogModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= static_cast<int>(m_lines.size()))
        return {};
    const auto& [line, job] = m_lines[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole: {
        const auto time = QDateTime::fromSecsSinceEpoch(std::chrono::system_clock::to_time_t(line.time));
        return QStringLiteral("%1  %2").arg(time.toString(QStringLiteral("HH:mm:ss")),
                                            QString::fromStdString(line.text).simplified());
    }
    case Qt::ToolTipRole:
        return QString::fromStdString(line.text);
    case kLevelRole:
        return static_cast<int>(line.level);
    case kJobRole:
        return job;
    case Qt::ForegroundRole:
        break;
    default:
        return {};
    }
    const Theme theme = Theme::of(QGuiApplication::palette());
    switch (line.level) {
    case LogLevel::error:
        return theme.bad;
    case LogLevel::warning:
        return theme.warning;
    case LogLevel::debug:
        return theme.muted;
    case LogLevel::info:
        break;
    }
    return {};
}

void LogFilter::setLevel(LogLevel lowest) {
    m_level = lowest;
    invalidateFilter();
}

void LogFilter::setJob(const QString& id) {
    m_job = id;
    invalidateFilter();
}

bool LogFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const QModelIndex line = sourceModel()->index(row, 0, parent);
    return line.data(LogModel::kLevelRole).toInt() >= static_cast<int>(m_level) &&
           (m_job.isEmpty() || line.data(LogModel::kJobRole).toString() == m_job);
}

} // namespace fxs::ui
