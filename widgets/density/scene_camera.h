#pragma once

#include <QJsonObject>
#include <array>

class vtkRenderer;

namespace fxs::ui {

/// Where the camera looks from; z is up where it can be.
enum class CameraPreset { diagonal, alongX, alongY, alongZ };

/// The camera of a scene around the origin. Units: Å, degrees. GUI thread.
class SceneCamera {
public:
    explicit SceneCamera(vtkRenderer& renderer);

    /// Radius of what is to be seen, for look() and for how depth fades. Moves nothing.
    void setRadius(double angstrom);
    double radius() const { return m_radius; }
    /// Turns to a preset and fits the radius into the view.
    void look(CameraPreset preset);
    void turn(double degrees); ///< about the vertical of the view
    void setPerspective(bool on);
    bool isPerspective() const;
    /// How many Å one pixel is wide at the origin.
    double angstromPerPixel(int viewHeightPixels) const;
    /// Directions of x, y and z on screen: {right, up, towards the viewer}.
    std::array<std::array<double, 3>, 3> axesOnScreen() const;
    /// Depth in the buffer, in [0, 1], of the front and the back of the sphere of radius().
    std::array<double, 2> depthOfParticle() const;

    QJsonObject state() const;
    /// False (and nothing changes) if the state is not one.
    bool restore(const QJsonObject& state);

private:
    vtkRenderer& m_renderer;
    double m_radius = 100;
};

} // namespace fxs::ui
