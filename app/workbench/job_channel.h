#pragma once

#include "engine/backend/backend.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace fxs::app {

/// What a job told since somebody last looked: the newest progress, a snapshot with the newest of every stage, all states and log lines,
/// and the outcome.
struct JobNews {
    std::optional<Progress> progress;
    std::optional<Snapshot> snapshot;
    std::vector<JobState> states;
    std::vector<LogLine> log;
    std::optional<Outcome> outcome;
};

/// Between a job's threads and the window: keeps the newest, and wakes the window once however much comes.
/// Threads: any.
class JobChannel : public std::enable_shared_from_this<JobChannel> {
public:
    /// wake: called from the job's threads when there is something to take and was not before; it returns at once.
    explicit JobChannel(std::function<void()> wake) : m_wake(std::move(wake)) {}

    /// The events that fill it. They keep it alive.
    JobEvents events();
    JobNews take();
    /// Whether anybody looks at the job's results: else it makes none.
    void setWatched(bool on) { m_watched = on; }

private:
    template <class Change>
    void put(Change change);
    void merge(const Snapshot& news);

    std::function<void()> m_wake;
    std::mutex m_mutex;
    JobNews m_news;
    bool m_woken = false;
    std::atomic<bool> m_watched{true};
};

} // namespace fxs::app
