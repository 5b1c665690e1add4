#pragma once

#include "app/workbench/task_runner.h"

#include <QObject>
#include <QString>
#include <stop_token>

namespace fxs::ui {
class ConvergenceView;
class DensityView;
} // namespace fxs::ui

namespace fxs::app {

class Workbench;

/// The reference that the density is compared with: opens it, lays it over every finished density anew, gives overlay and FSC to the
/// views. Reading and aligning is done on a thread of its own, so that pictures do not wait for it.
/// Threads: GUI thread. Errors go to the workbench's log; what was shown before stays.
class ReferenceKeeper : public QObject {
    Q_OBJECT

public:
    ReferenceKeeper(Workbench& workbench, ui::DensityView& density, ui::ConvergenceView& convergence,
                    QObject* parent = nullptr);
    ~ReferenceKeeper() override;

    /// Asks for a file with a dialog that blocks nothing.
    void ask();
    /// Needs no density yet: it is laid over the first that comes.
    void open(const QString& path);
    void close();
    const QString& path() const { return m_path; } ///< for sessions; empty: none
    bool isIdle() const { return m_runner.isIdle(); }

Q_SIGNALS:
    void changed();

private:
    void compare();

    Workbench& m_workbench;
    ui::DensityView& m_density;
    ui::ConvergenceView& m_convergence;
    QString m_path;
    std::stop_source m_stop;
    TaskRunner m_runner; ///< last: joined first
};

} // namespace fxs::app
