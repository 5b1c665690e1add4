#include "engine/correlate/frames_done.h"

#include <algorithm>

namespace fxs {

bool isDone(const FrameRanges& ranges, std::uint64_t index) {
    const auto after = std::upper_bound(ranges.begin(), ranges.end(), index,
                                        [](std::uint64_t i, const auto& range) { return i < range.first; });
    return after != ranges.begin() && index < std::prev(after)->second;
}

void markDone(FrameRanges& ranges, std::uint64_t index) {
    if (ranges.empty() || index > ranges.back().second)
        ranges.emplace_back(index, index + 1);
    else if (index == ranges.back().second)
        ++ranges.back().second;
    else if (!isDone(ranges, index))
        ranges = unite(ranges, {{index, index + 1}});
}

bool overlap(const FrameRanges& a, const FrameRanges& b) {
    auto i = a.begin(), j = b.begin();
    while (i != a.end() && j != b.end()) {
        if (std::max(i->first, j->first) < std::min(i->second, j->second))
            return true;
        ++(i->second < j->second ? i : j);
    }
    return false;
}

FrameRanges unite(const FrameRanges& a, const FrameRanges& b) {
    FrameRanges all(a);
    all.insert(all.end(), b.begin(), b.end());
    std::sort(all.begin(), all.end());
    FrameRanges joined;
    for (const auto& range : all) {
        if (!joined.empty() && range.first <= joined.back().second)
            joined.back().second = std::max(joined.back().second, range.second);
        else
            joined.push_back(range);
    }
    return joined;
}

FrameRanges missing(const FrameRanges& ranges, std::uint64_t end) {
    FrameRanges out;
    std::uint64_t next = 0;
    for (const auto& [first, last] : ranges) {
        if (first > next && next < end)
            out.emplace_back(next, std::min(first, end));
        next = std::max(next, last);
    }
    if (next < end)
        out.emplace_back(next, end);
    return out;
}

std::uint64_t countOf(const FrameRanges& ranges) {
    std::uint64_t count = 0;
    for (const auto& [first, last] : ranges)
        count += last - first;
    return count;
}

FrameRanges shareOf(const FrameRanges& ranges, std::uint64_t block, std::size_t share, std::size_t shares) {
    // Pieces within one block stay together: they are one unit of the sums.
    std::vector<std::pair<std::uint64_t, FrameRanges>> blocks;
    for (const auto& [first, last] : ranges)
        for (std::uint64_t at = first; at < last;) {
            const std::uint64_t end = std::min(last, (at / block + 1) * block);
            if (blocks.empty() || blocks.back().first != at / block)
                blocks.push_back({at / block, {}});
            blocks.back().second.emplace_back(at, end);
            at = end;
        }
    FrameRanges out;
    const std::size_t begin = blocks.size() * share / shares, end = blocks.size() * (share + 1) / shares;
    for (std::size_t b = begin; b < end; ++b)
        out.insert(out.end(), blocks[b].second.begin(), blocks[b].second.end());
    return unite(out, {});
}

} // namespace fxs
