#include "engine/io/euxfel_alignment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace fxs {

namespace {

/// What tells one frame of a run from all others. Parallel-gain LPD repeats its pulses within a train: `repeat` counts.
struct Key {
    std::uint64_t train = 0;
    std::uint32_t repeat = 0;
    std::uint64_t pulse = 0;
    auto operator<=>(const Key&) const = default;
};

struct PartRows {
    std::vector<std::pair<Key, std::uint64_t>> rows; ///< sorted by key
    std::uint64_t beyond = 0;                        ///< entries that the index promises and the data do not have
    std::uint64_t badTrains = 0;
};

std::vector<std::uint64_t> flat(const h5::Dataset& dataset) {
    std::vector<std::uint64_t> values(static_cast<std::size_t>(dataset.size()));
    if (!values.empty())
        dataset.readBlock(h5::Extent(dataset.shape().size(), 0), dataset.shape(), values.data());
    return values;
}

/// Pulses of one train, in the order stored, as keys.
void addTrain(std::uint64_t train, std::span<const std::uint64_t> pulses, std::uint64_t firstRow, PartRows& out) {
    std::vector<std::pair<std::uint64_t, std::size_t>> sorted;
    for (std::size_t i = 0; i < pulses.size(); ++i)
        sorted.emplace_back(pulses[i], i);
    std::ranges::sort(sorted);
    std::uint32_t repeat = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        repeat = i > 0 && sorted[i].first == sorted[i - 1].first ? repeat + 1 : 0;
        out.rows.push_back({{train, repeat, sorted[i].first}, firstRow + sorted[i].second});
    }
}

PartRows readRows(const XfelDetector& detector, const XfelDetector::Part& part, const XfelFile& about,
                  const h5::File& file) {
    const std::string group = detector.group(part);
    const h5::Dataset frames = file.dataset(group + detector.frames());
    if (frames.shape().size() < 3)
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} has {} axes (shape {}), expected 3 or 4", frames.name(),
                                frames.shape().size(), fmt::join(frames.shape(), " x ")));
    const std::uint64_t cells = detector.jungfrau && frames.shape().size() == 4 ? frames.shape()[1] : 1;
    const std::uint64_t total = frames.shape()[0] * cells;
    // Rows are told apart by pulse; JUNGFRAU has memory cells in place of pulses, which repeat from train to train.
    std::vector<std::uint64_t> pulses;
    for (const char* name : {"pulseId", "memoryCell", "cellId"})
        if (pulses.empty() && file.hasDataset(group + name))
            pulses = flat(file.dataset(group + name));
    if (pulses.size() < total) { // none written: they are counted
        pulses.assign(static_cast<std::size_t>(total), 0);
        for (std::size_t i = 0; i < pulses.size(); ++i)
            pulses[i] = i % cells;
    }
    PartRows out;
    const auto index = about.index(file, part.source);
    for (std::size_t t = 0; t < index.size(); ++t) {
        if (index[t].count == 0)
            continue;
        if (!about.isGood(t)) {
            ++out.badTrains;
            continue;
        }
        const std::uint64_t first = std::min(index[t].first, frames.shape()[0]);
        const std::uint64_t count = std::min(index[t].count, frames.shape()[0] - first);
        out.beyond += index[t].count - count;
        addTrain(
            about.trains()[t],
            std::span(pulses).subspan(static_cast<std::size_t>(first * cells), static_cast<std::size_t>(count * cells)),
            first * cells, out);
    }
    std::ranges::sort(out.rows);
    return out;
}

void uniteKeys(std::vector<Key>& all, const PartRows& part) {
    std::vector<Key> keys;
    for (const auto& [key, row] : part.rows)
        if (keys.empty() || keys.back() != key)
            keys.push_back(key);
    if (std::ranges::includes(all, keys))
        return;
    std::vector<Key> both;
    std::ranges::set_union(all, keys, std::back_inserter(both));
    all = std::move(both);
}

void describeMissing(const XfelDetector& detector, XfelAlignment& out) {
    std::vector<std::string> none, some;
    for (std::size_t m = 0; m < out.modules; ++m) {
        std::size_t missing = 0, first = 0;
        for (std::size_t f = out.frames(); f-- > 0;)
            if (out.place[f * out.modules + m] == XfelAlignment::kMissing) {
                ++missing;
                first = f;
            }
        const std::size_t number = m + static_cast<std::size_t>(detector.firstModule);
        if (missing == out.frames())
            none.push_back(std::to_string(number));
        else if (missing > 0)
            some.push_back(fmt::format("module {} from {} (first: train {}, pulse {})", number, missing,
                                       out.train[first], out.pulse[first]));
    }
    if (!none.empty())
        out.problems.push_back({"",
                                fmt::format("{} of {} modules of {} are not in the run ({}); they are masked",
                                            none.size(), out.modules, detector.name, fmt::join(none, ", ")),
                                false});
    if (!some.empty())
        out.problems.push_back({"",
                                fmt::format("modules are missing from some of {} frames, where they are masked: {}",
                                            out.frames(), fmt::join(some, "; ")),
                                false});
}

void fill(const XfelDetector& detector, std::size_t partIndex, const PartRows& part, const std::vector<Key>& keys,
          const h5::File& file, XfelAlignment& out) {
    const std::string path = detector.group(detector.parts[partIndex]) + detector.cell();
    const auto cells = file.hasDataset(path) ? flat(file.dataset(path)) : std::vector<std::uint64_t>();
    const std::size_t module = detector.parts[partIndex].module;
    std::size_t f = 0;
    for (const auto& [key, row] : part.rows) {
        f = static_cast<std::size_t>(std::lower_bound(keys.begin() + static_cast<std::ptrdiff_t>(f), keys.end(), key) -
                                     keys.begin());
        std::uint64_t& place = out.place[f * out.modules + module];
        if (place == XfelAlignment::kMissing)
            place = std::uint64_t{partIndex} << 40 | row;
        if (std::isnan(out.cell[f]) && row < cells.size())
            out.cell[f] = static_cast<double>(cells[static_cast<std::size_t>(row)]);
    }
}

} // namespace

XfelAlignment alignXfel(const XfelDetector& detector, const std::vector<XfelFile>& files,
                        const std::function<const h5::File&(std::size_t)>& open, const TaskContext& task) {
    XfelAlignment out;
    out.modules = detector.modules;
    std::vector<Key> keys;
    std::uint64_t beyond = 0, bad = 0;
    // Twice over the files: the frames of all are known only when each was seen, and rows of all would not fit memory.
    for (const auto& part : detector.parts) {
        task.checkpoint();
        const PartRows rows = readRows(detector, part, files[part.file], open(part.file));
        uniteKeys(keys, rows);
        beyond += rows.beyond;
        bad = std::max(bad, rows.badTrains);
    }
    if (keys.empty())
        throw Error(ErrorCode::badInput, fmt::format("detector {} has no frame in the run's files", detector.name));
    for (const Key& key : keys) {
        const bool first = out.train.empty() || out.train.back() != key.train;
        out.trains += first;
        out.ordinal.push_back(first ? 0 : out.ordinal.back() + 1);
        out.train.push_back(key.train);
        out.pulse.push_back(key.pulse);
    }
    out.cell.assign(keys.size(), std::numeric_limits<double>::quiet_NaN());
    out.place.assign(keys.size() * out.modules, XfelAlignment::kMissing);
    for (std::size_t i = 0; i < detector.parts.size(); ++i) {
        task.checkpoint();
        const auto& part = detector.parts[i];
        fill(detector, i, readRows(detector, part, files[part.file], open(part.file)), keys, open(part.file), out);
    }
    if (bad > 0)
        out.problems.push_back(
            {"", fmt::format("{} trains whose ids did not come from the clock (INDEX/flag) are left out", bad), false});
    if (beyond > 0)
        out.problems.push_back({"",
                                fmt::format("the index promises {} entries that the data do not have (a file that was "
                                            "not finished?); they are missing",
                                            beyond),
                                false});
    describeMissing(detector, out);
    return out;
}

} // namespace fxs
