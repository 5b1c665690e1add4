#include "widgets/density/density_scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vtkActor.h>
#include <vtkAxesActor.h>
#include <vtkCamera.h>
#include <vtkCaptionActor2D.h>
#include <vtkFloatArray.h>
#include <vtkFlyingEdges3D.h>
#include <vtkImageData.h>
#include <vtkInteractorStyleTrackballCamera.h>
#include <vtkLightKit.h>
#include <vtkLookupTable.h>
#include <vtkNew.h>
#include <vtkOrientationMarkerWidget.h>
#include <vtkOutlineFilter.h>
#include <vtkPointData.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderWindow.h>
#include <vtkRenderWindowInteractor.h>
#include <vtkRenderer.h>
#include <vtkTextProperty.h>

namespace fxs::ui {

struct DensityScene::Parts {
    vtkNew<vtkRenderer> renderer;
    vtkNew<vtkImageData> image;
    vtkNew<vtkFlyingEdges3D> contour;
    vtkNew<vtkPolyData> surface; // the contour, with colours of our own
    vtkNew<vtkPolyDataMapper> surfaceMapper;
    vtkNew<vtkActor> surfaceActor;
    vtkNew<vtkOutlineFilter> outline;
    vtkNew<vtkPolyDataMapper> outlineMapper;
    vtkNew<vtkActor> outlineActor;
    vtkNew<vtkLookupTable> radiusColours;
    vtkNew<vtkLightKit> lights;
    vtkNew<vtkAxesActor> axes;
    vtkNew<vtkOrientationMarkerWidget> marker;
    vtkNew<vtkInteractorStyleTrackballCamera> style;

    std::size_t size = 0;
    double spacing = 0, mean = 0, sigma = 0, highest = 0, level = 2.5;
    bool empty = true, byRadius = true, boxVisible = true;
};

namespace {

void setRgb(const QColor& colour, double* rgb) {
    rgb[0] = colour.redF();
    rgb[1] = colour.greenF();
    rgb[2] = colour.blueF();
}

void buildRadiusColours(vtkLookupTable& table) {
    // From the core outwards: warm to cool, all light enough to show shading.
    constexpr std::array<std::array<double, 3>, 6> kKeys{{{0.86, 0.30, 0.28},
                                                          {0.96, 0.60, 0.35},
                                                          {0.97, 0.87, 0.55},
                                                          {0.56, 0.80, 0.62},
                                                          {0.34, 0.64, 0.82},
                                                          {0.38, 0.44, 0.76}}};
    constexpr int kCount = 256;
    table.SetNumberOfTableValues(kCount);
    for (int i = 0; i < kCount; ++i) {
        const double t = i / (kCount - 1.0) * (kKeys.size() - 1);
        const auto k = std::min(static_cast<std::size_t>(t), kKeys.size() - 2);
        const double f = t - static_cast<double>(k);
        std::array<double, 3> c{};
        for (std::size_t j = 0; j < 3; ++j)
            c[j] = kKeys[k][j] + f * (kKeys[k + 1][j] - kKeys[k][j]);
        table.SetTableValue(i, c[0], c[1], c[2]);
    }
}

} // namespace

DensityScene::DensityScene(vtkRenderWindow& window, vtkRenderWindowInteractor& interactor)
    : m_parts(std::make_unique<Parts>()) {
    Parts& p = *m_parts;
    window.AddRenderer(p.renderer);
    interactor.SetInteractorStyle(p.style);
    p.style->SetDefaultRenderer(p.renderer);
    p.contour->ComputeNormalsOn();
    p.contour->ComputeScalarsOff();
    p.contour->ComputeGradientsOff();
    p.surfaceMapper->SetInputData(p.surface);
    p.surfaceMapper->SetLookupTable(p.radiusColours);
    buildRadiusColours(*p.radiusColours);
    p.surfaceActor->SetMapper(p.surfaceMapper);
    p.surfaceActor->GetProperty()->SetInterpolationToPhong();
    p.surfaceActor->GetProperty()->SetSpecular(0.22);
    p.surfaceActor->GetProperty()->SetSpecularPower(24);
    p.surfaceActor->GetProperty()->SetAmbient(0.08);
    p.outlineMapper->SetInputConnection(p.outline->GetOutputPort());
    p.outlineActor->SetMapper(p.outlineMapper);
    p.outlineActor->GetProperty()->LightingOff();
    p.surfaceActor->SetVisibility(0);
    p.outlineActor->SetVisibility(0);
    p.renderer->AddActor(p.surfaceActor);
    p.renderer->AddActor(p.outlineActor);
    p.renderer->GetActiveCamera()->ParallelProjectionOn();
    p.lights->SetKeyLightIntensity(0.85);
    p.lights->AddLightsToRenderer(p.renderer);
    p.marker->SetOrientationMarker(p.axes);
    p.marker->SetInteractor(&interactor);
    p.marker->SetViewport(0.0, 0.0, 0.16, 0.2);
    p.marker->SetEnabled(1);
    p.marker->InteractiveOff();
}

DensityScene::~DensityScene() {
    m_parts->marker->SetEnabled(0);
    m_parts->marker->SetInteractor(nullptr);
}

void DensityScene::setMap(const DensityMap* map) {
    Parts& p = *m_parts;
    p.empty = !map || map->values.empty();
    p.surfaceActor->SetVisibility(!p.empty);
    p.outlineActor->SetVisibility(!p.empty && p.boxVisible);
    if (p.empty)
        return;
    const std::size_t n = map->values.size();
    const float* values = map->values.data();
    double sum = 0, squares = 0;
    p.highest = values[0];
    for (std::size_t i = 0; i < n; ++i) {
        const double v = values[i];
        sum += v;
        squares += v * v;
        p.highest = std::max(p.highest, v);
    }
    p.mean = sum / static_cast<double>(n);
    p.sigma = std::sqrt(std::max(0.0, squares / static_cast<double>(n) - p.mean * p.mean));
    const bool otherExtent = p.size != map->size() || p.spacing != map->spacingAngstrom;
    p.size = map->size();
    p.spacing = map->spacingAngstrom > 0 ? map->spacingAngstrom : 1;
    const int edge = static_cast<int>(p.size);
    p.image->SetDimensions(edge, edge, edge);
    p.image->SetSpacing(p.spacing, p.spacing, p.spacing);
    const double origin = -0.5 * (edge - 1) * p.spacing;
    p.image->SetOrigin(origin, origin, origin);
    vtkNew<vtkFloatArray> array;
    array->SetNumberOfValues(static_cast<vtkIdType>(n));
    std::copy(values, values + n, array->GetPointer(0));
    p.image->GetPointData()->SetScalars(array);
    p.image->Modified();
    p.contour->SetInputData(p.image);
    p.outline->SetInputData(p.image);
    setLevel(p.level);
    if (otherExtent)
        look(CameraPreset::diagonal);
}

bool DensityScene::isEmpty() const {
    return m_parts->empty;
}

double DensityScene::sigma() const {
    return m_parts->sigma;
}

double DensityScene::maximumSigmas() const {
    return m_parts->sigma > 0 ? (m_parts->highest - m_parts->mean) / m_parts->sigma : 0;
}

double DensityScene::level() const {
    return m_parts->level;
}

void DensityScene::setLevel(double sigmas) {
    Parts& p = *m_parts;
    p.level = sigmas;
    if (p.empty)
        return;
    p.contour->SetValue(0, p.mean + sigmas * p.sigma);
    p.contour->Update();
    p.surface->ShallowCopy(p.contour->GetOutput());
    colourSurface();
}

void DensityScene::colourSurface() {
    Parts& p = *m_parts;
    const vtkIdType count = p.surface->GetNumberOfPoints();
    p.surfaceMapper->SetScalarVisibility(p.byRadius && count > 0);
    if (!p.byRadius || count == 0)
        return;
    vtkNew<vtkFloatArray> radius;
    radius->SetNumberOfValues(count);
    double low = 1e30, high = 0;
    for (vtkIdType i = 0; i < count; ++i) {
        std::array<double, 3> x{};
        p.surface->GetPoint(i, x.data());
        const double r = std::hypot(x[0], x[1], x[2]);
        radius->SetValue(i, static_cast<float>(r));
        low = std::min(low, r);
        high = std::max(high, r);
    }
    p.surface->GetPointData()->SetScalars(radius);
    p.surfaceMapper->SetScalarRange(low, high);
}

std::size_t DensityScene::triangleCount() const {
    return m_parts->empty ? 0 : static_cast<std::size_t>(m_parts->surface->GetNumberOfPolys());
}

void DensityScene::setColours(const QColor& background, const QColor& surface, const QColor& lines) {
    Parts& p = *m_parts;
    std::array<double, 3> rgb{};
    setRgb(background, rgb.data());
    p.renderer->SetBackground(rgb.data());
    setRgb(surface, rgb.data());
    p.surfaceActor->GetProperty()->SetColor(rgb.data());
    setRgb(lines, rgb.data());
    p.outlineActor->GetProperty()->SetColor(rgb.data());
    for (vtkCaptionActor2D* caption :
         {p.axes->GetXAxisCaptionActor2D(), p.axes->GetYAxisCaptionActor2D(), p.axes->GetZAxisCaptionActor2D()}) {
        caption->GetCaptionTextProperty()->SetColor(rgb.data());
        caption->GetCaptionTextProperty()->ItalicOff();
        caption->GetCaptionTextProperty()->ShadowOff();
    }
}

void DensityScene::setColourByRadius(bool on) {
    m_parts->byRadius = on;
    if (!m_parts->empty)
        colourSurface();
}

void DensityScene::setBoxVisible(bool visible) {
    m_parts->boxVisible = visible;
    m_parts->outlineActor->SetVisibility(visible && !m_parts->empty);
}

void DensityScene::setPerspective(bool on) {
    m_parts->renderer->GetActiveCamera()->SetParallelProjection(!on);
    m_parts->renderer->ResetCameraClippingRange();
}

bool DensityScene::isPerspective() const {
    return !m_parts->renderer->GetActiveCamera()->GetParallelProjection();
}

void DensityScene::look(CameraPreset preset) {
    Parts& p = *m_parts;
    vtkCamera* camera = p.renderer->GetActiveCamera();
    camera->SetFocalPoint(0, 0, 0);
    switch (preset) {
    case CameraPreset::diagonal:
        camera->SetPosition(0.55, -1.0, 0.5);
        camera->SetViewUp(0, 0, 1);
        break;
    case CameraPreset::alongX:
        camera->SetPosition(1, 0, 0);
        camera->SetViewUp(0, 0, 1);
        break;
    case CameraPreset::alongY:
        camera->SetPosition(0, -1, 0);
        camera->SetViewUp(0, 0, 1);
        break;
    case CameraPreset::alongZ:
        camera->SetPosition(0, 0, 1);
        camera->SetViewUp(0, 1, 0);
        break;
    }
    p.renderer->ResetCamera();
    camera->Zoom(1.8); // the particle fills the view; the corners of its box may leave it
    p.renderer->ResetCameraClippingRange();
}

void DensityScene::turn(double degrees) {
    m_parts->renderer->GetActiveCamera()->Azimuth(degrees);
    m_parts->renderer->GetActiveCamera()->OrthogonalizeViewUp();
    m_parts->renderer->ResetCameraClippingRange();
}

double DensityScene::angstromPerPixel(int viewHeightPixels) const {
    vtkCamera* camera = m_parts->renderer->GetActiveCamera();
    if (viewHeightPixels <= 0)
        return 0;
    constexpr double kRadians = 3.14159265358979323846 / 180;
    const double height = camera->GetParallelProjection()
                              ? 2 * camera->GetParallelScale()
                              : 2 * camera->GetDistance() * std::tan(0.5 * camera->GetViewAngle() * kRadians);
    return height / viewHeightPixels;
}

} // namespace fxs::ui
