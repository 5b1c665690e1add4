#pragma once

#include "widgets/density/density_appearance.h"
#include "widgets/density/map_volume.h"
#include "widgets/density/reference_overlay.h"
#include "widgets/density/scene_camera.h"

#include <QColor>
#include <functional>
#include <memory>

class vtkGenericOpenGLRenderWindow;
class vtkRenderWindowInteractor;

namespace fxs::ui {

struct Surface; // surface_maker.h
using SurfacePtr = std::shared_ptr<const Surface>;

/// The colours that a palette gives a scene.
struct SceneColours {
    QColor background, lines;
    bool dark = true;
};

/// What is drawn of a density: surface, shell, cloud, slices, box, reference. Knows VTK, no widget.
/// Units:   Å, the map's centre at the origin. Levels in standard deviations of the map above its mean.
/// Threads: GUI thread. Surfaces are made elsewhere (makeSurface) and only swapped in here.
class DensityScene {
public:
    DensityScene(vtkGenericOpenGLRenderWindow& window, vtkRenderWindowInteractor& interactor, bool softwareGl);
    ~DensityScene();

    /// Null clears. The camera stays unless the map's extent changed.
    void setMap(MapVolumePtr map);
    const MapVolumePtr& map() const;
    /// Null hides. The first surface after another extent is fitted into the view.
    void setSurface(SurfacePtr surface);
    void setShell(SurfacePtr shell);
    /// The reference as surface and as beads; either may be null.
    void setReference(SurfacePtr surface, std::shared_ptr<const ReferenceOverlay> beads);

    void apply(const DensityAppearance& appearance);
    void setColours(const SceneColours& colours);
    /// The mouse moves: what is slow to draw is drawn coarsely.
    void setMoving(bool moving);
    bool isMoving() const;
    /// Called when the user begins and ends to move the camera with the mouse.
    void onMoved(std::function<void(bool begins)> told);

    SceneCamera& camera() const;
    /// A camera of an earlier session; the next map and surface then leave it alone. False if the state is not one.
    bool restoreCamera(const QJsonObject& state);
    vtkRenderer& renderer() const;
    std::size_t triangleCount() const; ///< of the surface; 0 while it is not shown
    bool showsVolume() const;
    bool volumeIsSoftware() const;
    bool isEmpty() const { return !map(); }

private:
    struct Parts;
    void refresh();
    void beforeRender();

    std::unique_ptr<Parts> m_parts;
};

} // namespace fxs::ui
