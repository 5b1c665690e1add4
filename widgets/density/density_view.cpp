#include "widgets/density/density_view.h"

#include "widgets/density/density_scene.h"
#include "widgets/density/scale_bar.h"
#include "widgets/plot/panel.h"
#include "widgets/theme/line_icon.h"
#include "widgets/theme/theme.h"
#include "widgets/vtk/opengl_support.h"
#include "widgets/vtk/vtk_host.h"

#include <QtWidgets>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkGenericRenderWindowInteractor.h>

namespace fxs::ui {

namespace {
constexpr double kSliderStep = 0.02; // sigma
constexpr double kFirstLevel = 2.5;  // sigma: the envelope of a protein in a box about twice its size
} // namespace

DensityView::DensityView(QWidget* parent) : QWidget(parent) {
    setMinimumSize(260, 220);
    m_panel = new Panel(tr("Density"), makeDrawing());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_panel, 1);
    layout->addWidget(makeControls());
    m_turning.setInterval(40);
    connect(&m_turning, &QTimer::timeout, this, [this] {
        if (m_scene && m_host) {
            m_scene->turn(1.2);
            m_host->requestRender();
        }
    });
    applyTheme();
    showMap(nullptr, {});
}

DensityView::~DensityView() {
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
    if (support.available) {
        m_host = new VtkHost;
        m_host->setAccessibleName(tr("Density in three dimensions"));
        m_scene = std::make_unique<DensityScene>(*m_host->renderWindow(), *m_host->interactor());
        m_bar = new ScaleBar(
            [this] { return m_scene && !m_scene->isEmpty() ? m_scene->angstromPerPixel(m_host->height()) : 0.0; },
            m_host);
        m_host->installEventFilter(this);
        layout->addWidget(m_host, 1);
        m_message->setParent(m_host);
        m_message->setAttribute(Qt::WA_TransparentForMouseEvents);
    } else {
        m_message->setText(support.description);
        layout->addWidget(m_message, 1);
    }
    return stack;
}

QWidget* DensityView::makeControls() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(4, 0, 4, 0);
    auto* label = new QLabel(tr("&Level"));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setAccessibleName(tr("Level of the isosurface"));
    m_spin = new QDoubleSpinBox;
    m_spin->setSuffix(tr(" σ"));
    m_spin->setDecimals(2);
    m_spin->setSingleStep(0.1);
    m_spin->setRange(-2, 20);
    m_spin->setValue(kFirstLevel);
    m_spin->setToolTip(tr("Standard deviations of the map above its mean"));
    m_spin->setAccessibleName(tr("Level of the isosurface, in standard deviations"));
    label->setBuddy(m_spin);
    m_colour = new QComboBox;
    m_colour->addItems({tr("By radius"), tr("Plain")});
    m_colour->setAccessibleName(tr("Colour of the surface"));
    m_box = new QCheckBox(tr("Box"));
    m_box->setChecked(true);
    m_perspective = new QCheckBox(tr("Perspective"));
    m_views = new QToolButton;
    m_views->setText(tr("View"));
    m_views->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_views);
    const std::pair<QString, CameraPreset> presets[] = {{tr("Diagonal"), CameraPreset::diagonal},
                                                        {tr("Along x"), CameraPreset::alongX},
                                                        {tr("Along y"), CameraPreset::alongY},
                                                        {tr("Along z"), CameraPreset::alongZ}};
    for (const auto& [name, preset] : presets)
        menu->addAction(name, this, [this, preset = preset] {
            if (m_scene) {
                m_scene->look(preset);
                m_host->requestRender();
            }
        });
    m_views->setMenu(menu);
    m_spinButton = new QToolButton;
    m_spinButton->setText(tr("Spin"));
    m_spinButton->setCheckable(true);
    row->addWidget(label);
    row->addWidget(m_slider, 1);
    row->addWidget(m_spin);
    for (QWidget* w :
         {static_cast<QWidget*>(m_colour), static_cast<QWidget*>(m_box), static_cast<QWidget*>(m_perspective),
          static_cast<QWidget*>(m_views), static_cast<QWidget*>(m_spinButton)})
        row->addWidget(w);
    connect(m_slider, &QSlider::valueChanged, m_spin, [this](int value) { m_spin->setValue(value * kSliderStep); });
    connect(m_spin, &QDoubleSpinBox::valueChanged, this, [this](double sigmas) {
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(qRound(sigmas / kSliderStep));
        if (m_scene) {
            m_scene->setLevel(sigmas);
            m_host->requestRender();
        }
    });
    connect(m_colour, &QComboBox::currentIndexChanged, this, [this](int i) {
        if (m_scene) {
            m_scene->setColourByRadius(i == 0);
            m_host->requestRender();
        }
    });
    connect(m_box, &QCheckBox::toggled, this, [this](bool on) {
        if (m_scene) {
            m_scene->setBoxVisible(on);
            m_host->requestRender();
        }
    });
    connect(m_perspective, &QCheckBox::toggled, this, [this](bool on) {
        if (m_scene) {
            m_scene->setPerspective(on);
            m_host->requestRender();
        }
    });
    connect(m_spinButton, &QToolButton::toggled, this, [this](bool on) { on ? m_turning.start() : m_turning.stop(); });
    return bar;
}

void DensityView::setPhasing(std::shared_ptr<const PhasingSnapshot> snapshot) {
    if (!snapshot || snapshot->map.values.empty())
        return;
    m_phasing = std::move(snapshot);
    showMap(&m_phasing->map, tr("restart %1, running").arg(m_phasing->bestRestart + 1));
}

void DensityView::setReconstruction(std::shared_ptr<const Reconstruction> reconstruction) {
    m_reconstruction = std::move(reconstruction);
    m_phasing.reset();
    if (!m_reconstruction || m_reconstruction->map.values.empty()) {
        showMap(nullptr, {});
        return;
    }
    const Reconstruction& r = *m_reconstruction;
    std::size_t averaged = 0;
    for (const Restart& restart : r.restarts)
        averaged += restart.selected ? 1 : 0;
    QStringList note{tr("symmetry %1").arg(QString::fromStdString(r.symmetry))};
    if (averaged > 0)
        note << tr("average of %1 restarts").arg(averaged);
    note << tr("%1 Å a voxel").arg(r.map.spacingAngstrom, 0, 'g', 3);
    if (r.finishedEarly)
        note << tr("finished early");
    showMap(&r.map, note.join(QStringLiteral(" · ")));
}

void DensityView::showMap(const DensityMap* map, const QString& note) {
    m_panel->setNote(note);
    const bool empty = !map || map->values.empty();
    for (QWidget* w : {static_cast<QWidget*>(m_slider), static_cast<QWidget*>(m_spin), static_cast<QWidget*>(m_colour),
                       static_cast<QWidget*>(m_box), static_cast<QWidget*>(m_perspective),
                       static_cast<QWidget*>(m_views), static_cast<QWidget*>(m_spinButton)})
        w->setEnabled(!empty && m_scene);
    if (!m_scene)
        return;
    m_scene->setMap(map);
    m_message->setText(empty ? tr("nothing to show yet") : QString());
    if (!empty) {
        const QSignalBlocker quietSpin(m_spin), quietSlider(m_slider);
        const double highest = m_scene->maximumSigmas();
        m_spin->setRange(-1, std::max(highest, 0.1));
        m_slider->setRange(0, qRound(highest / kSliderStep));
        m_slider->setValue(qRound(m_spin->value() / kSliderStep));
        m_scene->setLevel(m_spin->value());
    }
    m_host->requestRender();
    m_bar->update();
}

double DensityView::level() const {
    return m_spin->value();
}

void DensityView::setLevel(double sigmas) {
    m_spin->setValue(sigmas);
}

QWidget* DensityView::drawing() const {
    return m_host;
}

int DensityView::renderCount() const {
    return m_host ? m_host->renderCount() : 0;
}

QImage DensityView::picture() const {
    return m_host ? m_host->grab().toImage() : QImage();
}

void DensityView::placeScaleBar() {
    if (!m_host)
        return;
    m_bar->move(m_host->width() - m_bar->width() - 8, m_host->height() - m_bar->height() - 6);
    m_message->setGeometry(m_host->rect());
}

bool DensityView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_host) {
        if (event->type() == QEvent::Resize)
            placeScaleBar();
        if (event->type() == QEvent::Wheel || event->type() == QEvent::MouseMove)
            m_bar->update(); // the camera may have come nearer
    }
    return QWidget::eventFilter(watched, event);
}

void DensityView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    placeScaleBar();
}

void DensityView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

void DensityView::applyTheme() {
    const Theme theme = Theme::of(palette());
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    m_message->setPalette(muted);
    if (!m_scene)
        return;
    m_scene->setColours(theme.canvas, theme.dark ? QColor(0x8f, 0xb4, 0xd9) : QColor(0x7f, 0xa6, 0xcf), theme.line);
    m_bar->setColour(theme.text);
    m_host->requestRender();
}

} // namespace fxs::ui
