#include "app/workbench/job_channel.h"

#include <utility>

namespace fxs::app {

template <class Change>
void JobChannel::put(Change change) {
    {
        const std::lock_guard lock(m_mutex);
        change(m_news);
        if (std::exchange(m_woken, true))
            return;
    }
    m_wake();
}

/// Pointers of a newer snapshot replace those of an older one stage by stage.
void JobChannel::merge(const Snapshot& news) {
    Snapshot& kept = m_news.snapshot ? *m_news.snapshot : m_news.snapshot.emplace();
    if (news.correlation) {
        kept.correlation = news.correlation;
        kept.labelled = news.labelled;
    }
    if (news.coefficients)
        kept.coefficients = news.coefficients;
    if (news.phasing)
        kept.phasing = news.phasing;
    if (news.density)
        kept.density = news.density;
    if (news.frame)
        kept.frame = news.frame;
}

JobEvents JobChannel::events() {
    JobEvents events;
    const auto self = shared_from_this();
    events.state = [self](JobState state) { self->put([&](JobNews& news) { news.states.push_back(state); }); };
    events.progress = [self](const Progress& progress) { self->put([&](JobNews& news) { news.progress = progress; }); };
    events.wantSnapshot = [self] {
        if (!self->m_watched)
            return false;
        const std::lock_guard lock(self->m_mutex);
        return !self->m_news.snapshot.has_value();
    };
    events.snapshot = [self](std::shared_ptr<const Snapshot> snapshot) {
        if (snapshot)
            self->put([&](JobNews&) { self->merge(*snapshot); });
    };
    events.log = [self](const LogLine& line) { self->put([&](JobNews& news) { news.log.push_back(line); }); };
    events.finished = [self](const Outcome& outcome) { self->put([&](JobNews& news) { news.outcome = outcome; }); };
    return events;
}

JobNews JobChannel::take() {
    const std::lock_guard lock(m_mutex);
    m_woken = false;
    return std::exchange(m_news, {});
}

} // namespace fxs::app
