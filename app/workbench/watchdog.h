#pragma once

#include <QApplication>
#include <QString>
#include <vector>

namespace fxs::app {

/// An application that measures how long each event holds the GUI thread: the longest handlers, with who received what. Events that ran
/// an event loop of their own (a dialog) are not counted: the window was alive meanwhile.
/// Two times of each: by the clock on the wall, which is what a person feels, and of the processor, which does not depend on what else
/// the machine does. A handler whose times differ much waited: for a core, a lock or a disk.
/// Cost: four readings of a clock an event.
class WatchedApplication : public QApplication {
    Q_OBJECT

public:
    struct Handler {
        double milliseconds = 0;          ///< by the clock on the wall, of the longest
        double processorMilliseconds = 0; ///< of the processor; the most that one of them took
        QString receiver, event;
    };

    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override;

    /// Starts (or starts anew) to measure; before that nothing is.
    void watch();
    bool isWatching() const { return m_watching; }
    /// The longest of each kind of receiver and event, longest first.
    const std::vector<Handler>& longest() const { return m_longest; }
    /// How many events took longer than 50 ms: by the wall, of the processor.
    std::size_t overLimit() const { return m_over; }
    std::size_t overLimitOfProcessor() const { return m_overProcessor; }
    /// The counts and the longest handlers in a few lines.
    QString report() const;

private:
    void note(double milliseconds, double processor, const QString& receiver, int type);

    std::vector<Handler> m_longest;
    std::size_t m_count = 0, m_over = 0, m_overProcessor = 0;
    int m_depth = 0, m_loop = 0;
    bool m_watching = false, m_nested = false;
};

} // namespace fxs::app
