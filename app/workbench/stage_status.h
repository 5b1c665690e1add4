#pragma once

#include "engine/backend/backend.h"

#include <QObject>
#include <QString>

namespace fxs::ui {
class StageBar;
}

namespace fxs::app {

class Workbench;

/// Keeps the stage bar true: what each stage has, whether it is stale, how far the running one is.
/// Threads: GUI thread.
class StageStatus : public QObject {
    Q_OBJECT

public:
    StageStatus(Workbench& workbench, ui::StageBar& bar, QObject* parent = nullptr);

    Stage runningStage() const { return m_running; }
    /// "Correlation: 1,240 frames/s"; empty while nothing runs.
    const QString& rateText() const { return m_rate; }

Q_SIGNALS:
    /// The running job went on from one stage to the next.
    void stagePassed(fxs::Stage from, fxs::Stage to);
    void rateChanged(const QString& text);

private:
    void onProgress(const Progress& progress);
    void onFinished(const Outcome& outcome);
    void refresh();
    void refreshStage(Stage stage);

    Workbench& m_workbench;
    ui::StageBar& m_bar;
    Stage m_running = Stage::correlate;
    Progress m_progress;
    QString m_rate, m_openError;
    bool m_failed = false, m_stopped = false;
};

} // namespace fxs::app
