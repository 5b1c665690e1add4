#include "widgets/density/scene_camera.h"

#include <QJsonArray>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vtkCamera.h>
#include <vtkMatrix4x4.h>
#include <vtkRenderer.h>

namespace fxs::ui {

namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kMargin = 1.12; // of the view around the particle

QJsonArray toArray(const double* v) {
    return {v[0], v[1], v[2]};
}

bool read(const QJsonValue& value, std::array<double, 3>& out) {
    const QJsonArray array = value.toArray();
    for (int i = 0; i < 3; ++i) {
        out[static_cast<std::size_t>(i)] = array.at(i).toDouble(std::nan(""));
        if (!std::isfinite(out[static_cast<std::size_t>(i)]))
            return false;
    }
    return array.size() == 3;
}

} // namespace

SceneCamera::SceneCamera(vtkRenderer& renderer) : m_renderer(renderer) {
    m_renderer.GetActiveCamera()->ParallelProjectionOn();
}

void SceneCamera::setRadius(double angstrom) {
    m_radius = angstrom > 0 && std::isfinite(angstrom) ? angstrom : 100;
}

void SceneCamera::look(CameraPreset preset) {
    std::array<double, 3> from{0.55, -1.0, 0.5}, up{0, 0, 1};
    if (preset == CameraPreset::alongX)
        from = {1, 0, 0};
    else if (preset == CameraPreset::alongY)
        from = {0, -1, 0};
    else if (preset == CameraPreset::alongZ) {
        from = {0, 0, 1};
        up = {0, 1, 0};
    }
    vtkCamera* camera = m_renderer.GetActiveCamera();
    const double distance = kMargin * m_radius / std::sin(0.5 * camera->GetViewAngle() * kDegree);
    const double length = std::hypot(from[0], from[1], from[2]);
    camera->SetFocalPoint(0, 0, 0);
    camera->SetPosition(from[0] / length * distance, from[1] / length * distance, from[2] / length * distance);
    camera->SetViewUp(up.data());
    camera->OrthogonalizeViewUp();
    camera->SetParallelScale(kMargin * m_radius);
    m_renderer.ResetCameraClippingRange();
}

void SceneCamera::turn(double degrees) {
    m_renderer.GetActiveCamera()->Azimuth(degrees);
    m_renderer.GetActiveCamera()->OrthogonalizeViewUp();
    m_renderer.ResetCameraClippingRange();
}

void SceneCamera::setPerspective(bool on) {
    vtkCamera* camera = m_renderer.GetActiveCamera();
    if (on == isPerspective())
        return;
    // The particle keeps its size on screen.
    const double tangent = std::tan(0.5 * camera->GetViewAngle() * kDegree);
    if (on) {
        const double distance = camera->GetParallelScale() / tangent;
        std::array<double, 3> focal{}, direction{};
        camera->GetFocalPoint(focal.data());
        camera->GetDirectionOfProjection(direction.data());
        camera->SetPosition(focal[0] - distance * direction[0], focal[1] - distance * direction[1],
                            focal[2] - distance * direction[2]);
    } else {
        camera->SetParallelScale(camera->GetDistance() * tangent);
    }
    camera->SetParallelProjection(!on);
    m_renderer.ResetCameraClippingRange();
}

bool SceneCamera::isPerspective() const {
    return !m_renderer.GetActiveCamera()->GetParallelProjection();
}

double SceneCamera::angstromPerPixel(int viewHeightPixels) const {
    vtkCamera* camera = m_renderer.GetActiveCamera();
    if (viewHeightPixels <= 0)
        return 0;
    const double height = camera->GetParallelProjection()
                              ? 2 * camera->GetParallelScale()
                              : 2 * camera->GetDistance() * std::tan(0.5 * camera->GetViewAngle() * kDegree);
    return height / viewHeightPixels;
}

std::array<std::array<double, 3>, 3> SceneCamera::axesOnScreen() const {
    vtkMatrix4x4* view = m_renderer.GetActiveCamera()->GetViewTransformMatrix();
    std::array<std::array<double, 3>, 3> out{};
    for (int axis = 0; axis < 3; ++axis)
        for (int row = 0; row < 3; ++row)
            out[static_cast<std::size_t>(axis)][static_cast<std::size_t>(row)] = view->GetElement(row, axis);
    return out;
}

std::array<double, 2> SceneCamera::depthOfParticle() const {
    vtkCamera* camera = m_renderer.GetActiveCamera();
    std::array<double, 2> range{};
    camera->GetClippingRange(range.data());
    const auto [near, far] = range;
    const auto depth = [&](double distance) {
        distance = std::clamp(distance, near, far);
        return isPerspective() ? far / (far - near) * (1 - near / distance) : (distance - near) / (far - near);
    };
    return {depth(camera->GetDistance() - m_radius), depth(camera->GetDistance() + m_radius)};
}

QJsonObject SceneCamera::state() const {
    vtkCamera* camera = m_renderer.GetActiveCamera();
    return {{QStringLiteral("position"), toArray(camera->GetPosition())},
            {QStringLiteral("focus"), toArray(camera->GetFocalPoint())},
            {QStringLiteral("up"), toArray(camera->GetViewUp())},
            {QStringLiteral("scale"), camera->GetParallelScale()}};
}

bool SceneCamera::restore(const QJsonObject& state) {
    std::array<double, 3> position{}, focus{}, up{};
    const double scale = state[QLatin1String("scale")].toDouble();
    if (!read(state[QLatin1String("position")], position) || !read(state[QLatin1String("focus")], focus) ||
        !read(state[QLatin1String("up")], up) || !(scale > 0) || !std::isfinite(scale) || position == focus ||
        std::hypot(up[0], up[1], up[2]) < 1e-6)
        return false;
    vtkCamera* camera = m_renderer.GetActiveCamera();
    camera->SetPosition(position.data());
    camera->SetFocalPoint(focus.data());
    camera->SetViewUp(up.data());
    camera->SetParallelScale(scale);
    m_renderer.ResetCameraClippingRange();
    return true;
}

} // namespace fxs::ui
