#pragma once

#include "engine/core/settings.h"
#include "engine/core/task.h"

#include <string>
#include <vector>

namespace fxs {

/// The files of a run, where folders may have been given in their place.
struct RunFiles {
    std::vector<std::string> paths;
    std::vector<Problem> problems; ///< what was passed over in folders, and why
};

/// A folder stands for the HDF5 files in it, in the order of their names (numbers by value): of a European XFEL run those
/// with METADATA and INDEX; of NeXus masters the masters, whose links lead to the others; results of analyses are
/// passed over. Files are taken as given.
/// Throws: Error(notFound, noPermission): a folder that is not there or may not be read; Error(badInput): one without a
///         run; Stopped.
RunFiles runFiles(const std::vector<std::string>& given, const TaskContext& task);

} // namespace fxs
