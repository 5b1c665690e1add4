#include "app/workbench/task_runner.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace fxs::app {

struct TaskRunner::Queue {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::deque<Work> waiting;
    bool ending = false; ///< what waits is done, then the thread ends
};

TaskRunner::TaskRunner(std::string name, QObject* parent) : QObject(parent), m_queue(std::make_shared<Queue>()) {
    m_thread = NamedThread(std::move(name), [this, queue = m_queue](std::stop_token stop) {
        for (;;) {
            Work work;
            {
                std::unique_lock lock(queue->mutex);
                if (!queue->changed.wait(lock, stop, [&] { return !queue->waiting.empty() || queue->ending; }))
                    return;
                if (queue->waiting.empty())
                    return;
                work = std::move(queue->waiting.front());
                queue->waiting.pop_front();
            }
            std::function<void()> show;
            try {
                show = work();
            } catch (const std::exception&) {
                // Work tells its own errors; one that does not must not end the program. Nothing is shown for it.
            }
            // The receiver is this object: after its destruction nothing is delivered.
            QMetaObject::invokeMethod(
                this,
                [this, show = std::move(show)] {
                    if (show)
                        show();
                    if (--m_open == 0)
                        Q_EMIT idle();
                },
                Qt::QueuedConnection);
        }
    });
}

void TaskRunner::finish() {
    {
        const std::lock_guard lock(m_queue->mutex);
        m_queue->ending = true;
    }
    m_queue->changed.notify_one();
    m_thread.join();
}

TaskRunner::~TaskRunner() {
    m_thread.requestStop();
    m_thread.join();
}

void TaskRunner::run(Work work) {
    ++m_open;
    {
        const std::lock_guard lock(m_queue->mutex);
        m_queue->waiting.push_back(std::move(work));
    }
    m_queue->changed.notify_one();
}

} // namespace fxs::app
