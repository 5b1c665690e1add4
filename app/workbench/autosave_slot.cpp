#include "app/workbench/autosave_slot.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QUuid>

namespace fxs::app {

namespace {

const QString kSuffix = QStringLiteral(".fxs.toml");

QString lockOf(const QString& session) {
    return session.chopped(kSuffix.size()) + QStringLiteral(".lock");
}

/// A lock that is only ever broken when its process is gone, however old it is.
std::unique_ptr<QLockFile> lockFile(const QString& path) {
    auto lock = std::make_unique<QLockFile>(path);
    lock->setStaleLockTime(0);
    return lock;
}

QString nameOf(const SessionDocument& document) {
    if (!document.original.empty())
        return QFileInfo(QString::fromStdString(document.original)).fileName();
    const auto& files = document.sources.empty() ? document.results : document.sources;
    return files.empty() ? QCoreApplication::translate("AutosaveSlot", "settings only")
                         : QFileInfo(QString::fromStdString(files.front())).fileName();
}

} // namespace

QString AutosaveSlot::path() const {
    return QDir(m_folder).filePath(m_name + kSuffix);
}

void AutosaveSlot::write(const SessionDocument& document) {
    if (!m_lock) {
        if (!QDir().mkpath(m_folder))
            throw Error(ErrorCode::noPermission,
                        "keeping the session: the folder " + m_folder.toStdString() + " cannot be made");
        m_name = QUuid::createUuid().toString(QUuid::WithoutBraces);
        auto lock = lockFile(lockOf(path()));
        if (!lock->tryLock(0))
            throw Error(ErrorCode::io, "keeping the session: " + lockOf(path()).toStdString() + " cannot be locked");
        m_lock = std::move(lock);
    }
    writeSession(path().toStdString(), document, false);
}

void AutosaveSlot::close(bool keep) {
    if (!m_lock)
        return;
    if (!keep)
        QFile::remove(path());
    m_lock->unlock(); // removes the lock: a kept file without one was left on purpose
    m_lock.reset();
}

std::vector<LostSession> AutosaveSlot::lost(const QString& folder) {
    std::vector<LostSession> out;
    const QDir dir(folder);
    const QFileInfoList files = dir.entryInfoList({QStringLiteral("*") + kSuffix}, QDir::Files, QDir::Time);
    for (const QFileInfo& info : files) {
        const QString lockPath = lockOf(info.absoluteFilePath());
        const bool hasLock = QFileInfo::exists(lockPath);
        if (auto lock = lockFile(lockPath); !lock->tryLock(0))
            continue; // another window's
        try {
            const SessionDocument document = readSession(info.absoluteFilePath().toStdString());
            out.push_back({info.absoluteFilePath(), QLocale().toString(info.lastModified(), QLocale::ShortFormat),
                           nameOf(document), hasLock});
        } catch (const Error&) {
            // Not one that this version can bring back; a newer one may, so it stays.
        }
    }
    const QDateTime old = QDateTime::currentDateTime().addSecs(-3600);
    for (const QFileInfo& part : dir.entryInfoList({QStringLiteral(".*.part")}, QDir::Files | QDir::Hidden))
        if (part.lastModified() < old)
            QFile::remove(part.absoluteFilePath());
    return out;
}

void AutosaveSlot::remove(const LostSession& lost) {
    QFile::remove(lost.file);
    QFile::remove(lockOf(lost.file));
}

} // namespace fxs::app
