#include "widgets/density/volume_layer.h"

#include "widgets/density/surface_maker.h"

#include <algorithm>
#include <array>
#include <vtkColorTransferFunction.h>
#include <vtkFixedPointVolumeRayCastMapper.h>
#include <vtkGPUVolumeRayCastMapper.h>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkPiecewiseFunction.h>
#include <vtkRenderer.h>
#include <vtkVolume.h>
#include <vtkVolumeProperty.h>

namespace fxs::ui {

namespace {

struct Key {
    double at; ///< from the level (0) to the map's maximum (1)
    double red, green, blue;
};
// Brightness rises with density on a dark background and falls on a light one: dense is what stands out.
constexpr std::array<Key, 4> kOnDark{
    {{0.0, 0.22, 0.45, 0.80}, {0.3, 0.28, 0.78, 0.80}, {0.6, 1.0, 0.86, 0.50}, {1.0, 1.0, 0.98, 0.92}}};
constexpr std::array<Key, 4> kOnLight{
    {{0.0, 0.55, 0.72, 0.88}, {0.35, 0.22, 0.52, 0.78}, {0.7, 0.48, 0.25, 0.62}, {1.0, 0.45, 0.06, 0.20}}};
constexpr double kCoarse = 3; // screen pixels a ray while moving

} // namespace

struct VolumeLayer::Parts {
    vtkRenderer& renderer;
    bool software;
    vtkNew<vtkVolume> volume;
    vtkNew<vtkColorTransferFunction> colours;
    vtkNew<vtkPiecewiseFunction> opacity;
    vtkSmartPointer<vtkFixedPointVolumeRayCastMapper> byProcessor;
    vtkSmartPointer<vtkGPUVolumeRayCastMapper> byCard;
    vtkSmartPointer<vtkImageData> image;
    MapVolumePtr map; ///< owns what image borrows
    double level = 2.5;
    bool visible = false, dark = true, stale = true;
};

VolumeLayer::VolumeLayer(vtkRenderer& renderer, bool software)
    : m_parts(std::make_unique<Parts>(Parts{.renderer = renderer, .software = software})) {
    Parts& p = *m_parts;
    if (software) {
        p.byProcessor = vtkSmartPointer<vtkFixedPointVolumeRayCastMapper>::New();
        p.byProcessor->AutoAdjustSampleDistancesOff();
        p.byProcessor->SetImageSampleDistance(1);
        p.volume->SetMapper(p.byProcessor);
    } else {
        p.byCard = vtkSmartPointer<vtkGPUVolumeRayCastMapper>::New();
        p.byCard->AutoAdjustSampleDistancesOff();
        p.byCard->UseJitteringOn();
        p.volume->SetMapper(p.byCard);
    }
    vtkVolumeProperty* look = p.volume->GetProperty();
    look->SetColor(p.colours);
    look->SetScalarOpacity(p.opacity);
    look->SetInterpolationTypeToLinear();
    look->ShadeOff();
    p.volume->SetVisibility(0);
    p.renderer.AddVolume(p.volume);
}

VolumeLayer::~VolumeLayer() {
    m_parts->renderer.RemoveVolume(m_parts->volume);
}

void VolumeLayer::setMap(MapVolumePtr map) {
    m_parts->map = std::move(map);
    m_parts->stale = true;
    refresh();
}

void VolumeLayer::setVisible(bool on) {
    m_parts->visible = on;
    refresh();
}

bool VolumeLayer::isVisible() const {
    return m_parts->volume->GetVisibility() != 0;
}

void VolumeLayer::setLevel(double sigmas) {
    m_parts->level = sigmas;
    refresh();
}

void VolumeLayer::setDark(bool dark) {
    m_parts->dark = dark;
    refresh();
}

void VolumeLayer::setCoarse(bool coarse) {
    Parts& p = *m_parts;
    if (p.byProcessor) {
        p.byProcessor->SetImageSampleDistance(coarse ? static_cast<float>(kCoarse) : 1.0f);
        const double spacing = p.map ? p.map->spacing() : 1;
        p.byProcessor->SetSampleDistance(static_cast<float>((coarse ? 1.5 : 0.6) * spacing));
    }
}

bool VolumeLayer::isSoftware() const {
    return m_parts->software;
}

void VolumeLayer::refresh() {
    Parts& p = *m_parts;
    const bool drawable = p.map && p.map->sigma() > 0;
    p.volume->SetVisibility(p.visible && drawable);
    if (!p.visible || !drawable)
        return; // a cloud that nobody sees costs nothing
    if (p.stale) {
        p.stale = false;
        p.image = borrowImage(*p.map);
        if (p.byProcessor)
            p.byProcessor->SetInputData(p.image);
        else {
            p.byCard->SetInputData(p.image);
            p.byCard->SetSampleDistance(static_cast<float>(0.5 * p.map->spacing()));
        }
        p.volume->GetProperty()->SetScalarOpacityUnitDistance(1.5 * p.map->spacing());
        setCoarse(false);
    }
    const double high = p.map->highest();
    const double from = std::min(p.map->valueOf(p.level), high - 1e-6 * (high - p.map->lowest()));
    const auto value = [&](double t) { return from + t * (high - from); };
    p.colours->RemoveAllPoints();
    for (const Key& key : p.dark ? kOnDark : kOnLight)
        p.colours->AddRGBPoint(value(key.at), key.red, key.green, key.blue);
    p.opacity->RemoveAllPoints();
    p.opacity->AddPoint(value(-0.25), 0.0);
    p.opacity->AddPoint(value(0.0), 0.05);
    p.opacity->AddPoint(value(0.3), 0.32);
    p.opacity->AddPoint(value(1.0), 0.85);
}

} // namespace fxs::ui
