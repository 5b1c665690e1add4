#pragma once

#include "engine/model/density.h"

#include <QTimer>
#include <QWidget>
#include <memory>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSlider;
class QToolButton;

namespace fxs::ui {

class DensityScene;
class Panel;
class ScaleBar;
class VtkHost;

/// A density as an isosurface that turns under the mouse, with its level in standard deviations. Where there is no OpenGL it says
/// so in one line and keeps its figures.
/// Threads: GUI thread.
class DensityView : public QWidget {
    Q_OBJECT

public:
    explicit DensityView(QWidget* parent = nullptr);
    ~DensityView() override;

    /// The running iteration's best density; looking at it does not touch the run.
    void setPhasing(std::shared_ptr<const PhasingSnapshot> snapshot);
    /// The result. Null clears.
    void setReconstruction(std::shared_ptr<const Reconstruction> reconstruction);

    double level() const;
    void setLevel(double sigmas);
    bool hasOpenGl() const { return m_host != nullptr; }
    QWidget* drawing() const; ///< what the mouse turns; null without OpenGL
    int renderCount() const;  ///< drawings so far
    DensityScene* scene() const { return m_scene.get(); }
    /// What is on screen, scale bar included.
    QImage picture() const;

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeDrawing();
    QWidget* makeControls();
    void showMap(const DensityMap* map, const QString& note);
    void placeScaleBar();
    void applyTheme();

    VtkHost* m_host = nullptr;
    std::unique_ptr<DensityScene> m_scene;
    ScaleBar* m_bar = nullptr;
    Panel* m_panel;
    QLabel* m_message;
    QSlider* m_slider;
    QDoubleSpinBox* m_spin;
    QToolButton *m_views, *m_spinButton;
    QComboBox* m_colour;
    QCheckBox *m_box, *m_perspective;
    QTimer m_turning;
    std::shared_ptr<const PhasingSnapshot> m_phasing;
    std::shared_ptr<const Reconstruction> m_reconstruction;
};

} // namespace fxs::ui
