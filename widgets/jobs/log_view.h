#pragma once

#include "engine/core/task.h"

#include <QAbstractListModel>
#include <QListView>
#include <deque>

namespace fxs::ui {

/// The newest lines of the log, at most kLimit: older ones are dropped from its front.
class LogModel : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr std::size_t kLimit = 5'000;
    static constexpr int kLevelRole = Qt::UserRole;

    using QAbstractListModel::QAbstractListModel;

    void append(const LogLine& line);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    std::deque<LogLine> m_lines;
};

/// Shows a LogModel; stays at its end unless the user scrolled up.
class LogView : public QListView {
    Q_OBJECT

public:
    explicit LogView(LogModel* model, QWidget* parent = nullptr);
};

} // namespace fxs::ui
