#include "engine/io/hdf5.h"
#include "engine/io/hdf5_check.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>

namespace fxs::h5 {

namespace {

/// One mapping of a virtual dataset, as HDF5 tells it.
struct Mapping {
    std::string file, dataset;
    SpaceHandle space;
};

std::string textOf(const std::function<ssize_t(char*, std::size_t)>& get) {
    const ssize_t length = get(nullptr, 0);
    if (length <= 0)
        return {};
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    get(text.data(), text.size());
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::vector<Mapping> mappingsOf(hid_t dataset) {
    std::vector<Mapping> out;
    silence();
    const PropertyHandle properties(H5Dget_create_plist(dataset));
    if (!properties || H5Pget_layout(properties.id()) != H5D_VIRTUAL)
        return out;
    std::size_t count = 0;
    H5Pget_virtual_count(properties.id(), &count);
    const hid_t id = properties.id();
    for (std::size_t i = 0; i < count; ++i) {
        Mapping mapping;
        mapping.file = textOf([&](char* text, std::size_t n) { return H5Pget_virtual_filename(id, i, text, n); });
        mapping.dataset = textOf([&](char* text, std::size_t n) { return H5Pget_virtual_dsetname(id, i, text, n); });
        mapping.space = SpaceHandle(H5Pget_virtual_vspace(id, i));
        out.push_back(std::move(mapping));
    }
    return out;
}

/// Names with % are series, of which any part may be absent on purpose; "." is the file itself.
bool isSeries(const std::string& source) {
    return source.find('%') != std::string::npos;
}

/// The place where HDF5 finds a source: as named, beside the file, or, for a name from another machine, by its last part
/// beside the file. Empty: nowhere.
std::string findSource(const std::string& file, const std::string& source) {
    namespace fs = std::filesystem;
    const fs::path folder = fs::path(file).parent_path();
    std::error_code ignored;
    for (const fs::path& path : {folder / source, fs::path(source), folder / fs::path(source).filename()})
        if (fs::exists(path, ignored))
            return path.string();
    return {};
}

/// Whether sources are there; each file is opened once, for all datasets that are asked of it.
class SourceSearch {
public:
    explicit SourceSearch(std::string file) : m_file(std::move(file)) {}

    bool isThere(const Mapping& mapping) {
        if (mapping.file == "." || isSeries(mapping.file) || isSeries(mapping.dataset))
            return true;
        const auto [at, isNew] = m_known.try_emplace({mapping.file, mapping.dataset}, false);
        if (!isNew)
            return at->second;
        const std::string path = findSource(m_file, mapping.file);
        if (path.empty())
            return false;
        try {
            if (m_openPath != path) {
                m_open.reset();
                m_open.emplace(File::open(path));
                m_openPath = path;
            }
            at->second = m_open->hasDataset(mapping.dataset);
        } catch (const Error&) { // not HDF5, truncated, not allowed: its values cannot be read either
        }
        return at->second;
    }

private:
    std::string m_file, m_openPath;
    std::optional<File> m_open;
    std::map<std::pair<std::string, std::string>, bool> m_known;
};

} // namespace

std::vector<std::string> Dataset::missingSources() const {
    std::vector<std::string> missing;
    SourceSearch search(filePath());
    for (const Mapping& mapping : mappingsOf(m_handle.id()))
        if (!search.isThere(mapping) && std::ranges::find(missing, mapping.file) == missing.end())
            missing.push_back(mapping.file);
    return missing;
}

std::optional<std::vector<VirtualRegion>> Dataset::virtualRegions() const {
    std::vector<VirtualRegion> regions;
    SourceSearch search(filePath());
    for (const Mapping& mapping : mappingsOf(m_handle.id())) {
        std::vector<hsize_t> first(m_shape.size()), last(m_shape.size());
        const hssize_t points = H5Sget_select_npoints(mapping.space.id());
        if (points < 0 || H5Sget_select_bounds(mapping.space.id(), first.data(), last.data()) < 0)
            return std::nullopt;
        VirtualRegion region{{first.begin(), first.end()}, {}, mapping.file, search.isThere(mapping)};
        std::uint64_t volume = 1;
        for (std::size_t i = 0; i < first.size(); ++i) {
            region.end.push_back(last[i] + 1);
            volume *= last[i] + 1 - first[i];
        }
        if (volume != static_cast<std::uint64_t>(points))
            return std::nullopt;
        regions.push_back(std::move(region));
    }
    return regions;
}

} // namespace fxs::h5
