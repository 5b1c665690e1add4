#pragma once

#include "engine/backend/backend.h"

#include <QString>
#include <QStringList>

namespace fxs::app {

/// What a list of paths (files or folders, as dropped or named on the command line) turned out to be.
struct OpenedPaths {
    QStringList runFiles;    ///< to be looked at by the frame browser
    Snapshot results;        ///< what the result files hold
    QStringList resultFiles; ///< the files they came from
    QStringList problems;    ///< one sentence a file that could not be read
};

/// Recognises every path by its content and reads the results among them; a folder stands for the result files in it. Later ones win
/// over earlier ones of the same kind. Throws nothing: what fails is a problem.
/// Threads: any but the GUI thread. Cost: the time to read the files (a correlation of 300 x 256: 93 MB).
OpenedPaths openPaths(const QStringList& paths);

} // namespace fxs::app
