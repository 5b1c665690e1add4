#pragma once

#include "engine/backend/frame_browser.h"
#include "widgets/background/background.h"
#include "widgets/plot/picture.h"

#include <QTimer>
#include <QWidget>
#include <memory>

class QLabel;
class QSlider;
class QSpinBox;
class QToolButton;

namespace fxs::ui {

class HeatMap;
class Panel;

/// One frame of a run: as a diffraction pattern and as rings against azimuth (polar runs), or as the detector saw it. With a player.
/// It asks for frames by a signal and shows what it is given; it reads nothing itself.
class FrameView : public QWidget {
    Q_OBJECT

public:
    explicit FrameView(Background& background, QWidget* parent = nullptr);
    ~FrameView() override;

    /// Another run: the frame number returns to 0. Null: none.
    void setRun(std::shared_ptr<const RunInfo> run);
    void setFrame(std::shared_ptr<const BrowsedFrame> frame);
    void setMessage(const QString& message);

    std::uint64_t frameIndex() const;
    void setFrameIndex(std::uint64_t index);
    bool isPlaying() const { return m_timer.isActive(); }
    void setPlaying(bool playing);

    HeatMap* leftMap() const { return m_left; }
    HeatMap* rightMap() const { return m_right; }

Q_SIGNALS:
    void frameRequested(std::uint64_t index);

protected:
    void changeEvent(QEvent* event) override;

private:
    QWidget* makePlayer();
    void showPictures(PicturePtr left, PicturePtr right, bool polar);
    void showReadout(bool disk, double x, double y, double value);
    void placeRings();
    void applyTheme();

    LatestWork m_work;
    HeatMap* m_left;
    HeatMap* m_right;
    Panel* m_leftPanel;
    Panel* m_rightPanel;
    QSlider* m_slider;
    QSpinBox* m_spin;
    QToolButton *m_first, *m_back, *m_play, *m_forward, *m_last;
    QSpinBox* m_rate;
    QLabel* m_count;
    QLabel* m_readout;
    QTimer m_timer;
    std::shared_ptr<const RunInfo> m_run;
    bool m_frameAwaited = false, m_polar = true;
};

} // namespace fxs::ui
