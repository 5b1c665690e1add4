#include "engine/correlate/block_accumulator.h"

#include "engine/core/parallel.h"
#include "engine/correlate/harmonic_accumulator.h"
#include "engine/math/fft.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Frames {
    std::vector<const float*> images;
    std::vector<std::uint8_t> halves;
};

Frames split(std::span<const FrameRef> frames) {
    Frames result;
    for (const FrameRef& frame : frames) {
        result.images.push_back(frame.intensity);
        result.halves.push_back(frame.index % 2);
    }
    return result;
}

FrameVerdict judge(std::span<const double> means) {
    if (!std::all_of(means.begin(), means.end(), [](double mean) { return std::isfinite(mean); }))
        return FrameVerdict::notFinite;
    return std::all_of(means.begin(), means.end(), [](double mean) { return mean == 0; }) ? FrameVerdict::empty
                                                                                          : FrameVerdict::used;
}

/// Adds one frame's ring means; seen: the part of each ring that was seen.
void addMeans(CorrelationSums& sums, std::size_t half, std::span<const double> means, std::span<const double> seen) {
    for (std::size_t q = 0; q < means.size(); ++q) {
        sums.sumIntensity(half, q) += means[q];
        if (seen[q] > 0)
            sums.sumIntensitySquared(half, q) += means[q] * means[q] / seen[q];
        if (!sums.sumMask.empty())
            sums.sumMask(half, q) += seen[q];
    }
    ++sums.frames[half];
}

/// The correlation of the fixed mask with itself: gaps of rings left to the ratio; other rings count as whole. [m][pair][parts]
Array<double, 3> maskCorrelation(const RingTransform& rings, Parity parity) {
    const std::size_t nq = rings.qCount(), n = rings.phiCount(), parts = parity == Parity::full ? 2 : 1;
    Array<double, 2> masks({nq, n});
    for (std::size_t q = 0; q < nq; ++q)
        for (std::size_t k = 0; k < n; ++k) {
            const RingMethod method = rings.methods()[q];
            masks(q, k) = method == RingMethod::ratio ? rings.mask()(q, k) : method == RingMethod::none ? 0.0 : 1.0;
        }
    Array<double, 3> w({nq, n / 2 + 1, 2});
    RealFft<double>::forwardRings(n, nq).execute(masks.data(), w.data());
    Array<double, 3> c({rings.harmonics(), pairCount(nq), parts});
    const double scale = 1 / (static_cast<double>(n) * static_cast<double>(n));
    for (std::size_t m = 0; m < rings.harmonics(); ++m)
        for (std::size_t q = 0, pair = 0; q < nq; ++q)
            for (std::size_t r = q; r < nq; ++r, ++pair) {
                c(m, pair, 0) = scale * (w(q, m, 0) * w(r, m, 0) + w(q, m, 1) * w(r, m, 1));
                if (parts == 2)
                    c(m, pair, 1) = scale * (w(q, m, 0) * w(r, m, 1) - w(q, m, 1) * w(r, m, 0));
            }
    return c;
}

template <class T>
class FixedMaskAccumulator final : public BlockAccumulator {
public:
    FixedMaskAccumulator(std::shared_ptr<const RingTransform> transform, Parity parity, const BlockSettings& settings)
        : m_rings(std::move(transform)), m_harmonics(*m_rings, parity, settings), m_seen(m_rings->qCount(), 1.0) {
        for (std::size_t q = 0; q < m_rings->qCount(); ++q) {
            if (m_rings->methods()[q] == RingMethod::none)
                m_seen[q] = 0;
            if (m_rings->methods()[q] != RingMethod::ratio)
                continue;
            const auto mask = m_rings->mask()[q].span();
            m_seen[q] = static_cast<double>(std::count(mask.begin(), mask.end(), 1)) / static_cast<double>(mask.size());
        }
        if (m_rings->needsRatio())
            m_maskCorrelation = maskCorrelation(*m_rings, parity);
    }

    std::vector<FrameVerdict> add(std::span<const FrameRef> frames, CorrelationSums& sums,
                                  const TaskContext& task) override {
        const auto start = Clock::now();
        const Frames list = split(frames);
        m_harmonics.transform(list.images, list.halves, task);
        m_times.transformSeconds += secondsSince(start);
        std::vector<FrameVerdict> verdicts(frames.size());
        std::array<double, 2> used{};
        for (std::size_t f = 0; f < frames.size(); ++f) {
            const auto means = m_harmonics.means()[f].span();
            verdicts[f] = judge(means);
            if (verdicts[f] == FrameVerdict::used) {
                addMeans(sums, list.halves[f], means, m_seen);
                ++used[list.halves[f]];
            } else {
                m_harmonics.drop(f);
            }
        }
        const auto update = Clock::now();
        m_harmonics.update(sums.sumC);
        addMasks(sums, used);
        m_times.updateSeconds += secondsSince(update);
        m_times.updateFlops += m_harmonics.usefulFlops() * (used[0] + used[1]);
        return verdicts;
    }

private:
    void addMasks(CorrelationSums& sums, const std::array<double, 2>& used) const {
        for (std::size_t half = 0; half < 2 && !m_maskCorrelation.empty(); ++half) {
            double* to = &sums.sumMaskC(half, 0, 0, 0);
            for (std::size_t i = 0; i < m_maskCorrelation.size(); ++i)
                to[i] += used[half] * m_maskCorrelation.data()[i];
        }
    }

    std::shared_ptr<const RingTransform> m_rings;
    HarmonicAccumulator<T> m_harmonics;
    std::vector<double> m_seen;         ///< per ring: the part that counts
    Array<double, 3> m_maskCorrelation; ///< empty unless a ring is left to the ratio
};

/// Frames are copied with invalid bins set to zero; masks become images of ones.
class VaryingMaskAccumulator final : public BlockAccumulator {
public:
    VaryingMaskAccumulator(const PolarGrid& grid, Parity parity, Array<std::uint8_t, 2> fixedMask,
                           std::size_t blockFrames)
        : m_rings(grid, {}, {}), m_fixedMask(std::move(fixedMask)),
          m_images(m_rings, parity, {blockFrames, true, UpdateKernel::blas}),
          m_masks(m_rings, parity, {blockFrames, true, UpdateKernel::blas}),
          m_data({blockFrames, grid.qCount(), grid.phiCount}), m_weight({blockFrames, grid.qCount(), grid.phiCount}) {}

    std::vector<FrameVerdict> add(std::span<const FrameRef> frames, CorrelationSums& sums,
                                  const TaskContext& task) override {
        const auto start = Clock::now();
        Frames list = split(frames), masks = list;
        parallelFor(frames.size(), 4, task, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t f = range.begin(); f < range.end(); ++f) {
                separate(frames[f], f);
                list.images[f] = &m_data(f, 0, 0);
                masks.images[f] = &m_weight(f, 0, 0);
            }
        });
        m_images.transform(list.images, list.halves, task);
        m_masks.transform(masks.images, masks.halves, task);
        m_times.transformSeconds += secondsSince(start);
        std::vector<FrameVerdict> verdicts(frames.size());
        for (std::size_t f = 0; f < frames.size(); ++f) {
            verdicts[f] = judge(m_images.means()[f].span());
            if (verdicts[f] == FrameVerdict::used) {
                addMeans(sums, list.halves[f], m_images.means()[f].span(), m_masks.means()[f].span());
            } else {
                m_images.drop(f);
                m_masks.drop(f);
            }
        }
        const auto update = Clock::now();
        m_images.update(sums.sumC);
        m_masks.update(sums.sumMaskC);
        m_times.updateSeconds += secondsSince(update);
        m_times.updateFlops += 2 * m_images.usefulFlops() * static_cast<double>(frames.size());
        return verdicts;
    }

private:
    void separate(const FrameRef& frame, std::size_t slot) {
        const std::size_t values = m_data.extent(1) * m_data.extent(2);
        float* data = &m_data(slot, 0, 0);
        float* weight = &m_weight(slot, 0, 0);
        for (std::size_t i = 0; i < values; ++i) {
            const bool valid = (m_fixedMask.empty() || m_fixedMask.data()[i]) && (!frame.mask || frame.mask[i]);
            weight[i] = valid ? 1.0F : 0.0F;
            data[i] = valid ? frame.intensity[i] : 0.0F;
        }
    }

    RingTransform m_rings;
    Array<std::uint8_t, 2> m_fixedMask;
    HarmonicAccumulator<double> m_images, m_masks;
    Array<float, 3> m_data, m_weight;
};

} // namespace

std::unique_ptr<BlockAccumulator> makeFixedMaskAccumulator(std::shared_ptr<const RingTransform> transform,
                                                           Parity parity, const BlockSettings& settings) {
    // A ratio divides what is left after large terms cancel: it is summed in double throughout.
    if (settings.doublePrecision || transform->needsRatio())
        return std::make_unique<FixedMaskAccumulator<double>>(std::move(transform), parity, settings);
    return std::make_unique<FixedMaskAccumulator<float>>(std::move(transform), parity, settings);
}

std::unique_ptr<BlockAccumulator> makeVaryingMaskAccumulator(const PolarGrid& grid, Parity parity,
                                                             Array<std::uint8_t, 2> fixedMask,
                                                             std::size_t blockFrames) {
    return std::make_unique<VaryingMaskAccumulator>(grid, parity, std::move(fixedMask), blockFrames);
}

} // namespace fxs
