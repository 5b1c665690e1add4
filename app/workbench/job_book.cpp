#include "app/workbench/job_book.h"

#include "app/workbench/places.h"
#include "engine/core/error.h"
#include "engine/core/settings_file.h"
#include "engine/core/whole_file.h"
#include "engine/io/atomic_output.h"

#include <QCryptographicHash>
#include <QDir>
#include <QUuid>
#include <algorithm>

namespace fxs::app {

namespace {

const QString kSuffix = QStringLiteral(".job.toml");
constexpr std::size_t kLargestFile = 1U << 20U;

std::string textOf(const SettingValues& values, const char* key) {
    const auto it = values.find(key);
    const auto* text = it == values.end() ? nullptr : std::get_if<std::string>(&it->second);
    return text ? *text : std::string();
}

std::string toToml(const SessionJob& job, const QString& owner) {
    return settingsToToml({{"job",
                            {{"id", job.id},
                             {"name", job.name},
                             {"where", job.where},
                             {"place", job.place},
                             {"folder", job.folder},
                             {"state", job.state},
                             {"started", job.started},
                             {"ended", job.ended},
                             {"owner", owner.toStdString()},
                             {"spec", job.spec}}}});
}

} // namespace

/// Named by a digest: an id may hold any character.
QString JobBook::fileOf(const std::string& id) const {
    const QByteArray digest =
        QCryptographicHash::hash(QByteArray::fromStdString(id), QCryptographicHash::Sha1).toHex().left(24);
    return QDir(m_folder).filePath(QString::fromLatin1(digest) + kSuffix);
}

void JobBook::open() {
    if (m_lock)
        return;
    if (!QDir().mkpath(m_folder))
        throw Error(ErrorCode::noPermission,
                    "noting the job: the folder " + m_folder.toStdString() + " cannot be made");
    m_owner = QUuid::createUuid().toString(QUuid::WithoutBraces);
    auto lock = std::make_unique<QLockFile>(QDir(m_folder).filePath(m_owner + QStringLiteral(".lock")));
    lock->setStaleLockTime(0); // broken only when its process is gone
    if (!lock->tryLock(0))
        throw Error(ErrorCode::io, "noting the job: " + m_folder.toStdString() + " cannot be locked");
    m_lock = std::move(lock);
}

void JobBook::note(const SessionJob& job) {
    open();
    writeTextFile(fileOf(job.id).toStdString(), toToml(job, m_owner), {.force = true});
}

void JobBook::forget(const std::string& id) {
    QFile::remove(fileOf(id));
}

bool JobBook::ownerLives(const QString& owner) const {
    if (owner.isEmpty() || owner == m_owner)
        return !owner.isEmpty();
    const QString path = QDir(m_folder).filePath(owner + QStringLiteral(".lock"));
    if (!QFileInfo::exists(path))
        return false;
    QLockFile lock(path);
    lock.setStaleLockTime(0);
    return !lock.tryLock(0); // got: its process is gone, and the file goes with this lock
}

std::vector<BookedJob> JobBook::read() {
    std::vector<BookedJob> all;
    const QDir dir(m_folder);
    for (const QFileInfo& info : dir.entryInfoList({QStringLiteral("*") + kSuffix}, QDir::Files)) {
        const std::string path = info.absoluteFilePath().toStdString();
        try {
            const SettingSections sections = parseSettings(readWholeFile(path, kLargestFile), path);
            const auto it = sections.find("job");
            if (it == sections.end() || textOf(it->second, "id").empty())
                continue;
            const auto text = [&](const char* key) { return textOf(it->second, key); };
            BookedJob booked{{text("id"), text("name"), text("where"), text("folder"), text("state"), text("started"),
                              text("ended"), text("place"), text("spec")}};
            const bool here = booked.job.place.empty() || booked.job.place == Places::kLocal.toStdString();
            const QString owner = QString::fromStdString(text("owner"));
            if (here && booked.job.ended.empty() && owner != m_owner) {
                booked.elsewhere = ownerLives(owner);
                booked.interrupted = !booked.elsewhere;
            }
            all.push_back(std::move(booked));
        } catch (const Error&) {
            // A newer version may understand it.
        }
    }
    std::sort(all.begin(), all.end(),
              [](const BookedJob& a, const BookedJob& b) { return a.job.started > b.job.started; });
    for (std::size_t i = all.size(); i-- > kLimit;)
        if (!all[i].job.ended.empty() || all[i].interrupted) {
            forget(all[i].job.id);
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
        }
    return all;
}

} // namespace fxs::app
