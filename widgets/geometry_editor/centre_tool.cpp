#include "widgets/geometry_editor/centre_tool.h"

#include <cmath>

namespace fxs::ui {

namespace {

constexpr double kGrip = 14; ///< screen pixels around the centre that hold it

} // namespace

void CentreTool::show(const std::optional<PicturePlane>& plane, std::vector<PlaneRing> rings,
                      const std::optional<PicturePlane>& proposed) {
    m_plane = plane;
    m_proposed = proposed;
    m_rings = std::move(rings);
}

void CentreTool::press(const CanvasEvent& event) {
    if (!m_plane)
        return;
    const QPointF away = event.widgetAt - event.layer->toWidget(m_plane->beam);
    if (std::hypot(away.x(), away.y()) > kGrip)
        return;
    m_dragging = true;
    m_offset = {m_plane->beam.x - event.at.x, m_plane->beam.y - event.at.y};
}

void CentreTool::move(const CanvasEvent& event) {
    if (m_dragging)
        m_target.drag({event.at.x + m_offset.x, event.at.y + m_offset.y});
}

void CentreTool::release(const CanvasEvent& event) {
    if (!m_dragging)
        return;
    move(event);
    m_dragging = false;
    m_target.drop();
}

void CentreTool::doubleClick(const CanvasEvent& event) {
    if (!m_plane)
        return;
    m_target.drag(event.at);
    m_target.drop();
}

bool CentreTool::key(int key, Qt::KeyboardModifiers modifiers, CanvasLayer&) {
    if (!m_plane)
        return false;
    if (key == Qt::Key_Escape && m_dragging) {
        cancel();
        return true;
    }
    const double step = modifiers & Qt::ControlModifier ? 0.1 : modifiers & Qt::ShiftModifier ? 10 : 1;
    switch (key) {
    case Qt::Key_Left:
        m_target.nudge(-step, 0);
        return true;
    case Qt::Key_Right:
        m_target.nudge(step, 0);
        return true;
    case Qt::Key_Up:
        m_target.nudge(0, step);
        return true;
    case Qt::Key_Down:
        m_target.nudge(0, -step);
        return true;
    default:
        return false;
    }
}

void CentreTool::cancel() {
    if (std::exchange(m_dragging, false))
        m_target.giveUp();
}

void CentreTool::paint(QPainter& painter, const CanvasLayer& layer) const {
    if (m_plane)
        paintAt(painter, layer, *m_plane, false);
    if (m_proposed)
        paintAt(painter, layer, *m_proposed, true);
}

void CentreTool::paintAt(QPainter& painter, const CanvasLayer& layer, const PicturePlane& plane,
                         bool isProposal) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    const QColor colour = isProposal || m_dragging ? QColor(255, 160, 60) : QColor(255, 255, 255, 220);
    const QPointF centre = layer.toWidget(plane.beam);
    const QFontMetricsF metrics(painter.font());
    for (const PlaneRing& ring : m_rings) {
        const QPointF corner = layer.toWidget({plane.beam.x + ring.radiusMetre * plane.xPerMetre,
                                               plane.beam.y + ring.radiusMetre * plane.yPerMetre}) -
                               centre;
        const double rx = std::abs(corner.x()), ry = std::abs(corner.y());
        painter.setPen(QPen(QColor(0, 0, 0, 140), 2.6));
        painter.drawEllipse(centre, rx, ry);
        painter.setPen(QPen(colour, 1.1, isProposal ? Qt::DashLine : Qt::SolidLine));
        painter.drawEllipse(centre, rx, ry);
        if (isProposal)
            continue;
        const QPointF at = centre + QPointF(rx, -ry) * std::sqrt(0.5) + QPointF(4, -4);
        const QRectF box = metrics.boundingRect(ring.label).translated(at).adjusted(-3, -1, 3, 1);
        painter.fillRect(box, QColor(0, 0, 0, 120));
        painter.setPen(Qt::white);
        painter.drawText(at, ring.label);
    }
    const auto cross = [&](const QColor& pen, double width) {
        painter.setPen(QPen(pen, width));
        for (const QPointF arm : {QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)})
            painter.drawLine(centre + 4 * arm, centre + kGrip * arm);
        painter.drawEllipse(centre, 4, 4);
    };
    cross(QColor(0, 0, 0, 190), 3.4);
    cross(colour, 1.6);
}

} // namespace fxs::ui
