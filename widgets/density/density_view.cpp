#include "widgets/density/density_view.h"

#include "widgets/density/density_controls.h"
#include "widgets/density/density_scene.h"
#include "widgets/density/scene_overlay.h"
#include "widgets/density/scene_picture.h"
#include "widgets/density/slice_panels.h"
#include "widgets/density/surface_maker.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/stale_mark.h"
#include "widgets/theme/theme.h"
#include "widgets/vtk/opengl_support.h"
#include "widgets/vtk/vtk_host.h"

#include <QtWidgets>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkGenericRenderWindowInteractor.h>

namespace fxs::ui {

namespace {
constexpr int kRestMilliseconds = 300; // after the last move, before what was coarse is drawn finely
constexpr int kTurnMilliseconds = 33;
} // namespace

DensityView::DensityView(Background& background, QWidget* parent)
    : QWidget(parent), m_background(background), m_mapWork(background), m_surfaceWork(background),
      m_referenceWork(background) {
    setMinimumSize(260, 220);
    m_panel = new Panel(tr("Density"), makeDrawing());
    m_controls = new DensityControls(m_scene != nullptr);
    m_slices = new SlicePanels;
    m_splitter = new QSplitter(Qt::Horizontal);
    m_splitter->addWidget(m_panel);
    m_splitter->addWidget(m_slices);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setSizes({620, 300});
    m_splitter->setChildrenCollapsible(false);
    m_progress = new QProgressBar;
    m_progress->setMaximumWidth(120);
    m_progress->setRange(0, 100);
    m_progress->setAccessibleName(tr("Progress of the picture"));
    m_progress->hide();
    m_stale = new StaleMark;
    m_panel->addControl(m_stale);
    m_panel->addControl(m_progress);
    for (QWidget* button : m_controls->titleButtons())
        m_panel->addControl(button);
    if (!m_scene) {
        // One line above the slices, which take the room.
        m_panel->setMaximumHeight(90);
        m_splitter->setOrientation(Qt::Vertical);
        m_splitter->setStretchFactor(1, 1);
        m_slices->setHorizontal(true);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_splitter, 1);
    layout->addWidget(m_controls);
    connectControls();
    m_turning.setInterval(kTurnMilliseconds);
    connect(&m_turning, &QTimer::timeout, this, &DensityView::turn);
    m_resting.setSingleShot(true);
    m_resting.setInterval(kRestMilliseconds);
    connect(&m_resting, &QTimer::timeout, this, [this] {
        if (m_scene)
            m_scene->setMoving(false);
        redraw();
    });
    applyTheme();
    m_applied = m_controls->appearance();
    applyAppearance(m_applied);
    showMessage();
}

DensityView::~DensityView() {
    delete m_shot;   // it draws with the scene
    m_scene.reset(); // before the window that it draws into
}

QWidget* DensityView::makeDrawing() {
    auto* stack = new QWidget;
    auto* layout = new QVBoxLayout(stack);
    layout->setContentsMargins(0, 0, 0, 0);
    m_message = new QLabel;
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setWordWrap(true);
    const OpenGlSupport& support = openGlSupport();
    if (!support.available) {
        layout->addWidget(m_message, 1);
        return stack;
    }
    m_host = new VtkHost;
    m_host->setAccessibleName(tr("Density in three dimensions"));
    m_host->setToolTip(
        tr("Drag: turn. Ctrl+drag: roll. Shift+drag or middle button: move. Wheel or right button: zoom."));
    m_scene = std::make_unique<DensityScene>(*m_host->renderWindow(), *m_host->interactor(), support.software);
    m_scene->onMoved([this](bool begins) { setMoving(begins); });
    m_overlay = new SceneOverlay([this] { return overlayState(); }, m_host);
    m_shot = new ScenePicture(*m_host, *m_scene);
    m_host->installEventFilter(this);
    connect(m_host, &VtkHost::rendered, m_overlay, qOverload<>(&QWidget::update));
    layout->addWidget(m_host, 1);
    m_message->setParent(m_host);
    m_message->setAttribute(Qt::WA_TransparentForMouseEvents);
    connect(m_shot, &ScenePicture::progressed, this,
            [this](double fraction) { m_progress->setValue(qRound(100 * fraction)); });
    const auto end = [this](const QImage& image) {
        m_progress->hide();
        redraw();
        if (const auto done = std::exchange(m_shotDone, nullptr))
            done(image);
    };
    connect(m_shot, &ScenePicture::finished, this, end);
    connect(m_shot, &ScenePicture::failed, this, [this, end](const QString& reason) {
        end({});
        Q_EMIT failed(reason);
    });
    return stack;
}

void DensityView::connectControls() {
    connect(m_controls, &DensityControls::changed, this, &DensityView::applyAppearance);
    connect(m_controls, &DensityControls::lookRequested, this, [this](CameraPreset preset) {
        if (m_scene)
            m_scene->camera().look(preset);
        redraw();
    });
    connect(m_controls, &DensityControls::spinToggled, this, [this](bool on) {
        m_sinceTurn.start();
        on ? m_turning.start() : m_turning.stop();
    });
    connect(m_controls, &DensityControls::referenceRequested, this, &DensityView::referenceRequested);
    connect(m_controls, &DensityControls::referenceRemoved, this, [this] {
        setReference(nullptr);
        Q_EMIT referenceRemoved();
    });
    connect(m_controls, &DensityControls::copyRequested, this, &DensityView::copyPicture);
    connect(m_controls, &DensityControls::saveRequested, this, &DensityView::savePicture);
    connect(m_slices, &SlicePanels::positionMoved, this, [this](const std::array<double, 3>& position) {
        DensityAppearance next = m_controls->appearance();
        next.position = position;
        m_controls->setAppearance(next);
    });
}

void DensityView::setPhasing(std::shared_ptr<const PhasingSnapshot> snapshot) {
    if (!snapshot || snapshot->map.values.empty())
        return;
    QStringList note{tr("running"),
                     tr("best of %1 restarts: no. %2").arg(snapshot->restarts.size()).arg(snapshot->bestRestart + 1)};
    if (snapshot->qCut > 0)
        note << tr("phases to %1 Å").arg(2 * M_PI / snapshot->qCut, 0, 'f', 0);
    const DensityMap* map = &snapshot->map;
    prepare({std::move(snapshot), map}, note.join(QStringLiteral(" · ")));
}

void DensityView::setReconstruction(std::shared_ptr<const Reconstruction> reconstruction) {
    if (!reconstruction || reconstruction->map.values.empty()) {
        m_controls->setSymmetry({});
        ++m_mapNumber;
        take(nullptr, {});
        return;
    }
    const Reconstruction& r = *reconstruction;
    const auto averaged =
        std::count_if(r.restarts.begin(), r.restarts.end(), [](const Restart& restart) { return restart.selected; });
    QStringList note;
    if (!r.restarts.empty())
        note << tr("symmetry %1").arg(QString::fromStdString(r.symmetry));
    if (averaged > 0)
        note << tr("average of %1 restarts").arg(averaged);
    note << tr("%1 Å a voxel").arg(r.map.spacingAngstrom, 0, 'g', 3);
    if (r.finishedEarly)
        note << tr("finished early");
    m_controls->setSymmetry(QString::fromStdString(r.symmetry));
    const DensityMap* map = &r.map;
    prepare({std::move(reconstruction), map}, note.join(QStringLiteral(" · ")));
}

void DensityView::prepare(std::shared_ptr<const DensityMap> map, const QString& note) {
    m_mapWork.submit([this, map = std::move(map), note, number = ++m_mapNumber]() -> std::function<void()> {
        return [this, volume = MapVolume::of(map), note, number] {
            // A picture that is a moment old is welcome, one of a view that was cleared since is not.
            if (m_map || number == m_mapNumber)
                take(volume, note);
        };
    });
}

void DensityView::take(MapVolumePtr map, const QString& note) {
    if (m_shot && m_shot->isRunning()) {
        m_shot->cancel();
        m_progress->hide();
        m_shotDone = nullptr;
        Q_EMIT failed(tr("the density changed while the picture was drawn; nothing was saved"));
    }
    m_map = std::move(map);
    m_note = note;
    if (m_map && m_map->notFinite() > 0)
        m_note += tr(" · %n values are not finite", nullptr, static_cast<int>(m_map->notFinite()));
    m_panel->setNote(m_note);
    m_panel->setToolTip(m_note);
    m_controls->setMap(m_map.get());
    m_slices->setMap(m_map);
    if (m_scene)
        m_scene->setMap(m_map);
    requestSurfaces();
    showMessage();
    redraw();
}

QColor DensityView::plainColour() const {
    return Theme::of(palette()).dark ? QColor(0x8f, 0xb4, 0xd9) : QColor(0x8d, 0xb1, 0xd8);
}

void DensityView::requestSurfaces() {
    if (!m_scene || !m_map)
        return;
    const DensityAppearance& a = m_applied;
    const SurfaceRequest surface{
        .level = a.level, .colour = a.colour, .plain = plainColour(), .softLight = a.softLight};
    const SurfaceRequest shell{.level = a.outerLevel, .colour = SurfaceColour::plain, .plain = plainColour()};
    m_surfaceWork.submit([this, map = m_map, surface, shell, wanted = a.surface,
                          second = a.surface && a.outerShell]() -> std::function<void()> {
        return [this, first = wanted ? makeSurface(*map, surface) : nullptr,
                outer = second ? makeSurface(*map, shell) : nullptr] {
            if (!m_map)
                return;
            m_scene->setSurface(first);
            m_scene->setShell(outer);
            showMessage();
            redraw();
        };
    });
}

void DensityView::setReference(std::shared_ptr<const ReferenceOverlay> overlay) {
    m_reference = std::move(overlay);
    setNotice(m_note);
    m_controls->setReferenceName(m_reference ? m_reference->name : QString());
    if (m_reference && !m_reference->map && !m_reference->beads.empty()) {
        DensityAppearance next = m_controls->appearance();
        next.referenceAtoms = true;
        m_controls->setAppearance(next);
    }
    requestReferenceSurface();
}

void DensityView::requestReferenceSurface() {
    if (!m_scene)
        return;
    if (!m_reference || !m_reference->map) {
        m_scene->setReference(nullptr, m_reference);
        redraw();
        return;
    }
    m_referenceWork.submit([this, overlay = m_reference, level = m_applied.level,
                            colour = m_applied.referenceColour]() -> std::function<void()> {
        const MapVolumePtr volume = MapVolume::of(overlay->map);
        SurfacePtr surface =
            volume ? makeSurface(*volume, {.level = level, .colour = SurfaceColour::plain, .plain = colour}) : nullptr;
        return [this, surface, overlay] {
            if (overlay != m_reference)
                return;
            m_scene->setReference(surface, overlay);
            redraw();
        };
    });
}

void DensityView::applyAppearance(const DensityAppearance& a) {
    const DensityAppearance before = std::exchange(m_applied, a);
    m_slices->setVisible(a.slices);
    m_slices->setPosition(a.position);
    if (!m_scene)
        return;
    m_scene->apply(a);
    const auto surfaceLook = [](const DensityAppearance& x) {
        return std::make_tuple(x.surface, x.level, x.colour, x.softLight, x.outerShell, x.outerLevel);
    };
    if (surfaceLook(a) != surfaceLook(before))
        requestSurfaces();
    if (a.level != before.level || a.referenceColour != before.referenceColour)
        requestReferenceSurface();
    showMessage();
    redraw();
}

void DensityView::setMoving(bool moving) {
    if (moving) {
        m_resting.stop();
        m_scene->setMoving(true);
    } else {
        m_resting.start();
    }
}

void DensityView::turn() {
    if (!m_scene || !m_map)
        return;
    const double seconds = std::min(0.2, static_cast<double>(m_sinceTurn.restart()) / 1000);
    m_scene->setMoving(true);
    m_resting.start();
    m_scene->camera().turn(m_applied.spinRate * seconds);
    redraw();
}

void DensityView::redraw() {
    if (m_host)
        m_host->requestRender();
}

OverlayState DensityView::overlayState() const {
    if (!m_scene || !m_map)
        return {};
    const Theme theme = Theme::of(palette());
    return {.angstromPerPixel = m_applied.scaleBar ? m_scene->camera().angstromPerPixel(m_host->height()) : 0,
            .axes = m_applied.axes,
            .axesOnScreen = m_scene->camera().axesOnScreen(),
            .text = theme.text,
            .dark = theme.dark};
}

void DensityView::showMessage() {
    QString text;
    if (!m_scene)
        text = tr("%1 Slices need none and are shown.").arg(openGlSupport().description);
    else if (!m_map)
        text = tr("nothing to show yet");
    else if (m_map->sigma() <= 0)
        text = tr("the density is the same everywhere (%1): it has no surface").arg(m_map->mean(), 0, 'g', 4);
    else if (m_applied.surface && !m_applied.volume && !m_applied.slices && m_applied.level > m_map->highestSigmas())
        text = tr("nothing above %1 σ: the highest value is at %2 σ")
                   .arg(m_applied.level, 0, 'f', 2)
                   .arg(m_map->highestSigmas(), 0, 'f', 2);
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
}

bool DensityView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_host && event->type() == QEvent::Resize) {
        m_overlay->setGeometry(m_host->rect());
        m_message->setGeometry(m_host->rect().adjusted(24, 0, -24, 0));
    }
    if (watched == m_host && event->type() == QEvent::Wheel && m_scene) {
        m_scene->setMoving(true);
        m_resting.start();
    }
    return QWidget::eventFilter(watched, event);
}

void DensityView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_controls)
        applyTheme();
}

void DensityView::applyTheme() {
    const Theme theme = Theme::of(palette());
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    m_message->setPalette(muted);
    if (!m_scene)
        return;
    m_scene->setColours({.background = theme.canvas, .lines = theme.line, .dark = theme.dark});
    requestSurfaces(); // the plain colour is the palette's
    redraw();
}

} // namespace fxs::ui
