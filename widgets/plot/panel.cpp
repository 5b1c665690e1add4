#include "widgets/plot/panel.h"

#include "widgets/theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace fxs::ui {

Panel::Panel(const QString& title, QWidget* content, QWidget* parent)
    : QWidget(parent), m_header(new QHBoxLayout), m_title(new QLabel(title)), m_note(new QLabel) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 6, 8, 8);
    layout->setSpacing(4);
    m_header->setSpacing(6);
    m_header->addWidget(m_title);
    m_header->addSpacing(6);
    m_header->addWidget(m_note, 1);
    layout->addLayout(m_header);
    layout->addWidget(content, 1);
    m_note->setTextInteractionFlags(Qt::TextSelectableByMouse);
    // A long readout must not decide how wide the window is.
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    applyTheme();
}

void Panel::addControl(QWidget* control) {
    m_header->addWidget(control);
}

void Panel::paintEvent(QPaintEvent*) {
    const Theme theme = Theme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.grid, 1));
    painter.setBrush(theme.canvas);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
}

void Panel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTheme();
}

void Panel::applyTheme() {
    const Theme theme = Theme::of(palette());
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    m_note->setPalette(muted);
}

} // namespace fxs::ui
