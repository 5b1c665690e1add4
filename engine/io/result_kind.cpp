#include "engine/io/result_kind.h"

#include "engine/io/hdf5.h"
#include "engine/io/xframe_correlation.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fxs {

namespace {

/// The first bytes of a file, unpacked if it is gzip (zlib reads plain files as they are).
std::string firstBytes(const std::string& path) {
    std::string out(16384, '\0');
    gzFile file = gzopen(path.c_str(), "rb");
    if (!file)
        return {};
    const int n = gzread(file, out.data(), static_cast<unsigned>(out.size()));
    gzclose(file);
    out.resize(static_cast<std::size_t>(std::max(0, n)));
    return out;
}

bool looksLikeStructure(const std::string& text) {
    if (text.find('\0') != std::string::npos)
        return false;
    static constexpr std::array<std::string_view, 9> kPdb = {"HEADER", "TITLE ", "ATOM  ", "HETATM", "CRYST1",
                                                             "REMARK", "MODEL ", "EXPDTA", "COMPND"};
    std::size_t at = 0;
    bool block = false;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line(text.data() + at, end - at);
        if (std::ranges::any_of(kPdb, [&](std::string_view record) { return line.starts_with(record); }))
            return true;
        block = block || line.starts_with("data_");
        if (block && (line.starts_with("_atom_site.") || line.starts_with("_entry.id") || line.starts_with("_cell.")))
            return true;
        at = end + 1;
    }
    return block; // an mmCIF whose first categories are others
}

ResultKind identifyHdf5(const std::string& path) {
    const h5::File file = h5::File::open(path);
    if (file.hasGroup("entry/harmonics"))
        return ResultKind::correlation;
    if (file.hasDataset("entry/coefficients/b_l"))
        return ResultKind::coefficients;
    if (file.hasDataset("entry/density/density"))
        return ResultKind::density;
    if (isXframeCorrelation(file))
        return ResultKind::foreignCorrelation;
    return ResultKind::run; // every other HDF5 file is for openRun() to judge, which says what it misses
}

} // namespace

const char* resultKindName(ResultKind kind) {
    switch (kind) {
    case ResultKind::run:
        return "run";
    case ResultKind::correlation:
        return "correlation";
    case ResultKind::foreignCorrelation:
        return "xFrame correlation";
    case ResultKind::coefficients:
        return "coefficients";
    case ResultKind::density:
        return "density";
    case ResultKind::structure:
        return "structure";
    case ResultKind::map:
        return "map";
    case ResultKind::unknown:
        return "unknown";
    }
    return "unknown";
}

ResultKind identifyFile(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0)
        throw Error(
            errno == EACCES ? ErrorCode::noPermission : ErrorCode::notFound,
            fmt::format("opening {}: {}", path, errno == ENOENT ? "there is no such file" : std::strerror(errno)));
    if (S_ISDIR(info.st_mode))
        return ResultKind::run; // openRun() says what is in it
    if (access(path.c_str(), R_OK) != 0)
        throw Error(ErrorCode::noPermission, fmt::format("opening {}: {}", path, std::strerror(errno)));
    if (h5::File::isHdf5(path))
        return identifyHdf5(path);
    const std::string text = firstBytes(path);
    if (text.size() >= 212 && text.compare(208, 4, "MAP ") == 0)
        return ResultKind::map;
    return looksLikeStructure(text) ? ResultKind::structure : ResultKind::unknown;
}

} // namespace fxs
