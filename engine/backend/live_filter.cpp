#include "engine/backend/live_filter.h"

#include "engine/mtif/filter.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace fxs {

struct LiveFilter::State {
    FilterSettings settings;
    JobHooks hooks;
    std::mutex mutex;
    std::condition_variable_any changed;
    std::shared_ptr<const CorrelationSnapshot> waiting;
    std::stop_source stop;

    void run() {
        const std::stop_token token = stop.get_token();
        TaskContext task;
        task.stop = token; // without progress and log: the correlation's own are what is shown
        const Filter filter(settings);
        for (;;) {
            std::shared_ptr<const CorrelationSnapshot> next;
            {
                std::unique_lock lock(mutex);
                if (!changed.wait(lock, token, [this] { return waiting != nullptr; }))
                    return;
                next = std::exchange(waiting, nullptr);
            }
            try {
                auto snapshot = std::make_shared<Snapshot>();
                snapshot->coefficients = std::make_shared<const FilterResult>(filter.run(*next->sums, task));
                snapshot->correlation = std::move(next); // what they were made from, so that the two are shown together
                if (!token.stop_requested())
                    hooks.publish(std::move(snapshot));
            } catch (const Stopped&) {
                return;
            } catch (const std::exception& error) {
                // Few images are no fault: the filter of the whole correlation will say what is really wrong.
                hooks.task.log(LogLevel::debug, std::string("coefficients of the images so far: ") + error.what());
            }
        }
    }
};

LiveFilter::LiveFilter(FilterSettings settings, const JobHooks& hooks) : m_state(std::make_shared<State>()) {
    m_state->settings = std::move(settings);
    m_state->hooks = hooks;
    m_thread = NamedThread("fxs-live-filter", [state = m_state](std::stop_token) { state->run(); });
}

LiveFilter::~LiveFilter() {
    m_state->stop.request_stop();
    m_thread.join();
}

void LiveFilter::offer(std::shared_ptr<const CorrelationSnapshot> correlation) {
    const std::lock_guard lock(m_state->mutex);
    m_state->waiting = std::move(correlation);
    m_state->changed.notify_one();
}

} // namespace fxs
