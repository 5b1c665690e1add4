#include "app/workbench/session_store.h"

#include "app/workbench/autosave_slot.h"
#include "app/workbench/workbench.h"
#include "engine/core/provenance.h"

#include <QDir>
#include <QFileInfo>

namespace fxs::app {

namespace {

constexpr int kSoonMs = 2'000;    // after a change: a burst of keystrokes is written once
constexpr int kMinuteMs = 60'000; // at the latest, also when changes never pause

std::vector<std::string> toPaths(const QStringList& files) {
    std::vector<std::string> out;
    for (const QString& file : files)
        out.push_back(QFile::encodeName(QFileInfo(file).absoluteFilePath()).toStdString());
    return out;
}

std::string encoded(const QString& path) {
    return QFile::encodeName(path).toStdString();
}

} // namespace

SessionStore::SessionStore(Workbench& workbench, const QString& folder, QObject* parent)
    : QObject(parent), m_workbench(workbench), m_folder(folder), m_disk(std::make_unique<TaskRunner>("sessions")),
      m_slot(folder.isEmpty() ? nullptr : std::make_shared<AutosaveSlot>(folder)) {
    m_soon.setSingleShot(true);
    m_soon.setInterval(kSoonMs);
    m_minute.setInterval(kMinuteMs);
    connect(&m_soon, &QTimer::timeout, this, &SessionStore::autosaveNow);
    connect(&m_minute, &QTimer::timeout, this, &SessionStore::autosaveNow);
    connect(&workbench.session(), &Session::changed, this, &SessionStore::onChanged);
    // What a stage has made is kept at once.
    connect(&workbench.session(), &Session::resultFilesChanged, this, &SessionStore::autosaveNow);
    connect(&workbench, &Workbench::aboutToReplace, this, &SessionStore::leaveSlot);
    if (m_slot)
        m_minute.start();
}

SessionStore::~SessionStore() {
    close();
}

QString SessionStore::stateFolder() {
    const QString state = qEnvironmentVariable("XDG_STATE_HOME");
    return QDir(QDir::isAbsolutePath(state) ? state : QDir::home().filePath(QStringLiteral(".local/state")))
        .filePath(QStringLiteral("fxs-workbench/sessions"));
}

SessionDocument SessionStore::document() const {
    const Session& session = m_workbench.session();
    SessionDocument d;
    d.sources = toPaths(session.inputs());
    d.results = toPaths(session.resultFiles());
    d.settings = session.settings();
    d.mask = session.drawnMask();
    d.jobs = session.jobs();
    d.place = session.place();
    d.saved = timestampUtc();
    d.original = encoded(session.path());
    if (m_views.collect)
        m_views.collect(d);
    return d;
}

void SessionStore::onChanged() {
    m_dirty = true;
    if (m_slot && !m_closed)
        m_soon.start();
}

void SessionStore::autosaveNow() {
    if (!m_slot || m_closed || !m_dirty)
        return;
    m_soon.stop();
    m_dirty = false;
    const Session& session = m_workbench.session();
    const bool empty = session.inputs().isEmpty() && session.resultFiles().isEmpty() && !session.isModified();
    m_disk->run([this, slot = m_slot, empty, d = document()]() -> std::function<void()> {
        try {
            if (empty)
                slot->close(false);
            else
                slot->write(d);
            return {};
        } catch (const Error& error) {
            return [this, message = QString::fromStdString(error.message())] {
                m_workbench.log(LogLevel::warning, message);
                m_dirty = true; // the next minute tries again
            };
        }
    });
}

void SessionStore::save(const QString& path) {
    SessionDocument d = document();
    d.original.clear();
    const int step = m_workbench.session().undo().index();
    m_disk->run([this, path, step, d = std::move(d)]() -> std::function<void()> {
        try {
            writeSession(encoded(path), d);
        } catch (const Error& error) {
            return
                [this, path, message = QString::fromStdString(error.message())] { Q_EMIT saveFailed(path, message); };
        }
        return [this, path, step] {
            Session& session = m_workbench.session();
            session.setSaved(path);
            if (session.undo().index() != step)
                session.touch(); // it went on while it was written
            Q_EMIT saved(path);
        };
    });
}

void SessionStore::findLost() {
    if (m_folder.isEmpty())
        return;
    m_disk->run([this, folder = m_folder]() -> std::function<void()> {
        const std::vector<LostSession> lost = AutosaveSlot::lost(folder);
        if (lost.empty())
            return {};
        return [this, lost] { Q_EMIT lostFound(lost); };
    });
}

void SessionStore::recover(const LostSession& lost) {
    m_disk->run([this, lost]() -> std::function<void()> {
        OpenedPaths opened = openPaths({lost.file});
        return [this, lost, opened = std::move(opened)] {
            if (!opened.document) {
                for (const QString& problem : opened.problems)
                    m_workbench.log(LogLevel::error, problem);
                return;
            }
            m_workbench.takeDocument(opened, QString::fromStdString(opened.document->original));
            m_workbench.session().touch();
            if (m_views.restore)
                m_views.restore(*opened.document);
            autosaveNow(); // it is this window's now: written anew before the old one goes
            discard(lost);
        };
    });
}

void SessionStore::discard(const LostSession& lost) {
    m_disk->run([lost]() -> std::function<void()> {
        AutosaveSlot::remove(lost);
        return {};
    });
}

void SessionStore::leaveSlot() {
    m_soon.stop();
    if (!m_slot)
        return;
    const bool keep = m_workbench.session().isModified();
    m_disk->run([slot = m_slot, keep, d = document()]() -> std::function<void()> {
        try {
            if (keep)
                slot->write(d);
        } catch (const Error&) {
            // The last one that could be written stays.
        }
        slot->close(keep);
        return {};
    });
    m_slot = std::make_shared<AutosaveSlot>(m_folder);
}

void SessionStore::close() {
    if (std::exchange(m_closed, true))
        return;
    m_minute.stop();
    leaveSlot();
    m_disk->finish();
}

} // namespace fxs::app
