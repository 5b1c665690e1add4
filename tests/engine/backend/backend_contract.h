#pragma once

#include "engine/backend/backend.h"

#include <QTest>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

// What every Backend promises, as tests. A backend's own test gives a BackendCase and runs each rule of
// contractRules().

namespace fxs::test {

/// A backend under test and work for it. Each rule gets a fresh one.
struct BackendCase {
    std::unique_ptr<Backend> backend;
    JobSpec quick;   ///< ends well by itself within seconds, publishes progress and at least one snapshot
    JobSpec endless; ///< runs until it is stopped or finished; publishes snapshots as fast as it can
    JobSpec failing; ///< ends with an Error
    JobSpec wrong;   ///< check() has at least two fatal problems with it
};
using MakeCase = std::function<BackendCase()>;

/// Writes down every event of a job, from whatever thread it comes.
class EventRecorder {
public:
    JobEvents events() {
        JobEvents events;
        events.state = [this](JobState state) { note([&] { m_states.push_back(state); }); };
        events.progress = [this](const Progress& p) {
            note([&] {
                double& last = m_fractions[p.stage];
                m_progressFell |= p.fraction < last || p.fraction > 1;
                last = p.fraction;
                ++m_progressCount;
            });
        };
        events.wantSnapshot = [this] { return m_want.load(); };
        events.snapshot = [this](std::shared_ptr<const Snapshot> snapshot) {
            note([&] {
                ++m_snapshotCount;
                m_nullSnapshot |= snapshot == nullptr;
            });
        };
        events.log = [this](const LogLine&) { note([] {}); };
        events.finished = [this](const Outcome& outcome) {
            const std::lock_guard lock(m_mutex);
            m_outcomes.push_back(outcome);
            m_statesAtEnd = m_states;
            m_changed.notify_all();
        };
        return events;
    }

    bool waitFinished(int seconds = 20) {
        return wait([this] { return !m_outcomes.empty(); }, seconds);
    }
    bool waitState(JobState state, int seconds = 20) {
        return wait([&] { return std::find(m_states.begin(), m_states.end(), state) != m_states.end(); }, seconds);
    }
    bool waitSnapshots(int count, int seconds = 20) {
        return wait([&] { return m_snapshotCount >= count; }, seconds);
    }

    void setWant(bool want) { m_want = want; }
    std::vector<JobState> states() const {
        return locked([this] { return m_states; });
    }
    std::vector<Outcome> outcomes() const {
        return locked([this] { return m_outcomes; });
    }
    int snapshotCount() const {
        return locked([this] { return m_snapshotCount; });
    }
    int progressCount() const {
        return locked([this] { return m_progressCount; });
    }
    bool progressFell() const {
        return locked([this] { return m_progressFell; });
    }
    bool nullSnapshot() const {
        return locked([this] { return m_nullSnapshot; });
    }
    bool eventAfterEnd() const {
        return locked([this] { return m_eventAfterEnd || m_states != m_statesAtEnd; });
    }

private:
    template <class Body>
    void note(Body body) {
        const std::lock_guard lock(m_mutex);
        m_eventAfterEnd |= !m_outcomes.empty();
        body();
        m_changed.notify_all();
    }
    template <class Body>
    std::invoke_result_t<Body> locked(Body body) const {
        const std::lock_guard lock(m_mutex);
        return body();
    }
    template <class Condition>
    bool wait(Condition condition, int seconds) {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::seconds(seconds), condition);
    }

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<JobState> m_states, m_statesAtEnd;
    std::vector<Outcome> m_outcomes;
    std::map<std::string, double> m_fractions;
    std::atomic<bool> m_want{true};
    int m_snapshotCount = 0, m_progressCount = 0;
    bool m_progressFell = false, m_nullSnapshot = false, m_eventAfterEnd = false;
};

inline bool isFinal(JobState state) {
    return state == JobState::done || state == JobState::failed || state == JobState::stopped;
}

/// queued first, then running at most once, stopping at most once, and exactly one final state, last.
inline void verifyStates(const std::vector<JobState>& states) {
    QVERIFY(states.size() >= 2);
    QCOMPARE(states.front(), JobState::queued);
    QVERIFY(isFinal(states.back()));
    QCOMPARE(std::count_if(states.begin(), states.end(), isFinal), 1);
    for (const JobState once : {JobState::queued, JobState::running, JobState::stopping})
        QVERIFY(std::count(states.begin(), states.end(), once) <= 1);
}

inline void endsWithAValue(BackendCase c) {
    EventRecorder record;
    const auto job = c.backend->submit(c.quick, record.events());
    QVERIFY(!job->id().empty());
    QVERIFY(record.waitFinished());
    verifyStates(record.states());
    QCOMPARE(record.states().back(), JobState::done);
    QCOMPARE(record.outcomes().size(), 1u);
    QVERIFY(std::holds_alternative<JobResult>(record.outcomes().front()));
    QVERIFY(record.progressCount() > 0);
    QVERIFY(!record.progressFell());
    QVERIFY(record.snapshotCount() > 0);
    QVERIFY(!record.nullSnapshot());
}

inline void endsWithAnError(BackendCase c) {
    EventRecorder record;
    const auto job = c.backend->submit(c.failing, record.events());
    QVERIFY(record.waitFinished());
    verifyStates(record.states());
    QCOMPARE(record.states().back(), JobState::failed);
    const std::vector<Outcome> outcomes = record.outcomes();
    const auto* error = std::get_if<Error>(&outcomes.front());
    QVERIFY(error && !error->message().empty());
}

/// Stopped at every age, twice: one ending, no event after it.
inline void stopsAtAnyAge(BackendCase c) {
    for (const int age : {0, 1, 2}) {
        EventRecorder record;
        auto job = c.backend->submit(c.endless, record.events());
        if (age >= 1)
            QVERIFY(record.waitState(JobState::running));
        if (age >= 2)
            QVERIFY(record.waitSnapshots(3));
        job->requestStop();
        job->requestStop();
        QVERIFY(record.waitFinished());
        job->requestStop(); // after the end: nothing happens
        job->requestFinish();
        job.reset();
        verifyStates(record.states());
        QCOMPARE(record.states().back(), JobState::stopped);
        QCOMPARE(record.outcomes().size(), 1u);
        QVERIFY(std::holds_alternative<Stopped>(record.outcomes().front()));
        QVERIFY(!record.eventAfterEnd());
    }
}

inline void finishesEarlyWithAValue(BackendCase c) {
    EventRecorder record;
    const auto job = c.backend->submit(c.endless, record.events());
    QVERIFY(record.waitSnapshots(1));
    job->requestFinish();
    job->requestFinish();
    QVERIFY(record.waitFinished());
    QCOMPARE(record.states().back(), JobState::done);
    QVERIFY(std::holds_alternative<JobResult>(record.outcomes().front()));
}

/// A local job that is destroyed stops; a remote one is detached. Either way the events end before the destructor does.
inline void destroyingEndsTheEvents(BackendCase c) {
    EventRecorder record;
    {
        const auto job = c.backend->submit(c.endless, record.events());
        QVERIFY(record.waitState(JobState::running));
    }
    const std::size_t states = record.states().size();
    const int snapshots = record.snapshotCount();
    QTest::qWait(30);
    QCOMPARE(record.states().size(), states);
    QCOMPARE(record.snapshotCount(), snapshots);
}

/// While the last snapshot has not been taken none is made; wanted again, they go on.
inline void makesNoUnwantedSnapshot(BackendCase c) {
    EventRecorder record;
    const auto job = c.backend->submit(c.endless, record.events());
    QVERIFY(record.waitSnapshots(1));
    record.setWant(false);
    QTest::qWait(20); // one may be on its way
    const int count = record.snapshotCount();
    QTest::qWait(50);
    QCOMPARE(record.snapshotCount(), count);
    record.setWant(true);
    QVERIFY(record.waitSnapshots(count + 2));
}

/// A listener that throws, against its promise, ends neither the job nor the other events.
inline void survivesAThrowingListener(BackendCase c) {
    EventRecorder record;
    JobEvents events = record.events();
    events.progress = [](const Progress&) { throw std::runtime_error("a listener's fault"); };
    events.log = [](const LogLine&) { throw 1; };
    const auto job = c.backend->submit(c.quick, events);
    QVERIFY(record.waitFinished());
    QVERIFY(std::holds_alternative<JobResult>(record.outcomes().front()));
}

inline void needsNoListener(BackendCase c) {
    EventRecorder record;
    JobEvents events;
    events.finished = record.events().finished;
    const auto job = c.backend->submit(c.quick, events);
    QVERIFY(record.waitFinished());
    QVERIFY(std::holds_alternative<JobResult>(record.outcomes().front()));
}

inline void listsItsJobs(BackendCase c) {
    EventRecorder one, two;
    const auto first = c.backend->submit(c.quick, one.events());
    const auto second = c.backend->submit(c.failing, two.events());
    QVERIFY(first->id() != second->id());
    QVERIFY(one.waitFinished() && two.waitFinished());
    int found = 0;
    for (const JobRecord& record : c.backend->jobs())
        found += (record.id == first->id() && record.state == JobState::done) ||
                 (record.id == second->id() && record.state == JobState::failed);
    QCOMPARE(found, 2);
}

inline void reportsEveryProblem(BackendCase c) {
    const auto problems = c.backend->check(c.wrong);
    QVERIFY(std::count_if(problems.begin(), problems.end(), [](const Problem& p) { return p.fatal; }) >= 2);
    QVERIFY(c.backend->check(c.quick).empty());
}

inline void saysWhatItDoesNotKnow(BackendCase c) {
    QVERIFY_THROWS_EXCEPTION(Error, c.backend->attach("no such job", {}));
    QVERIFY_THROWS_EXCEPTION(Error, c.backend->fetch("no such job", ArtifactKind::result));
    QVERIFY(!c.backend->info().id.empty() && !c.backend->info().name.empty());
}

struct ContractRule {
    const char* name;
    void (*verify)(BackendCase);
};

inline std::vector<ContractRule> contractRules() {
    return {{"ends with a value", endsWithAValue},
            {"ends with an error", endsWithAnError},
            {"stops at any age", stopsAtAnyAge},
            {"finishes early with a value", finishesEarlyWithAValue},
            {"destroying ends the events", destroyingEndsTheEvents},
            {"makes no unwanted snapshot", makesNoUnwantedSnapshot},
            {"survives a throwing listener", survivesAThrowingListener},
            {"needs no listener", needsNoListener},
            {"lists its jobs", listsItsJobs},
            {"reports every problem", reportsEveryProblem},
            {"says what it does not know", saysWhatItDoesNotKnow}};
}

} // namespace fxs::test
