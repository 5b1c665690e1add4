#include "app/workbench/geometry_keeper.h"

#include "app/workbench/session.h"
#include "engine/core/error.h"
#include "engine/detector/geometry_file.h"
#include "engine/io/atomic_output.h"
#include "engine/io/run_geometry.h"
#include "engine/io/run_reader.h"
#include "widgets/geometry_editor/geometry_values.h"

#include <QCryptographicHash>
#include <QFileInfo>
#include <QPointer>
#include <QStandardPaths>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace fxs::app {

namespace {

std::string pathOf(const QString& path) {
    return QFile::encodeName(path).toStdString();
}

std::vector<std::string> pathsOf(const QStringList& files) {
    std::vector<std::string> out;
    for (const QString& file : files)
        out.push_back(pathOf(file));
    return out;
}

SettingValues inputOf(const Session& session) {
    const auto it = session.settings().find("input");
    return it == session.settings().end() ? SettingValues{} : it->second;
}

InputSettings settingsOf(const SettingValues& values) {
    InputSettings settings;
    throwIfFatal(InputSettings::description().apply(settings, values));
    throwIfFatal(settings.validate());
    return settings;
}

constexpr const char* kGeometryKeys[] = {"wavelength", "photon-energy", "distance", "pixel-size", "centre", "geometry"};

SettingValues withoutGeometry(SettingValues values) {
    for (const char* key : kGeometryKeys)
        values.erase(key);
    values.erase("mask");
    values.erase("mask-meaning");
    return values;
}

/// What geometryOf() and the settings look at; masks are large and not part of it.
RunInfo withoutMasks(const RunInfo& other) {
    RunInfo copy = other.clone();
    copy.polarMask = {};
    copy.frameMask = {};
    return copy;
}

struct MeanFrame {
    Array<float, 3> values;
    Array<std::uint8_t, 3> mask;
};

/// Mean of at most kMostFrames frames of a run, evenly taken; pixels that no frame has are masked.
MeanFrame meanFrame(RunSource& source, const TaskContext& task, const std::function<void(double)>& progress) {
    constexpr std::uint64_t kMostFrames = 100;
    const RunInfo& info = source.info();
    const std::uint64_t total = info.frameCount.value_or(1), count = std::min(total, kMostFrames);
    MeanFrame mean{Array<float, 3>({info.panels, info.slow, info.fast}),
                   Array<std::uint8_t, 3>({info.panels, info.slow, info.fast})};
    const std::size_t pixels = mean.values.size();
    std::vector<double> sum(pixels);
    std::vector<std::uint32_t> seen(pixels);
    for (std::uint64_t i = 0; i < count; ++i) {
        const FrameBatch batch = source.readFrames(i * total / count, 1, task);
        if (batch.frameCount() != 1)
            continue;
        for (std::size_t k = 0; k < pixels; ++k)
            if (batch.mask.empty() || batch.mask.data()[k] != 0) {
                sum[k] += static_cast<double>(batch.data.data()[k]);
                ++seen[k];
            }
        progress(static_cast<double>(i + 1) / static_cast<double>(count));
    }
    for (std::size_t k = 0; k < pixels; ++k) {
        mean.values.data()[k] = seen[k] > 0 ? static_cast<float>(sum[k] / seen[k]) : 0.0F;
        mean.mask.data()[k] = seen[k] > 0 && (info.frameMask.empty() || info.frameMask.data()[k] != 0);
    }
    return mean;
}

} // namespace

GeometryKeeper::GeometryKeeper(Session& session, ui::Background& files, const QString& folder, QObject* parent)
    : QObject(parent), m_session(session), m_files(files),
      m_folder(folder.isEmpty()
                   ? QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/geometries")
                   : folder),
      m_reading(files), m_refiner("refinement") {
    connect(&m_session, &Session::runChanged, this, &GeometryKeeper::takeRun);
    connect(&m_session, &Session::settingsChanged, this, &GeometryKeeper::followSettings);
}

GeometryKeeper::~GeometryKeeper() {
    m_stopRefining.request_stop();
}

void GeometryKeeper::takeRun() {
    stopRefining();
    m_pristine = nullptr;
    m_geometry = nullptr;
    m_seen = {};
    const auto run = m_session.run();
    m_whyNot = !run             ? QString()
               : run->polarGrid ? tr("This run holds polar images: they have no detector geometry any more.")
                                : tr("Reading the geometry…");
    Q_EMIT geometryChanged();
    if (run && !run->polarGrid)
        followSettings();
}

void GeometryKeeper::followSettings() {
    const auto run = m_session.run();
    if (!run || run->polarGrid)
        return;
    SettingValues input = inputOf(m_session);
    input.erase("mask");
    input.erase("mask-meaning");
    if ((m_geometry || m_pristine) && input == m_seen)
        return;
    m_seen = input;
    m_reading.submit([this, run, input, pristine = m_pristine,
                      files = pathsOf(m_session.inputs())]() mutable -> std::function<void()> {
        std::shared_ptr<const DetectorGeometry> geometry;
        QString problem;
        try {
            // As the files alone say it: a setting that is taken back must not leave its value behind.
            if (!pristine)
                pristine = std::make_shared<const RunInfo>(
                    withoutMasks(openRun(files, settingsOf(withoutGeometry(input)))->info()));
            const InputSettings settings = settingsOf(input);
            RunInfo info = withoutMasks(*pristine);
            applyInputSettings(settings, info);
            geometry = std::make_shared<const DetectorGeometry>(geometryOf(info, settings));
        } catch (const std::exception& error) {
            problem = QString::fromUtf8(error.what());
        }
        return [this, run, pristine, geometry, problem] {
            if (run != m_session.run())
                return;
            m_pristine = pristine;
            m_geometry = geometry;
            m_whyNot = problem;
            Q_EMIT geometryChanged();
        };
    });
}

void GeometryKeeper::edit(const DetectorGeometry& geometry, const QString& text) {
    if (!m_geometry || !m_pristine)
        return;
    const ui::GeometryValues now = ui::valuesOf(geometry), was = ui::valuesOf(*m_geometry);
    SettingValues input = inputOf(m_session);
    const bool ownFile = input.contains("geometry");
    if (now.wavelengthAngstrom != was.wavelengthAngstrom) {
        input.erase("photon-energy");
        input["wavelength"] = now.wavelengthAngstrom;
    }
    if (now.facing && !ownFile && m_pristine->panels == 1) {
        if (now.position != was.position)
            input["centre"] = fmt::format("{},{}", now.position[0], now.position[1]);
        if (now.distanceMetre != was.distanceMetre)
            input["distance"] = now.distanceMetre;
        if (now.pixelSizeMetre != was.pixelSizeMetre)
            input["pixel-size"] = now.pixelSizeMetre;
    } else if (now.position != was.position || now.distanceMetre != was.distanceMetre ||
               now.pixelSizeMetre != was.pixelSizeMetre) {
        const std::string toml = geometryToToml(geometry);
        const QByteArray digest = QCryptographicHash::hash(QByteArray::fromStdString(toml), QCryptographicHash::Sha1);
        const QString run = m_session.inputs().isEmpty() ? QStringLiteral("run")
                                                         : QFileInfo(m_session.inputs().front()).completeBaseName();
        const QString file =
            QStringLiteral("%1/%2.%3.geometry.toml").arg(m_folder, run, QString::fromLatin1(digest.toHex().left(16)));
        if (ownFile && !QString::fromStdString(toText(input["geometry"])).endsWith(QLatin1String(".toml")))
            Q_EMIT masksLeftBehind();
        input = inputOf(m_session); // the mask may have changed with it
        if (now.wavelengthAngstrom != was.wavelengthAngstrom) {
            input.erase("photon-energy");
            input["wavelength"] = now.wavelengthAngstrom;
        }
        for (const char* key : {"distance", "pixel-size", "centre"})
            input.erase(key);
        input["geometry"] = file.toStdString();
        writeFile(file, toml); // before it is read: background work is done in order
    }
    m_session.editSection("input", input, text);
}

void GeometryKeeper::writeFile(const QString& file, const std::string& text) {
    ++m_writing;
    m_files.run([self = QPointer(this), file, text]() -> std::function<void()> {
        QString problem;
        try {
            std::filesystem::create_directories(std::filesystem::path(pathOf(file)).parent_path());
            writeTextFile(pathOf(file), text, {.force = true});
        } catch (const std::exception& error) {
            problem = QString::fromUtf8(error.what());
        }
        return [self, problem] {
            if (!self)
                return;
            if (!problem.isEmpty())
                Q_EMIT self->said(problem, true);
            if (--self->m_writing == 0)
                Q_EMIT self->settled();
        };
    });
}

void GeometryKeeper::refine(const RefineSettings& settings) {
    if (!m_geometry)
        return;
    m_stopRefining.request_stop();
    m_stopRefining = std::stop_source();
    TaskContext task;
    task.stop = m_stopRefining.get_token();
    const auto tell = [this, token = task.stop](double fraction) {
        QMetaObject::invokeMethod(
            this,
            [this, token, fraction] {
                if (!token.stop_requested())
                    Q_EMIT refining(fraction);
            },
            Qt::QueuedConnection);
    };
    Q_EMIT refining(0.0);
    m_refiner.run([this, task, tell, settings, geometry = m_geometry, input = inputOf(m_session),
                   files = pathsOf(m_session.inputs())]() -> std::function<void()> {
        const auto token = task.stop;
        try {
            const auto source = openRun(files, settingsOf(input), task);
            const MeanFrame mean = meanFrame(*source, task, [&](double done) { tell(0.8 * done); });
            auto result = std::make_shared<const GeometryRefinement>(
                refineGeometry(*geometry, mean.values, mean.mask, settings, task));
            return [this, token, result] {
                if (!token.stop_requested())
                    Q_EMIT refined(result);
            };
        } catch (const Stopped&) {
            return {};
        } catch (const std::exception& error) {
            return [this, token, message = QString::fromUtf8(error.what())] {
                if (!token.stop_requested())
                    Q_EMIT refineFailed(message);
            };
        }
    });
}

void GeometryKeeper::stopRefining() {
    m_stopRefining.request_stop();
    Q_EMIT refining(std::nullopt);
}

} // namespace fxs::app
