#pragma once

#include <QStyledItemDelegate>
#include <QTableView>

namespace fxs::ui {

/// A bar instead of a number in the progress column.
class ProgressDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

/// The table of jobs: the columns of a JobsModel, or of a filter over one; sorted by a click on a heading.
class JobsView : public QTableView {
    Q_OBJECT

public:
    explicit JobsView(QAbstractItemModel* model, QWidget* parent = nullptr);
};

} // namespace fxs::ui
