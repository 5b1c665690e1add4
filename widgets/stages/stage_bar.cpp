#include "widgets/stages/stage_bar.h"

#include "widgets/theme/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <algorithm>

namespace fxs::ui {

namespace {

constexpr int kArrow = 12; // how far a field's point reaches into the next

QString fieldName(int field) {
    switch (field) {
    case StageBar::source:
        return StageBar::tr("Source");
    case StageBar::frames:
        return StageBar::tr("Frames");
    case StageBar::correlation:
        return StageBar::tr("Correlation");
    case StageBar::coefficients:
        return StageBar::tr("Coefficients");
    case StageBar::density:
        return StageBar::tr("Density");
    default:
        return {};
    }
}

QColor stateColour(StageState state, const Theme& theme) {
    switch (state) {
    case StageState::running:
        return theme.accent;
    case StageState::done:
        return theme.good;
    case StageState::stale:
    case StageState::stopped:
        return theme.warning;
    case StageState::failed:
        return theme.bad;
    case StageState::empty:
    case StageState::waiting:
        return theme.line;
    }
    return theme.line;
}

QPainterPath arrowPath(const QRectF& r, bool first) {
    QPainterPath path;
    path.moveTo(r.left(), r.top());
    path.lineTo(r.right() - kArrow, r.top());
    path.lineTo(r.right(), r.center().y());
    path.lineTo(r.right() - kArrow, r.bottom());
    path.lineTo(r.left(), r.bottom());
    if (!first)
        path.lineTo(r.left() + kArrow, r.center().y());
    path.closeSubpath();
    return path;
}

} // namespace

QString stageStateText(StageState state) {
    switch (state) {
    case StageState::empty:
        return {};
    case StageState::waiting:
        return StageBar::tr("waiting");
    case StageState::running:
        return StageBar::tr("running");
    case StageState::done:
        return StageBar::tr("done");
    case StageState::stale:
        return StageBar::tr("settings changed since");
    case StageState::failed:
        return StageBar::tr("failed");
    case StageState::stopped:
        return StageBar::tr("stopped");
    }
    return {};
}

StageBar::StageBar(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Stages of the analysis"));
    setCursor(Qt::PointingHandCursor);
}

void StageBar::setStatus(Field field, const StageStatus& status) {
    m_status[static_cast<std::size_t>(field)] = status;
    update(fieldRect(field));
}

void StageBar::setCurrent(Field field) {
    m_current = field;
    update();
}

QSize StageBar::sizeHint() const {
    return {900, 2 * fontMetrics().height() + 20};
}

QSize StageBar::minimumSizeHint() const {
    return {500, sizeHint().height()};
}

QRect StageBar::fieldRect(Field field) const {
    const int left = 6, width = this->width() - 12;
    const int from = left + width * field / fieldCount, to = left + width * (field + 1) / fieldCount;
    return {from, 3, to - from + kArrow - 4, height() - 6};
}

void StageBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int i = 0; i < fieldCount; ++i)
        paintField(painter, static_cast<Field>(i));
}

void StageBar::paintField(QPainter& painter, Field field) const {
    const Theme theme = Theme::of(palette());
    const StageStatus& status = m_status[static_cast<std::size_t>(field)];
    QRectF r = QRectF(fieldRect(field)).adjusted(0.5, 0.5, -0.5, -0.5);
    if (field == fieldCount - 1)
        r.setRight(width() - 6.5);
    const QPainterPath path = arrowPath(r, field == source);
    const QColor colour = stateColour(status.state, theme);

    painter.setPen(QPen(field == m_current ? theme.accent : theme.grid, field == m_current ? 1.6 : 1));
    painter.setBrush(theme.canvas);
    painter.drawPath(path);
    painter.save();
    painter.setClipPath(path);
    if (status.state == StageState::running) {
        QColor tint = theme.accent;
        tint.setAlpha(theme.dark ? 60 : 40);
        painter.fillRect(QRectF(r.left(), r.top(), r.width() * std::clamp(status.fraction, 0.0, 1.0), r.height()),
                         tint);
    }
    painter.restore();

    const qreal textLeft = r.left() + (field == source ? 12 : kArrow + 12);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawEllipse(QPointF(textLeft + 4, r.top() + 7 + fontMetrics().height() / 2.0), 4, 4);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    painter.setPen(status.state == StageState::empty ? theme.muted : theme.text);
    const QRectF nameLine(textLeft + 15, r.top() + 6, r.right() - kArrow - textLeft - 18, fontMetrics().height() + 2);
    QString title = fieldName(field);
    if (status.state == StageState::running)
        title += QStringLiteral("  %1 %").arg(status.fraction * 100, 0, 'f', 0);
    painter.drawText(nameLine, Qt::AlignLeft | Qt::AlignVCenter, title);
    painter.setFont(font());
    painter.setPen(status.state == StageState::stale || status.state == StageState::failed ? colour : theme.muted);
    const QRectF detailLine = nameLine.translated(0, fontMetrics().height() + 1);
    const QString detail = status.detail.isEmpty() ? stageStateText(status.state) : status.detail;
    painter.drawText(detailLine, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(detail, Qt::ElideRight, static_cast<int>(detailLine.width())));
}

void StageBar::mousePressEvent(QMouseEvent* event) {
    for (int i = 0; i < fieldCount; ++i)
        if (fieldRect(static_cast<Field>(i)).contains(event->pos())) {
            Q_EMIT fieldClicked(static_cast<Field>(i));
            return;
        }
}

bool StageBar::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        for (int i = 0; i < fieldCount; ++i) {
            const auto field = static_cast<Field>(i);
            if (!fieldRect(field).contains(help->pos()))
                continue;
            const StageStatus& s = status(field);
            const QString state = stageStateText(s.state);
            QToolTip::showText(help->globalPos(),
                               QStringList{fieldName(i), state, s.detail}.join(QStringLiteral("\n")).trimmed(), this);
            return true;
        }
    }
    return QWidget::event(event);
}

} // namespace fxs::ui
