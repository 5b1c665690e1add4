#pragma once

#include "engine/detector/mask_shapes.h"
#include "widgets/canvas/canvas_layer.h"

#include <functional>
#include <optional>

namespace fxs::ui {

/// What the drawing tools ask of whoever has the mask. `other` is true while Ctrl is held: unmask in place of mask, and back.
struct MaskToolTarget {
    std::function<void(CanvasLayer& layer, const MaskShape& shape, bool other)> take;
    std::function<void(CanvasLayer& layer, bool other)> beginStroke;
    std::function<void(CanvasLayer& layer, const StrokeShape& part)> stroke;
    std::function<void()> endStroke, cancelStroke;
    /// Width and height of one raw pixel in the layer's picture.
    std::function<PicturePoint(CanvasLayer& layer)> pixelSize;
};

/// Rectangle or ellipse between two corners; Shift makes it a square or a circle on the screen, Escape gives it up.
class DragShapeTool : public CanvasTool {
public:
    enum class Kind { rectangle, ellipse };
    DragShapeTool(Kind kind, MaskToolTarget target) : m_kind(kind), m_target(std::move(target)) {}

    void press(const CanvasEvent& event) override;
    void move(const CanvasEvent& event) override;
    void release(const CanvasEvent& event) override;
    bool key(int key, Qt::KeyboardModifiers modifiers, CanvasLayer& layer) override;
    void cancel() override;
    void paint(QPainter& painter, const CanvasLayer& layer) const override;

private:
    Kind m_kind;
    MaskToolTarget m_target;
    CanvasLayer* m_layer = nullptr; ///< where it is being drawn
    PicturePoint m_from, m_to;
};

/// Corner by corner with clicks; a double click, Enter, or a click on the first corner closes it. Backspace takes the last corner
/// back, Escape gives all up.
class PolygonTool : public CanvasTool {
public:
    explicit PolygonTool(MaskToolTarget target) : m_target(std::move(target)) {}

    void press(const CanvasEvent& event) override;
    void move(const CanvasEvent& event) override;
    void release(const CanvasEvent& event) override;
    void hover(const CanvasEvent& event) override;
    void doubleClick(const CanvasEvent& event) override;
    bool key(int key, Qt::KeyboardModifiers modifiers, CanvasLayer& layer) override;
    void cancel() override;
    void paint(QPainter& painter, const CanvasLayer& layer) const override;

private:
    void close(bool other);

    MaskToolTarget m_target;
    CanvasLayer* m_layer = nullptr;
    std::vector<PicturePoint> m_corners;
    PicturePoint m_next;
};

/// A round brush, `size` raw pixels wide. Escape takes the stroke back.
class BrushTool : public CanvasTool {
public:
    explicit BrushTool(MaskToolTarget target) : m_target(std::move(target)) {}

    void setSize(double pixels) { m_size = pixels; }
    double size() const { return m_size; }

    void press(const CanvasEvent& event) override;
    void move(const CanvasEvent& event) override;
    void release(const CanvasEvent& event) override;
    void hover(const CanvasEvent& event) override;
    void leave(CanvasLayer& layer) override;
    bool key(int key, Qt::KeyboardModifiers modifiers, CanvasLayer& layer) override;
    void cancel() override;
    void paint(QPainter& painter, const CanvasLayer& layer) const override;

private:
    PictureBox outline(CanvasLayer& layer) const;
    void follow(const CanvasEvent& event);

    MaskToolTarget m_target;
    double m_size = 10;
    CanvasLayer* m_layer = nullptr;
    bool m_down = false;
    PicturePoint m_at;
};

} // namespace fxs::ui
