#include "widgets/jobs/jobs_view.h"

#include "widgets/jobs/jobs_model.h"
#include "widgets/theme/theme.h"

#include <QApplication>
#include <QHeaderView>
#include <QPainter>

namespace fxs::ui {

void ProgressDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const Theme theme = Theme::of(option.palette);
    // The row's own look (chosen, alternating) goes below the bar.
    QStyleOptionViewItem back(option);
    initStyleOption(&back, index);
    back.text.clear();
    const QStyle* style = back.widget ? back.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &back, painter, back.widget);
    const bool chosen = option.state.testFlag(QStyle::State_Selected);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF area = QRectF(option.rect).adjusted(6, 0, -54, 0);
    const QRectF track(area.left(), area.center().y() - 3, area.width(), 6);
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme.grid);
    painter->drawRoundedRect(track, 3, 3);
    const double fraction = qBound(0.0, index.data(JobsModel::kFractionRole).toDouble(), 1.0);
    painter->setBrush(chosen          ? option.palette.color(QPalette::HighlightedText)
                      : fraction >= 1 ? theme.good
                                      : theme.accent);
    if (fraction > 0)
        painter->drawRoundedRect(QRectF(track.left(), track.top(), qMax(6.0, track.width() * fraction), 6), 3, 3);
    painter->setPen(chosen ? option.palette.color(QPalette::HighlightedText) : theme.text);
    painter->drawText(option.rect.adjusted(0, 0, -8, 0), Qt::AlignRight | Qt::AlignVCenter, index.data().toString());
    painter->restore();
}

JobsView::JobsView(QAbstractItemModel* model, QWidget* parent) : QTableView(parent) {
    setModel(model);
    setSortingEnabled(true);
    horizontalHeader()->setSortIndicatorClearable(true);
    horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder); // as they came: the youngest first
    setItemDelegateForColumn(JobsModel::kProgress, new ProgressDelegate(this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setTabKeyNavigation(false);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAlternatingRowColors(true);
    setAccessibleName(tr("Jobs"));
    setWordWrap(false);
    setFrameShape(QFrame::NoFrame);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(false);
    horizontalHeader()->setSectionResizeMode(JobsModel::kName, QHeaderView::Stretch);
    setColumnWidth(JobsModel::kWhere, 124);
    setColumnWidth(JobsModel::kState, 108);
    setColumnWidth(JobsModel::kProgress, 124);
    setColumnWidth(JobsModel::kRate, 104);
    setColumnWidth(JobsModel::kElapsed, 66);
    setColumnWidth(JobsModel::kLeft, 66);
}

} // namespace fxs::ui
