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

} // namespace fxs
