// The menus of DensityControls.
#include "widgets/density/density_controls.h"

#include <QtWidgets>

namespace fxs::ui {

QToolButton* DensityControls::menuButton(const QString& text, const QString& tip) {
    auto* button = new QToolButton;
    button->setText(text);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(button);
    menu->setToolTipsVisible(true);
    button->setMenu(menu);
    return button;
}

QAction* DensityControls::toggle(QMenu* menu, const QString& text, const QString& tip,
                                 bool DensityAppearance::*member) {
    QAction* action = menu->addAction(text);
    action->setCheckable(true);
    action->setToolTip(tip);
    connect(action, &QAction::toggled, this,
            [this, member](bool on) { edit([&](DensityAppearance& a) { a.*member = on; }); });
    m_showers.push_back([action, member](const DensityAppearance& a) { action->setChecked(a.*member); });
    return action;
}

QDoubleSpinBox* DensityControls::numberIn(QMenu* menu, const QString& label, const QString& tip, double low,
                                          double high, double step, const QString& suffix,
                                          double DensityAppearance::*member, double factor) {
    auto* line = new QWidget;
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(28, 2, 10, 2);
    auto* text = new QLabel(label);
    auto* spin = new QDoubleSpinBox;
    spin->setRange(low, high);
    spin->setSingleStep(step);
    spin->setDecimals(step < 1 ? 2 : 0);
    spin->setSuffix(suffix);
    for (QWidget* w : {static_cast<QWidget*>(text), static_cast<QWidget*>(spin)})
        w->setToolTip(tip);
    spin->setAccessibleName(label);
    text->setBuddy(spin);
    row->addWidget(text, 1);
    row->addWidget(spin);
    auto* action = new QWidgetAction(menu);
    action->setDefaultWidget(line);
    menu->addAction(action);
    connect(spin, &QDoubleSpinBox::valueChanged, this,
            [this, member, factor](double value) { edit([&](DensityAppearance& a) { a.*member = value / factor; }); });
    m_showers.push_back([spin, member, factor](const DensityAppearance& a) { spin->setValue(a.*member * factor); });
    return spin;
}

void DensityControls::makeViewMenu() {
    m_view = menuButton(tr("View"), tr("Where the camera looks from"));
    QMenu* menu = m_view->menu();
    const auto look = [&](const QString& text, CameraPreset preset, const QString& tip) {
        QAction* action = menu->addAction(text, this, [this, preset] { Q_EMIT lookRequested(preset); });
        action->setToolTip(tip);
        return action;
    };
    look(tr("&Reset"), CameraPreset::diagonal,
         tr("From the front, a little to the right and above; the particle fills the view"));
    look(tr("Along &x"), CameraPreset::alongX, tr("From the positive end of x; z is up"));
    look(tr("Along &y"), CameraPreset::alongY, tr("From the negative end of y; z is up"));
    look(tr("Along &z"), CameraPreset::alongZ, tr("From the positive end of z; y is up"));
    menu->addSeparator();
    m_alongZ = look(tr("Along the symmetry axis"), CameraPreset::alongZ,
                    tr("Symmetric densities lie with their main axis along z"));
    m_alongX = look(tr("Along a two-fold axis"), CameraPreset::alongX,
                    tr("Dihedral densities lie with a two-fold axis along x"));
    menu->addSeparator();
    toggle(menu, tr("&Perspective"),
           tr("What is near looks larger; off: parallel lines stay parallel and the scale bar holds everywhere"),
           &DensityAppearance::perspective);
    numberIn(menu, tr("Spin rate"), tr("Degrees a second while Spin is on; negative: the other way"), -180, 180, 5,
             tr(" °/s"), &DensityAppearance::spinRate);
    setSymmetry({});
}

void DensityControls::setSymmetry(const QString& group) {
    const int fold = group.mid(1).toInt();
    const bool cyclic = (group.startsWith(QLatin1Char('C')) || group.startsWith(QLatin1Char('D'))) && fold > 1;
    m_alongZ->setEnabled(cyclic);
    m_alongZ->setText(cyclic ? tr("Along the %1-fold a&xis").arg(fold) : tr("Along the symmetry a&xis"));
    m_alongX->setVisible(cyclic && group.startsWith(QLatin1Char('D')));
}

void DensityControls::makeShowMenu() {
    m_showButton = menuButton(tr("Show"), tr("What is drawn, and how"));
    QMenu* menu = m_showButton->menu();
    toggle(menu, tr("&Bounding box"), tr("The edges of the map's box"), &DensityAppearance::box);
    toggle(menu, tr("&Axes"), tr("The directions of x, y and z"), &DensityAppearance::axes);
    toggle(menu, tr("&Scale bar"), tr("A length in nm, at the depth of the map's centre"),
           &DensityAppearance::scaleBar);
    menu->addSeparator();
    toggle(menu, tr("S&oft light"), tr("Hollows are darker, as under a cloudy sky"), &DensityAppearance::softLight);
    toggle(menu, tr("&Depth cue"), tr("What is far fades into the background"), &DensityAppearance::depthCue);
    toggle(menu, tr("Dark &edges"), tr("Silhouettes are drawn dark"), &DensityAppearance::edges);
    numberIn(menu, tr("Opacity of the surface"), tr("In percent"), 5, 100, 5, tr(" %"), &DensityAppearance::opacity,
             100);
    menu->addSeparator();
    toggle(menu, tr("Outer s&hell"), tr("A second, translucent surface around the first"),
           &DensityAppearance::outerShell);
    numberIn(menu, tr("Level of the shell"), tr("Standard deviations of the map above its mean"), -5, 50, 0.1, tr(" σ"),
             &DensityAppearance::outerLevel);
}

void DensityControls::makeReferenceMenu() {
    m_reference = menuButton(tr("Reference"), tr("A known structure or another map, laid over the density"));
    QMenu* menu = m_reference->menu();
    QAction* open = menu->addAction(tr("&Open reference structure…"), this, &DensityControls::referenceRequested);
    open->setToolTip(tr("PDB, mmCIF or MRC; it is aligned with the density and compared by FSC"));
    m_removeReference = menu->addAction(tr("&Remove"), this, &DensityControls::referenceRemoved);
    menu->addSeparator();
    toggle(menu, tr("&Show"), tr("Show the reference over the density"), &DensityAppearance::reference);
    toggle(menu, tr("As &beads"), tr("Beads where the atoms are, in place of a surface at the density's resolution"),
           &DensityAppearance::referenceAtoms);
    numberIn(menu, tr("Opacity"), tr("In percent"), 5, 100, 5, tr(" %"), &DensityAppearance::referenceOpacity, 100);
    menu->addAction(tr("&Colour…"), this, [this] {
        auto* dialog = new QColorDialog(m_appearance.referenceColour, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(dialog, &QColorDialog::colorSelected, this,
                [this](const QColor& colour) { edit([&](DensityAppearance& a) { a.referenceColour = colour; }); });
        dialog->open();
    });
    setReferenceName({});
}

void DensityControls::setReferenceName(const QString& name) {
    m_removeReference->setEnabled(!name.isEmpty());
    m_removeReference->setText(name.isEmpty() ? tr("&Remove") : tr("&Remove %1").arg(name));
}

void DensityControls::makePictureMenu() {
    m_picture = menuButton(tr("Picture"), tr("Save or copy what is shown"));
    QMenu* menu = m_picture->menu();
    menu->addAction(tr("&Copy picture"), this, &DensityControls::copyRequested);
    menu->addSeparator();
    const auto save = [&](const QString& text, double scale) {
        menu->addAction(text, this, [this, scale] { Q_EMIT saveRequested(scale, 0, m_transparent->isChecked()); });
    };
    save(tr("Save as on &screen…"), 1);
    save(tr("Save at &twice the size…"), 2);
    save(tr("Save at &four times the size…"), 4);
    menu->addAction(tr("Save at another &width…"), this, &DensityControls::askForPicture);
    menu->addSeparator();
    m_transparent = menu->addAction(tr("T&ransparent background"));
    m_transparent->setCheckable(true);
    m_transparent->setToolTip(tr("For slides and posters: only the particle, no background"));
}

void DensityControls::askForPicture() {
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Save picture"));
    dialog->setLabelText(tr("Width of the picture in pixels"));
    dialog->setInputMode(QInputDialog::IntInput);
    dialog->setIntRange(64, 16384);
    dialog->setIntValue(3000);
    connect(dialog, &QInputDialog::intValueSelected, this,
            [this](int width) { Q_EMIT saveRequested(1, width, m_transparent->isChecked()); });
    dialog->open();
}

} // namespace fxs::ui
