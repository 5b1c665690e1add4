#include "app/workbench/mask_keeper.h"

#include "app/workbench/session.h"
#include "engine/core/error.h"
#include "engine/io/mask_file.h"

#include <QDir>
#include <QFileInfo>
#include <QPointer>
#include <QStandardPaths>
#include <cstring>
#include <filesystem>
#include <string>

namespace fxs::app {

namespace {

std::string pathOf(const QString& path) {
    return QFile::encodeName(path).toStdString();
}

/// A name for a content: 64 bits, a word at a time (4 megapixels take half a millisecond). Not against malice.
QString digestOf(View<const std::uint8_t, 3> mask) {
    std::uint64_t h = 0xcbf29ce484222325U;
    const auto mix = [&h](std::uint64_t word) {
        h = (h ^ word) * 0x9e3779b97f4a7c15U;
        h ^= h >> 29;
    };
    for (const std::size_t extent : mask.shape())
        mix(extent);
    std::size_t i = 0;
    for (; i + 8 <= mask.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, mask.data() + i, 8);
        mix(word);
    }
    for (; i < mask.size(); ++i)
        mix(mask.data()[i]);
    return QStringLiteral("%1").arg(h, 16, 16, QLatin1Char('0'));
}

const SettingValues& inputOf(const Session& session) {
    static const SettingValues none;
    const auto it = session.settings().find("input");
    return it == session.settings().end() ? none : it->second;
}

QString textOf(const SettingValues& values, const char* key) {
    const auto it = values.find(key);
    return it == values.end() ? QString() : QString::fromStdString(toText(it->second));
}

} // namespace

MaskKeeper::MaskKeeper(Session& session, ui::Background& files, const QString& folder, QObject* parent)
    : QObject(parent), m_session(session), m_files(files),
      m_folder(folder.isEmpty()
                   ? QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/masks")
                   : folder),
      m_model(session.undo()), m_reading(files), m_loading(files) {
    connect(&m_session, &Session::runChanged, this, &MaskKeeper::takeRun);
    connect(&m_session, &Session::settingsChanged, this, &MaskKeeper::followSettings);
    connect(&m_session, &Session::drawnMaskChanged, this, &MaskKeeper::takeSessionsMask);
    connect(&m_model, &ui::MaskModel::stepDone, this, &MaskKeeper::followModel);
}

MaskKeeper::~MaskKeeper() = default;

void MaskKeeper::takeRun() {
    const auto run = m_session.run();
    m_file.clear();
    if (!run) {
        m_model.reset({0, 0, 0});
        return;
    }
    ui::MaskModel::Shape shape{run->panels, run->slow, run->fast};
    Array<std::uint8_t, 3> base;
    if (run->polarGrid) {
        shape = {1, run->polarGrid->qCount(), run->polarGrid->phiCount};
        if (!run->polarMask.empty()) {
            base = Array<std::uint8_t, 3>::uninitialised(shape);
            std::copy_n(run->polarMask.data(), base.size(), base.data());
        }
    } else if (!run->frameMask.empty()) {
        base = run->frameMask.clone();
    }
    m_model.reset(shape, std::move(base));
    if (m_session.drawnMask())
        takeSessionsMask();
    else
        followSettings();
}

void MaskKeeper::takeSessionsMask() {
    const DrawnMask mask = m_session.drawnMask();
    if (!mask || m_model.isEmpty() || mask == m_model.snapshot())
        return;
    if (mask->shape() != m_model.shape()) {
        Q_EMIT said(tr("the session's mask is for another detector than the run's and was left out"), true);
        return;
    }
    m_model.setDrawn(mask->clone());
    followModel(); // its file may be on another computer
}

void MaskKeeper::followSettings() {
    const QString file = textOf(inputOf(m_session), "mask");
    if (file == m_file || m_model.isEmpty())
        return;
    m_file = file;
    m_session.setDrawnMask(nullptr); // the file is the mask now
    if (file.isEmpty()) {
        m_model.setDrawn({});
        return;
    }
    const std::string meaning = textOf(inputOf(m_session), "mask-meaning").toStdString();
    m_reading.submit([this, file, meaning, shape = m_model.shape()]() -> std::function<void()> {
        try {
            auto mask = std::make_shared<Array<std::uint8_t, 3>>(
                readMask(pathOf(file), meaning.empty() ? "auto" : meaning, shape));
            return [this, file, mask] {
                if (m_file == file && mask->shape() == m_model.shape())
                    m_model.setDrawn(std::move(*mask));
            };
        } catch (const Error& error) {
            return [this, message = QString::fromStdString(error.message())] { Q_EMIT said(message, true); };
        }
    });
}

QString MaskKeeper::fileOf() const {
    const QStringList inputs = m_session.inputs();
    const QString run = inputs.isEmpty() ? QStringLiteral("run") : QFileInfo(inputs.front()).completeBaseName();
    return QStringLiteral("%1/%2.%3.mask.h5").arg(m_folder, run, digestOf(m_model.drawn()));
}

void MaskKeeper::followModel() {
    const bool any = m_model.drawnCount() > 0;
    Session::Settings settings = m_session.settings();
    SettingValues& input = settings["input"];
    input.erase("mask");
    input.erase("mask-meaning"); // what is written here is one-is-valid, as "auto" takes it
    m_file.clear();
    if (any) {
        m_file = fileOf();
        input["mask"] = m_file.toStdString();
        if (!QFileInfo::exists(m_file)) // else the same content was written before
            write(m_file, true, {});
    }
    m_session.setSettings(settings); // not a step: drawing is the step
    m_session.setDrawnMask(any ? m_model.snapshot() : nullptr);
}

void MaskKeeper::write(const QString& file, bool replace, std::function<void()> done) {
    ++m_writing;
    m_files.run([self = QPointer(this), file, replace, done, mask = m_model.snapshot()]() -> std::function<void()> {
        QString problem;
        try {
            std::filesystem::create_directories(std::filesystem::path(pathOf(file)).parent_path());
            writeMaskFile(pathOf(file), *mask, {.force = replace});
        } catch (const Error& error) {
            problem = QString::fromStdString(error.message());
        } catch (const std::exception& error) {
            problem = tr("writing mask %1: %2").arg(file, QString::fromUtf8(error.what()));
        }
        return [self, done, problem] {
            if (!self)
                return;
            if (!problem.isEmpty())
                Q_EMIT self->said(problem, true);
            else if (done)
                done();
            self->settled();
        };
    });
}

void MaskKeeper::settled() {
    if (--m_writing > 0)
        return;
    for (const auto& then : std::exchange(m_waiting, {}))
        then();
}

void MaskKeeper::whenSettled(std::function<void()> then) {
    if (isSettled())
        then();
    else
        m_waiting.push_back(std::move(then));
}

void MaskKeeper::load(const QString& file, bool combine) {
    if (m_model.isEmpty())
        return;
    m_loading.submit([this, file, combine, shape = m_model.shape()]() -> std::function<void()> {
        try {
            auto mask = std::make_shared<const Array<std::uint8_t, 3>>(readMask(pathOf(file), "auto", shape));
            return [this, mask, combine, file] {
                if (mask->shape() != m_model.shape())
                    return; // another run was opened meanwhile
                Q_EMIT loaded(mask, combine, QFileInfo(file).fileName());
                Q_EMIT said(tr("loaded %1").arg(file), false);
            };
        } catch (const Error& error) {
            return [this, message = QString::fromStdString(error.message())] { Q_EMIT said(message, true); };
        }
    });
}

void MaskKeeper::save(const QString& file) {
    if (!m_model.isEmpty())
        write(file, true, [this, file] { Q_EMIT said(tr("saved to %1").arg(file), false); });
}

} // namespace fxs::app
