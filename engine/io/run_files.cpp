#include "engine/io/run_files.h"

#include "engine/io/euxfel_file.h"
#include "engine/io/hdf5.h"
#include "engine/io/result_kind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace fxs {

namespace {

namespace fs = std::filesystem;

/// Names with numbers in them by the numbers' values: run_2 before run_10.
bool naturalLess(const std::string& a, const std::string& b) {
    const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
    std::size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        if (digit(a[i]) && digit(b[j])) {
            const auto number = [&](const std::string& s, std::size_t& at) {
                std::string out;
                for (; at < s.size() && digit(s[at]); ++at)
                    if (!out.empty() || s[at] != '0')
                        out += s[at];
                return out;
            };
            const std::string x = number(a, i), y = number(b, j);
            if (x.size() != y.size())
                return x.size() < y.size();
            if (x != y)
                return x < y;
        } else {
            if (a[i] != b[j])
                return a[i] < b[j];
            ++i;
            ++j;
        }
    }
    return a.size() - i < b.size() - j;
}

std::vector<std::string> hdf5FilesIn(const std::string& folder) {
    std::error_code error;
    std::vector<std::string> out;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (std::error_code ignored; it->is_regular_file(ignored) && h5::File::isHdf5(it->path().string()))
            out.push_back(it->path().string());
    if (error)
        throw Error(error == std::errc::permission_denied ? ErrorCode::noPermission : ErrorCode::notFound,
                    fmt::format("opening folder {}: {}", folder, error.message()));
    std::ranges::sort(out, naturalLess);
    return out;
}

enum class Kind { xfel, master, other, result, unreadable };

Kind kindOf(const std::string& path) {
    try {
        if (identifyFile(path) != ResultKind::run)
            return Kind::result;
        const h5::File file = h5::File::open(path);
        if (XfelFile::isOne(file))
            return Kind::xfel;
        if (file.hasGroup("entry/data"))
            for (const h5::Entry& entry : file.group("entry/data").entries())
                if (entry.name.starts_with("data_0"))
                    return file.hasGroup("entry/instrument") ? Kind::master : Kind::other;
        return Kind::other;
    } catch (const Error&) {
        return Kind::unreadable;
    }
}

void addFolder(const std::string& folder, const TaskContext& task, RunFiles& out) {
    std::vector<std::pair<Kind, std::string>> files;
    for (const std::string& path : hdf5FilesIn(folder)) {
        task.checkpoint();
        files.emplace_back(kindOf(path), path);
    }
    Kind wanted = Kind::other;
    for (const Kind kind : {Kind::xfel, Kind::master})
        if (wanted == Kind::other &&
            std::ranges::find(files, kind, &std::pair<Kind, std::string>::first) != files.end())
            wanted = kind;
    std::vector<std::string> passed, unreadable;
    std::size_t found = 0;
    for (auto& [kind, path] : files)
        if (kind == wanted) {
            out.paths.push_back(path);
            ++found;
        } else {
            (kind == Kind::unreadable ? unreadable : passed).push_back(fs::path(path).filename().string());
        }
    if (found == 0)
        throw Error(ErrorCode::badInput,
                    fmt::format("folder {} holds no run: {} HDF5 files, of which {} are results and {} cannot be read",
                                folder, files.size(), passed.size(), unreadable.size()));
    // Data files that a master links to are part of the run, not passed over.
    if (!passed.empty() && wanted != Kind::master)
        out.problems.push_back({"",
                                fmt::format("{} files of folder {} are not part of the run: {}", passed.size(), folder,
                                            fmt::join(passed, ", ")),
                                false});
    if (!unreadable.empty())
        out.problems.push_back({"",
                                fmt::format("{} files of folder {} cannot be read, and are missing from the run: {}",
                                            unreadable.size(), folder, fmt::join(unreadable, ", ")),
                                false});
}

} // namespace

RunFiles runFiles(const std::vector<std::string>& given, const TaskContext& task) {
    RunFiles out;
    for (const std::string& path : given) {
        std::error_code ignored;
        if (fs::is_directory(path, ignored))
            addFolder(path, task, out);
        else
            out.paths.push_back(path);
    }
    return out;
}

} // namespace fxs
