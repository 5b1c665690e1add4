#include "widgets/density/surface_layer.h"

#include <vtkActor.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkShaderProperty.h>
#include <vtkUniforms.h>

namespace fxs::ui {

namespace {

// After VTK has lit the fragment: surfaces seen edge-on are darkened, then what is far fades into the background.
constexpr const char* kFinish = R"(//VTK::Light::Impl
  {
    float facing = abs(normalVCVSOutput.z);
    gl_FragData[0].rgb *= mix(1.0, smoothstep(0.05, 0.45, facing), edgeStrength);
    float far = clamp((gl_FragCoord.z - cueFrom) / max(cueTo - cueFrom, 1e-4), 0.0, 1.0);
    gl_FragData[0].rgb = mix(gl_FragData[0].rgb, cueColour, cueStrength * far * far * (1.5 - 0.5 * far));
  }
)";

} // namespace

SurfaceLayer::SurfaceLayer(vtkRenderer& renderer) : m_renderer(renderer) {
    m_actor->SetMapper(m_mapper);
    m_mapper->SetColorModeToDirectScalars();
    vtkProperty* look = m_actor->GetProperty();
    look->SetInterpolationToPhong();
    look->SetAmbient(0.12);
    look->SetDiffuse(0.9);
    look->SetSpecularPower(30);
    setSpecular(0.18);
    m_actor->GetShaderProperty()->AddFragmentShaderReplacement("//VTK::Light::Impl", true, kFinish, false);
    setEdges(0);
    setDepthCue(0, Qt::black, {0, 1});
    m_actor->SetVisibility(0);
    m_renderer.AddActor(m_actor);
}

SurfaceLayer::~SurfaceLayer() {
    m_renderer.RemoveActor(m_actor);
}

void SurfaceLayer::setSurface(SurfacePtr surface) {
    m_surface = std::move(surface);
    m_mapper->SetInputData(m_surface ? m_surface->mesh : nullptr);
    refresh();
}

void SurfaceLayer::setVisible(bool on) {
    m_visible = on;
    refresh();
}

void SurfaceLayer::refresh() {
    m_actor->SetVisibility(m_visible && m_surface && m_surface->triangles > 0);
}

void SurfaceLayer::setOpacity(double opacity) {
    m_actor->GetProperty()->SetOpacity(opacity);
    // Front faces alone need no sorting.
    m_actor->GetProperty()->SetBackfaceCulling(opacity < 1);
}

void SurfaceLayer::setSpecular(double strength) {
    m_actor->GetProperty()->SetSpecular(strength);
}

void SurfaceLayer::setEdges(double strength) {
    m_actor->GetShaderProperty()->GetFragmentCustomUniforms()->SetUniformf("edgeStrength",
                                                                           static_cast<float>(strength));
}

void SurfaceLayer::setDepthCue(double strength, const QColor& background, const std::array<double, 2>& depth) {
    vtkUniforms* uniforms = m_actor->GetShaderProperty()->GetFragmentCustomUniforms();
    const float colour[3] = {background.redF(), background.greenF(), background.blueF()};
    uniforms->SetUniformf("cueStrength", static_cast<float>(strength));
    uniforms->SetUniform3f("cueColour", colour);
    uniforms->SetUniformf("cueFrom", static_cast<float>(depth[0]));
    uniforms->SetUniformf("cueTo", static_cast<float>(depth[1]));
}

} // namespace fxs::ui
