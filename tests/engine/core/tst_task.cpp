#include "engine/core/mailbox.h"
#include "engine/core/parallel.h"
#include "engine/core/thread.h"

#include <QtTest>

#include <atomic>
#include <mutex>
#include <numeric>

using namespace fxs;

class TestTask : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void parallelForVisitsEachOnce() {
        std::vector<std::atomic<int>> seen(1000);
        parallelFor(seen.size(), 7, TaskContext{}, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t i = range.begin(); i != range.end(); ++i)
                ++seen[i];
        });
        QVERIFY(std::all_of(seen.begin(), seen.end(), [](const auto& n) { return n == 1; }));
    }

    void parallelForStops() {
        std::stop_source stop;
        TaskContext task;
        task.stop = stop.get_token();
        std::atomic<std::size_t> visited = 0;
        QVERIFY_EXCEPTION_THROWN(parallelFor(1'000'000, 1, task,
                                             [&](const tbb::blocked_range<std::size_t>&) {
                                                 if (++visited == 100)
                                                     stop.request_stop();
                                             }),
                                 Stopped);
        QVERIFY(visited < 1'000'000);
        // Stopped before it began, and a second time.
        QVERIFY_EXCEPTION_THROWN(parallelFor(10, 1, task, [](const auto&) {}), Stopped);
    }

    void parallelForPassesErrorsOn() {
        QVERIFY_EXCEPTION_THROWN(
            parallelFor(100, 1, TaskContext{}, [](const auto&) { throw Error(ErrorCode::badInput, "x"); }), Error);
    }

    void progressIsMonotoneAndEndsAtOne() {
        std::mutex mutex;
        std::vector<double> fractions;
        TaskContext task;
        task.onProgress = [&](const Progress& p) {
            const std::lock_guard lock(mutex);
            fractions.push_back(p.fraction);
        };
        {
            ProgressMeter meter(task, "Counting", 1000);
            for (int i = 0; i < 1000; ++i)
                meter.advance();
        }
        QVERIFY(std::is_sorted(fractions.begin(), fractions.end()));
        QCOMPARE(fractions.back(), 1.0);
        // A tight loop is over in far less than 20 reporting periods.
        QVERIFY(fractions.size() < 100);
    }

    void contextIsAddedOnTheWayUp() {
        try {
            withContext("reading run12.h5", [] {
                withContext("dataset /q", [] { throw Error(ErrorCode::badInput, "has 2 columns, expected 3"); });
            });
            QFAIL("no Error came out");
        } catch (const Error& error) {
            QCOMPARE(error.message(), std::string("reading run12.h5: dataset /q: has 2 columns, expected 3"));
            QVERIFY(error.code() == ErrorCode::badInput);
        }
        QVERIFY_EXCEPTION_THROWN(withContext("x", [] { throw Stopped(); }), Stopped);
        QVERIFY_EXCEPTION_THROWN(withContext("x", [] { throw std::runtime_error("y"); }), Error);
    }

    void mailboxKeepsTheNewest() {
        Mailbox<int> box;
        QVERIFY(box.put(std::make_shared<const int>(1)));
        QVERIFY(!box.put(std::make_shared<const int>(2)));
        QCOMPARE(*box.take(), 2);
        QVERIFY(!box.take());
        QVERIFY(box.put(std::make_shared<const int>(3)));
    }

    void mailboxFromTwoThreadsNeverGoesBack() {
        Mailbox<int> box;
        constexpr int kLast = 20000;
        NamedThread putter("putter", [&](std::stop_token) {
            for (int i = 1; i <= kLast; ++i)
                box.put(std::make_shared<const int>(i));
        });
        int newest = 0;
        while (newest < kLast)
            if (const auto value = box.take()) {
                QVERIFY(*value > newest);
                newest = *value;
            }
    }

    void threadStopsAndJoinsWhenDestroyed() {
        std::atomic<bool> ended = false;
        {
            NamedThread thread("waiter", [&](std::stop_token stop) {
                while (!stop.stop_requested())
                    std::this_thread::yield();
                ended = true;
            });
        }
        QVERIFY(ended);
    }
};

QTEST_APPLESS_MAIN(TestTask)
#include "tst_task.moc"
