#include "widgets/density/density_controls.h"

#include <QtWidgets>
#include <cmath>

namespace fxs::ui {

namespace {
constexpr double kSliderStep = 0.02; // sigma
constexpr double kNmPerAngstrom = 0.1;
} // namespace

DensityControls::DensityControls(bool withScene, QWidget* parent) : QWidget(parent), m_withScene(withScene) {
    if (!withScene) {
        m_appearance.surface = false;
        m_appearance.slices = true;
    }
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(4, 0, 4, 0);
    column->setSpacing(4);
    m_levelRow = makeLevelRow();
    m_sliceRow = makeSliceRow();
    column->addWidget(m_sliceRow);
    column->addWidget(m_levelRow);
    makeViewMenu();
    m_spin = new QToolButton;
    m_spin->setText(tr("Spin"));
    m_spin->setCheckable(true);
    m_spin->setToolTip(tr("Turn about the vertical; the rate is in the View menu"));
    connect(m_spin, &QToolButton::toggled, this, &DensityControls::spinToggled);
    makeShowMenu();
    makeReferenceMenu();
    makePictureMenu();
    for (QToolButton* button : {m_view, m_spin, m_showButton, m_reference, m_picture}) {
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::StrongFocus);
        button->setVisible(withScene);
    }
    m_levelRow->setVisible(withScene);
    show(m_appearance);
    setMap(nullptr);
}

QList<QWidget*> DensityControls::titleButtons() const {
    return {m_view, m_spin, m_showButton, m_reference, m_picture};
}

bool DensityControls::isSpinning() const {
    return m_spin->isChecked();
}

void DensityControls::setSpinning(bool on) {
    m_spin->setChecked(on);
}

void DensityControls::edit(const std::function<void(DensityAppearance&)>& change) {
    if (m_showing)
        return;
    DensityAppearance next = m_appearance;
    change(next);
    setAppearance(next);
}

void DensityControls::setAppearance(const DensityAppearance& appearance) {
    DensityAppearance next = appearance;
    if (!m_withScene)
        next.slices = true;
    if (next == m_appearance)
        return;
    m_appearance = next;
    show(m_appearance);
    Q_EMIT changed(m_appearance);
}

void DensityControls::show(const DensityAppearance& appearance) {
    const QScopedValueRollback<bool> guard(m_showing, true);
    for (const auto& shower : m_showers)
        shower(appearance);
    m_sliceRow->setVisible(appearance.slices);
}

QWidget* DensityControls::makeLevelRow() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    const auto mode = [&](const QString& text, const QString& tip, bool DensityAppearance::*member) {
        auto* button = new QToolButton;
        button->setText(text);
        button->setCheckable(true);
        button->setToolTip(tip);
        button->setAccessibleName(tip);
        button->setFocusPolicy(Qt::StrongFocus);
        // What is on must be told from what is off at a glance.
        button->setStyleSheet(
            QStringLiteral("QToolButton { padding: 3px 9px; border: 1px solid palette(mid); border-radius: 3px; }"
                           "QToolButton:hover { border-color: palette(highlight); }"
                           "QToolButton:focus { border-color: palette(highlight); }"
                           "QToolButton:checked { background: palette(highlight); color: palette(highlighted-text);"
                           " border-color: palette(highlight); }"
                           "QToolButton:disabled { color: palette(mid); background: transparent; }"));
        connect(button, &QToolButton::toggled, this,
                [this, member](bool on) { edit([&](DensityAppearance& a) { a.*member = on; }); });
        m_showers.push_back([button, member](const DensityAppearance& a) { button->setChecked(a.*member); });
        row->addWidget(button);
        return button;
    };
    m_surface = mode(tr("Surface"), tr("Isosurface at the level"), &DensityAppearance::surface);
    m_volume =
        mode(tr("Volume"), tr("The density as a cloud; drawn coarsely while the mouse moves without a graphics card"),
             &DensityAppearance::volume);
    m_slices =
        mode(tr("Slices"), tr("Three planes across the density, here and as pictures"), &DensityAppearance::slices);
    row->addSpacing(4);
    auto* label = new QLabel(tr("&Level"));
    m_levelSlider = new QSlider(Qt::Horizontal);
    m_levelSlider->setAccessibleName(tr("Level of the isosurface"));
    m_levelSlider->setPageStep(25);
    m_level = new QDoubleSpinBox;
    m_level->setSuffix(tr(" σ"));
    m_level->setDecimals(2);
    m_level->setSingleStep(0.1);
    m_level->setAccessibleName(tr("Level of the isosurface, in standard deviations"));
    for (QWidget* w : {static_cast<QWidget*>(m_levelSlider), static_cast<QWidget*>(m_level)})
        w->setToolTip(tr("Level of the surface: standard deviations of the map above its mean"));
    label->setBuddy(m_level);
    m_colour = new QComboBox;
    m_colour->addItems({tr("By radius"), tr("By height"), tr("Plain")});
    m_colour->setAccessibleName(tr("Colour of the surface"));
    m_colour->setToolTip(tr("Colour of the surface: by distance from the centre, along z, or one colour"));
    row->addWidget(label);
    row->addWidget(m_levelSlider, 1);
    row->addWidget(m_level);
    row->addWidget(m_colour);
    connect(m_levelSlider, &QSlider::valueChanged, this,
            [this](int value) { edit([&](DensityAppearance& a) { a.level = value * kSliderStep; }); });
    connect(m_level, &QDoubleSpinBox::valueChanged, this,
            [this](double sigmas) { edit([&](DensityAppearance& a) { a.level = sigmas; }); });
    connect(m_colour, &QComboBox::currentIndexChanged, this,
            [this](int i) { edit([&](DensityAppearance& a) { a.colour = static_cast<SurfaceColour>(i); }); });
    m_showers.push_back([this](const DensityAppearance& a) {
        m_level->setValue(a.level);
        m_levelSlider->setValue(qRound(a.level / kSliderStep));
        m_colour->setCurrentIndex(static_cast<int>(a.colour));
    });
    return bar;
}

QWidget* DensityControls::makeSliceRow() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    static constexpr const char* kNames[] = {"x", "y", "z"};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const QString name = QString::fromLatin1(kNames[axis]);
        auto* slider = new QSlider(Qt::Horizontal);
        auto* spin = new QDoubleSpinBox;
        spin->setDecimals(2);
        spin->setSuffix(tr(" nm"));
        spin->setPrefix(name + QStringLiteral(" = "));
        const QString tip = tr("Where the slice across %1 is, in nm from the map's centre").arg(name);
        for (QWidget* w : {static_cast<QWidget*>(slider), static_cast<QWidget*>(spin)}) {
            w->setToolTip(tip);
            w->setAccessibleName(tip);
        }
        row->addWidget(spin);
        row->addWidget(slider, 1);
        m_position[axis] = slider;
        m_positionSpin[axis] = spin;
        connect(slider, &QSlider::valueChanged, this, [this, axis](int index) {
            edit([&](DensityAppearance& a) { a.position[axis] = m_first + index * m_spacing; });
        });
        connect(spin, &QDoubleSpinBox::valueChanged, this, [this, axis](double nm) {
            edit([&](DensityAppearance& a) { a.position[axis] = nm / kNmPerAngstrom; });
        });
        m_showers.push_back([this, axis](const DensityAppearance& a) {
            if (m_spacing > 0)
                m_position[axis]->setValue(qRound((a.position[axis] - m_first) / m_spacing));
            m_positionSpin[axis]->setValue(a.position[axis] * kNmPerAngstrom);
        });
    }
    return bar;
}

void DensityControls::setMap(const MapVolume* map) {
    const bool any = map != nullptr, surfaces = any && map->sigma() > 0;
    for (QWidget* w :
         {static_cast<QWidget*>(m_surface), static_cast<QWidget*>(m_volume), static_cast<QWidget*>(m_levelSlider),
          static_cast<QWidget*>(m_level), static_cast<QWidget*>(m_colour)})
        w->setEnabled(surfaces);
    for (QWidget* w :
         {static_cast<QWidget*>(m_slices), m_sliceRow, static_cast<QWidget*>(m_view), static_cast<QWidget*>(m_spin),
          static_cast<QWidget*>(m_showButton), static_cast<QWidget*>(m_reference), static_cast<QWidget*>(m_picture)})
        w->setEnabled(any);
    if (!any)
        return;
    // The level that was asked for stays, also while a running map does not reach it.
    const QScopedValueRollback<bool> guard(m_showing, true);
    if (surfaces) {
        m_level->setRange(std::min(0.0, map->lowestSigmas()), std::max(map->highestSigmas(), 0.1));
        m_levelSlider->setRange(0, qRound(map->highestSigmas() / kSliderStep));
    }
    m_spacing = map->spacing();
    m_first = map->first();
    for (std::size_t axis = 0; axis < 3; ++axis) {
        m_position[axis]->setRange(0, static_cast<int>(map->size()) - 1);
        m_positionSpin[axis]->setRange(map->first() * kNmPerAngstrom, -map->first() * kNmPerAngstrom);
        m_positionSpin[axis]->setSingleStep(map->spacing() * kNmPerAngstrom);
    }
    show(m_appearance);
}

void DensityControls::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::LanguageChange || event->type() == QEvent::PaletteChange)
        update();
}

} // namespace fxs::ui
