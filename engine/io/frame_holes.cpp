#include "engine/io/frame_holes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace fxs {

namespace {

/// A region's bounds along frame, panel, ss and fs; false where it holds nothing of the first plane.
bool blockOf(const h5::VirtualRegion& region, std::uint64_t first[4], std::uint64_t end[4]) {
    const std::size_t axes = region.first.size();
    const auto take = [&](int to, std::size_t axis) {
        first[to] = region.first[axis];
        end[to] = region.end[axis];
    };
    first[0] = first[1] = 0;
    end[0] = end[1] = 1;
    if (axes > 2)
        take(0, 0);
    if (axes > 3)
        take(1, 1);
    take(2, axes - 2);
    take(3, axes - 1);
    return axes < 5 || region.first[2] == 0;
}

} // namespace

FrameHoles::FrameHoles(const h5::Dataset& frames) : m_name(frames.name()) {
    const auto regions = frames.virtualRegions();
    const auto missing = frames.missingSources();
    if (!regions) {
        if (!missing.empty())
            throw Error(ErrorCode::notFound,
                        fmt::format("dataset {} takes its values from {} other files that are not there ({}); HDF5 "
                                    "would give fill values in their place",
                                    m_name, missing.size(), missing.front()));
        return;
    }
    if (regions->empty())
        return;
    const h5::Extent& shape = frames.shape();
    const std::size_t axes = shape.size();
    const std::uint64_t frameCount = axes > 2 ? shape[0] : 1, panels = axes > 3 ? shape[1] : 1;
    const std::uint64_t pixels = shape[axes - 2] * shape[axes - 1];
    std::vector<std::uint64_t> covered(static_cast<std::size_t>(frameCount * panels), 0);
    std::vector<Block> there;
    for (const h5::VirtualRegion& region : *regions) {
        Block b{};
        if (!region.there || !blockOf(region, b.first, b.end))
            continue;
        there.push_back(b);
        for (std::uint64_t f = b.first[0]; f < b.end[0]; ++f)
            for (std::uint64_t p = b.first[1]; p < b.end[1]; ++p)
                covered[static_cast<std::size_t>(f * panels + p)] += (b.end[2] - b.first[2]) * (b.end[3] - b.first[3]);
    }
    if (there.empty())
        throw Error(ErrorCode::notFound,
                    fmt::format("dataset {} takes its values from other files, and none of them is there ({}); HDF5 "
                                "would give fill values in their place",
                                m_name, missing.empty() ? "none is named" : missing.front()));
    m_missingFrames.assign(static_cast<std::size_t>(panels), 0);
    m_incomplete.assign(static_cast<std::size_t>(frameCount), 0);
    bool any = false;
    for (std::size_t i = 0; i < covered.size(); ++i)
        if (covered[i] < pixels) {
            any = true;
            ++m_missingFrames[i % panels];
            m_incomplete[i / panels] = 1;
        }
    if (any)
        m_there = std::move(there);
    m_missingSources = missing;
}

void FrameHoles::report(std::vector<Problem>& problems) const {
    if (!m_missingSources.empty())
        problems.push_back({"",
                            fmt::format("dataset {} takes values from {} other files that are not there ({}{}); what "
                                        "they should hold is masked",
                                        m_name, m_missingSources.size(), m_missingSources.front(),
                                        m_missingSources.size() > 1 ? ", ..." : ""),
                            false});
    if (empty())
        return;
    std::vector<std::string> parts;
    for (std::size_t p = 0; p < m_missingFrames.size(); ++p)
        if (m_missingFrames[p] > 0)
            parts.push_back(m_missingFrames.size() == 1 ? fmt::format("{} frames lack pixels", m_missingFrames[p])
                                                        : fmt::format("panel {} in {}", p, m_missingFrames[p]));
    problems.push_back({"",
                        fmt::format("of {} frames {} are incomplete ({}); what is missing is masked",
                                    m_incomplete.size(), std::ranges::count(m_incomplete, 1), fmt::join(parts, ", ")),
                        false});
}

void FrameHoles::mask(std::uint64_t first, std::size_t count, std::size_t at, FrameBatch& batch) const {
    if (empty())
        return;
    const auto begin = m_incomplete.begin() + static_cast<std::ptrdiff_t>(first);
    if (std::none_of(begin, begin + static_cast<std::ptrdiff_t>(count), [](std::uint8_t i) { return i != 0; }))
        return;
    if (batch.mask.empty()) {
        batch.mask = Array<std::uint8_t, 4>::uninitialised(batch.shape());
        std::ranges::fill(batch.mask.span(), std::uint8_t{1});
    }
    const auto& shape = batch.shape();
    const std::size_t slow = shape[2], fast = shape[3], frame = shape[1] * slow * fast;
    std::vector<std::uint8_t> there(count * frame, 0);
    for (const Block& b : m_there) {
        const std::uint64_t from = std::max(b.first[0], first), to = std::min(b.end[0], first + count);
        for (std::uint64_t f = from; f < to; ++f)
            for (std::uint64_t p = b.first[1]; p < b.end[1]; ++p)
                for (std::uint64_t s = b.first[2]; s < b.end[2]; ++s) {
                    const std::uint64_t row = (((f - first) * shape[1] + p) * slow + s) * fast;
                    std::fill(there.begin() + static_cast<std::ptrdiff_t>(row + b.first[3]),
                              there.begin() + static_cast<std::ptrdiff_t>(row + b.end[3]), std::uint8_t{1});
                }
    }
    float* values = batch.data.empty() ? nullptr : batch.data.data() + at * frame;
    std::uint8_t* mask = batch.mask.data() + at * frame;
    for (std::size_t i = 0; i < there.size(); ++i)
        if (!there[i]) {
            if (values)
                values[i] = 0;
            mask[i] = 0;
        }
}

} // namespace fxs
