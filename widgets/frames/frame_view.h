#pragma once

#include "engine/backend/frame_browser.h"
#include "engine/backend/run_survey.h"
#include "widgets/background/background.h"
#include "widgets/frames/frame_pictures.h"
#include "widgets/plot/picture.h"

#include <QColor>
#include <QWidget>
#include <memory>
#include <optional>

class QComboBox;
class QLabel;

namespace fxs {
class Resampler;
}

namespace fxs::ui {

class FrameControls;
class FramePlayer;
class HeatMap;
class HitStrip;
class Panel;

/// The frames of a run, one by one or what is made of many: the detector as assembled by its geometry, or (runs of polar images) the
/// diffraction pattern, and the rings against azimuth. With levels, mask, resolution rings, readout, a player and the hit strip.
/// It asks for frames and sums by signals and shows what it is given; it reads nothing itself. Zoom and levels are kept from frame to frame.
/// Keys: arrows, Page Up and Down, Home, End: frames; space: play; 1 to 4: single, sum, mean, maximum; M: mask; Escape: stop a sum.
/// Threads: GUI thread; pictures are made in the background.
class FrameView : public QWidget {
    Q_OBJECT

public:
    explicit FrameView(Background& background, QWidget* parent = nullptr);
    ~FrameView() override;

    /// Another run: the frame number returns to 0, the geometry is the one that its files say. Null: none.
    void setRun(std::shared_ptr<const RunInfo> run);
    /// Where the panels are (settings may say more than the run's files). Null: frames are shown as stored. Keeps the zoom where the
    /// picture keeps its size.
    void setGeometry(std::shared_ptr<const DetectorGeometry> geometry);
    void setFrame(std::shared_ptr<const BrowsedFrame> frame);
    void setStatistics(std::shared_ptr<const RangeStatistics> statistics);
    void setScores(std::shared_ptr<const HitScores> scores);
    /// Who gives corrected frames; null: nobody, and "Show" is hidden. The frame on screen is corrected anew.
    void setCorrector(FrameCorrector corrector);
    /// What the user has masked, by raw pixel (1 = valid): it does not count for levels and sums. It is not drawn here: who edits it shows
    /// it. Null, or of another shape than the frames: none.
    void setDrawnMask(std::shared_ptr<const Array<std::uint8_t, 3>> mask);
    void setMessage(const QString& message);

    std::uint64_t frameIndex() const;
    void setFrameIndex(std::uint64_t index);
    bool isPlaying() const;
    void setPlaying(bool playing);

    HeatMap* leftMap() const { return m_left; } ///< detector or pattern
    HeatMap* rightMap() const { return m_right; }
    FramePlayer* player() const { return m_player; }
    FrameControls* controls() const { return m_controls; }
    HitStrip* strip() const { return m_strip; }
    QString readout() const;
    /// Why preprocessing does not use the frame on screen; empty: it does, or there is none.
    QString rejected() const { return m_rejected; }
    /// Levels, colours, zoom, rings, what is shown of a frame and which: for sessions. Restoring takes what it understands; what needs a
    /// run waits for it.
    QByteArray saveViewState() const;
    void restoreViewState(const QByteArray& state);
    /// Where raw pixels lie in the pictures; null: nowhere. Changes are told.
    std::shared_ptr<const PixelPlacement> leftPlacement() const { return m_leftPlacement; }
    std::shared_ptr<const PixelPlacement> rightPlacement() const { return m_rightPlacement; }
    /// The values on screen, by raw pixel.
    const ShownValuesPtr& values() const { return m_values; }
    void setMaskColour(const QColor& colour);

Q_SIGNALS:
    void frameRequested(std::uint64_t index);
    void statisticsRequested(fxs::FrameRange range);
    void statisticsStopRequested();
    void placementsChanged();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Request;
    struct Shown;
    struct Workshop;
    void connectParts();
    void arrange();
    void refresh();
    void present(const Shown& shown);
    void showShade();
    void setAxes(bool polar, bool physical);
    void takeFrameNumber(std::uint64_t index);
    void takeStatistic();
    void takePlacements(std::shared_ptr<const PixelPlacement> left, std::shared_ptr<const PixelPlacement> right);
    void drawRings();
    void showReadout(bool left, double x, double y, double value);
    bool isSingle() const;

    LatestWork m_work;
    std::shared_ptr<Workshop> m_workshop;
    HeatMap* m_left;
    HeatMap* m_right;
    Panel* m_leftPanel;
    Panel* m_rightPanel;
    FrameControls* m_controls;
    FramePlayer* m_player;
    HitStrip* m_strip;
    QComboBox* m_quantity;
    QLabel* m_readout;

    std::shared_ptr<const RunInfo> m_run;
    std::shared_ptr<const DetectorGeometry> m_geometry;
    std::shared_ptr<const BrowsedFrame> m_frame;
    std::shared_ptr<const RangeStatistics> m_sums;
    FrameCorrector m_corrector;
    std::shared_ptr<const Array<std::uint8_t, 3>> m_drawnMask;
    QString m_rejected;
    std::optional<std::uint64_t> m_wantedFrame; ///< of a restored state, until its run comes
    ShownValuesPtr m_values;
    std::shared_ptr<const Assembly> m_assembly;
    std::shared_ptr<const PixelPlacement> m_leftPlacement, m_rightPlacement;
    ShadePtr m_shade, m_rightShade;
    QColor m_maskColour{220, 40, 60, 110};
    bool m_polar = true;
};

} // namespace fxs::ui
