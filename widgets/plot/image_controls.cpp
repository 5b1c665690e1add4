#include "widgets/plot/image_controls.h"

#include "widgets/plot/heat_map.h"

#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDoubleValidator>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>

namespace fxs::ui {

ImageControls::ImageControls(HeatMap* map, QWidget* parent)
    : QWidget(parent), m_heatMap(map), m_map(new QComboBox), m_scale(new QComboBox), m_levels(new QToolButton) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    for (int i = 0; i < kColourMapCount; ++i)
        m_map->addItem(colourMapName(static_cast<ColourMap>(i)));
    m_map->setCurrentIndex(static_cast<int>(map->colourMap()));
    m_map->setToolTip(tr("Colour map"));
    m_map->setAccessibleName(tr("Colour map"));
    for (int i = 0; i < kColourScaleCount; ++i)
        m_scale->addItem(colourScaleName(static_cast<ColourScale>(i)));
    m_scale->setCurrentIndex(static_cast<int>(map->colourScale()));
    m_scale->setToolTip(tr("How values become colours"));
    m_scale->setAccessibleName(tr("Colour scale"));
    m_levels->setText(tr("Levels"));
    m_levels->setToolTip(tr("Lower and upper end of the colour scale"));
    m_levels->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_levels);
    QAction* automatic = menu->addAction(tr("Automatic"));
    automatic->setCheckable(true);
    automatic->setChecked(map->autoLevels());
    menu->addAction(tr("Set levels…"), this, &ImageControls::editLevels);
    menu->addSeparator();
    menu->addAction(tr("Show everything"), map, &HeatMap::showAll);
    connect(menu, &QMenu::aboutToShow, this, [this, automatic] { automatic->setChecked(m_heatMap->autoLevels()); });
    connect(automatic, &QAction::triggered, map, &HeatMap::setAutoLevels);
    m_levels->setMenu(menu);
    layout->addWidget(m_map);
    layout->addWidget(m_scale);
    layout->addWidget(m_levels);
    connect(m_map, &QComboBox::currentIndexChanged, map,
            [map](int i) { map->setColourMap(static_cast<ColourMap>(i)); });
    connect(m_scale, &QComboBox::currentIndexChanged, map,
            [map](int i) { map->setColourScale(static_cast<ColourScale>(i)); });
    connect(map, &HeatMap::appearanceChanged, this, [this, map] {
        m_map->setCurrentIndex(static_cast<int>(map->colourMap()));
        m_scale->setCurrentIndex(static_cast<int>(map->colourScale()));
    });
}

void ImageControls::editLevels() {
    QDialog dialog(this);
    dialog.setWindowTitle(tr("Levels"));
    auto* form = new QFormLayout(&dialog);
    const Levels now = m_heatMap->levels();
    auto* low = new QLineEdit(QString::number(now.low, 'g', 6));
    auto* high = new QLineEdit(QString::number(now.high, 'g', 6));
    for (QLineEdit* edit : {low, high})
        edit->setValidator(new QDoubleValidator(edit));
    form->addRow(tr("Lower end"), low);
    form->addRow(tr("Upper end"), high);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    if (dialog.exec() == QDialog::Accepted && low->text().toDouble() < high->text().toDouble())
        m_heatMap->setLevels({low->text().toDouble(), high->text().toDouble()});
}

} // namespace fxs::ui
