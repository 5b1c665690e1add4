#pragma once

#include "widgets/density/density_appearance.h"
#include "widgets/density/map_volume.h"

#include <memory>
#include <vtkSmartPointer.h>

class vtkImageData;
class vtkPolyData;

namespace fxs::ui {

/// What a surface is to look like.
struct SurfaceRequest {
    double level = 2.5; ///< sigma
    SurfaceColour colour = SurfaceColour::byRadius;
    QColor plain;           ///< the colour where colour is plain
    bool softLight = false; ///< darken hollows
    bool operator==(const SurfaceRequest&) const = default;
};

/// A finished surface. Points carry normals and an RGB colour each, light and hollows included. Immutable.
struct Surface {
    vtkSmartPointer<vtkPolyData> mesh;
    double level = 0;
    std::size_t triangles = 0;
};
using SurfacePtr = std::shared_ptr<const Surface>;

/// The isosurface of a map with colours. Hollows: how much of the density's inside lies around a point (its occupancy, blurred over a
/// tenth of the box) is light that does not arrive there; independent of the camera, so it costs nothing while turning.
/// Small maps are refined first (MapVolume::finer). Never null; empty for a constant map. Cost: 50 ms for 100³. Any thread.
SurfacePtr makeSurface(const MapVolume& map, const SurfaceRequest& request);

/// The map's voxels as VTK wants them: borrowed, so the map must outlive the image.
vtkSmartPointer<vtkImageData> borrowImage(const MapVolume& map);

/// The colours of SurfaceColour::byRadius from the core (0) outwards (1).
QColor radiusColour(double t);

} // namespace fxs::ui
