#pragma once

#include "widgets/density/density_appearance.h"
#include "widgets/density/map_volume.h"
#include "widgets/density/scene_camera.h"

#include <QWidget>
#include <functional>
#include <vector>

class QAction;
class QComboBox;
class QDoubleSpinBox;
class QMenu;
class QSlider;
class QToolButton;

namespace fxs::ui {

/// What the user sets of a density's look, as buttons, sliders and menus. Edits one DensityAppearance; draws nothing itself.
/// Threads: GUI thread.
class DensityControls : public QWidget {
    Q_OBJECT

public:
    /// withScene false: there is no OpenGL, only slices are offered.
    explicit DensityControls(bool withScene, QWidget* parent = nullptr);

    /// The buttons for a title line: view, spin, show, reference, picture.
    QList<QWidget*> titleButtons() const;
    const DensityAppearance& appearance() const { return m_appearance; }
    /// Shows it and emits changed() if it differs.
    void setAppearance(const DensityAppearance& appearance);
    /// What levels and positions there are; null disables all but the menus of pictures of nothing.
    void setMap(const MapVolume* map);
    /// "C1" for none, "C7", "D7": names the views along its axes.
    void setSymmetry(const QString& group);
    void setReferenceName(const QString& name); ///< empty: there is none
    bool isSpinning() const;
    void setSpinning(bool on);

    QDoubleSpinBox* levelSpin() const { return m_level; }
    QSlider* levelSlider() const { return m_levelSlider; }
    QSlider* positionSlider(int axis) const { return m_position[static_cast<std::size_t>(axis)]; }

Q_SIGNALS:
    void changed(const fxs::ui::DensityAppearance& appearance);
    void lookRequested(fxs::ui::CameraPreset preset);
    void spinToggled(bool on);
    void referenceRequested(); ///< "Open reference structure…"
    void referenceRemoved();
    void copyRequested();
    void saveRequested(double scale, int width, bool transparent); ///< width > 0 is taken in place of scale

protected:
    void changeEvent(QEvent* event) override;

private:
    QWidget* makeLevelRow();
    QWidget* makeSliceRow();
    void makeViewMenu();
    void makeShowMenu();
    void makeReferenceMenu();
    void makePictureMenu();
    void askForPicture();
    QToolButton* menuButton(const QString& text, const QString& tip);
    QAction* toggle(QMenu* menu, const QString& text, const QString& tip, bool DensityAppearance::*member);
    QDoubleSpinBox* numberIn(QMenu* menu, const QString& label, const QString& tip, double low, double high,
                             double step, const QString& suffix, double DensityAppearance::*member, double factor = 1);
    void edit(const std::function<void(DensityAppearance&)>& change);
    void show(const DensityAppearance& appearance);

    DensityAppearance m_appearance;
    const bool m_withScene;
    bool m_showing = false; ///< controls are being set to the appearance: not the user
    double m_spacing = 0, m_first = 0;

    QToolButton *m_surface, *m_volume, *m_slices;
    QSlider* m_levelSlider;
    QDoubleSpinBox* m_level;
    QComboBox* m_colour;
    QWidget *m_levelRow, *m_sliceRow;
    std::array<QSlider*, 3> m_position{};
    std::array<QDoubleSpinBox*, 3> m_positionSpin{};
    QToolButton *m_view, *m_spin, *m_showButton, *m_reference, *m_picture;
    QAction *m_alongZ, *m_alongX, *m_removeReference, *m_transparent;
    /// Sets a control to an appearance.
    std::vector<std::function<void(const DensityAppearance&)>> m_showers;
};

} // namespace fxs::ui
