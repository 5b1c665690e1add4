#pragma once

#include "app/workbench/session.h"

#include <map>
#include <string>
#include <vector>

namespace fxs::app {

/// What stands in a session file NAME.fxs.toml: everything that brings back what one was looking at, and none of the data itself.
/// Files are held with absolute paths here and written relative to the session's own folder, so that a folder with all of it can be
/// moved.
struct SessionDocument {
    static constexpr int kVersion = 1; ///< of the format; a file of a newer one is not read

    std::vector<std::string> sources; ///< the run's files
    std::vector<std::string> results; ///< files of results that were open
    SettingSections settings;         ///< those that differ from their defaults
    DrawnMask mask;
    std::vector<SessionJob> jobs;
    std::map<std::string, std::string> views; ///< name of a view: its state, as the view itself wrote it (any bytes)
    int tab = 0;
    std::string place;                 ///< where its jobs are to run, a place's id; empty: this computer
    std::string saved;                 ///< when, ISO 8601 UTC
    std::string original;              ///< of an automatically kept one: the session's own file, empty if it has none
    std::vector<std::string> warnings; ///< met on reading: what was not understood and left out
};

/// The document as TOML; paths relative to folder, or absolute where folder is empty.
std::string toToml(const SessionDocument& document, const std::string& folder);
/// The reverse. source: for messages.
/// Throws: Error(badInput) for what is not a session; Error(unsupported) for one of a newer format.
SessionDocument parseSession(const std::string& text, const std::string& source, const std::string& folder);

/// Throws also: Error(notFound, noPermission, io). Threads: any but the GUI thread.
SessionDocument readSession(const std::string& path);
/// Whole or not at all: at any moment the path holds the old document or the new. Throws: Error(io, noPermission, notFound).
void writeSession(const std::string& path, const SessionDocument& document, bool relativePaths = true);

} // namespace fxs::app
