#pragma once

#include "widgets/canvas/canvas_layer.h"
#include "widgets/geometry_editor/geometry_values.h"

#include <QString>
#include <functional>
#include <optional>
#include <vector>

namespace fxs::ui {

/// A circle around the beam on the picture, radius in metres on the detector's plane.
struct PlaneRing {
    double radiusMetre = 0;
    QString label;
};

/// The beam's centre on the picture, with rings. Dragging the cross moves it, a double click sets it there; arrow keys nudge it by a
/// pixel, with Shift by ten, with Ctrl by a tenth; Escape gives a drag up.
class CentreTool : public CanvasTool {
public:
    struct Target {
        std::function<void(PicturePoint beam)> drag;        ///< while the button is down
        std::function<void()> drop;                         ///< it is up: the last drag counts
        std::function<void()> giveUp;                       ///< as before the drag
        std::function<void(double right, double up)> nudge; ///< pixels of the picture
    };
    explicit CentreTool(Target target) : m_target(std::move(target)) {}

    /// proposed: where a refinement would have the beam, drawn beside it.
    void show(const std::optional<PicturePlane>& plane, std::vector<PlaneRing> rings,
              const std::optional<PicturePlane>& proposed = {});

    void press(const CanvasEvent& event) override;
    void move(const CanvasEvent& event) override;
    void release(const CanvasEvent& event) override;
    void doubleClick(const CanvasEvent& event) override;
    bool key(int key, Qt::KeyboardModifiers modifiers, CanvasLayer& layer) override;
    void cancel() override;
    void paint(QPainter& painter, const CanvasLayer& layer) const override;
    Qt::CursorShape cursor() const override { return Qt::ArrowCursor; }

private:
    Target m_target;
    void paintAt(QPainter& painter, const CanvasLayer& layer, const PicturePlane& plane, bool isProposal) const;

    std::optional<PicturePlane> m_plane, m_proposed;
    std::vector<PlaneRing> m_rings;
    bool m_dragging = false;
    PicturePoint m_offset; ///< from the mouse to the centre, so that it does not jump
};

} // namespace fxs::ui
