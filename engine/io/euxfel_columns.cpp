#include "engine/io/euxfel_columns.h"

#include "engine/io/frame_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace fxs {

namespace {

constexpr std::size_t kMostColumns = 2000;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Datasets "value" below a group, as paths from it: beamPosition/ixPos/value.
void collectValues(const h5::Group& group, const std::string& prefix, int depth, std::vector<std::string>& out) {
    for (const h5::Entry& entry : group.entries())
        if (entry.type == h5::Entry::Type::dataset && entry.name == "value")
            out.push_back(prefix + entry.name);
        else if (entry.type == h5::Entry::Type::group && depth > 0)
            collectValues(group.group(entry.name), prefix + entry.name + "/", depth - 1, out);
}

std::string root(const std::string& name) {
    return name.substr(0, name.find('_'));
}

std::string unitOf(const h5::Dataset& dataset) {
    const auto prefix = dataset.textAttribute("metricPrefixSymbol"), unit = dataset.textAttribute("unitSymbol");
    return prefix.value_or("") + unit.value_or("");
}

} // namespace

XfelColumns::XfelColumns(const std::vector<XfelFile>& files, const std::string& detector, const Open& open) {
    m_infos = {{"trainId", "", "INDEX/trainId", false},
               {"pulseId", "", "image/pulseId", false},
               {"cellId", "", "image/cellId", false}};
    std::vector<std::string> monitors;
    for (std::size_t f = 0; f < files.size(); ++f)
        for (const std::string& source : files[f].sources()) {
            const std::string name = source.substr(source.find('/') + 1);
            if (source.starts_with("CONTROL/"))
                addControl(open(f), f, name);
            const std::string intensity = source + "/intensityTD";
            if (source.starts_with("INSTRUMENT/") && source.find("XGM") != std::string::npos &&
                open(f).hasDataset(intensity)) {
                const h5::Dataset dataset = open(f).dataset(intensity);
                if (dataset.shape().size() != 2 || !dataset.isNumeric())
                    continue;
                const std::string column =
                    columnName(root(name) == name ? name : name.substr(0, name.find(':'))) + "_intensityTD";
                add(column, unitOf(dataset), {name, intensity, true, {}}, f);
                monitors.push_back(column);
            }
        }
    std::ranges::sort(monitors);
    const auto near = std::ranges::find_if(monitors, [&](const auto& m) { return root(m) == root(detector); });
    if (!monitors.empty())
        m_pulseEnergy = near != monitors.end() ? *near : monitors.front();
}

void XfelColumns::addControl(const h5::File& file, std::size_t index, const std::string& source) {
    const std::string group = "CONTROL/" + source;
    if (m_infos.size() >= kMostColumns || !file.hasGroup(group))
        return;
    std::vector<std::string> values;
    collectValues(file.group(group), "", 3, values);
    for (const std::string& value : values) {
        const h5::Dataset dataset = file.dataset(group + "/" + value);
        if (!dataset.isNumeric() || dataset.shape().size() != 1)
            continue;
        add(columnName(source + "/" + value.substr(0, value.rfind('/'))), unitOf(dataset),
            {source, group + "/" + value, false, {}}, index);
    }
}

void XfelColumns::add(const std::string& name, const std::string& unit, Place place, std::size_t file) {
    const auto [at, isNew] = m_places.try_emplace(name, std::move(place));
    at->second.files.push_back(file);
    if (isNew)
        m_infos.push_back({name, unit, at->second.dataset, false});
}

std::vector<double> XfelColumns::values(const std::string& name, const std::vector<XfelFile>& files,
                                        const XfelAlignment& alignment, const Open& open) const {
    if (name == "trainId" || name == "pulseId") {
        const auto& ids = name == "trainId" ? alignment.train : alignment.pulse;
        return {ids.begin(), ids.end()};
    }
    if (name == "cellId")
        return alignment.cell;
    const auto known = m_places.find(name);
    if (known == m_places.end()) {
        std::vector<std::string> names;
        for (const ColumnInfo& info : m_infos)
            names.push_back(info.name);
        throw Error(ErrorCode::badSettings, fmt::format("the run has no value \"{}\" for its frames; it has: {}", name,
                                                        fmt::join(names, ", ")));
    }
    const Place& place = known->second;
    std::vector<double> out(alignment.frames(), kNone);
    for (const std::size_t f : place.files) {
        const h5::File& file = open(f);
        const h5::Dataset dataset = file.dataset(place.dataset);
        const std::uint64_t width = dataset.shape().size() > 1 ? dataset.shape()[1] : 1;
        const auto index = files[f].index(file, place.source);
        std::unordered_map<std::uint64_t, std::uint64_t> entry; // of each train of this file
        for (std::size_t t = 0; t < index.size(); ++t)
            if (index[t].count > 0 && files[f].isGood(t) && index[t].first < dataset.shape()[0])
                entry.emplace(files[f].trains()[t], index[t].first);
        std::vector<double> values(static_cast<std::size_t>(dataset.size()));
        if (!values.empty())
            dataset.readBlock(h5::Extent(dataset.shape().size(), 0), dataset.shape(), values.data());
        for (std::size_t i = 0; i < out.size(); ++i) {
            const auto at = entry.find(alignment.train[i]);
            const std::uint64_t pulse = place.perPulse ? alignment.ordinal[i] : 0;
            if (at != entry.end() && pulse < width)
                out[i] = values[static_cast<std::size_t>(at->second * width + pulse)];
        }
    }
    return out;
}

void XfelColumns::want(const std::vector<std::string>& names, const std::vector<XfelFile>& files,
                       const XfelAlignment& alignment, const Open& open) {
    for (const std::string& name : names)
        if (!m_loaded.contains(name))
            m_loaded[name] = values(name, files, alignment, open);
    m_wanted = names;
}

std::vector<FrameColumn> XfelColumns::slice(std::uint64_t first, std::size_t count) const {
    std::vector<FrameColumn> out;
    for (const std::string& name : m_wanted) {
        const auto begin = m_loaded.at(name).begin() + static_cast<std::ptrdiff_t>(first);
        out.push_back({name, {begin, begin + static_cast<std::ptrdiff_t>(count)}, {}});
    }
    return out;
}

} // namespace fxs
