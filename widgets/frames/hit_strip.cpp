#include "widgets/frames/hit_strip.h"

#include "widgets/plot/plot_style.h"
#include "widgets/theme/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {
constexpr double kDragPixels = 4;
} // namespace

HitStrip::HitStrip(QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Score of every frame"));
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
}

void HitStrip::setFrameCount(std::uint64_t count) {
    m_count = count;
    m_current = 0;
    m_scores.reset();
    m_selection.reset();
    update();
}

void HitStrip::setScores(std::shared_ptr<const HitScores> scores) {
    m_scores = std::move(scores);
    setAccessibleDescription(say());
    update();
}

void HitStrip::setQuantity(Quantity quantity) {
    m_quantity = quantity;
    update();
}

void HitStrip::setCurrent(std::uint64_t frame) {
    m_current = frame;
    update();
}

void HitStrip::setSelection(std::optional<FrameRange> range) {
    m_selection = range;
    update();
}

QRectF HitStrip::plotRect() const {
    return QRectF(rect()).adjusted(6, 15, -6, -3);
}

double HitStrip::xOf(std::uint64_t frame) const {
    const QRectF r = plotRect();
    return r.left() +
           r.width() * (static_cast<double>(frame) + 0.5) / static_cast<double>(std::max<std::uint64_t>(1, m_count));
}

std::uint64_t HitStrip::frameAt(double x) const {
    const QRectF r = plotRect();
    const double at = std::floor((x - r.left()) / r.width() * static_cast<double>(m_count));
    return static_cast<std::uint64_t>(std::clamp(at, 0.0, std::max(0.0, static_cast<double>(m_count) - 1)));
}

double HitStrip::valueOf(std::size_t i) const {
    return m_quantity == Quantity::intensity ? m_scores->intensity[i] : static_cast<double>(m_scores->lit[i]);
}

std::uint64_t HitStrip::bestNear(double x) const {
    const std::uint64_t first = frameAt(x - 0.5), last = frameAt(x + 0.5);
    if (!m_scores || last <= first + 1)
        return frameAt(x);
    std::uint64_t best = frameAt(x);
    double most = -INFINITY;
    const auto& frames = m_scores->frames;
    for (auto it = std::lower_bound(frames.begin(), frames.end(), first); it != frames.end() && *it <= last; ++it)
        if (const double v = valueOf(static_cast<std::size_t>(it - frames.begin())); v > most) {
            most = v;
            best = *it;
        }
    return best;
}

QString HitStrip::say() const {
    if (m_count == 0)
        return {};
    if (!m_scores)
        return tr("scores: not read yet");
    const auto done = static_cast<qulonglong>(m_scores->frames.size()), of = static_cast<qulonglong>(m_scores->planned);
    QString text;
    if (!m_scores->complete())
        text = tr("%L1 of %L2 frames scored").arg(done).arg(of);
    else
        text = tr("%L1 frames scored").arg(done);
    if (m_scores->planned < m_scores->frameCount)
        text += tr(", evenly taken of %L1").arg(static_cast<qulonglong>(m_scores->frameCount));
    if (m_quantity == Quantity::litPixels)
        text += tr(" · lit: above %1").arg(shortNumber(m_scores->litAbove));
    return text;
}

void HitStrip::paintEvent(QPaintEvent*) {
    const Theme theme = Theme::of(palette());
    QPainter painter(this);
    const QRectF r = plotRect();
    painter.setPen(QPen(theme.grid, 1));
    painter.setBrush(theme.canvas);
    painter.drawRect(r.adjusted(-0.5, -0.5, 0.5, 0.5));
    QFont small = font();
    small.setPointSizeF(font().pointSizeF() * 0.85);
    painter.setFont(small);
    painter.setPen(theme.muted);
    const QString what = m_quantity == Quantity::intensity ? tr("integrated intensity") : tr("lit pixels");
    painter.drawText(QRectF(r.left(), 0, r.width(), 14), Qt::AlignLeft | Qt::AlignVCenter,
                     m_count > 0 ? what : QString());
    painter.drawText(QRectF(r.left(), 0, r.width(), 14), Qt::AlignRight | Qt::AlignVCenter, say());
    if (m_count == 0)
        return;
    if (m_selection) {
        QColor shade = theme.accent;
        shade.setAlpha(50);
        const double left = frameAt(0) == 0 ? xOf(m_selection->first) : 0,
                     half = 0.5 * r.width() / static_cast<double>(m_count);
        painter.fillRect(QRectF(QPointF(left - half, r.top()), QPointF(xOf(m_selection->end - 1) + half, r.bottom())),
                         shade);
    }
    if (m_scores && !m_scores->frames.empty())
        paintBars(painter, r);
    painter.setPen(QPen(theme.bad, 1.5));
    const double x = xOf(m_current);
    painter.drawLine(QPointF(x, r.top()), QPointF(x, r.bottom()));
}

void HitStrip::paintBars(QPainter& painter, const QRectF& rect) const {
    const auto& frames = m_scores->frames;
    double low = INFINITY, high = -INFINITY;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        low = std::min(low, valueOf(i));
        high = std::max(high, valueOf(i));
    }
    // From zero where that leaves the differences to be seen.
    if (low > 0 && low < 0.7 * high)
        low = 0;
    if (!(high > low))
        high = low + 1;
    const double spread = high - low;
    low -= low == 0 ? 0 : 0.08 * spread;
    const auto columns = static_cast<std::size_t>(std::max(1.0, rect.width()));
    std::vector<double> most(columns, NAN), least(columns, NAN);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto c = std::min(columns - 1, static_cast<std::size_t>(std::max(0.0, xOf(frames[i]) - rect.left())));
        const double v = valueOf(i);
        most[c] = std::isnan(most[c]) ? v : std::max(most[c], v);
        least[c] = std::isnan(least[c]) ? v : std::min(least[c], v);
    }
    const double wide =
        std::clamp(rect.width() / static_cast<double>(std::max<std::size_t>(1, frames.size())) - 1, 1.0, 8.0);
    const Theme theme = Theme::of(palette());
    QColor full = theme.accent, faint = theme.accent;
    faint.setAlpha(130);
    const auto yOf = [&](double v) { return rect.bottom() - (v - low) / (high - low) * (rect.height() - 2); };
    for (std::size_t c = 0; c < columns; ++c)
        if (!std::isnan(most[c])) {
            const double x = rect.left() + static_cast<double>(c) + 0.5 - wide / 2;
            painter.fillRect(QRectF(QPointF(x, yOf(most[c])), QPointF(x + wide, yOf(least[c]))), faint);
            painter.fillRect(QRectF(QPointF(x, yOf(least[c])), QPointF(x + wide, rect.bottom())), full);
        }
}

void HitStrip::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || m_count == 0)
        return;
    if (event->modifiers() & Qt::ShiftModifier) {
        const std::uint64_t to = frameAt(event->position().x()), from = m_selection ? m_selection->first : m_current;
        setSelection(FrameRange{std::min(from, to), std::max(from, to) + 1});
        Q_EMIT rangeSelected(*m_selection);
        return;
    }
    m_pressedAt = event->position().x();
    m_dragging = false;
}

void HitStrip::mouseMoveEvent(QMouseEvent* event) {
    if (!m_pressedAt)
        return;
    m_dragging = m_dragging || std::abs(event->position().x() - *m_pressedAt) > kDragPixels;
    if (!m_dragging)
        return;
    const std::uint64_t a = frameAt(*m_pressedAt), b = frameAt(event->position().x());
    setSelection(FrameRange{std::min(a, b), std::max(a, b) + 1});
}

void HitStrip::mouseReleaseEvent(QMouseEvent* event) {
    if (!m_pressedAt || event->button() != Qt::LeftButton)
        return;
    const double at = *std::exchange(m_pressedAt, std::nullopt);
    if (m_dragging && m_selection)
        Q_EMIT rangeSelected(*m_selection);
    else
        Q_EMIT frameClicked(bestNear(at));
}

bool HitStrip::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip && m_count > 0) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const std::uint64_t frame = bestNear(help->pos().x());
        QString text = tr("frame %L1").arg(static_cast<qulonglong>(frame));
        if (m_scores) {
            const auto it = std::lower_bound(m_scores->frames.begin(), m_scores->frames.end(), frame);
            if (it != m_scores->frames.end() && *it == frame) {
                const auto i = static_cast<std::size_t>(it - m_scores->frames.begin());
                text += tr("\nintensity %1\nlit pixels %L2")
                            .arg(shortNumber(m_scores->intensity[i], 5))
                            .arg(m_scores->lit[i]);
            }
        }
        QToolTip::showText(help->globalPos(), text + tr("\nclick: jump there · drag: select frames"), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace fxs::ui
