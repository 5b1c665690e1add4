#pragma once

#include "widgets/density/map_volume.h"

#include <memory>
#include <vtkSmartPointer.h>

class vtkRenderer;

namespace fxs::ui {

/// A density as a coloured cloud: ray casting on the graphics card, or by the processor where OpenGL is software (platform facts:
/// there the card's way gives one frame a second, the processor's five).
/// Threads: GUI thread. Cost: with software OpenGL 0.2 s a frame at rest; a ninth of the rays while moving.
class VolumeLayer {
public:
    VolumeLayer(vtkRenderer& renderer, bool software);
    ~VolumeLayer();
    VolumeLayer(const VolumeLayer&) = delete;
    VolumeLayer& operator=(const VolumeLayer&) = delete;

    void setMap(MapVolumePtr map);
    void setVisible(bool on);
    bool isVisible() const;
    /// What lies well below the level is not seen.
    void setLevel(double sigmas);
    void setDark(bool dark); ///< colours that stand out from a dark background
    void setCoarse(bool coarse);
    bool isSoftware() const;

private:
    struct Parts;
    void refresh();
    std::unique_ptr<Parts> m_parts;
};

} // namespace fxs::ui
