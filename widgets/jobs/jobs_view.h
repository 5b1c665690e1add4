#pragma once

#include <QStyledItemDelegate>
#include <QTableView>

namespace fxs::ui {

class JobsModel;

/// A bar instead of a number in the progress column.
class ProgressDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

/// The table of jobs.
class JobsView : public QTableView {
    Q_OBJECT

public:
    explicit JobsView(JobsModel* model, QWidget* parent = nullptr);
};

} // namespace fxs::ui
