#pragma once

#include "engine/backend/frame_browser.h"
#include "engine/detector/quadrant_profiles.h"
#include "widgets/background/background.h"
#include "widgets/geometry_editor/geometry_values.h"

#include <QWidget>
#include <memory>
#include <optional>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QFormLayout;

namespace fxs::ui {

class CanvasLayer;
class CentreTool;
class CurvePlot;
class HeatMap;

/// Beam centre, distance and wavelength of a run of detector frames, by hand and by a refinement that it asks for. Rings and the
/// profiles of four quadrants follow every move; what is let go of, typed or applied is told as a whole geometry (edited), for the
/// app to make an undoable change of settings of, and to give back by setGeometry(). A refinement is shown and waits for Apply.
/// Threads: GUI thread; profiles are computed in the background.
class GeometryEditor : public QWidget {
    Q_OBJECT

public:
    explicit GeometryEditor(Background& background, QWidget* parent = nullptr);
    ~GeometryEditor() override;

    /// The picture on which the centre is moved.
    CanvasLayer* setCanvas(HeatMap* map);
    void setPlacement(std::shared_ptr<const PixelPlacement> placement);

    /// The geometry as settings and files say it now. Null: there is none, and why.
    void setGeometry(std::shared_ptr<const DetectorGeometry> geometry, const QString& why = {});
    /// As it is on screen: while something is dragged, ahead of what was told.
    const DetectorGeometry* shown() const { return m_shown ? &*m_shown : nullptr; }
    /// The frame (or a mean of frames) that profiles are of, and its mask.
    void setFrame(std::shared_ptr<const BrowsedFrame> frame);
    void setMask(std::shared_ptr<const Array<std::uint8_t, 3>> mask);

    /// A refinement runs: how far it is, 0 ... 1; nullopt: none runs.
    void setRefining(std::optional<double> progress);
    /// What it found, to be applied or discarded.
    void setRefinement(std::shared_ptr<const GeometryRefinement> refinement);
    void setRefinementError(const QString& message);
    bool hasProposal() const { return m_refinement != nullptr; }
    RefineSettings refineSettings() const;
    const QuadrantProfiles* profiles() const { return m_profiles.get(); }
    bool isIdle() const { return !m_work.isBusy(); }

Q_SIGNALS:
    void edited(const fxs::DetectorGeometry& geometry, const QString& text);
    void refineRequested(const fxs::RefineSettings& settings);
    void refineStopRequested();

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void makeFields();
    QWidget* makeRefine();
    void takeFields(const QString& text);
    void preview(const DetectorGeometry& geometry);
    void commit(const QString& text);
    void dragTo(PicturePoint beam);
    void nudge(double right, double up);
    void showFields();
    void showRings();
    void requestProfiles();
    void showProfiles();
    void showProposal();
    void discard();
    void handToolOut();
    std::vector<double> ringsQ(double largest) const;

    LatestWork m_work;
    CanvasLayer* m_layer = nullptr;
    std::unique_ptr<CentreTool> m_tool;
    std::shared_ptr<const PixelPlacement> m_placement;
    std::shared_ptr<const DetectorGeometry> m_given;
    std::optional<DetectorGeometry> m_shown;
    std::shared_ptr<const BrowsedFrame> m_frame;
    std::shared_ptr<const Array<std::uint8_t, 3>> m_mask;
    std::shared_ptr<const QuadrantProfiles> m_profiles;
    std::shared_ptr<const GeometryRefinement> m_refinement;
    bool m_refining = false;

    QFormLayout* m_form;
    QDoubleSpinBox *m_x, *m_y, *m_distance, *m_wavelength, *m_energy, *m_pixel, *m_search;
    QComboBox* m_calibrant;
    CurvePlot* m_plot;
    QLabel *m_spread, *m_status, *m_proposal;
    QPushButton *m_refine, *m_apply, *m_discard;
};

} // namespace fxs::ui
