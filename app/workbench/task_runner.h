#pragma once

#include "engine/core/thread.h"
#include "widgets/background/background.h"

#include <QObject>
#include <memory>
#include <string>

namespace fxs::app {

/// One named thread that does the work handed to it, in order; what the work returns runs on the GUI thread.
/// Owns:    the thread; destroying it drops what waits and joins what runs.
/// Threads: GUI thread.
class TaskRunner : public QObject, public ui::Background {
    Q_OBJECT

public:
    explicit TaskRunner(std::string name, QObject* parent = nullptr);
    ~TaskRunner() override;

    void run(Work work) override;
    /// Waits until all work handed over has run; then nothing more is taken. What it returned may not be shown any more. For the end of
    /// the program.
    void finish();
    /// Whether everything handed over is done and shown.
    bool isIdle() const { return m_open == 0; }

Q_SIGNALS:
    void idle();

private:
    struct Queue;
    std::shared_ptr<Queue> m_queue;
    NamedThread m_thread;
    int m_open = 0;
};

} // namespace fxs::app
