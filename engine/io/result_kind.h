#pragma once

#include <string>

namespace fxs {

/// What a file is, for whoever is handed one: the window that opens it, the command that takes it.
enum class ResultKind { run, correlation, foreignCorrelation, coefficients, density, structure, map, unknown };

/// "run", "correlation", ...
const char* resultKindName(ResultKind kind);

/// By content, never by the name alone: HDF5 by the groups in it, maps by the header's "MAP ", structures by their
/// first records (also inside .gz).
/// Cost:    opens the file, reads no data.
/// Throws:  Error(notFound, noPermission, badInput): not there, not allowed, a truncated or damaged HDF5 file. A file
///          that is none of these is ResultKind::unknown.
ResultKind identifyFile(const std::string& path);

} // namespace fxs
