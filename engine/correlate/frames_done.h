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
/// Those of [0, end) that are not in ranges.
FrameRanges missing(const FrameRanges& ranges, std::uint64_t end);
/// How many indices.
std::uint64_t countOf(const FrameRanges& ranges);
/// Cuts ranges into `shares` parts of about as many indices each, at multiples of `block` only, and gives one of them:
/// parts follow one another, and together they are the whole.
FrameRanges shareOf(const FrameRanges& ranges, std::uint64_t block, std::size_t share, std::size_t shares);

} // namespace fxs
