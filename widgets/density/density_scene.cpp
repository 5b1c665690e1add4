#include "widgets/density/density_scene.h"

#include "widgets/density/bead_layer.h"
#include "widgets/density/slice_layer.h"
#include "widgets/density/surface_layer.h"
#include "widgets/density/surface_maker.h"
#include "widgets/density/volume_layer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vtkActor.h>
#include <vtkCommand.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkInteractorStyleTrackballCamera.h>
#include <vtkLightKit.h>
#include <vtkNew.h>
#include <vtkOutlineSource.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderWindowInteractor.h>
#include <vtkRenderer.h>

namespace fxs::ui {

namespace {
constexpr double kCueStrength = 0.62, kEdgeStrength = 0.8;
} // namespace

struct DensityScene::Parts {
    vtkGenericOpenGLRenderWindow& window;
    vtkNew<vtkRenderer> renderer;
    vtkNew<vtkLightKit> lights;
    vtkNew<vtkInteractorStyleTrackballCamera> style;
    vtkNew<vtkOutlineSource> box;
    vtkNew<vtkPolyDataMapper> boxMapper;
    vtkNew<vtkActor> boxActor;

    std::unique_ptr<SceneCamera> camera;
    std::unique_ptr<SurfaceLayer> surface, shell, reference;
    std::unique_ptr<BeadLayer> beads;
    std::unique_ptr<VolumeLayer> volume;
    std::unique_ptr<SliceLayer> slices;

    MapVolumePtr map;
    DensityAppearance look;
    SceneColours colours;
    std::function<void(bool)> told;
    bool software = false, moving = false, fitNext = false, keepCamera = false;
};

DensityScene::DensityScene(vtkGenericOpenGLRenderWindow& window, vtkRenderWindowInteractor& interactor, bool softwareGl)
    : m_parts(new Parts{.window = window}) {
    Parts& p = *m_parts;
    p.software = softwareGl;
    window.AddRenderer(p.renderer);
    interactor.SetInteractorStyle(p.style);
    p.style->SetDefaultRenderer(p.renderer);
    p.style->SetMotionFactor(8);
    p.lights->SetKeyLightIntensity(0.9);
    p.lights->SetKeyToFillRatio(2.4);
    p.lights->SetKeyToHeadRatio(3.0);
    p.lights->AddLightsToRenderer(p.renderer);
    p.boxMapper->SetInputConnection(p.box->GetOutputPort());
    p.boxActor->SetMapper(p.boxMapper);
    p.boxActor->GetProperty()->LightingOff();
    p.boxActor->SetVisibility(0);
    p.renderer->AddActor(p.boxActor);
    p.camera = std::make_unique<SceneCamera>(*p.renderer);
    p.surface = std::make_unique<SurfaceLayer>(*p.renderer);
    p.reference = std::make_unique<SurfaceLayer>(*p.renderer);
    p.shell = std::make_unique<SurfaceLayer>(*p.renderer);
    p.beads = std::make_unique<BeadLayer>(*p.renderer);
    p.slices = std::make_unique<SliceLayer>(*p.renderer);
    p.volume = std::make_unique<VolumeLayer>(*p.renderer, softwareGl);
    p.renderer->AddObserver(vtkCommand::StartEvent, this, &DensityScene::beforeRender);
    const auto watch = [this](unsigned long event, bool begins) {
        struct Told : vtkCommand {
            static Told* New() { return new Told; }
            void Execute(vtkObject*, unsigned long, void*) override {
                if (parts->told)
                    parts->told(begins);
            }
            Parts* parts = nullptr;
            bool begins = false;
        };
        vtkNew<Told> command;
        command->parts = m_parts.get();
        command->begins = begins;
        m_parts->style->AddObserver(event, command);
    };
    watch(vtkCommand::StartInteractionEvent, true);
    watch(vtkCommand::EndInteractionEvent, false);
    setMoving(false);
    refresh();
}

DensityScene::~DensityScene() {
    Parts& p = *m_parts;
    p.style->RemoveAllObservers();
    p.renderer->RemoveAllObservers();
    p.window.RemoveRenderer(p.renderer);
}

void DensityScene::setMap(MapVolumePtr map) {
    Parts& p = *m_parts;
    const bool otherExtent =
        map && (!p.map || p.map->size() != map->size() || std::abs(p.map->spacing() - map->spacing()) > 1e-9);
    p.map = std::move(map);
    p.volume->setMap(p.map);
    p.slices->setMap(p.map);
    if (!p.map) {
        p.surface->setSurface(nullptr);
        p.shell->setSurface(nullptr);
    } else {
        const double edge = -p.map->first() + 0.5 * p.map->spacing();
        p.box->SetBounds(-edge, edge, -edge, edge, -edge, edge);
    }
    if (otherExtent) {
        // Until a surface tells how large the particle is: phasing makes its box 1.35 diameters wide.
        p.camera->setRadius(-p.map->first() / 1.35);
        p.slices->setReach(-p.map->first());
        if (!p.keepCamera)
            p.camera->look(CameraPreset::diagonal);
        p.fitNext = true;
    }
    refresh();
}

const MapVolumePtr& DensityScene::map() const {
    return m_parts->map;
}

void DensityScene::setSurface(SurfacePtr surface) {
    Parts& p = *m_parts;
    p.surface->setSurface(std::move(surface));
    const SurfacePtr& shown = p.surface->surface();
    if (p.fitNext && shown && shown->triangles > 0) {
        p.fitNext = false;
        const double* b = shown->mesh->GetBounds();
        double reach = 0;
        for (int i = 0; i < 6; ++i)
            reach = std::max(reach, std::abs(b[i]));
        // A body round in two directions reaches somewhat farther across its corners.
        p.camera->setRadius(std::min(1.15 * reach, -p.map->first() * std::numbers::sqrt3));
        p.slices->setReach(p.camera->radius());
        if (!std::exchange(p.keepCamera, false))
            p.camera->look(CameraPreset::diagonal);
    }
    refresh();
}

void DensityScene::setShell(SurfacePtr shell) {
    m_parts->shell->setSurface(std::move(shell));
    refresh();
}

void DensityScene::setReference(SurfacePtr surface, std::shared_ptr<const ReferenceOverlay> beads) {
    m_parts->reference->setSurface(std::move(surface));
    m_parts->beads->setBeads(std::move(beads));
    refresh();
}

void DensityScene::apply(const DensityAppearance& appearance) {
    Parts& p = *m_parts;
    p.look = appearance;
    p.camera->setPerspective(appearance.perspective);
    p.volume->setLevel(appearance.level);
    p.slices->setPosition(appearance.position);
    refresh();
}

void DensityScene::setColours(const SceneColours& colours) {
    Parts& p = *m_parts;
    p.colours = colours;
    p.renderer->SetBackground(colours.background.redF(), colours.background.greenF(), colours.background.blueF());
    p.boxActor->GetProperty()->SetColor(colours.lines.redF(), colours.lines.greenF(), colours.lines.blueF());
    p.volume->setDark(colours.dark);
}

void DensityScene::refresh() {
    Parts& p = *m_parts;
    const DensityAppearance& a = p.look;
    const bool any = p.map != nullptr;
    p.boxActor->SetVisibility(any && a.box);
    p.surface->setVisible(any && a.surface);
    p.surface->setOpacity(a.opacity);
    p.shell->setVisible(any && a.surface && a.outerShell);
    p.shell->setOpacity(0.25); // the surface shows through
    p.shell->setSpecular(0.05);
    p.reference->setVisible(any && a.reference && !a.referenceAtoms);
    p.reference->setOpacity(a.referenceOpacity);
    p.beads->setVisible(any && a.reference && a.referenceAtoms);
    p.beads->setColour(a.referenceColour, std::min(1.0, a.referenceOpacity * 2));
    p.volume->setVisible(any && a.volume);
    p.slices->setVisible(any && a.slices);
    for (SurfaceLayer* layer : {p.surface.get(), p.shell.get(), p.reference.get()})
        layer->setEdges(a.edges ? kEdgeStrength : 0);
}

void DensityScene::beforeRender() {
    Parts& p = *m_parts;
    p.renderer->ResetCameraClippingRange();
    const auto depth = p.camera->depthOfParticle();
    for (SurfaceLayer* layer : {p.surface.get(), p.shell.get(), p.reference.get()})
        layer->setDepthCue(p.look.depthCue ? kCueStrength : 0, p.colours.background, depth);
}

void DensityScene::setMoving(bool moving) {
    Parts& p = *m_parts;
    p.moving = moving;
    p.volume->setCoarse(moving);
    // By the processor, smoothing edges costs more than the surface itself.
    p.renderer->SetUseFXAA(!(p.software && moving));
}

bool DensityScene::isMoving() const {
    return m_parts->moving;
}

void DensityScene::onMoved(std::function<void(bool)> told) {
    m_parts->told = std::move(told);
}

SceneCamera& DensityScene::camera() const {
    return *m_parts->camera;
}

bool DensityScene::restoreCamera(const QJsonObject& state) {
    Parts& p = *m_parts;
    if (!p.camera->restore(state))
        return false;
    p.keepCamera = !p.map || p.fitNext;
    return true;
}

vtkRenderer& DensityScene::renderer() const {
    return *m_parts->renderer;
}

std::size_t DensityScene::triangleCount() const {
    const Parts& p = *m_parts;
    return p.look.surface && p.map && p.surface->surface() ? p.surface->surface()->triangles : 0;
}

bool DensityScene::showsVolume() const {
    return m_parts->volume->isVisible();
}

bool DensityScene::volumeIsSoftware() const {
    return m_parts->volume->isSoftware();
}

} // namespace fxs::ui
