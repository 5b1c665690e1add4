#include "widgets/plot/levels_bar.h"

#include "widgets/plot/heat_map.h"
#include "widgets/plot/plot_style.h"
#include "widgets/theme/theme.h"

#include "widgets/plot/plot_library.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

constexpr std::size_t kBins = 160;
constexpr double kGripPixels = 6;

} // namespace

LevelsBar::LevelsBar(HeatMap* map, QWidget* parent) : QWidget(parent), m_map(map) {
    setAccessibleName(tr("Histogram and levels"));
    setToolTip(tr("How often each value occurs. Drag the two lines to set the lower and upper end of the colour scale, "
                  "drag between them to "
                  "move both; double click: automatic. Arrow keys move both ends, with Shift the upper one"));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
    setMouseTracking(true);
    setFocusPolicy(Qt::ClickFocus);
    connect(map, &HeatMap::pictureChanged, this, &LevelsBar::recount);
    connect(map, &HeatMap::appearanceChanged, this, &LevelsBar::recount);
    connect(map, &HeatMap::levelsChanged, this, &LevelsBar::follow);
}

double LevelsBar::toScale(double value) const {
    switch (m_map->colourScale()) {
    case ColourScale::logarithmic:
        return std::log10(std::max(value, 1e-30));
    case ColourScale::squareRoot:
        return value < 0 ? -std::sqrt(-value) : std::sqrt(value);
    case ColourScale::linear:
        break;
    }
    return value;
}

double LevelsBar::fromScale(double scaled) const {
    switch (m_map->colourScale()) {
    case ColourScale::logarithmic:
        return std::pow(10.0, scaled);
    case ColourScale::squareRoot:
        return scaled * std::abs(scaled);
    case ColourScale::linear:
        break;
    }
    return scaled;
}

QRectF LevelsBar::barRect() const {
    return QRectF(rect()).adjusted(2, 10, -2, -10);
}

double LevelsBar::yOf(double value) const {
    const QRectF r = barRect();
    return r.bottom() - (toScale(value) - m_low) / (m_high - m_low) * r.height();
}

double LevelsBar::valueAt(double y) const {
    const QRectF r = barRect();
    return fromScale(m_low + (r.bottom() - y) / r.height() * (m_high - m_low));
}

void LevelsBar::recount() {
    if (m_grip != Grip::none)
        return; // the axis must not move under the mouse
    m_counts.clear();
    const PicturePtr picture = m_map->picture();
    const ShadePtr shade = m_map->shade();
    if (!picture || picture->values.empty()) {
        update();
        return;
    }
    const bool log = m_map->colourScale() == ColourScale::logarithmic;
    const bool shaded = shade && shade->size() == picture->values.size();
    std::vector<double> values;
    const std::size_t stride = std::max<std::size_t>(1, picture->values.size() / 100'000);
    for (std::size_t i = 0; i < picture->values.size(); i += stride)
        if (const float v = picture->values[i]; std::isfinite(v) && (!log || v > 0) && !(shaded && (*shade)[i]))
            values.push_back(toScale(static_cast<double>(v)));
    const Levels levels = m_map->levels();
    m_low = toScale(levels.low);
    m_high = toScale(levels.high);
    if (!values.empty()) {
        // The brightest in ten thousand may be far above all else: the axis goes to a little beyond the levels at most.
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        const double width = m_high - m_low;
        m_low = std::min(m_low, std::max(*least, m_low - 0.6 * width));
        m_high = std::max(m_high, std::min(*most, m_high + 0.6 * width));
    }
    const double margin = 0.04 * (m_high - m_low);
    m_low -= margin;
    m_high += margin;
    if (!(m_high > m_low))
        m_high = m_low + 1;
    m_counts.assign(kBins, 0);
    for (const double v : values) {
        const double bin = (v - m_low) / (m_high - m_low) * kBins;
        if (bin >= 0 && bin < kBins)
            m_counts[static_cast<std::size_t>(bin)] += 1;
    }
    update();
}

void LevelsBar::follow() {
    // Levels set elsewhere must stay in sight.
    const Levels levels = m_map->levels();
    if (toScale(levels.low) < m_low || toScale(levels.high) > m_high)
        recount();
    update();
}

void LevelsBar::paintEvent(QPaintEvent*) {
    if (m_counts.empty())
        return;
    const Theme theme = Theme::of(palette());
    QPainter painter(this);
    const QRectF r = barRect();
    const double most = *std::max_element(m_counts.begin(), m_counts.end());
    const double low = yOf(m_map->levels().low), high = yOf(m_map->levels().high);
    QColor within = theme.accent;
    within.setAlpha(36);
    painter.fillRect(QRectF(QPointF(r.left(), high), QPointF(r.right(), low)), within);
    for (std::size_t i = 0; i < m_counts.size() && most > 0; ++i) {
        const double bottom = r.bottom() - static_cast<double>(i) / kBins * r.height(),
                     top = bottom - r.height() / kBins;
        const double length = std::log1p(m_counts[i]) / std::log1p(most) * r.width();
        const double middle = 0.5 * (top + bottom);
        painter.fillRect(QRectF(QPointF(r.left(), top), QPointF(r.left() + length, bottom)),
                         middle <= low && middle >= high ? theme.accent : theme.muted);
    }
    for (const double y : {low, high}) {
        painter.setPen(QPen(theme.text, 1.5));
        painter.drawLine(QPointF(r.left(), y), QPointF(r.right(), y));
        painter.setBrush(theme.text);
        painter.setPen(Qt::NoPen);
        const double size = 4;
        const QPointF grip[3] = {{r.right() - size - 1, y}, {r.right() + 1, y - size}, {r.right() + 1, y + size}};
        painter.drawPolygon(grip, 3);
    }
}

LevelsBar::Grip LevelsBar::gripAt(double y) const {
    const double low = yOf(m_map->levels().low), high = yOf(m_map->levels().high);
    if (std::abs(y - high) < kGripPixels && std::abs(y - high) <= std::abs(y - low))
        return Grip::high;
    if (std::abs(y - low) < kGripPixels)
        return Grip::low;
    return y > high && y < low ? Grip::both : Grip::none;
}

void LevelsBar::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || m_counts.empty())
        return;
    m_grip = gripAt(event->position().y());
    m_grabbed = m_map->levels();
    m_grabbedAt = toScale(valueAt(event->position().y()));
}

void LevelsBar::mouseMoveEvent(QMouseEvent* event) {
    const double y = event->position().y();
    if (m_grip == Grip::none) {
        const Grip over = m_counts.empty() ? Grip::none : gripAt(y);
        setCursor(over == Grip::none ? Qt::ArrowCursor : over == Grip::both ? Qt::OpenHandCursor : Qt::SizeVerCursor);
        return;
    }
    const double at = toScale(valueAt(y)), by = at - m_grabbedAt, least = 1e-3 * (m_high - m_low);
    double low = toScale(m_grabbed.low), high = toScale(m_grabbed.high);
    if (m_grip == Grip::low)
        low = std::min(at, high - least);
    else if (m_grip == Grip::high)
        high = std::max(at, low + least);
    else {
        low += by;
        high += by;
    }
    m_map->setLevels({fromScale(low), fromScale(high)});
    update();
}

void LevelsBar::mouseReleaseEvent(QMouseEvent*) {
    if (m_grip == Grip::none)
        return;
    m_grip = Grip::none;
    recount();
}

void LevelsBar::mouseDoubleClickEvent(QMouseEvent*) {
    m_grip = Grip::none;
    m_map->setAutoLevels(true);
    recount();
}

void LevelsBar::keyPressEvent(QKeyEvent* event) {
    const int up = event->key() == Qt::Key_Up ? 1 : event->key() == Qt::Key_Down ? -1 : 0;
    if (up == 0) {
        QWidget::keyPressEvent(event);
        return;
    }
    const Levels levels = m_map->levels();
    const double low = toScale(levels.low), high = toScale(levels.high), by = 0.02 * up * (high - low);
    m_map->setLevels({event->modifiers() & Qt::ShiftModifier ? levels.low : fromScale(low + by), fromScale(high + by)});
}

} // namespace fxs::ui
