#pragma once

#include "widgets/density/map_volume.h"

#include <QColor>
#include <array>
#include <memory>

class vtkRenderer;

namespace fxs::ui {

/// Three planes across the map inside the scene, each with a coloured rim. GUI thread.
class SliceLayer {
public:
    explicit SliceLayer(vtkRenderer& renderer);
    ~SliceLayer();
    SliceLayer(const SliceLayer&) = delete;
    SliceLayer& operator=(const SliceLayer&) = delete;

    void setMap(MapVolumePtr map);
    void setVisible(bool on);
    /// Å from the map's centre; the planes go through the nearest voxels.
    void setPosition(const std::array<double, 3>& position);

    /// Å: half an edge of the planes; they need not show the empty margins of the map.
    void setReach(double angstrom);

private:
    struct Parts;
    void refresh();
    std::unique_ptr<Parts> m_parts;
};

/// The colours of the axes x, y, z: of the orientation marker, the slices' rims and their crosshairs.
QColor axisColour(int axis, bool dark);

} // namespace fxs::ui
