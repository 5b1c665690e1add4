#include "engine/core/provenance.h"

#include "engine/core/parallel.h"
#include "engine/core/version.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>

namespace fxs {

namespace {

std::string iso8601(std::time_t time) {
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::array<char, 32> text{};
    const std::size_t n = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return {text.data(), n};
}

} // namespace

std::string versionString() {
    return kVersion;
}

std::string timestampUtc() {
    return iso8601(std::time(nullptr));
}

Provenance startProvenance(std::string command) {
    Provenance p;
    p.version = versionString();
    p.command = std::move(command);
    p.start = timestampUtc();
    p.threads = activeThreadCount();
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) == 0)
        p.host = host.data();
    return p;
}

InputRecord recordInput(const std::string& path) {
    InputRecord record{path, 0, {}};
    struct stat info {};
    if (stat(path.c_str(), &info) == 0) {
        record.bytes = static_cast<std::uint64_t>(info.st_size);
        record.modified = iso8601(info.st_mtime);
    }
    return record;
}

} // namespace fxs
