#include "widgets/mask/mask_tools.h"

#include <QPen>
#include <cmath>

namespace fxs::ui {

namespace {

/// A line seen on every colour: dark under light.
template <class Draw>
void drawTwice(QPainter& painter, Draw draw) {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 190), 3));
    draw();
    painter.setPen(QPen(QColor(255, 255, 255, 235), 1.2));
    draw();
}

bool isOther(const CanvasEvent& event) {
    return event.modifiers & Qt::ControlModifier;
}

} // namespace

// ---- rectangle, ellipse

void DragShapeTool::press(const CanvasEvent& event) {
    m_layer = event.layer;
    m_from = m_to = event.at;
}

void DragShapeTool::move(const CanvasEvent& event) {
    if (event.layer != m_layer)
        return;
    m_to = event.at;
    if (event.modifiers & Qt::ShiftModifier) {
        const QPointF from = m_layer->toWidget(m_from);
        const QPointF by = event.widgetAt - from;
        const double side = std::max(std::abs(by.x()), std::abs(by.y()));
        m_to = m_layer->toPicture(from + QPointF(std::copysign(side, by.x()), std::copysign(side, by.y())));
    }
    m_layer->update();
}

void DragShapeTool::release(const CanvasEvent& event) {
    if (!m_layer)
        return;
    move(event);
    CanvasLayer* layer = std::exchange(m_layer, nullptr);
    layer->update();
    const QPointF extent = layer->toWidget(m_to) - layer->toWidget(m_from);
    if (std::abs(extent.x()) < 2 && std::abs(extent.y()) < 2)
        return; // a click, not a shape
    if (m_kind == Kind::rectangle)
        m_target.take(*layer, RectangleShape{m_from, m_to}, isOther(event));
    else
        m_target.take(*layer,
                      EllipseShape{{0.5 * (m_from.x + m_to.x), 0.5 * (m_from.y + m_to.y)},
                                   0.5 * std::abs(m_to.x - m_from.x),
                                   0.5 * std::abs(m_to.y - m_from.y)},
                      isOther(event));
}

bool DragShapeTool::key(int key, Qt::KeyboardModifiers, CanvasLayer&) {
    if (key != Qt::Key_Escape || !m_layer)
        return false;
    cancel();
    return true;
}

void DragShapeTool::cancel() {
    if (m_layer)
        std::exchange(m_layer, nullptr)->update();
}

void DragShapeTool::paint(QPainter& painter, const CanvasLayer& layer) const {
    if (&layer != m_layer)
        return;
    const QRectF rect = QRectF(layer.toWidget(m_from), layer.toWidget(m_to)).normalized();
    drawTwice(painter, [&] {
        if (m_kind == Kind::rectangle)
            painter.drawRect(rect);
        else
            painter.drawEllipse(rect);
    });
}

// ---- polygon

void PolygonTool::press(const CanvasEvent& event) {
    if (m_layer && m_layer != event.layer)
        cancel();
    m_layer = event.layer;
    constexpr double kNear = 8; // screen pixels
    if (m_corners.size() >= 3) {
        const QPointF away = event.widgetAt - m_layer->toWidget(m_corners.front());
        if (std::hypot(away.x(), away.y()) < kNear) {
            close(isOther(event));
            return;
        }
    }
    m_corners.push_back(event.at);
    m_next = event.at;
    m_layer->update();
}

void PolygonTool::move(const CanvasEvent& event) {
    hover(event);
}

void PolygonTool::release(const CanvasEvent& event) {
    hover(event);
}

void PolygonTool::hover(const CanvasEvent& event) {
    if (event.layer != m_layer)
        return;
    m_next = event.at;
    m_layer->update();
}

void PolygonTool::doubleClick(const CanvasEvent& event) {
    // The first of the two clicks has set the last corner already.
    if (m_layer == event.layer)
        close(isOther(event));
}

void PolygonTool::close(bool other) {
    CanvasLayer* layer = std::exchange(m_layer, nullptr);
    const std::vector<PicturePoint> corners = std::exchange(m_corners, {});
    layer->update();
    if (corners.size() >= 3)
        m_target.take(*layer, PolygonShape{corners}, other);
}

bool PolygonTool::key(int key, Qt::KeyboardModifiers modifiers, CanvasLayer&) {
    if (!m_layer)
        return false;
    if (key == Qt::Key_Escape)
        cancel();
    else if (key == Qt::Key_Return || key == Qt::Key_Enter)
        close(modifiers & Qt::ControlModifier);
    else if (key == Qt::Key_Backspace) {
        m_corners.pop_back();
        if (m_corners.empty())
            cancel();
        else
            m_layer->update();
    } else
        return false;
    return true;
}

void PolygonTool::cancel() {
    m_corners.clear();
    if (m_layer)
        std::exchange(m_layer, nullptr)->update();
}

void PolygonTool::paint(QPainter& painter, const CanvasLayer& layer) const {
    if (&layer != m_layer || m_corners.empty())
        return;
    QPolygonF line;
    for (const PicturePoint& corner : m_corners)
        line << layer.toWidget(corner);
    line << layer.toWidget(m_next);
    drawTwice(painter, [&] {
        painter.drawPolyline(line);
        painter.drawEllipse(line.front(), 4, 4);
    });
    QPen closing(QColor(255, 255, 255, 140), 1, Qt::DashLine);
    painter.setPen(closing);
    painter.drawLine(line.back(), line.front());
}

// ---- brush

PictureBox BrushTool::outline(CanvasLayer& layer) const {
    const PicturePoint pixel = m_target.pixelSize(layer);
    const double x = 0.5 * m_size * pixel.x, y = 0.5 * m_size * pixel.y;
    return {{m_at.x - x, m_at.y - y}, {m_at.x + x, m_at.y + y}};
}

void BrushTool::follow(const CanvasEvent& event) {
    if (m_layer)
        m_layer->updateBox(outline(*m_layer), 4);
    m_layer = event.layer;
    m_at = event.at;
    m_layer->updateBox(outline(*m_layer), 4);
}

void BrushTool::press(const CanvasEvent& event) {
    follow(event);
    m_down = true;
    m_target.beginStroke(*event.layer, isOther(event));
    const PicturePoint pixel = m_target.pixelSize(*event.layer);
    m_target.stroke(*event.layer, {{event.at}, 0.5 * m_size * pixel.x, 0.5 * m_size * pixel.y});
}

void BrushTool::move(const CanvasEvent& event) {
    if (!m_down || event.layer != m_layer)
        return;
    const PicturePoint from = m_at;
    follow(event);
    const PicturePoint pixel = m_target.pixelSize(*event.layer);
    m_target.stroke(*event.layer, {{from, event.at}, 0.5 * m_size * pixel.x, 0.5 * m_size * pixel.y});
}

void BrushTool::release(const CanvasEvent& event) {
    if (!m_down)
        return;
    move(event);
    m_down = false;
    m_target.endStroke();
}

void BrushTool::hover(const CanvasEvent& event) {
    follow(event);
}

void BrushTool::leave(CanvasLayer& layer) {
    if (m_down || m_layer != &layer)
        return;
    m_layer->updateBox(outline(*m_layer), 4);
    m_layer = nullptr;
}

bool BrushTool::key(int key, Qt::KeyboardModifiers, CanvasLayer&) {
    if (key != Qt::Key_Escape || !m_down)
        return false;
    cancel();
    return true;
}

void BrushTool::cancel() {
    if (m_down)
        m_target.cancelStroke();
    m_down = false;
    if (m_layer)
        std::exchange(m_layer, nullptr)->update();
}

void BrushTool::paint(QPainter& painter, const CanvasLayer& layer) const {
    if (&layer != m_layer)
        return;
    const PictureBox box = outline(*m_layer);
    const QRectF rect = QRectF(layer.toWidget(box.low), layer.toWidget(box.high)).normalized();
    drawTwice(painter, [&] { painter.drawEllipse(rect); });
}

} // namespace fxs::ui
