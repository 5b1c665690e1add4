#pragma once

#include <QTimer>
#include <QWidget>
#include <cstdint>

class QLabel;
class QSlider;
class QSpinBox;
class QToolButton;

namespace fxs::ui {

/// Which frame is shown: slider, number, steps, and a player that waits for slow frames.
/// Threads: GUI thread.
class FramePlayer : public QWidget {
    Q_OBJECT

public:
    explicit FramePlayer(QWidget* parent = nullptr);

    /// A run of so many frames; back to frame 0, without a signal.
    void setCount(std::uint64_t count);
    std::uint64_t index() const;
    void setIndex(std::uint64_t index); ///< cut to the run
    void step(int by);                  ///< from -1 and +1 on; stays in the run
    void goToEnd();
    /// The frame that was asked for is here: the player may ask for the next.
    void frameArrived() { m_awaited = false; }
    bool isPlaying() const { return m_timer.isActive(); }
    void setPlaying(bool playing);
    int rate() const;
    void setRate(int framesPerSecond);
    /// Steps of PageUp and PageDown.
    int pageStep() const;

Q_SIGNALS:
    void indexChanged(std::uint64_t index);

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyTheme();

    QSlider* m_slider;
    QSpinBox *m_spin, *m_rate;
    QToolButton *m_first, *m_back, *m_play, *m_forward, *m_last;
    QLabel* m_count;
    QTimer m_timer;
    bool m_awaited = false;
};

} // namespace fxs::ui
