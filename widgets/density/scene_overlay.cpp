#include "widgets/density/scene_overlay.h"

#include "widgets/density/slice_layer.h"

#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

constexpr double kLongestBar = 150, kArm = 30; // screen pixels

QString paintBar(QPainter& painter, const QSize& size, const OverlayState& state, double scale) {
    const double length = roundLength(kLongestBar * scale * state.angstromPerPixel);
    if (length <= 0)
        return {};
    const QString text = length >= 10 ? QStringLiteral("%1 nm").arg(length / 10) : QStringLiteral("%1 Å").arg(length);
    const double pixels = length / state.angstromPerPixel;
    const QRectF bar(size.width() - 16 * scale - pixels, size.height() - 16 * scale, pixels, 3 * scale);
    painter.fillRect(bar, state.text);
    painter.setPen(state.text);
    painter.drawText(QRectF(bar.left() - 80 * scale, bar.top() - 40 * scale, pixels + 160 * scale, 36 * scale),
                     Qt::AlignHCenter | Qt::AlignBottom, text);
    return text;
}

void paintAxes(QPainter& painter, const QSize& size, const OverlayState& state, double scale) {
    const QPointF centre(52 * scale, size.height() - 52 * scale);
    std::array<int, 3> order{0, 1, 2};
    // What points away from the viewer is drawn first.
    std::sort(order.begin(), order.end(), [&](int a, int b) {
        return state.axesOnScreen[static_cast<std::size_t>(a)][2] < state.axesOnScreen[static_cast<std::size_t>(b)][2];
    });
    for (const int axis : order) {
        const auto& direction = state.axesOnScreen[static_cast<std::size_t>(axis)];
        const QPointF arm(direction[0] * kArm * scale, -direction[1] * kArm * scale);
        QColor colour = axisColour(axis, state.dark);
        colour.setAlphaF(direction[2] < -0.2 ? 0.55F : 1.0F);
        painter.setPen(QPen(colour, 2.4 * scale, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(centre, centre + arm);
        const double length = std::hypot(arm.x(), arm.y());
        const QPointF beyond = length > 6 * scale ? arm * ((length + 10 * scale) / length) : QPointF(0, -12 * scale);
        painter.drawText(QRectF(centre + beyond - QPointF(10, 10) * scale, QSizeF(20, 20) * scale), Qt::AlignCenter,
                         QStringLiteral("xyz").mid(axis, 1));
    }
}

} // namespace

double roundLength(double limit) {
    if (!(limit > 0) || !std::isfinite(limit))
        return 0;
    const double power = std::pow(10.0, std::floor(std::log10(limit)));
    for (const double digit : {5.0, 2.0})
        if (digit * power <= limit)
            return digit * power;
    return power;
}

QString paintOverlay(QPainter& painter, const QSize& size, const OverlayState& state, double scale) {
    painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
    QFont font = painter.font();
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(13 * scale))));
    painter.setFont(font);
    const QString text = state.angstromPerPixel > 0 ? paintBar(painter, size, state, scale) : QString();
    if (state.axes)
        paintAxes(painter, size, state, scale);
    return text;
}

SceneOverlay::SceneOverlay(std::function<OverlayState()> state, QWidget* parent)
    : QWidget(parent), m_state(std::move(state)) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
}

void SceneOverlay::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    m_text = paintOverlay(painter, size(), m_state());
}

} // namespace fxs::ui
