#pragma once

#include "widgets/density/surface_maker.h"

#include <QColor>
#include <array>
#include <vtkNew.h>

class vtkActor;
class vtkPolyDataMapper;
class vtkRenderer;

namespace fxs::ui {

/// One surface of a scene: shows what background work has made; swapping it is all that is done on the GUI thread.
/// Dark silhouettes and fading into the distance are part of its shader, the same on any driver.
class SurfaceLayer {
public:
    explicit SurfaceLayer(vtkRenderer& renderer);
    ~SurfaceLayer();
    SurfaceLayer(const SurfaceLayer&) = delete;
    SurfaceLayer& operator=(const SurfaceLayer&) = delete;

    void setSurface(SurfacePtr surface);
    const SurfacePtr& surface() const { return m_surface; }
    void setVisible(bool on);
    void setOpacity(double opacity); ///< below 1, only what faces the viewer is drawn
    void setSpecular(double strength);
    void setEdges(double strength); ///< 0: none
    /// strength 0: none. depth: of the front and back of the particle (SceneCamera::depthOfParticle).
    void setDepthCue(double strength, const QColor& background, const std::array<double, 2>& depth);

private:
    void refresh();

    vtkRenderer& m_renderer;
    vtkNew<vtkPolyDataMapper> m_mapper;
    vtkNew<vtkActor> m_actor;
    SurfacePtr m_surface;
    bool m_visible = true;
};

} // namespace fxs::ui
