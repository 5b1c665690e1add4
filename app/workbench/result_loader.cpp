#include "app/workbench/result_loader.h"

#include "engine/backend/job_settings.h"
#include "engine/io/coefficients_file.h"
#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "engine/io/map_file.h"
#include "engine/io/result_kind.h"

#include <QDir>
#include <QFileInfo>

namespace fxs::app {

namespace {

std::string pathOf(const QString& path) {
    return QFile::encodeName(path).toStdString();
}

/// The settings a result was made with, without those at their defaults. nullopt: the file does not say.
std::optional<SettingSections> settingsOf(const Provenance& provenance, const std::string& file) {
    if (provenance.settings.empty())
        return std::nullopt;
    SettingSections all;
    try {
        all = parseSettings(provenance.settings, file);
    } catch (const Error&) {
        return std::nullopt; // a foreign or damaged note is no reason to refuse the result
    }
    SettingSections out;
    for (const SettingsSection& section : jobSections()) {
        const auto it = all.find(section.name);
        if (it == all.end())
            continue;
        SettingValues& values = out[section.name]; // also when empty: the result knows this section, at its defaults
        for (const SettingInfo& info : section.infos)
            if (const auto value = it->second.find(info.key);
                value != it->second.end() && value->second != info.defaultValue)
                values[info.key] = value->second;
    }
    return out;
}

void readResult(const QString& path, ResultKind kind, OpenedPaths& out) {
    const std::string file = pathOf(path);
    const auto note = [&](Stage stage, const Provenance& provenance) {
        out.settings[static_cast<std::size_t>(stage)] = settingsOf(provenance, file);
    };
    switch (kind) {
    case ResultKind::correlation:
        out.results.correlation = std::make_shared<CorrelationSnapshot>(readCorrelationSnapshot(file));
        note(Stage::correlate, out.results.correlation->provenance);
        break;
    case ResultKind::coefficients:
        out.results.coefficients = std::make_shared<FilterResult>(readCoefficients(file));
        note(Stage::filter, out.results.coefficients->provenance);
        break;
    case ResultKind::density:
        out.results.density = std::make_shared<Reconstruction>(readDensity(file));
        note(Stage::reconstruct, out.results.density->provenance);
        break;
    case ResultKind::map: {
        auto reconstruction = std::make_shared<Reconstruction>();
        reconstruction->map = readMap(file);
        out.results.density = std::move(reconstruction);
        break;
    }
    default:
        throw Error(ErrorCode::badInput,
                    file + ": is " + resultKindName(kind) +
                        ", which this window cannot show; expected a run, a correlation, coefficients or a density");
    }
    out.resultFiles << path;
}

void openOne(const QString& path, OpenedPaths& out);

void openSession(const QString& path, OpenedPaths& out) {
    SessionDocument document = readSession(pathOf(path));
    out.session = path;
    for (const std::string& warning : document.warnings)
        out.problems << QString::fromStdString(warning);
    for (const std::string& file : document.sources)
        if (const QString name = QFile::decodeName(file.c_str()); !QFileInfo::exists(name))
            out.missing << name;
    for (const std::string& file : document.results) {
        const QString name = QFile::decodeName(file.c_str());
        if (QFileInfo::exists(name))
            openOne(name, out);
        else
            out.missing << name;
    }
    out.document = std::move(document);
}

void openOne(const QString& path, OpenedPaths& out) {
    try {
        if (isSessionFile(path))
            return openSession(path, out);
        const ResultKind kind = identifyFile(pathOf(path));
        if (kind == ResultKind::run || kind == ResultKind::unknown)
            out.runFiles << path; // what is unknown is explained by the readers of runs, who list what they looked for
        else
            readResult(path, kind, out);
    } catch (const std::exception& error) {
        out.problems << QString::fromUtf8(error.what());
    }
}

} // namespace

bool isSessionFile(const QString& path) {
    return path.endsWith(QStringLiteral(".fxs.toml"), Qt::CaseInsensitive);
}

OpenedPaths openPaths(const QStringList& paths) {
    OpenedPaths out;
    for (const QString& path : paths) {
        const QFileInfo info(path);
        if (!info.isDir()) {
            openOne(path, out);
            continue;
        }
        const QStringList known{QStringLiteral("CORRELATION.h5"), QStringLiteral("COEFFICIENTS.h5"),
                                QStringLiteral("DENSITY.h5")};
        bool any = false;
        for (const QString& name : known)
            if (const QString file = QDir(path).filePath(name); QFileInfo::exists(file)) {
                openOne(file, out);
                any = true;
            }
        if (!any)
            out.problems << QStringLiteral("%1: holds no CORRELATION.h5, COEFFICIENTS.h5 or DENSITY.h5").arg(path);
    }
    return out;
}

} // namespace fxs::app
