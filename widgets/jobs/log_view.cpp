#include "widgets/jobs/log_view.h"

#include "widgets/theme/theme.h"

#include <QApplication>
#include <QPainter>
#include <QScrollBar>
#include <QTextLayout>
#include <algorithm>

namespace fxs::ui {

void LogDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const QString text = index.data().toString();
    if (m_sought.isEmpty() || !text.contains(m_sought, Qt::CaseInsensitive)) {
        QStyledItemDelegate::paint(painter, option, index);
        return;
    }
    QStyleOptionViewItem item(option);
    initStyleOption(&item, index);
    item.text.clear();
    const QStyle* style = item.widget ? item.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);

    const Theme theme = Theme::of(option.palette);
    QTextCharFormat marked;
    marked.setBackground(theme.dark ? QColor(0x8a, 0x6a, 0x00) : QColor(0xff, 0xe2, 0x7a));
    marked.setForeground(theme.dark ? QColor(Qt::white) : QColor(Qt::black));
    QList<QTextLayout::FormatRange> ranges;
    for (qsizetype at = text.indexOf(m_sought, 0, Qt::CaseInsensitive); at >= 0;
         at = text.indexOf(m_sought, at + m_sought.size(), Qt::CaseInsensitive))
        ranges.append({static_cast<int>(at), static_cast<int>(m_sought.size()), marked});
    QTextLayout layout(text, item.font);
    layout.setFormats(ranges);
    layout.beginLayout();
    layout.createLine();
    layout.endLayout();
    const bool chosen = option.state.testFlag(QStyle::State_Selected);
    const int margin = style->pixelMetric(QStyle::PM_FocusFrameHMargin, &item, item.widget) + 1;
    painter->save();
    painter->setClipRect(option.rect);
    painter->setPen(item.palette.color(chosen ? QPalette::HighlightedText : QPalette::Text));
    layout.draw(painter, QPointF(option.rect.left() + margin,
                                 option.rect.center().y() - layout.boundingRect().height() / 2 + 1));
    painter->restore();
}

LogView::LogView(QAbstractItemModel* model, QWidget* parent) : QListView(parent), m_delegate(new LogDelegate(this)) {
    setModel(model);
    setItemDelegate(m_delegate);
    setFrameShape(QFrame::NoFrame);
    setUniformItemSizes(true);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setAccessibleName(tr("Log"));
    const auto toTail = [this] {
        if (m_follows)
            QMetaObject::invokeMethod(
                this,
                [this] {
                    if (m_follows)
                        scrollToBottom();
                },
                Qt::QueuedConnection);
    };
    connect(model, &QAbstractItemModel::rowsInserted, this, toTail);
    connect(model, &QAbstractItemModel::modelReset, this, toTail);
    // Only what the user does counts: lines that come or go move the slider as well.
    connect(verticalScrollBar(), &QAbstractSlider::actionTriggered, this,
            [this] { QMetaObject::invokeMethod(this, &LogView::onScrolled, Qt::QueuedConnection); });
}

void LogView::onScrolled() {
    const bool atEnd = verticalScrollBar()->value() >= verticalScrollBar()->maximum();
    if (atEnd == m_follows)
        return;
    m_follows = atEnd;
    Q_EMIT followsTailChanged(m_follows);
}

void LogView::setFollowsTail(bool on) {
    if (m_follows == on)
        return;
    m_follows = on;
    if (on)
        scrollToBottom();
    Q_EMIT followsTailChanged(on);
}

void LogView::setSought(const QString& text) {
    m_sought = text;
    m_delegate->setSought(text);
    viewport()->update();
}

bool LogView::seek(int step) {
    const int rows = model()->rowCount();
    if (m_sought.isEmpty() || rows == 0)
        return false;
    // The first search begins with the newest line: that is what one looks at.
    const int from = currentIndex().isValid() ? currentIndex().row() : (step > 0 ? -1 : rows);
    for (int i = 1; i <= rows; ++i) {
        const int row = ((from + step * i) % rows + rows) % rows;
        const QModelIndex index = model()->index(row, 0);
        if (!index.data().toString().contains(m_sought, Qt::CaseInsensitive))
            continue;
        setFollowsTail(false);
        setCurrentIndex(index);
        scrollTo(index, QAbstractItemView::PositionAtCenter);
        return true;
    }
    return false;
}

int LogView::soughtCount() const {
    int count = 0;
    if (!m_sought.isEmpty())
        for (int row = 0; row < model()->rowCount(); ++row)
            count += model()->index(row, 0).data().toString().contains(m_sought, Qt::CaseInsensitive) ? 1 : 0;
    return count;
}

QString LogView::textToCopy() const {
    QModelIndexList rows = selectionModel()->selectedIndexes();
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.row() < b.row(); });
    QString text;
    for (const QModelIndex& row : rows)
        text += row.data().toString() + QLatin1Char('\n');
    if (rows.isEmpty())
        for (int row = 0; row < model()->rowCount(); ++row)
            text += model()->index(row, 0).data().toString() + QLatin1Char('\n');
    return text;
}

} // namespace fxs::ui
