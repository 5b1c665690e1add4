#include "app/workbench/watchdog.h"

#include <QElapsedTimer>
#include <QEvent>
#include <QMetaEnum>
#include <QThread>
#include <algorithm>
#include <ctime>
#include <utility>

namespace fxs::app {

namespace {
constexpr double kWorthTelling = 5; // ms
constexpr double kLimit = 50;       // ms, what the design allows
constexpr std::size_t kKept = 12;   // kinds of receiver and event

/// What this thread has used of the processor so far, in ms.
double processorTime() {
    std::timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_nsec);
}
} // namespace

void WatchedApplication::watch() {
    m_longest.clear();
    m_count = m_over = m_overProcessor = 0;
    m_watching = true;
}

bool WatchedApplication::notify(QObject* receiver, QEvent* event) {
    // Other threads deliver to their own objects through here too.
    if (!m_watching || QThread::currentThread() != thread())
        return QApplication::notify(receiver, event);
    // An event inside another handler is part of it, unless that handler runs a loop of its own: then the window is alive, each event of
    // that loop is measured by itself, and the handler around it is not.
    const int level = thread()->loopLevel();
    if (m_depth > 0 && level <= m_loop)
        return QApplication::notify(receiver, event);
    const int outerLoop = std::exchange(m_loop, level);
    const bool outerNested = std::exchange(m_nested, false);
    const int type = event->type();
    QString name = QString::fromLatin1(receiver->metaObject()->className());
    if (!receiver->objectName().isEmpty())
        name += QStringLiteral(" ") + receiver->objectName();
    ++m_depth;
    QElapsedTimer clock;
    clock.start();
    const double before = processorTime();
    const bool handled = QApplication::notify(receiver, event); // exceptions end the program: slots catch theirs
    const double milliseconds = static_cast<double>(clock.nsecsElapsed()) * 1e-6;
    const double processor = processorTime() - before;
    --m_depth;
    ++m_count;
    if (!m_nested && milliseconds > kWorthTelling)
        note(milliseconds, processor, name, type);
    m_loop = outerLoop;
    m_nested = m_depth > 0 || outerNested;
    return handled;
}

void WatchedApplication::note(double milliseconds, double processor, const QString& receiver, int type) {
    m_over += milliseconds > kLimit;
    m_overProcessor += processor > kLimit;
    const char* key = QMetaEnum::fromType<QEvent::Type>().valueToKey(type);
    const QString event = key ? QString::fromLatin1(key) : QString::number(type);
    const auto same = std::find_if(m_longest.begin(), m_longest.end(),
                                   [&](const Handler& h) { return h.receiver == receiver && h.event == event; });
    if (same != m_longest.end()) {
        same->milliseconds = std::max(same->milliseconds, milliseconds);
        same->processorMilliseconds = std::max(same->processorMilliseconds, processor);
    } else {
        m_longest.push_back({milliseconds, processor, receiver, event});
    }
    std::sort(m_longest.begin(), m_longest.end(),
              [](const Handler& a, const Handler& b) { return a.milliseconds > b.milliseconds; });
    if (m_longest.size() > kKept)
        m_longest.pop_back();
}

QString WatchedApplication::report() const {
    QString text = tr("%L1 events, %2 longer than %3 ms by the clock, %4 of the processor's time")
                       .arg(m_count)
                       .arg(m_over)
                       .arg(kLimit)
                       .arg(m_overProcessor);
    for (const Handler& h : m_longest)
        text += QStringLiteral("\n  %1 ms  %2 ms of processor  %3  %4")
                    .arg(h.milliseconds, 8, 'f', 1)
                    .arg(h.processorMilliseconds, 8, 'f', 1)
                    .arg(h.event, h.receiver);
    return text;
}

} // namespace fxs::app
