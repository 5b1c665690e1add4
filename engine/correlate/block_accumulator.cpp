#include "engine/correlate/block_accumulator.h"

#include "engine/core/parallel.h"
#include "engine/correlate/rank_update.h"

#include <algorithm>
#include <vector>

namespace fxs {

namespace {

/// The lowest ring from which on rings carry each harmonic.
std::vector<std::size_t> firstRings(const RingBand& band, std::size_t qCount) {
    std::vector<std::size_t> first(band.harmonics, qCount);
    for (std::size_t m = 0; m < band.harmonics; ++m)
        for (std::size_t q = 0; q < qCount && first[m] == qCount; ++q)
            if (band.ofRing(q) > m)
                first[m] = q;
    return first;
}

template <class T>
HarmonicBlock<T> makeBlock(std::size_t harmonics, std::size_t qCount, std::size_t frames) {
    return {Array<T, 3>::uninitialised({harmonics, qCount, 2 * frames}), 0};
}

/// Harmonics and means of frames (all of one half) into block and means [q][frames].
template <class T>
void transformRings(const RingTransform<T>& transform, const PolarGrid& grid, std::span<const float* const> frames,
                    HarmonicBlock<T>& block, Array<double, 2>& means, const TaskContext& task) {
    block.frames = frames.size();
    parallelFor(grid.qCount(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        thread_local std::vector<const float*> rings;
        rings.resize(frames.size());
        for (std::size_t q = range.begin(); q != range.end(); ++q) {
            for (std::size_t f = 0; f < frames.size(); ++f)
                rings[f] = frames[f] + q * grid.phiCount;
            transform.transform(q, rings, {&means(q, 0), frames.size()}, block.values.data() + q * block.rowStride(),
                                block.harmonicStride());
        }
    });
}

template <class T>
class FitAccumulator final : public BlockAccumulator {
public:
    FitAccumulator(const CorrelationSums& sums, RingTransform<T> transform, std::size_t blockFrames)
        : m_transform(std::move(transform)), m_firstRing(firstRings(m_transform.band(), sums.grid.qCount())) {
        const std::size_t perHalf = (blockFrames + 1) / 2;
        for (std::size_t half = 0; half < 2; ++half) {
            m_blocks[half] = makeBlock<T>(sums.harmonics, sums.grid.qCount(), perHalf);
            m_means[half] = Array<double, 2>({sums.grid.qCount(), perHalf});
        }
    }

    void add(std::span<const FrameRef> frames, CorrelationSums& sums, const TaskContext& task) override {
        std::array<std::vector<const float*>, 2> halves;
        for (const FrameRef& frame : frames)
            halves[frame.index % 2].push_back(frame.intensity);
        for (std::size_t half = 0; half < 2; ++half)
            transformRings<T>(m_transform, sums.grid, halves[half], m_blocks[half], m_means[half], task);
        for (std::size_t half = 0; half < 2; ++half) {
            const std::size_t count = halves[half].size();
            const View<double, 3> to = sums.sumC.view()[half];
            rankUpdate<T>(m_blocks[half], 1, m_firstRing, sums.parity, to);
            rankUpdateMeans(m_means[half], count, sums.parity, to);
            for (std::size_t q = 0; q < sums.grid.qCount(); ++q)
                for (std::size_t f = 0; f < count; ++f) {
                    const double mean = m_means[half](q, f);
                    sums.sumIntensity(half, q) += mean;
                    sums.sumIntensitySquared(half, q) += mean * mean;
                }
            sums.frames[half] += count;
        }
    }

private:
    RingTransform<T> m_transform;
    std::vector<std::size_t> m_firstRing;
    std::array<HarmonicBlock<T>, 2> m_blocks;
    std::array<Array<double, 2>, 2> m_means;
};

/// Frames are copied with invalid bins set to zero; masks become images of ones.
class RatioAccumulator final : public BlockAccumulator {
public:
    RatioAccumulator(const CorrelationSums& sums, Array<std::uint8_t, 2> fixedMask, std::size_t blockFrames)
        : m_transform(sums.grid, RingBand::of(sums.grid, 0, 0)), m_fixedMask(std::move(fixedMask)),
          m_firstRing(m_transform.band().harmonics, 0) {
        const std::size_t perHalf = (blockFrames + 1) / 2, qCount = sums.grid.qCount();
        m_block = makeBlock<double>(m_transform.band().harmonics, qCount, perHalf);
        m_data = Array<float, 3>({perHalf, qCount, sums.grid.phiCount});
        m_weight = Array<float, 3>({perHalf, qCount, sums.grid.phiCount});
        for (std::size_t half = 0; half < 2; ++half) {
            m_means[half] = Array<double, 2>({qCount, perHalf});
            m_maskMeans[half] = Array<double, 2>({qCount, perHalf});
        }
    }

    void add(std::span<const FrameRef> frames, CorrelationSums& sums, const TaskContext& task) override {
        task.checkpoint();
        // One harmonic buffer serves data and masks of both halves in turn, so from here on the block runs through.
        for (std::size_t half = 0; half < 2; ++half) {
            const std::size_t count = separate(frames, half);
            correlate(m_data, count, m_means[half], sums.parity, sums.sumC.view()[half]);
            correlate(m_weight, count, m_maskMeans[half], sums.parity, sums.sumMaskC.view()[half]);
            for (std::size_t q = 0; q < sums.grid.qCount(); ++q)
                for (std::size_t f = 0; f < count; ++f) {
                    const double valid = m_maskMeans[half](q, f), mean = valid > 0 ? m_means[half](q, f) / valid : 0.0;
                    sums.sumIntensity(half, q) += m_means[half](q, f);
                    sums.sumIntensitySquared(half, q) += valid * mean * mean;
                    sums.sumMask(half, q) += valid;
                }
            sums.frames[half] += count;
        }
    }

private:
    std::size_t separate(std::span<const FrameRef> frames, std::size_t half) {
        const std::size_t values = m_data.extent(1) * m_data.extent(2);
        std::size_t count = 0;
        for (const FrameRef& frame : frames) {
            if (frame.index % 2 != half)
                continue;
            float* data = &m_data(count, 0, 0);
            float* weight = &m_weight(count, 0, 0);
            for (std::size_t i = 0; i < values; ++i) {
                const bool valid = (m_fixedMask.empty() || m_fixedMask.data()[i]) && (!frame.mask || frame.mask[i]);
                weight[i] = valid ? 1.0F : 0.0F;
                data[i] = valid ? frame.intensity[i] : 0.0F;
            }
            ++count;
        }
        return count;
    }

    void correlate(const Array<float, 3>& images, std::size_t count, Array<double, 2>& means, Parity parity,
                   View<double, 3> to) {
        std::vector<const float*> frames(count);
        for (std::size_t f = 0; f < count; ++f)
            frames[f] = &images(f, 0, 0);
        const PolarGrid grid{std::vector<double>(images.extent(1), 1.0), images.extent(2)};
        transformRings<double>(m_transform, grid, frames, m_block, means, TaskContext{});
        rankUpdate<double>(m_block, 1, m_firstRing, parity, to);
        rankUpdateMeans(means, count, parity, to);
    }

    RingTransform<double> m_transform;
    Array<std::uint8_t, 2> m_fixedMask;
    std::vector<std::size_t> m_firstRing;
    HarmonicBlock<double> m_block;
    Array<float, 3> m_data, m_weight;
    std::array<Array<double, 2>, 2> m_means, m_maskMeans;
};

} // namespace

std::unique_ptr<BlockAccumulator> makeFitAccumulator(const CorrelationSums& sums, RingTransform<float> transform,
                                                     std::size_t blockFrames) {
    return std::make_unique<FitAccumulator<float>>(sums, std::move(transform), blockFrames);
}

std::unique_ptr<BlockAccumulator> makeFitAccumulator(const CorrelationSums& sums, RingTransform<double> transform,
                                                     std::size_t blockFrames) {
    return std::make_unique<FitAccumulator<double>>(sums, std::move(transform), blockFrames);
}

std::unique_ptr<BlockAccumulator> makeRatioAccumulator(const CorrelationSums& sums, Array<std::uint8_t, 2> fixedMask,
                                                       std::size_t blockFrames) {
    return std::make_unique<RatioAccumulator>(sums, std::move(fixedMask), blockFrames);
}

} // namespace fxs
