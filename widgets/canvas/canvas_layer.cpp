#include "widgets/canvas/canvas_layer.h"

#include "widgets/plot/heat_map.h"
#include "widgets/plot/plot_library.h"

namespace fxs::ui {

CanvasLayer::CanvasLayer(HeatMap* map) : QWidget(map->plot()), m_map(map) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    setMouseTracking(true);
    setAccessibleName(tr("Drawing over %1").arg(map->accessibleName()));
    setGeometry(map->plot()->rect());
    map->plot()->installEventFilter(this);
    // Zoom, pan and resizing end in a replot; what is drawn here must follow.
    connect(map->plot(), &QCustomPlot::afterReplot, this, qOverload<>(&QWidget::update));
    show();
}

void CanvasLayer::setTool(CanvasTool* tool) {
    if (m_tool && m_tool != tool)
        m_tool->cancel();
    m_tool = tool;
    m_pressed = false;
    setAttribute(Qt::WA_TransparentForMouseEvents, tool == nullptr);
    setFocusPolicy(tool ? Qt::ClickFocus : Qt::NoFocus);
    if (tool)
        setCursor(tool->cursor());
    else
        unsetCursor();
    update();
}

void CanvasLayer::addDrawing(CanvasDrawing* drawing) {
    m_drawings.push_back(drawing);
    update();
}

void CanvasLayer::removeDrawing(CanvasDrawing* drawing) {
    std::erase(m_drawings, drawing);
    update();
}

QPointF CanvasLayer::toWidget(PicturePoint point) const {
    return {m_map->plot()->xAxis->coordToPixel(point.x), m_map->plot()->yAxis->coordToPixel(point.y)};
}

PicturePoint CanvasLayer::toPicture(QPointF at) const {
    return {m_map->plot()->xAxis->pixelToCoord(at.x()), m_map->plot()->yAxis->pixelToCoord(at.y())};
}

QRect CanvasLayer::pictureRect() const {
    return m_map->plot()->axisRect()->rect();
}

void CanvasLayer::updateBox(const PictureBox& box, int margin) {
    const QRectF rect = QRectF(toWidget(box.low), toWidget(box.high)).normalized();
    update(rect.adjusted(-margin, -margin, margin, margin).toAlignedRect() & pictureRect());
}

bool CanvasLayer::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_map->plot() && event->type() == QEvent::Resize)
        resize(m_map->plot()->size());
    return QWidget::eventFilter(watched, event);
}

void CanvasLayer::paintEvent(QPaintEvent* event) {
    QPainter painter(this);
    painter.setClipRect(pictureRect() & event->rect());
    for (const CanvasDrawing* drawing : m_drawings)
        drawing->paint(painter, *this);
    if (m_tool)
        m_tool->paint(painter, *this);
}

CanvasEvent CanvasLayer::eventAt(const QMouseEvent& mouse) {
    return {this, toPicture(mouse.position()), mouse.position(), mouse.modifiers()};
}

void CanvasLayer::mousePressEvent(QMouseEvent* event) {
    if (!m_tool || event->button() != Qt::LeftButton || !pictureRect().contains(event->pos())) {
        event->ignore(); // panning and the colour scale are the plot's below
        return;
    }
    setFocus(Qt::MouseFocusReason);
    m_pressed = true;
    m_tool->press(eventAt(*event));
}

void CanvasLayer::mouseMoveEvent(QMouseEvent* event) {
    if (m_tool && m_pressed && (event->buttons() & Qt::LeftButton)) {
        m_tool->move(eventAt(*event));
        return;
    }
    if (m_tool && event->buttons() == Qt::NoButton)
        m_tool->hover(eventAt(*event));
    event->ignore(); // the readout below goes on
}

void CanvasLayer::mouseReleaseEvent(QMouseEvent* event) {
    if (!m_tool || !m_pressed || event->button() != Qt::LeftButton) {
        event->ignore();
        return;
    }
    m_pressed = false;
    m_tool->release(eventAt(*event));
}

void CanvasLayer::mouseDoubleClickEvent(QMouseEvent* event) {
    if (!m_tool || event->button() != Qt::LeftButton || !pictureRect().contains(event->pos())) {
        event->ignore();
        return;
    }
    m_pressed = true;
    m_tool->doubleClick(eventAt(*event));
}

void CanvasLayer::keyPressEvent(QKeyEvent* event) {
    if (!m_tool || !m_tool->key(event->key(), event->modifiers(), *this))
        QWidget::keyPressEvent(event);
}

void CanvasLayer::leaveEvent(QEvent* event) {
    if (m_tool)
        m_tool->leave(*this);
    QWidget::leaveEvent(event);
}

} // namespace fxs::ui
