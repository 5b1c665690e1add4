#include "engine/io/frame_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace fxs {

namespace {

constexpr std::size_t kMostColumns = 2000; // a control system can have tens of thousands; lists of those help nobody

template <class T>
std::vector<T> part(const std::vector<T>& values, std::uint64_t first, std::size_t count) {
    const std::size_t begin = std::min<std::size_t>(static_cast<std::size_t>(first), values.size());
    const std::size_t end = std::min(begin + count, values.size());
    return {values.begin() + static_cast<std::ptrdiff_t>(begin), values.begin() + static_cast<std::ptrdiff_t>(end)};
}

bool isPerFrame(const h5::Extent& shape, std::uint64_t frames) {
    return !shape.empty() && shape[0] == frames &&
           std::all_of(shape.begin() + 1, shape.end(), [](std::uint64_t n) { return n == 1; });
}

} // namespace

std::string columnName(const std::string& text) {
    std::string out;
    for (const char c : text)
        if (std::isalnum(static_cast<unsigned char>(c)))
            out += c;
        else if (!out.empty() && out.back() != '_')
            out += '_';
    while (!out.empty() && out.back() == '_')
        out.pop_back();
    return out.empty() || std::isdigit(static_cast<unsigned char>(out[0])) ? "_" + out : out;
}

bool FrameColumns::has(const std::string& name) const {
    return std::ranges::find(m_infos, name, &ColumnInfo::name) != m_infos.end();
}

std::string FrameColumns::freeName(const std::string& path, const std::string& name) const {
    std::string wanted = columnName(name);
    // Alike names get their groups' before them, from the innermost on.
    std::size_t end = path.rfind('/');
    while (has(wanted) && end != std::string::npos && end > 0) {
        const std::size_t begin = path.rfind('/', end - 1);
        wanted = columnName(path.substr(begin + 1, end - begin - 1)) + "_" + wanted;
        end = begin;
    }
    return wanted;
}

bool FrameColumns::add(const h5::Dataset& dataset, const std::string& name, const std::string& unit) {
    if (m_infos.size() >= kMostColumns || !isPerFrame(dataset.shape(), m_frames) ||
        (!dataset.isNumeric() && !dataset.isText()) ||
        std::ranges::find(m_infos, dataset.path(), &ColumnInfo::path) != m_infos.end())
        return false;
    const std::string own = dataset.path().substr(dataset.path().rfind('/') + 1);
    const std::string chosen = freeName(dataset.path(), name.empty() ? own : name);
    if (has(chosen))
        return false;
    m_infos.push_back(
        {chosen, unit.empty() ? dataset.textAttribute("units").value_or("") : unit, dataset.path(), dataset.isText()});
    return true;
}

void FrameColumns::addGroup(const h5::Group& group, int depth) {
    for (const h5::Entry& entry : group.entries())
        if (entry.type == h5::Entry::Type::dataset)
            add(group.dataset(entry.name));
        else if (entry.type == h5::Entry::Type::group && depth > 1)
            addGroup(group.group(entry.name), depth - 1);
}

void FrameColumns::addValues(ColumnInfo info, std::vector<double> values) {
    info.name = freeName(info.path, info.name);
    m_loaded[info.name] = {info.name, std::move(values), {}};
    m_infos.push_back(std::move(info));
}

const FrameColumn& FrameColumns::load(const std::string& name, const h5::File& file) {
    const auto known = m_loaded.find(name);
    if (known != m_loaded.end())
        return known->second;
    const auto info = std::ranges::find(m_infos, name, &ColumnInfo::name);
    if (info == m_infos.end()) {
        std::vector<std::string> names;
        for (const ColumnInfo& column : m_infos)
            names.push_back(column.name);
        throw Error(ErrorCode::badSettings,
                    fmt::format("{} has no value \"{}\" for its frames; it has: {}", file.filePath(), name,
                                names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
    }
    const h5::Dataset dataset = file.dataset(info->path);
    FrameColumn column{name, {}, {}};
    if (info->text) {
        column.texts = dataset.readTexts();
    } else {
        column.numbers.resize(static_cast<std::size_t>(dataset.size()));
        dataset.readBlock(h5::Extent(dataset.shape().size(), 0), dataset.shape(), column.numbers.data());
    }
    return m_loaded.emplace(name, std::move(column)).first->second;
}

void FrameColumns::want(const std::vector<std::string>& names, const h5::File& file) {
    for (const std::string& name : names)
        load(name, file);
    m_wanted = names;
}

std::vector<FrameColumn> FrameColumns::slice(std::uint64_t first, std::size_t count) const {
    std::vector<FrameColumn> out;
    for (const std::string& name : m_wanted) {
        const FrameColumn& column = m_loaded.at(name);
        out.push_back({name, part(column.numbers, first, count), part(column.texts, first, count)});
    }
    return out;
}

const std::vector<double>& FrameColumns::numbers(const std::string& name, const h5::File& file) {
    const FrameColumn& column = load(name, file);
    if (column.numbers.size() != m_frames)
        throw Error(ErrorCode::badInput, fmt::format("{} of {} holds texts, expected numbers", name, file.filePath()));
    return column.numbers;
}

void requireColumns(const RunInfo& info, const std::vector<std::string>& names) {
    std::vector<std::string> known;
    for (const ColumnInfo& column : info.columns)
        known.push_back(column.name);
    for (const std::string& name : names)
        if (std::ranges::find(known, name) == known.end())
            throw Error(ErrorCode::badSettings,
                        fmt::format("this run ({}) has no value \"{}\" for its frames; it has: {}", info.layout, name,
                                    known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
}

} // namespace fxs
