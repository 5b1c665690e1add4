#pragma once

#include "plugins/api/backend_plugin.h"

#include <QStringList>

#include <string>
#include <vector>

namespace fxs {

/// The plugins that were found, and why others were not loaded.
struct LoadedPlugins {
    std::vector<BackendPlugin*> backends; ///< owned by Qt; they live until the program ends
    std::vector<std::string> warnings;    ///< a sentence for each file that was passed over: which, and why
};

/// Where plugins are looked for: the folders of FXS_PLUGIN_PATH (separated by ':'), then those beside the program, in the
/// build tree and installed. Needs the QCoreApplication.
QStringList pluginFolders();

/// Loads every backend plugin of the folders. A file is loaded only where its metadata, read without running any of it,
/// say that it is one of ours and for this API; all others become warnings. Folders that are not there are no fault.
/// Threads: the main one. Does not throw.
LoadedPlugins loadBackendPlugins(const QStringList& folders);

} // namespace fxs
