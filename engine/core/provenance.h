#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fxs {

/// A file that went into a result, as it was when read.
struct InputRecord {
    std::string path;
    std::uint64_t bytes = 0;
    std::string modified; ///< ISO 8601, UTC
};

/// Where a result came from; written to /entry/provenance of every file.
struct Provenance {
    std::string program = "FXS Workbench";
    std::string version;
    std::string command;  ///< the command line, or the job's id and place
    std::string settings; ///< all settings as TOML
    std::vector<InputRecord> inputs;
    std::string start, end; ///< ISO 8601, UTC
    std::string host;
    int threads = 0;
};

/// The program's version, "0.1.0".
std::string versionString();
/// Now, as ISO 8601 in UTC with seconds: "2026-11-22T22:39:17Z".
std::string timestampUtc();
/// Version, host, threads and start filled in.
Provenance startProvenance(std::string command);
/// Size and modification time of a file; zero and empty for one that cannot be examined.
InputRecord recordInput(const std::string& path);

} // namespace fxs
