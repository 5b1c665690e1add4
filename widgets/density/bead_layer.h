#pragma once

#include "widgets/density/reference_overlay.h"

#include <QColor>
#include <memory>
#include <vtkNew.h>

class vtkActor;
class vtkPointGaussianMapper;
class vtkRenderer;

namespace fxs::ui {

/// Shaded beads where a structure's atoms are, drawn as points with the look of spheres: 10,000 take a few ms. GUI thread.
class BeadLayer {
public:
    explicit BeadLayer(vtkRenderer& renderer);
    ~BeadLayer();
    BeadLayer(const BeadLayer&) = delete;
    BeadLayer& operator=(const BeadLayer&) = delete;

    void setBeads(std::shared_ptr<const ReferenceOverlay> overlay);
    void setVisible(bool on);
    void setColour(const QColor& colour, double opacity);

private:
    vtkRenderer& m_renderer;
    vtkNew<vtkPointGaussianMapper> m_mapper;
    vtkNew<vtkActor> m_actor;
    bool m_any = false, m_visible = false;
};

} // namespace fxs::ui
