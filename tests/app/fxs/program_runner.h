#pragma once

#include <QFile>
#include <QProcess>
#include <QString>
#include <QStringList>

#include <nlohmann/json.hpp>

namespace fxs::test {

/// How a run of the fxs program ended.
struct ProgramEnd {
    int status = -1; ///< -1: it crashed or did not end in time
    QString out, err;

    nlohmann::json json() const { return nlohmann::json::parse(out.toStdString(), nullptr, false); }
};

/// Runs the built program to its end.
inline ProgramEnd runFxs(const QStringList& arguments, int seconds = 120) {
    QProcess process;
    process.start(FXS_PROGRAM, arguments);
    if (!process.waitForFinished(seconds * 1000)) {
        process.kill();
        process.waitForFinished();
        return {-1, {}, "it did not end in time"};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
            QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

inline QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace fxs::test
