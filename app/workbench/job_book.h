#pragma once

#include "app/workbench/session.h"

#include <QLockFile>
#include <QString>
#include <memory>
#include <vector>

namespace fxs::app {

/// A job of the user's book, as it stands after the program that wrote it may be gone.
struct BookedJob {
    SessionJob job;
    bool interrupted = false; ///< it ran on this computer, and its program is gone
    bool elsewhere = false;   ///< another window of this user runs it
};

/// The jobs of one user, over all sessions and windows: one small file a job, and a lock for each window that writes, which tells
/// whether the program that ran a job is still there. At most kLimit are kept; the oldest that are over go first.
/// Threads: any one at a time, never the GUI thread: it touches the disk.
class JobBook {
public:
    static constexpr std::size_t kLimit = 200;

    /// Nothing is made before the first note().
    explicit JobBook(QString folder) : m_folder(std::move(folder)) {}

    /// Writes a job down, whole or not at all. Throws: Error(io, noPermission).
    void note(const SessionJob& job);
    void forget(const std::string& id);
    /// All there are, the youngest first; what cannot be read is left alone. Throws nothing.
    std::vector<BookedJob> read();

private:
    QString fileOf(const std::string& id) const;
    bool ownerLives(const QString& owner) const;
    void open();

    QString m_folder, m_owner;
    std::unique_ptr<QLockFile> m_lock;
};

} // namespace fxs::app
