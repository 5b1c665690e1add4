#pragma once

#include <QWidget>

class QButtonGroup;
class QStackedWidget;
class QToolButton;

namespace fxs {
struct RunInfo;
}
namespace fxs::ui {
class FrameView;
class GeometryEditor;
class MaskEditor;
} // namespace fxs::ui

namespace fxs::app {

class GeometryKeeper;
class MaskKeeper;
class Workbench;

/// The mask editor and the centre-and-distance editor beside the frames: a strip with a button each, which opens its panel. Connects
/// both with the frames' pictures and with what keeps mask and geometry.
/// Threads: GUI thread.
class FrameTools : public QWidget {
    Q_OBJECT

public:
    enum Panel { maskPanel, geometryPanel };

    FrameTools(Workbench& workbench, ui::FrameView& frames, QWidget* parent = nullptr);

    ui::MaskEditor* mask() const { return m_mask; }
    ui::GeometryEditor* geometry() const { return m_geometry; }
    /// Opens a panel, or closes what is open.
    void showPanel(Panel panel, bool on = true);
    bool isShown(Panel panel) const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void makeStrip();
    void connectMask();
    void connectGeometry();
    void placePictures();
    void applyTheme();

    Workbench& m_workbench;
    ui::FrameView& m_frames;
    ui::MaskEditor* m_mask;
    ui::GeometryEditor* m_geometry;
    QStackedWidget* m_panels;
    QToolButton* m_buttons[2] = {};
};

} // namespace fxs::app
