#include "engine/io/euxfel_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs {

namespace {

/// Members of a longest strictly increasing subsequence: before flags were written, a train id from another clock can
/// only be told by standing out of the order.
std::vector<std::uint8_t> increasing(const std::vector<std::uint64_t>& ids) {
    std::vector<std::size_t> ends; // ends[n]: place of the smallest id that ends an increasing sequence of n + 1
    std::vector<std::size_t> before(ids.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto at = std::lower_bound(ends.begin(), ends.end(), ids[i],
                                         [&](std::size_t place, std::uint64_t id) { return ids[place] < id; });
        if (at != ends.begin())
            before[i] = *(at - 1);
        if (at == ends.end())
            ends.push_back(i);
        else
            *at = i;
    }
    std::vector<std::uint8_t> member(ids.size(), 0);
    for (std::size_t i = ends.empty() ? ids.size() : ends.back(); i < ids.size(); i = before[i])
        member[i] = 1;
    return member;
}

std::vector<std::uint64_t> readIndex(const h5::File& file, const std::string& path, std::size_t trains) {
    const h5::Dataset dataset = file.dataset(path);
    auto values = dataset.readVector<std::uint64_t>();
    if (values.size() < trains)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} has {} entries, expected one for each of {} trains",
                                                     dataset.name(), values.size(), trains));
    values.resize(trains); // the rest is padding
    return values;
}

} // namespace

XfelFile::XfelFile(const h5::File& file) : m_path(file.filePath()) {
    if (const auto name = "METADATA/dataFormatVersion"; file.hasDataset(name)) {
        const auto texts = file.dataset(name).readTexts();
        if (!texts.empty())
            m_version = texts.front();
    }
    m_trains = file.dataset("INDEX/trainId").readVector<std::uint64_t>();
    std::erase(m_trains, 0u); // padding
    readFlags(file);
    readSources(file);
}

void XfelFile::readFlags(const h5::File& file) {
    if (m_version == "0.5" || !file.hasDataset("INDEX/flag")) {
        m_good = increasing(m_trains);
        return;
    }
    const h5::Dataset dataset = file.dataset("INDEX/flag");
    auto flags = dataset.readVector<std::int32_t>();
    if (flags.size() < m_trains.size())
        throw Error(ErrorCode::badInput, fmt::format("dataset {} has {} entries, expected one for each of {} trains",
                                                     dataset.name(), flags.size(), m_trains.size()));
    // In version 1.1 the flag is the number of the clock that gave the id, 0 being the right one.
    const bool inverted = m_version == "1.1";
    for (std::size_t i = 0; i < m_trains.size(); ++i)
        m_good.push_back((flags[i] != 0) != inverted);
}

void XfelFile::readSources(const h5::File& file) {
    const char* path = file.hasDataset("METADATA/dataSources/dataSourceId") ? "METADATA/dataSources/dataSourceId"
                                                                            : "METADATA/dataSourceId";
    m_sources = file.dataset(path).readTexts();
    std::erase_if(m_sources, [](const std::string& s) { return s.empty(); });
    std::ranges::sort(m_sources);
    const auto rest = std::ranges::unique(m_sources);
    m_sources.erase(rest.begin(), rest.end());
}

std::vector<XfelFile::Range> XfelFile::index(const h5::File& file, const std::string& source) const {
    const std::string group = "INDEX/" + source + "/";
    const auto first = readIndex(file, group + "first", m_trains.size());
    std::vector<Range> out(m_trains.size());
    if (file.hasDataset(group + "count")) {
        const auto count = readIndex(file, group + "count", m_trains.size());
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = {first[i], count[i]};
        return out;
    }
    const auto last = readIndex(file, group + "last", m_trains.size());
    const auto status = readIndex(file, group + "status", m_trains.size());
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = {first[i], status[i] != 0 && last[i] >= first[i] ? last[i] - first[i] + 1 : 0};
    return out;
}

} // namespace fxs
