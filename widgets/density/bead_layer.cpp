#include "widgets/density/bead_layer.h"

#include <vtkActor.h>
#include <vtkPointGaussianMapper.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>

namespace fxs::ui {

namespace {

// A point becomes a ball lit from the viewer's upper left.
constexpr const char* kBall = R"(//VTK::Color::Impl
  float r2 = dot(offsetVCVSOutput.xy, offsetVCVSOutput.xy);
  if (r2 > 1.0) discard;
  vec3 ballNormal = vec3(offsetVCVSOutput.xy, sqrt(1.0 - r2));
  float ballLight = 0.30 + 0.70 * max(0.0, dot(ballNormal, normalize(vec3(-0.35, 0.5, 1.0))));
  ambientColor = vec3(0.0);
  diffuseColor *= ballLight;
)";

} // namespace

BeadLayer::BeadLayer(vtkRenderer& renderer) : m_renderer(renderer) {
    m_mapper->SetSplatShaderCode(kBall);
    m_mapper->SetTriangleScale(1.5);
    m_mapper->EmissiveOff();
    m_mapper->ScalarVisibilityOff();
    m_actor->SetMapper(m_mapper);
    m_actor->SetVisibility(0);
    m_renderer.AddActor(m_actor);
}

BeadLayer::~BeadLayer() {
    m_renderer.RemoveActor(m_actor);
}

void BeadLayer::setBeads(std::shared_ptr<const ReferenceOverlay> overlay) {
    m_any = overlay && !overlay->beads.empty();
    vtkNew<vtkPolyData> cloud;
    vtkNew<vtkPoints> points;
    if (m_any) {
        points->SetNumberOfPoints(static_cast<vtkIdType>(overlay->beads.size()));
        for (std::size_t i = 0; i < overlay->beads.size(); ++i) {
            const auto& at = overlay->beads[i].position;
            points->SetPoint(static_cast<vtkIdType>(i), static_cast<double>(at[0]), static_cast<double>(at[1]),
                             static_cast<double>(at[2]));
        }
        m_mapper->SetScaleFactor(static_cast<double>(overlay->beadRadius));
    }
    cloud->SetPoints(points);
    m_mapper->SetInputData(cloud);
    setVisible(m_visible);
}

void BeadLayer::setVisible(bool on) {
    m_visible = on;
    m_actor->SetVisibility(on && m_any);
}

void BeadLayer::setColour(const QColor& colour, double opacity) {
    m_actor->GetProperty()->SetColor(colour.redF(), colour.greenF(), colour.blueF());
    m_actor->GetProperty()->SetOpacity(opacity);
}

} // namespace fxs::ui
