#pragma once

#include "app/workbench/session_store.h"

#include <QLockFile>
#include <QString>
#include <memory>
#include <vector>

namespace fxs::app {

/// A place in the folder of automatically kept sessions that belongs to one window: NAME.fxs.toml beside NAME.lock, which says which
/// process holds it. Made at the first write.
/// Threads: any one at a time, never the GUI thread: it touches the disk.
class AutosaveSlot {
public:
    explicit AutosaveSlot(QString folder) : m_folder(std::move(folder)) {}

    /// Throws: Error(io, noPermission).
    void write(const SessionDocument& document);
    /// keep: the file stays for the next start; else nothing stays.
    void close(bool keep);

    /// Those that no living process holds, newest first. Looking changes nothing, but remains of broken writes are removed.
    static std::vector<LostSession> lost(const QString& folder);
    static void remove(const LostSession& lost);

private:
    QString path() const;

    QString m_folder, m_name;
    std::unique_ptr<QLockFile> m_lock;
};

} // namespace fxs::app
