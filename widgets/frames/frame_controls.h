#pragma once

#include "engine/backend/run_survey.h"
#include "widgets/frames/frame_pictures.h"
#include "widgets/frames/frame_readout.h"

#include <QWidget>

class QAbstractButton;
class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QSpinBox;
class QToolButton;

namespace fxs::ui {

/// The row above the frames: one frame or what is made of many (and which), corrected or as stored, mask, rings, polar image.
/// Threads: GUI thread.
class FrameControls : public QWidget {
    Q_OBJECT

public:
    explicit FrameControls(QWidget* parent = nullptr);

    void setFrameCount(std::uint64_t count); ///< another run: single frames, the whole run as range; no signal
    void setStatistic(FrameStatistic statistic);
    FrameStatistic statistic() const { return m_statistic; }
    void setRange(FrameRange range);
    FrameRange range() const;
    /// How far a sum is; total 0: none was asked for. running: Stop is there.
    void setProgress(std::uint64_t done, std::uint64_t total, bool running);
    /// What "Show" offers beside "as stored"; empty: the choice is hidden. What was chosen stays wanted by its name.
    void setSteps(const QStringList& steps);
    /// The same, beside those that are there: frames that are rejected early do not come to all steps.
    void addSteps(const QStringList& steps);
    QString step() const { return m_step; } ///< empty: as stored
    void setStep(const QString& step);
    /// Detector frames have a choice whether a polar image is made of them.
    void setPolarOptional(bool optional);
    bool isPolarWanted() const;
    bool isMaskShown() const;
    RingUnit ringUnit() const;
    QComboBox* stepChoice() const { return m_steps; }
    QComboBox* ringChoice() const { return m_rings; }
    QAbstractButton* maskButton() const;
    QAbstractButton* polarButton() const;
    QAbstractButton* statisticButton(FrameStatistic statistic) const;

Q_SIGNALS:
    void statisticChanged(fxs::ui::FrameStatistic statistic);
    void rangeChanged(fxs::FrameRange range);
    void stopRequested();
    void stepChanged();
    void lookChanged(); ///< mask or rings
    void polarWantedChanged();
    void maskColourAsked();

private:
    void takeRange();

    FrameStatistic m_statistic = FrameStatistic::single;
    QButtonGroup* m_statistics;
    QSpinBox *m_first, *m_last;
    QToolButton *m_all, *m_stop, *m_mask, *m_polar;
    QString m_step;
    QLabel *m_progress, *m_stepLabel;
    QComboBox *m_steps, *m_rings;
};

} // namespace fxs::ui
