#include "engine/polar/frame_converter.h"

#include "engine/core/parallel.h"

#include <algorithm>
#include <array>

namespace fxs {

namespace {

constexpr std::size_t kLanes = TileBinning::kLanes, kTile = TileBinning::kTile;

RunInfo describe(const RunInfo& run, const DetectorGeometry& geometry, const Resampler& resampler) {
    RunInfo out;
    out.layout = run.layout;
    out.reason = run.reason;
    out.files = run.files;
    out.frameCount = run.frameCount;
    out.valueType = run.valueType;
    out.experiment = run.experiment;
    out.experiment.wavelengthAngstrom = geometry.wavelengthAngstrom;
    out.experiment.wavelengthKnown = true;
    out.distanceMetre = run.distanceMetre;
    out.pixelSizeMetre = run.pixelSizeMetre;
    out.centrePixel = run.centrePixel;
    out.columns = run.columns;
    out.metadata = run.metadata;
    out.problems = run.problems;
    resampler.describe(out);
    return out;
}

} // namespace

/// Polar images of a batch by place; those of frames that are not kept stay empty.
struct FrameConverter::Images {
    Array<float, 3> intensity;
    Array<std::uint8_t, 3> mask; ///< empty: none has one
    std::vector<std::uint8_t> kept;
    std::size_t bins = 0;
};

FrameConverter::FrameConverter(std::unique_ptr<const Preprocessor> preprocessor, const DetectorGeometry& geometry,
                               const PolarSettings& polar, const RunInfo& run, const TaskContext& task)
    : m_preprocessor(std::move(preprocessor)),
      m_resampler(geometry, m_preprocessor->mask().view(),
                  polarGridFor(polar, geometry, m_preprocessor->mask().view(), task), polar, task),
      m_binning(m_resampler), m_info(describe(run, geometry, m_resampler)) {}

/// corrected: batch.data holds corrected frames; else they are corrected on the way, and those with a bad value are left
/// out (kept stays 0).
void FrameConverter::convertTiles(const FrameBatch& frames, const std::vector<std::size_t>& places, bool corrected,
                                  Images& images, const TaskContext& task) const {
    const std::size_t groups = (places.size() + kLanes - 1) / kLanes, bins = images.bins;
    const std::size_t pixels = m_resampler.weights().pixels;
    parallelFor(groups, 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        Array<float, 2> sums({bins, kLanes}), planar({kLanes, kTile});
        auto lanes = Array<float, 2>::uninitialised({kTile, kLanes});
        for (std::size_t g = range.begin(); g != range.end(); ++g) {
            const std::size_t first = g * kLanes, count = std::min(kLanes, places.size() - first);
            std::ranges::fill(sums.span(), 0.0F);
            std::array<bool, kLanes> good{};
            std::fill_n(good.begin(), count, true);
            for (std::size_t tile = 0; tile < m_binning.tileCount(); ++tile) {
                if (task.stop.stop_requested())
                    return;
                const std::size_t at = m_binning.firstPixel(tile), n = m_binning.pixelsOf(tile);
                for (std::size_t k = 0; k < count; ++k) {
                    float* out = planar.data() + k * kTile;
                    if (corrected)
                        std::copy_n(frames.data.data() + places[first + k] * pixels + at, n, out);
                    else if (!m_preprocessor->correctTile(frames, places[first + k], at, n, out))
                        good[k] = false;
                }
                if (!m_binning.isUsed(tile))
                    continue;
                TileBinning::interleave(planar.data(), lanes.data());
                m_binning.add(tile, lanes.data(), sums.data());
            }
            for (std::size_t k = 0; k < count; ++k) {
                float* out = images.intensity.data() + places[first + k] * bins;
                for (std::size_t bin = 0; bin < bins; ++bin)
                    out[bin] = sums.data()[bin * kLanes + k];
                images.kept[places[first + k]] = good[k];
            }
        }
    });
}

/// Frames that have a mask of their own, one after the other: they are few, or the settings asked for masks.
void FrameConverter::convertMasked(const FrameBatch& frames, const std::vector<std::size_t>& places, Images& images,
                                   PolarBatch& batch, const TaskContext& task) const {
    const bool keepMasks = m_preprocessor->keepsFrameMasks();
    const auto& shape = frames.data.shape();
    const std::size_t pixels = shape[1] * shape[2] * shape[3];
    std::vector<std::uint8_t> lost(places.size(), 0);
    parallelFor(places.size(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) {
            const std::size_t place = places[i];
            FrameBatch one;
            one.data = Array<float, 4>::uninitialised({1, shape[1], shape[2], shape[3]});
            one.mask = Array<std::uint8_t, 4>::uninitialised(one.data.shape());
            std::copy_n(frames.data.data() + place * pixels, pixels, one.data.data());
            std::copy_n(frames.mask.data() + place * pixels, pixels, one.mask.data());
            const PolarBatch image = m_resampler.resample(one, task);
            std::copy_n(image.intensity.data(), images.bins, images.intensity.data() + place * images.bins);
            images.kept[place] = 1;
            if (keepMasks)
                std::copy_n(image.mask.data(), images.bins, images.mask.data() + place * images.bins);
            else if (!std::equal(image.mask.data(), image.mask.data() + images.bins, m_resampler.mask().data()))
                lost[i] = 1;
        }
    });
    for (std::size_t i = 0; i < places.size(); ++i)
        if (lost[i]) {
            images.kept[places[i]] = 0;
            ++batch.rejected["a bin without valid pixels"];
        }
}

PolarBatch FrameConverter::gather(const FrameBatch& frames, Images& images, PolarBatch batch) const {
    std::vector<std::size_t> kept;
    for (std::size_t f = 0; f < images.kept.size(); ++f)
        if (images.kept[f])
            kept.push_back(f);
    for (const FrameColumn& column : frames.columns) {
        FrameColumn& out = batch.columns.emplace_back();
        out.name = column.name;
        for (const std::size_t f : kept) {
            if (!column.numbers.empty())
                out.numbers.push_back(column.numbers[f]);
            if (!column.texts.empty())
                out.texts.push_back(column.texts[f]);
        }
    }
    if (kept.size() == images.kept.size()) {
        batch.intensity = std::move(images.intensity);
        batch.mask = std::move(images.mask);
        return batch;
    }
    const auto& grid = m_resampler.grid();
    const std::array<std::size_t, 3> shape{kept.size(), grid.qCount(), grid.phiCount};
    batch.intensity = Array<float, 3>::uninitialised(shape);
    if (!images.mask.empty())
        batch.mask = Array<std::uint8_t, 3>::uninitialised(shape);
    for (std::size_t i = 0; i < kept.size(); ++i) {
        batch.indices.push_back(frames.firstIndex + kept[i]);
        std::copy_n(images.intensity.data() + kept[i] * images.bins, images.bins,
                    batch.intensity.data() + i * images.bins);
        if (!images.mask.empty())
            std::copy_n(images.mask.data() + kept[i] * images.bins, images.bins, batch.mask.data() + i * images.bins);
    }
    return batch;
}

PolarBatch FrameConverter::convert(FrameBatch&& frames, const TaskContext& task,
                                   const std::vector<std::uint8_t>& use) const {
    const std::size_t count = frames.frameCount();
    const auto& grid = m_resampler.grid();
    PolarBatch batch;
    batch.firstIndex = frames.firstIndex;
    batch.spanEnd = frames.firstIndex + count;
    Images images;
    images.bins = m_binning.binCount();
    images.intensity = Array<float, 3>::uninitialised({count, grid.qCount(), grid.phiCount});
    images.kept.assign(count, 0);
    if (m_preprocessor->keepsFrameMasks()) {
        images.mask = Array<std::uint8_t, 3>::uninitialised(images.intensity.shape());
        for (std::size_t f = 0; f < count; ++f)
            std::ranges::copy(m_resampler.mask().span(), images.mask.data() + f * images.bins);
    }
    std::vector<std::size_t> whole;
    for (std::size_t f = 0; f < count; ++f)
        if (use.empty() || use[f])
            whole.push_back(f);
    if (m_preprocessor->isPixelwise() && frames.mask.empty()) {
        convertTiles(frames, whole, false, images, task);
        std::erase_if(whole, [&](std::size_t f) { return images.kept[f] != 0; });
    }
    if (!whole.empty()) {
        const ProcessedFrames processed = m_preprocessor->process(frames, whole, task);
        batch.rejected = processed.rejected;
        std::vector<std::size_t> masked, plain;
        for (std::size_t i = 0; i < processed.kept.size(); ++i)
            (processed.ownMask[i] ? masked : plain).push_back(processed.kept[i]);
        convertTiles(frames, plain, true, images, task);
        convertMasked(frames, masked, images, batch, task);
    }
    return gather(frames, images, std::move(batch));
}

} // namespace fxs
