#pragma once

#include "engine/detector/pixel_placement.h"

#include <QPainter>
#include <QPointF>
#include <QWidget>
#include <vector>

namespace fxs::ui {

class CanvasLayer;
class HeatMap;

/// Something drawn over a picture. Coordinates are the picture's (CanvasLayer::toWidget).
class CanvasDrawing {
public:
    virtual ~CanvasDrawing() = default;
    /// The painter is clipped to the picture and has the layer's coordinates.
    virtual void paint(QPainter& painter, const CanvasLayer& layer) const = 0;
};

/// A place of the mouse, in the picture's coordinates.
struct CanvasEvent {
    CanvasLayer* layer = nullptr;
    PicturePoint at;
    QPointF widgetAt;
    Qt::KeyboardModifiers modifiers;
};

/// What the left mouse button and the keyboard do while a tool is in hand. Other buttons and the wheel stay the picture's.
class CanvasTool : public CanvasDrawing {
public:
    virtual void press(const CanvasEvent& event) = 0;
    virtual void move(const CanvasEvent& event) = 0; ///< with the button down
    virtual void release(const CanvasEvent& event) = 0;
    virtual void hover(const CanvasEvent&) {} ///< without
    virtual void doubleClick(const CanvasEvent& event) { press(event); }
    virtual void leave(CanvasLayer&) {}
    /// False: the key is not the tool's.
    virtual bool key(int key, Qt::KeyboardModifiers modifiers, CanvasLayer& layer) = 0;
    /// What was begun is given up (Escape, another tool, another run).
    virtual void cancel() = 0;
    virtual Qt::CursorShape cursor() const { return Qt::CrossCursor; }
};

/// A transparent layer over a HeatMap that drawings and a tool share. It follows the picture's zoom and never changes it.
/// Owns:    nothing of what is drawn; drawings and tool must outlive it or be taken away.
/// Threads: GUI thread. Cost: a repaint copies the plot's finished picture and paints the drawings; nothing is plotted anew.
class CanvasLayer : public QWidget {
    Q_OBJECT

public:
    explicit CanvasLayer(HeatMap* map);

    HeatMap* map() const { return m_map; }
    /// Null: the mouse belongs to the picture.
    void setTool(CanvasTool* tool);
    CanvasTool* tool() const { return m_tool; }
    void addDrawing(CanvasDrawing* drawing);
    void removeDrawing(CanvasDrawing* drawing);

    QPointF toWidget(PicturePoint point) const;
    PicturePoint toPicture(QPointF at) const;
    /// The part of this widget where the picture is.
    QRect pictureRect() const;
    /// Paints this box of the picture again, with a margin for lines (in screen pixels).
    void updateBox(const PictureBox& box, int margin = 2);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    CanvasEvent eventAt(const QMouseEvent& mouse);

    HeatMap* m_map;
    CanvasTool* m_tool = nullptr;
    std::vector<CanvasDrawing*> m_drawings;
    bool m_pressed = false;
};

} // namespace fxs::ui
