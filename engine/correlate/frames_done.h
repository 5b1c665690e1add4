#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace fxs {

/// Frame indices as sorted, disjoint ranges [first, last): what a resumed or merged accumulation must not count twice.
using FrameRanges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

bool isDone(const FrameRanges& ranges, std::uint64_t index);
/// Adds one index. Cost: constant for growing indices.
void markDone(FrameRanges& ranges, std::uint64_t index);
/// True if some index is in both.
bool overlap(const FrameRanges& a, const FrameRanges& b);
/// All indices of either.
FrameRanges unite(const FrameRanges& a, const FrameRanges& b);

} // namespace fxs
