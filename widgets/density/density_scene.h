#pragma once

#include "engine/model/density.h"

#include <QColor>
#include <memory>

class vtkRenderWindow;
class vtkRenderWindowInteractor;

namespace fxs::ui {

/// Where the camera looks from; y is up where it can be.
enum class CameraPreset { diagonal, alongX, alongY, alongZ };

/// What is drawn of a density: isosurface, bounding box, orientation marker. Knows VTK, no widget.
/// Units: Å, the map's centre at the origin. Levels in standard deviations of the map above its mean.
/// Threads: GUI thread. Cost: an isosurface of 100³ takes about 20 ms.
class DensityScene {
public:
    explicit DensityScene(vtkRenderWindow& window, vtkRenderWindowInteractor& interactor);
    ~DensityScene();

    /// Null or empty clears; the values are copied. The camera stays unless the map's extent changed.
    void setMap(const DensityMap* map);
    bool isEmpty() const;
    double sigma() const;         ///< the map's standard deviation
    double maximumSigmas() const; ///< the highest level that still shows something

    void setLevel(double sigmas);
    double level() const;
    std::size_t triangleCount() const;

    void setColours(const QColor& background, const QColor& surface, const QColor& lines);
    void setColourByRadius(bool on);
    void setBoxVisible(bool visible);
    void setPerspective(bool on);
    bool isPerspective() const;
    void look(CameraPreset preset);
    void turn(double degrees); ///< about the vertical
    /// How many Å one screen pixel is wide, at the centre of the map.
    double angstromPerPixel(int viewHeightPixels) const;

private:
    struct Parts;
    void colourSurface();

    std::unique_ptr<Parts> m_parts;
};

} // namespace fxs::ui
