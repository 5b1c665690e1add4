#pragma once

#include <QWidget>

class QComboBox;
class QToolButton;

namespace fxs::ui {

class HeatMap;

/// Colour map, colour scale and levels of one HeatMap, as a narrow strip of controls.
class ImageControls : public QWidget {
    Q_OBJECT

public:
    explicit ImageControls(HeatMap* map, QWidget* parent = nullptr);

    QComboBox* mapChoice() const { return m_map; }
    QComboBox* scaleChoice() const { return m_scale; }

private:
    void editLevels();

    HeatMap* m_heatMap;
    QComboBox* m_map;
    QComboBox* m_scale;
    QToolButton* m_levels;
};

} // namespace fxs::ui
