#include "app/workbench/result_loader.h"

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

void readResult(const QString& path, ResultKind kind, OpenedPaths& out) {
    const std::string file = pathOf(path);
    switch (kind) {
    case ResultKind::correlation:
        out.results.correlation = std::make_shared<CorrelationSnapshot>(readCorrelationSnapshot(file));
        break;
    case ResultKind::coefficients:
        out.results.coefficients = std::make_shared<FilterResult>(readCoefficients(file));
        break;
    case ResultKind::density:
        out.results.density = std::make_shared<Reconstruction>(readDensity(file));
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

void openOne(const QString& path, OpenedPaths& out) {
    try {
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
