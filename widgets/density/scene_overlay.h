#pragma once

#include <QColor>
#include <QPainter>
#include <QWidget>
#include <array>
#include <functional>

namespace fxs::ui {

/// What is written over a scene, as it stands when it is painted.
struct OverlayState {
    double angstromPerPixel = 0; ///< 0 or less: no scale bar
    bool axes = false;
    std::array<std::array<double, 3>, 3> axesOnScreen{}; ///< SceneCamera::axesOnScreen
    QColor text;
    bool dark = true;
};

/// Paints a bar of a round length (nm or Å) into the lower right corner and the directions of x, y and z into the lower left one.
/// scale: pixels a screen pixel, so that pictures of any size look alike. Returns the bar's text.
QString paintOverlay(QPainter& painter, const QSize& size, const OverlayState& state, double scale = 1);

/// The overlay over a view in three dimensions. Lets the mouse through. state is asked at each painting.
class SceneOverlay : public QWidget {
    Q_OBJECT

public:
    SceneOverlay(std::function<OverlayState()> state, QWidget* parent);
    QString scaleText() const { return m_text; } ///< as painted last

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::function<OverlayState()> m_state;
    QString m_text;
};

/// The greatest of 1, 2, 5 × 10ⁿ that is at most limit.
double roundLength(double limit);

} // namespace fxs::ui
