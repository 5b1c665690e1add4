#pragma once

#include "app/workbench/session_document.h"
#include "engine/backend/backend.h"

#include <QString>
#include <QStringList>
#include <array>
#include <optional>

namespace fxs::app {

/// What a list of paths (files or folders, as dropped or named on the command line) turned out to be.
struct OpenedPaths {
    QStringList runFiles;    ///< to be looked at by the frame browser
    Snapshot results;        ///< what the result files hold
    QStringList resultFiles; ///< the files they came from
    /// By stage: the settings that its result was made with, as its provenance tells, defaults left out; nullopt: it does not tell.
    std::array<std::optional<SettingSections>, 3> settings;
    QString session;                         ///< a session file among the paths; its results are read too
    std::optional<SessionDocument> document; ///< what stands in it
    QStringList missing;                     ///< files that the session names and that are not there
    QStringList problems;                    ///< one sentence a file that could not be read
};

/// Recognises every path by its content and reads the results among them; a folder stands for the result files in it. Later ones win
/// over earlier ones of the same kind. Of a session, the results that it names are read; its run is left to the frame browser. Throws nothing: what fails is a problem.
/// Threads: any but the GUI thread. Cost: the time to read the files (a correlation of 300 x 256: 93 MB).
OpenedPaths openPaths(const QStringList& paths);

/// By its name: NAME.fxs.toml.
bool isSessionFile(const QString& path);

} // namespace fxs::app
