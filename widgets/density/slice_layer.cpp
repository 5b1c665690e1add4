#include "widgets/density/slice_layer.h"

#include "widgets/density/surface_maker.h"

#include <algorithm>
#include <vtkActor.h>
#include <vtkCellArray.h>
#include <vtkImageData.h>
#include <vtkImageProperty.h>
#include <vtkImageSlice.h>
#include <vtkImageSliceMapper.h>
#include <vtkLookupTable.h>
#include <vtkNew.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>

namespace fxs::ui {

namespace {

// Every eighth of viridis (van der Walt and Smith), as the plots use it.
constexpr std::array<std::array<double, 3>, 9> kViridis{{{0.267, 0.005, 0.329},
                                                         {0.278, 0.176, 0.483},
                                                         {0.230, 0.322, 0.546},
                                                         {0.173, 0.449, 0.558},
                                                         {0.128, 0.567, 0.551},
                                                         {0.158, 0.684, 0.502},
                                                         {0.369, 0.789, 0.383},
                                                         {0.678, 0.864, 0.190},
                                                         {0.993, 0.906, 0.144}}};

void fillViridis(vtkLookupTable& table) {
    constexpr int kCount = 256;
    table.SetNumberOfTableValues(kCount);
    for (int i = 0; i < kCount; ++i) {
        const double at = i / (kCount - 1.0) * (kViridis.size() - 1);
        const auto k = std::min(static_cast<std::size_t>(at), kViridis.size() - 2);
        const double f = at - static_cast<double>(k);
        std::array<double, 3> c{};
        for (std::size_t j = 0; j < 3; ++j)
            c[j] = kViridis[k][j] + f * (kViridis[k + 1][j] - kViridis[k][j]);
        table.SetTableValue(i, c[0], c[1], c[2]);
    }
}

} // namespace

QColor axisColour(int axis, bool dark) {
    static const std::array<QColor, 3> onDark{QColor(0xf2, 0x6d, 0x6d), QColor(0x6f, 0xcf, 0x7c),
                                              QColor(0x6a, 0xa9, 0xf5)};
    static const std::array<QColor, 3> onLight{QColor(0xc9, 0x37, 0x37), QColor(0x2c, 0x8a, 0x3f),
                                               QColor(0x2a, 0x67, 0xc4)};
    return (dark ? onDark : onLight)[static_cast<std::size_t>(std::clamp(axis, 0, 2))];
}

struct SliceLayer::Parts {
    vtkRenderer& renderer;
    vtkNew<vtkLookupTable> table;
    struct Plane {
        vtkNew<vtkImageSliceMapper> mapper;
        vtkNew<vtkImageSlice> slice;
        vtkNew<vtkPolyData> rim;
        vtkNew<vtkPolyDataMapper> rimMapper;
        vtkNew<vtkActor> rimActor;
    };
    std::array<Plane, 3> planes;
    vtkSmartPointer<vtkImageData> image;
    MapVolumePtr map; ///< owns what image borrows
    std::array<double, 3> position{};
    double reach = 1e30;
    bool visible = false;
};

SliceLayer::SliceLayer(vtkRenderer& renderer) : m_parts(new Parts{.renderer = renderer}) {
    Parts& p = *m_parts;
    fillViridis(*p.table);
    for (int axis = 0; axis < 3; ++axis) {
        Parts::Plane& plane = p.planes[static_cast<std::size_t>(axis)];
        plane.mapper->SetOrientation(axis);
        plane.slice->SetMapper(plane.mapper);
        plane.slice->GetProperty()->SetLookupTable(p.table);
        plane.slice->GetProperty()->UseLookupTableScalarRangeOff();
        plane.slice->GetProperty()->SetInterpolationTypeToLinear();
        plane.slice->SetVisibility(0);
        vtkNew<vtkPoints> corners;
        corners->SetNumberOfPoints(4);
        vtkNew<vtkCellArray> loop;
        const std::array<vtkIdType, 5> order{0, 1, 2, 3, 0};
        loop->InsertNextCell(5, order.data());
        plane.rim->SetPoints(corners);
        plane.rim->SetLines(loop);
        plane.rimMapper->SetInputData(plane.rim);
        plane.rimActor->SetMapper(plane.rimMapper);
        plane.rimActor->GetProperty()->LightingOff();
        plane.rimActor->GetProperty()->SetLineWidth(2);
        const QColor colour = axisColour(axis, true);
        plane.rimActor->GetProperty()->SetColor(colour.redF(), colour.greenF(), colour.blueF());
        plane.rimActor->SetVisibility(0);
        p.renderer.AddViewProp(plane.slice);
        p.renderer.AddActor(plane.rimActor);
    }
}

SliceLayer::~SliceLayer() {
    for (Parts::Plane& plane : m_parts->planes) {
        m_parts->renderer.RemoveViewProp(plane.slice);
        m_parts->renderer.RemoveActor(plane.rimActor);
    }
}

void SliceLayer::setMap(MapVolumePtr map) {
    Parts& p = *m_parts;
    p.map = std::move(map);
    p.image = p.map ? borrowImage(*p.map) : nullptr;
    for (Parts::Plane& plane : p.planes) {
        plane.mapper->SetInputData(p.image);
        if (p.map) {
            const double low = p.map->lowest(), high = p.map->highest();
            plane.slice->GetProperty()->SetColorWindow(high > low ? high - low : 1);
            plane.slice->GetProperty()->SetColorLevel(0.5 * (low + high));
        }
    }
    refresh();
}

void SliceLayer::setVisible(bool on) {
    m_parts->visible = on;
    refresh();
}

void SliceLayer::setPosition(const std::array<double, 3>& position) {
    m_parts->position = position;
    refresh();
}

void SliceLayer::setReach(double angstrom) {
    m_parts->reach = angstrom;
    refresh();
}

void SliceLayer::refresh() {
    Parts& p = *m_parts;
    const bool shown = p.visible && p.map;
    const int first = p.map ? static_cast<int>(p.map->indexOf(-p.reach)) : 0;
    const int last = p.map ? static_cast<int>(p.map->indexOf(p.reach)) : 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        Parts::Plane& plane = p.planes[axis];
        plane.slice->SetVisibility(shown);
        plane.rimActor->SetVisibility(shown);
        if (!shown)
            continue;
        const std::size_t index = p.map->indexOf(p.position[axis]);
        plane.mapper->SetSliceNumber(static_cast<int>(index));
        // Across its own axis a plane may lie anywhere.
        std::array<int, 6> part{first, last, first, last, first, last};
        part[2 * axis] = 0;
        part[2 * axis + 1] = static_cast<int>(p.map->size()) - 1;
        plane.mapper->SetCroppingRegion(part.data());
        plane.mapper->CroppingOn();
        const double at = p.map->coordinateOf(index), edge = p.map->coordinateOf(static_cast<std::size_t>(first));
        for (int corner = 0; corner < 4; ++corner) {
            std::array<double, 3> x{};
            x[axis] = at;
            x[(axis + 1) % 3] = corner == 1 || corner == 2 ? -edge : edge;
            x[(axis + 2) % 3] = corner >= 2 ? -edge : edge;
            plane.rim->GetPoints()->SetPoint(corner, x.data());
        }
        plane.rim->GetPoints()->Modified();
        plane.rim->Modified();
    }
}

} // namespace fxs::ui
