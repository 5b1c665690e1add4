#pragma once

#include "widgets/density/map_volume.h"

#include <QWidget>
#include <array>

namespace fxs::ui {

class HeatMap;
class Panel;

/// Three orthogonal slices of a map with linked crosshairs, in nm. A click or drag moves the crosshair (and with it the other two
/// slices), the wheel goes through the slices (with Ctrl it zooms). Needs no OpenGL.
/// Threads: GUI thread. Cost: 3 ms a move for 100³.
class SlicePanels : public QWidget {
    Q_OBJECT

public:
    explicit SlicePanels(QWidget* parent = nullptr);

    /// Null clears. Position and zoom stay.
    void setMap(MapVolumePtr map);
    /// Å from the map's centre. Emits nothing.
    void setPosition(const std::array<double, 3>& position);
    const std::array<double, 3>& position() const { return m_position; }
    HeatMap* slice(SliceAxis axis) const { return m_maps[static_cast<std::size_t>(axis)]; }
    /// Side by side instead of one above the other.
    void setHorizontal(bool on);

Q_SIGNALS:
    void positionMoved(const std::array<double, 3>& position); ///< by the user

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void refresh(bool all);
    void moveTo(const std::array<double, 3>& position);

    std::array<HeatMap*, 3> m_maps{};
    std::array<Panel*, 3> m_panels{};
    MapVolumePtr m_map;
    std::array<double, 3> m_position{};
    std::array<std::size_t, 3> m_shown{}; ///< voxel index of the plane in each picture
};

} // namespace fxs::ui
