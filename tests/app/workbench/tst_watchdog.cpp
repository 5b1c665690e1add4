#include "app/workbench/watchdog.h"

#include <QElapsedTimer>
#include <QEventLoop>
#include <QTest>
#include <QThread>
#include <QTimer>
#include <algorithm>
#include <functional>

using namespace fxs::app;

namespace {

/// Does something when it gets a user's event.
class Receiver : public QObject {
    Q_OBJECT

public:
    std::function<void()> act;

    bool event(QEvent* event) override {
        if (event->type() != QEvent::User)
            return QObject::event(event);
        act();
        return true;
    }
};

void work(int milliseconds) {
    QElapsedTimer clock;
    clock.start();
    while (!clock.hasExpired(milliseconds)) {
    }
}

} // namespace

/// Whether the watchdog sees what holds the window: no assertion is on how long anything takes, but that what surely takes long is told.
class TestWatchdog : public QObject {
    Q_OBJECT

    static WatchedApplication& application() { return *static_cast<WatchedApplication*>(QCoreApplication::instance()); }

    static const WatchedApplication::Handler* find(const QString& name) {
        const auto& all = application().longest();
        const auto it = std::find_if(all.begin(), all.end(), [&](const auto& h) { return h.receiver.contains(name); });
        return it == all.end() ? nullptr : &*it;
    }

private Q_SLOTS:
    void tellsASlowHandler() {
        Receiver slow;
        slow.setObjectName(QStringLiteral("slow one"));
        slow.act = [] { work(60); };
        application().watch();
        QCoreApplication::postEvent(&slow, new QEvent(QEvent::User));
        QTRY_VERIFY(find(QStringLiteral("slow one")));
        const auto* handler = find(QStringLiteral("slow one"));
        QCOMPARE(handler->event, QStringLiteral("User"));
        QVERIFY(handler->milliseconds >= 60);
        QVERIFY(handler->processorMilliseconds > 0);
        QVERIFY(application().overLimit() >= 1);
        QVERIFY(application().report().contains(QStringLiteral("slow one")));
    }

    void tellsWaitingFromWorking() {
        Receiver waiting;
        waiting.setObjectName(QStringLiteral("waits"));
        waiting.act = [] { QThread::msleep(60); };
        application().watch();
        QCoreApplication::postEvent(&waiting, new QEvent(QEvent::User));
        QTRY_VERIFY(find(QStringLiteral("waits")));
        const auto* handler = find(QStringLiteral("waits"));
        QVERIFY(handler->milliseconds >= 60);
        QVERIFY(handler->processorMilliseconds < handler->milliseconds / 2);
    }

    void leavesOutWhatRunsALoopOfItsOwn() {
        Receiver dialog, inside;
        dialog.setObjectName(QStringLiteral("dialog"));
        inside.setObjectName(QStringLiteral("inside"));
        inside.act = [] { work(20); };
        dialog.act = [&] {
            QEventLoop loop;
            QCoreApplication::postEvent(&inside, new QEvent(QEvent::User));
            QTimer::singleShot(80, &loop, &QEventLoop::quit);
            loop.exec();
        };
        application().watch();
        QCoreApplication::postEvent(&dialog, new QEvent(QEvent::User));
        QTRY_VERIFY(find(QStringLiteral("inside")));
        QVERIFY(!find(QStringLiteral("dialog")));
    }

    void countsNothingBeforeItWatches() {
        application().watch(); // forgets what was
        QVERIFY(application().longest().empty());
        QCOMPARE(application().overLimit(), std::size_t(0));
    }
};

int main(int argc, char** argv) {
    WatchedApplication application(argc, argv);
    TestWatchdog test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_watchdog.moc"
