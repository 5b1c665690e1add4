#include "app/fxs/signal_watch.h"

#include <QTest>

#include <atomic>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using fxs::app::SignalWatch;

namespace {

/// How a child process that runs body ends: its exit status, or minus the signal that ended it.
template <class Body>
int endingOf(Body body) {
    const pid_t child = fork();
    if (child == 0) {
        body();
        _exit(7);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace

class TestSignalWatch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsTheFirstSignal_data() {
        QTest::addColumn<int>("signal");
        QTest::newRow("Ctrl-C") << SIGINT;
        QTest::newRow("terminate") << SIGTERM;
    }
    void tellsTheFirstSignal() {
        QFETCH(int, signal);
        std::atomic<int> calls{0};
        {
            const SignalWatch watch([&calls] { ++calls; });
            raise(signal);
            QTRY_COMPARE(calls.load(), 1);
        }
        QCOMPARE(calls.load(), 1);
    }

    void theSecondSignalEndsTheProgram() {
        const int ending = endingOf([] {
            const SignalWatch watch([] {});
            raise(SIGINT);
            raise(SIGINT);
        });
        QCOMPARE(ending, -SIGINT);
    }

    void anIgnoredSignalStaysIgnored() {
        const int ending = endingOf([] {
            std::signal(SIGHUP, SIG_IGN);
            const SignalWatch watch([] { _exit(9); });
            raise(SIGHUP);
            raise(SIGHUP);
        });
        QCOMPARE(ending, 7);
    }

    void afterItSignalsEndTheProgramAgain() {
        const int ending = endingOf([] {
            {
                const SignalWatch watch([] {});
            }
            raise(SIGTERM);
        });
        QCOMPARE(ending, -SIGTERM);
    }
};

QTEST_APPLESS_MAIN(TestSignalWatch)
#include "tst_signal_watch.moc"
