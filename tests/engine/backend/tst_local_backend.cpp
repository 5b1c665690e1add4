#include "engine/backend/local_backend.h"
#include "tests/engine/backend/backend_contract.h"

#include <QTest>

#include <thread>

using namespace fxs;
using namespace fxs::test;

namespace {

/// Work of a few lines under the job's hooks, instead of the pipeline.
JobResult fakeWork(const JobSpec& spec, const JobHooks& hooks) {
    if (spec.name == "failing")
        throw Error(ErrorCode::badInput, "reading run12.h5: dataset /a has 2 columns, expected 3");
    if (spec.name == "odd")
        throw 42;
    const std::stop_token finish = hooks.beginStage();
    hooks.task.info("started");
    const std::uint64_t total = spec.name == "endless" ? 0 : 20;
    ProgressMeter meter(hooks.task, "Correlation", total);
    for (std::uint64_t i = 0; total == 0 || i < total; ++i) {
        hooks.task.checkpoint();
        if (finish.stop_requested())
            break;
        meter.advance();
        if (hooks.snapshotWanted())
            hooks.publish(std::make_shared<const Snapshot>());
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return {};
}

std::vector<Problem> fakeCheck(const JobSpec& spec) {
    if (spec.name == "wrong")
        return {{"a", "a is wrong"}, {"b", "b is wrong"}, {"c", "c is odd", false}};
    return {};
}

BackendCase makeCase() {
    BackendCase c;
    c.backend = std::make_unique<LocalBackend>(fakeWork, fakeCheck);
    c.quick.name = "quick";
    c.endless.name = "endless";
    c.failing.name = "failing";
    c.wrong.name = "wrong";
    return c;
}

} // namespace

class TestLocalBackend : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void contract_data() {
        QTest::addColumn<int>("rule");
        const auto rules = contractRules();
        for (std::size_t i = 0; i < rules.size(); ++i)
            QTest::newRow(rules[i].name) << static_cast<int>(i);
    }
    void contract() {
        QFETCH(int, rule);
        contractRules()[static_cast<std::size_t>(rule)].verify(makeCase());
    }

    void stopInsideTheRunningEventIsToldInOrder() {
        const BackendCase c = makeCase();
        EventRecorder record;
        JobEvents events = record.events();
        std::atomic<Job*> job{nullptr};
        events.state = [&, note = events.state](JobState state) {
            note(state);
            if (state == JobState::running) {
                while (!job)
                    std::this_thread::yield();
                job.load()->requestStop();
            }
        };
        const auto owned = c.backend->submit(c.endless, events);
        job = owned.get();
        QVERIFY(record.waitFinished());
        const std::vector<JobState> expected{JobState::queued, JobState::running, JobState::stopping,
                                             JobState::stopped};
        QVERIFY(record.states() == expected);
    }

    void stopsWithinAMoment() {
        const BackendCase c = makeCase();
        EventRecorder record;
        const auto job = c.backend->submit(c.endless, record.events());
        QVERIFY(record.waitSnapshots(1));
        const auto start = std::chrono::steady_clock::now();
        job->requestStop();
        QVERIFY(record.waitFinished());
        // 100 ms is promised; a loaded machine is given ten times that.
        QVERIFY(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
    }

    void aForeignExceptionIsAnError() {
        const BackendCase c = makeCase();
        EventRecorder record;
        JobSpec odd;
        odd.name = "odd";
        const auto job = c.backend->submit(odd, record.events());
        QVERIFY(record.waitFinished());
        QCOMPARE(record.states().back(), JobState::failed);
    }

    void aJobMayOutliveItsBackend() {
        EventRecorder record;
        std::unique_ptr<Job> job;
        {
            const BackendCase c = makeCase();
            job = c.backend->submit(c.quick, record.events());
        }
        QVERIFY(record.waitFinished());
        QCOMPARE(record.states().back(), JobState::done);
    }

    void stopsAtRandomMoments() {
        const BackendCase c = makeCase();
        for (int i = 0; i < 60; ++i) {
            EventRecorder record;
            const auto job = c.backend->submit(c.quick, record.events());
            std::this_thread::sleep_for(std::chrono::microseconds(i * 100));
            job->requestStop();
            QVERIFY(record.waitFinished());
            verifyStates(record.states());
            QCOMPARE(record.outcomes().size(), 1u);
        }
    }
};

QTEST_GUILESS_MAIN(TestLocalBackend)
#include "tst_local_backend.moc"
