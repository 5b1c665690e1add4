#include "engine/correlate/block_difference.h"

#include "engine/core/parallel.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fxs {

/// One ring of the block, and which of its bins the fixed mask leaves.
struct BlockDifference::Ring {
    std::size_t first; ///< bin
    std::size_t azimuths;
    const std::uint8_t* mask; ///< of the ring; null: all valid
    bool valid(const std::uint8_t* own, std::size_t k) const { return (!mask || mask[k]) && (!own || own[first + k]); }
};

namespace {

bool isUsable(const FrameRef& frame, View<const std::uint8_t, 2> fixed, std::size_t bins) {
    bool any = false;
    for (std::size_t b = 0; b < bins; ++b) {
        if ((!fixed.empty() && !fixed.data()[b]) || (frame.mask && !frame.mask[b]))
            continue;
        if (!std::isfinite(frame.intensity[b]))
            return false;
        any |= frame.intensity[b] != 0;
    }
    return any;
}

} // namespace

/// The difference gets the ring mean of the image in the place of its own.
void BlockDifference::finishRing(const FrameRef& from, std::size_t member, const Ring& ring) {
    float* out = &m_images(member, 0, 0) + ring.first;
    const std::uint8_t* own = m_masks.empty() ? nullptr : &m_masks(member, 0, 0);
    double image = 0, difference = 0;
    std::size_t bins = 0;
    for (std::size_t k = 0; k < ring.azimuths; ++k)
        if (ring.valid(own, k)) {
            image += from.intensity[ring.first + k];
            difference += out[k];
            ++bins;
        }
    const auto shift = static_cast<float>(bins > 0 ? (image - difference) / static_cast<double>(bins) : 0.0);
    for (std::size_t k = 0; k < ring.azimuths; ++k)
        out[k] = ring.valid(own, k) ? out[k] + shift : 0.0F;
}

void BlockDifference::meanImage(const std::vector<FrameRef>& from, const std::vector<std::size_t>& members,
                                const Ring& ring) {
    std::vector<double> mean(ring.azimuths, 0.0), count(ring.azimuths, 0.0);
    for (const std::size_t f : members)
        for (std::size_t k = 0; k < ring.azimuths; ++k)
            if (ring.valid(from[f].mask, k)) {
                mean[k] += from[f].intensity[ring.first + k];
                count[k] += 1;
            }
    for (std::size_t k = 0; k < ring.azimuths; ++k)
        mean[k] /= std::max(count[k], 1.0);
    for (const std::size_t f : members) {
        float* out = &m_images(f, 0, 0) + ring.first;
        for (std::size_t k = 0; k < ring.azimuths; ++k) {
            const bool valid = ring.valid(from[f].mask, k) && count[k] > 1;
            out[k] = valid ? static_cast<float>(std::sqrt(count[k] / (count[k] - 1)) *
                                                (from[f].intensity[ring.first + k] - mean[k]))
                           : 0.0F;
            if (!m_masks.empty())
                (&m_masks(f, 0, 0))[ring.first + k] = valid;
        }
        finishRing(from[f], f, ring);
    }
}

void BlockDifference::neighbours(const std::vector<FrameRef>& from, const std::vector<std::size_t>& members,
                                 const Ring& ring) {
    const double scale = 1 / std::sqrt(2.0);
    for (std::size_t i = 0; i < members.size(); ++i) {
        const FrameRef &image = from[members[i]], &next = from[members[(i + 1) % members.size()]];
        float* out = &m_images(members[i], 0, 0) + ring.first;
        for (std::size_t k = 0; k < ring.azimuths; ++k) {
            const std::size_t bin = ring.first + k;
            const bool valid = ring.valid(image.mask, k) && ring.valid(next.mask, k);
            out[k] = valid ? static_cast<float>(scale * (static_cast<double>(image.intensity[bin]) -
                                                         static_cast<double>(next.intensity[bin])))
                           : 0.0F;
            if (!m_masks.empty())
                (&m_masks(members[i], 0, 0))[bin] = valid;
        }
        finishRing(image, members[i], ring);
    }
}

std::vector<std::uint8_t> BlockDifference::apply(std::vector<FrameRef>& frames, View<const std::uint8_t, 2> fixedMask,
                                                 std::size_t rings, std::size_t azimuths, const TaskContext& task) {
    std::vector<std::uint8_t> alone(frames.size(), 0), usable(frames.size(), 0);
    const std::array<std::size_t, 3> shape{frames.size(), rings, azimuths};
    if (m_images.extent(0) < frames.size() || m_images.extent(1) != rings || m_images.extent(2) != azimuths)
        m_images = Array<float, 3>::uninitialised(shape);
    const bool masked = std::ranges::any_of(frames, [](const FrameRef& f) { return f.mask != nullptr; });
    m_masks = masked ? Array<std::uint8_t, 3>::uninitialised(m_images.shape()) : Array<std::uint8_t, 3>{};
    parallelFor(frames.size(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t f = range.begin(); f != range.end(); ++f)
            usable[f] = isUsable(frames[f], fixedMask, rings * azimuths);
    });
    std::array<std::vector<std::size_t>, 2> halves;
    for (std::size_t f = 0; f < frames.size(); ++f)
        if (usable[f])
            halves[frames[f].index % 2].push_back(f);
    for (auto& half : halves)
        if (half.size() == 1) {
            alone[half.front()] = 1;
            half.clear();
        }
    parallelFor(rings, 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t q = range.begin(); q != range.end(); ++q)
            for (const auto& half : halves) {
                const Ring ring{q * azimuths, azimuths, fixedMask.empty() ? nullptr : fixedMask.data() + q * azimuths};
                m_kind == Kind::meanImage ? meanImage(frames, half, ring) : neighbours(frames, half, ring);
            }
    });
    for (const auto& half : halves)
        for (const std::size_t f : half) {
            frames[f].intensity = &m_images(f, 0, 0);
            if (masked)
                frames[f].mask = &m_masks(f, 0, 0);
        }
    return alone;
}

} // namespace fxs
