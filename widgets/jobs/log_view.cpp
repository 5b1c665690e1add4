#include "widgets/jobs/log_view.h"

#include "widgets/theme/theme.h"

#include <QDateTime>
#include <QGuiApplication>
#include <QScrollBar>

namespace fxs::ui {

void LogModel::append(const LogLine& line) {
    if (m_lines.size() >= kLimit) {
        beginRemoveRows({}, 0, 0);
        m_lines.pop_front();
        endRemoveRows();
    }
    const int row = static_cast<int>(m_lines.size());
    beginInsertRows({}, row, row);
    m_lines.push_back(line);
    endInsertRows();
}

int LogModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

QVariant LogModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= static_cast<int>(m_lines.size()))
        return {};
    const LogLine& line = m_lines[static_cast<std::size_t>(index.row())];
    if (role == Qt::DisplayRole) {
        const auto time = QDateTime::fromSecsSinceEpoch(std::chrono::system_clock::to_time_t(line.time));
        return QStringLiteral("%1  %2").arg(time.toString(QStringLiteral("HH:mm:ss")),
                                            QString::fromStdString(line.text));
    }
    if (role == Qt::ToolTipRole)
        return QString::fromStdString(line.text);
    if (role == kLevelRole)
        return static_cast<int>(line.level);
    if (role == Qt::ForegroundRole) {
        const Theme theme = Theme::of(QGuiApplication::palette());
        switch (line.level) {
        case LogLevel::error:
            return theme.bad;
        case LogLevel::warning:
            return theme.warning;
        case LogLevel::debug:
            return theme.muted;
        case LogLevel::info:
            return {};
        }
    }
    return {};
}

LogView::LogView(LogModel* model, QWidget* parent) : QListView(parent) {
    setModel(model);
    setFrameShape(QFrame::NoFrame);
    setUniformItemSizes(true);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setAccessibleName(tr("Log"));
    connect(model, &QAbstractItemModel::rowsAboutToBeInserted, this, [this] {
        // Whoever reads further up is not thrown to the end.
        if (verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 2)
            QMetaObject::invokeMethod(this, &QListView::scrollToBottom, Qt::QueuedConnection);
    });
}

} // namespace fxs::ui
