#pragma once

#include <QApplication>
#include <QString>
#include <vector>

namespace fxs::app {

/// An application that measures how long each event holds the GUI thread: the longest handlers, with who received what. Events that ran
/// an event loop of their own (a dialog) are not counted: the window was alive meanwhile.
/// Cost: two readings of a clock an event.
class WatchedApplication : public QApplication {
    Q_OBJECT

public:
    struct Handler {
        double milliseconds = 0;
        QString receiver, event;
    };

    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override;

    /// Starts (or starts anew) to measure; before that nothing is.
    void watch();
    bool isWatching() const { return m_watching; }
    /// The longest of each kind of receiver and event, longest first.
    const std::vector<Handler>& longest() const { return m_longest; }
    /// "longest handler 12.3 ms ..." in a few lines.
    QString report() const;

private:
    void note(double milliseconds, const QString& receiver, int type);

    std::vector<Handler> m_longest;
    std::size_t m_count = 0, m_over = 0;
    int m_depth = 0, m_loop = 0;
    bool m_watching = false, m_nested = false;
};

} // namespace fxs::app
