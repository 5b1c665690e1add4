#pragma once

#include "engine/backend/run_survey.h"
#include "engine/core/settings.h"

#include <QObject>
#include <QTimer>
#include <memory>

namespace fxs::app {

class Workbench;

/// Looks through the session's run for the Frames view: scores for the strip, sums of ranges. Follows the session; is gentle while a
/// job runs. A drawn mask counts in the scores: they are made anew once it has rested for a while.
/// Threads: GUI thread; nothing here waits, but the destructor, for the frame that is being read.
class FrameSurvey : public QObject {
    Q_OBJECT

public:
    explicit FrameSurvey(Workbench& workbench, QObject* parent = nullptr);
    ~FrameSurvey() override;

    void sum(FrameRange range);
    void stopSum();

Q_SIGNALS:
    void scoresReady(std::shared_ptr<const fxs::HitScores> scores);
    void statisticsReady(std::shared_ptr<const fxs::RangeStatistics> statistics);

private:
    SettingValues wantedInput() const;
    void follow();
    void followSettings();
    void open();

    Workbench& m_workbench;
    std::unique_ptr<RunSurvey> m_survey;
    QTimer m_rest;
    SettingValues m_input; ///< that the survey reads with
    bool m_summing = false;
};

} // namespace fxs::app
