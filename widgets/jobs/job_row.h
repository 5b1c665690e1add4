#pragma once

#include "engine/backend/backend.h"

#include <QDateTime>
#include <QFlags>
#include <QString>

namespace fxs::ui {

/// What can be asked for of a job in the table. Which of them a job offers now, its row says.
enum class JobAct : unsigned {
    follow = 1U << 0U,     ///< its results are those that the views show
    openLog = 1U << 1U,    ///< its lines of the log, or its log file
    openScript = 1U << 2U, ///< what was run: the command line, or the batch script
    openFolder = 1U << 3U, ///< where it writes
    stop = 1U << 4U,
    finish = 1U << 5U,
    resume = 1U << 6U,
    resubmit = 1U << 7U,
    fetch = 1U << 8U,   ///< brings its results here
    compare = 1U << 9U, ///< its density with that of another
    remove = 1U << 10U, ///< from the list; its files stay
};
Q_DECLARE_FLAGS(JobActs, JobAct)
Q_DECLARE_OPERATORS_FOR_FLAGS(JobActs)

/// One job as the table shows it. A value; whoever knows the job fills it.
struct JobRow {
    QString id;
    QString name;
    QString where;   ///< "This computer", "maxwell"
    QString detail;  ///< behind where: "2 nodes, 8 ranks"
    QString folder;  ///< where it writes; tool tip
    QString reason;  ///< behind the state: why it waits, since when it is unknown
    QString message; ///< what went wrong; tool tip
    JobState state = JobState::queued;
    bool interrupted = false; ///< its program died while it ran
    bool followed = false;    ///< its results are those in the views
    Progress progress;
    QDateTime started; ///< its row's first appearance, or what its backend tells
    QDateTime ended;   ///< invalid: not yet
    QDateTime stageStarted;
    JobActs acts;

    bool isOver() const;
};

/// "2 min 5 s"; empty for what is no duration.
QString durationText(double seconds);

} // namespace fxs::ui
