#include "widgets/density/scale_bar.h"

#include <QPainter>
#include <cmath>

namespace fxs::ui {

double roundLength(double limit) {
    if (!(limit > 0) || !std::isfinite(limit))
        return 0;
    const double power = std::pow(10.0, std::floor(std::log10(limit)));
    for (const double digit : {5.0, 2.0})
        if (digit * power <= limit)
            return digit * power;
    return power;
}

ScaleBar::ScaleBar(std::function<double()> angstromPerPixel, QWidget* parent)
    : QWidget(parent), m_angstromPerPixel(std::move(angstromPerPixel)) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    setFixedSize(190, 42);
}

void ScaleBar::setColour(const QColor& colour) {
    m_colour = colour;
    update();
}

void ScaleBar::paintEvent(QPaintEvent*) {
    const double scale = m_angstromPerPixel();
    const double length = roundLength(0.8 * width() * scale);
    m_text.clear();
    if (length <= 0)
        return;
    m_text = length >= 10 ? QStringLiteral("%1 nm").arg(length / 10) : QStringLiteral("%1 Å").arg(length);
    const double pixels = length / scale;
    QPainter painter(this);
    painter.setRenderHint(QPainter::TextAntialiasing);
    painter.setPen(m_colour);
    const QRectF bar(width() - 6 - pixels, height() - 12, pixels, 3);
    painter.fillRect(bar, m_colour);
    painter.drawText(QRectF(bar.left() - 60, 0, pixels + 120, bar.top() - 3), Qt::AlignHCenter | Qt::AlignBottom,
                     m_text);
}

} // namespace fxs::ui
