#include "widgets/jobs/jobs_view.h"

#include "widgets/jobs/jobs_model.h"
#include "widgets/theme/theme.h"

#include <QHeaderView>
#include <QPainter>

namespace fxs::ui {

void ProgressDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const Theme theme = Theme::of(option.palette);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF area = QRectF(option.rect).adjusted(6, 0, -54, 0);
    const QRectF track(area.left(), area.center().y() - 3, area.width(), 6);
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme.grid);
    painter->drawRoundedRect(track, 3, 3);
    const double fraction = qBound(0.0, index.data(JobsModel::kFractionRole).toDouble(), 1.0);
    painter->setBrush(fraction >= 1 ? theme.good : theme.accent);
    if (fraction > 0)
        painter->drawRoundedRect(QRectF(track.left(), track.top(), qMax(6.0, track.width() * fraction), 6), 3, 3);
    painter->setPen(theme.text);
    painter->drawText(option.rect.adjusted(0, 0, -8, 0), Qt::AlignRight | Qt::AlignVCenter, index.data().toString());
    painter->restore();
}

JobsView::JobsView(JobsModel* model, QWidget* parent) : QTableView(parent) {
    setModel(model);
    setItemDelegateForColumn(JobsModel::kProgress, new ProgressDelegate(this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAlternatingRowColors(true);
    setAccessibleName(tr("Jobs"));
    setFrameShape(QFrame::NoFrame);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    horizontalHeader()->setStretchLastSection(false);
    horizontalHeader()->setSectionResizeMode(JobsModel::kName, QHeaderView::Stretch);
    setColumnWidth(JobsModel::kWhere, 100);
    setColumnWidth(JobsModel::kState, 92);
    setColumnWidth(JobsModel::kProgress, 124);
    setColumnWidth(JobsModel::kRate, 92);
    setColumnWidth(JobsModel::kElapsed, 66);
    setColumnWidth(JobsModel::kLeft, 66);
}

} // namespace fxs::ui
