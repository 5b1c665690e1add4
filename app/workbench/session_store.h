#pragma once

#include "app/workbench/session_document.h"
#include "app/workbench/task_runner.h"

#include <QObject>
#include <QTimer>
#include <functional>
#include <memory>
#include <vector>

namespace fxs::app {

class AutosaveSlot;
class Workbench;

/// A session that was kept automatically and whose program is gone.
struct LostSession {
    QString file, when;   ///< when: for people, local time
    QString what;         ///< the run, or the session's own name
    bool crashed = false; ///< its program did not end by itself; else it was closed without saving
};

/// Keeps the session on disk: saves it when asked, and by itself a moment after each change into the user's state folder, under a lock of
/// its own, so that several windows and programs do not take each other's. After a crash, or a close without saving, the next
/// start finds it (lostFound()).
/// Threads: GUI thread; all files are read and written by a thread of its own, each whole or not at all.
class SessionStore : public QObject {
    Q_OBJECT

public:
    /// What the window adds to a document (views, tab) and takes from it.
    struct Views {
        std::function<void(SessionDocument&)> collect;
        std::function<void(const SessionDocument&)> restore;
    };

    /// folder: where sessions are kept automatically; empty: they are not (pictures, tests).
    SessionStore(Workbench& workbench, const QString& folder, QObject* parent = nullptr);
    ~SessionStore() override;

    void setViews(Views views) { m_views = std::move(views); }
    void save(const QString& path);
    /// Looks for sessions of programs that are gone; tells lostFound() if there are any.
    void findLost();
    void recover(const LostSession& lost);
    void discard(const LostSession& lost);
    void autosaveNow();
    /// The last thing before the program ends: what is not saved is kept for the next start, else nothing is left behind. Waits for the
    /// writing.
    void close();
    bool isIdle() const { return m_disk->isIdle(); }

    /// The user's own folder for what a program keeps between starts: $XDG_STATE_HOME or ~/.local/state, fxs-workbench/sessions in it.
    static QString stateFolder();

Q_SIGNALS:
    void saved(const QString& path);
    void saveFailed(const QString& path, const QString& message);
    void lostFound(const std::vector<fxs::app::LostSession>& lost);

private:
    SessionDocument document() const;
    void onChanged();
    /// The session is let go: what was not saved stays for the next start, and the one that follows has a place of its own.
    void leaveSlot();

    Workbench& m_workbench;
    QString m_folder;
    Views m_views;
    std::unique_ptr<TaskRunner> m_disk;
    std::shared_ptr<AutosaveSlot> m_slot;
    QTimer m_soon, m_minute;
    bool m_dirty = false, m_closed = false;
};

} // namespace fxs::app
