#pragma once

#include "widgets/plot/heat_map.h"

#include <QWidget>
#include <array>

class QLabel;

namespace fxs::ui {

/// One heat map, or three side by side that are compared: same colours, same levels (the first's), same zoom, same cursor.
class MapTrio : public QWidget {
    Q_OBJECT

public:
    /// title: of what the maps show, for assistive technology and for exported files.
    explicit MapTrio(const QString& title, const std::array<QString, 3>& captions, QWidget* parent = nullptr);

    HeatMap* map(std::size_t index = 0) const { return m_maps[index]; }
    void setSideBySide(bool on);
    bool isSideBySide() const { return m_sideBySide; }

    /// The first is shown alone unless side by side.
    void setPictures(const std::array<PicturePtr, 3>& pictures);
    void setAxes(const AxisText& x, const AxisText& y, const AxisText& value);
    void setTickStep(double x);
    void setSquare(bool square);
    void setCursorPosition(double x, double y);

Q_SIGNALS:
    void cursorMoved(double x, double y);
    void hovered(double x, double y, double value);
    void hoverLeft();

private:
    void follow();
    void linkZoom();

    std::array<HeatMap*, 3> m_maps{};
    std::array<QLabel*, 3> m_captions{};
    std::array<QWidget*, 3> m_columns{};
    bool m_sideBySide = false, m_fixedTicks = false;
};

} // namespace fxs::ui
