#include "engine/io/frame_reader.h"

#include "engine/detector/mask.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace fxs {

namespace {

/// The value that an integer detector writes for "no count possible"; infinite for floats.
double saturationOf(const std::string& valueType) {
    if (valueType == "uint8")
        return std::numeric_limits<std::uint8_t>::max();
    if (valueType == "uint16")
        return std::numeric_limits<std::uint16_t>::max();
    if (valueType == "uint32")
        return std::numeric_limits<std::uint32_t>::max();
    return std::numeric_limits<double>::infinity();
}

void requireUsable(const h5::Dataset& frames) {
    const auto& shape = frames.shape();
    if (shape.size() != 3 && shape.size() != 4)
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} has {} axes (shape {}), expected 3 (frame x slow x fast) or 4 (frame "
                                "x panel x slow x fast)",
                                frames.name(), shape.size(), fmt::join(shape, " x ")));
    if (!frames.isNumeric())
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} holds {}, expected numbers", frames.name(), frames.valueType()));
    if (shape[0] == 0)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} has no frame", frames.name()));
    if (frames.size() == 0)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} is {}, expected frames with pixels", frames.name(),
                                                     fmt::join(shape, " x ")));
    const auto missing = frames.missingSources();
    if (!missing.empty())
        throw Error(
            ErrorCode::notFound,
            fmt::format("dataset {} takes its values from {} other files that are not there ({}); HDF5 would give fill "
                        "values in their place",
                        frames.name(), missing.size(), missing.front()));
}

} // namespace

bool canHoldFrames(const h5::Dataset& dataset) {
    return dataset.isNumeric() && (dataset.shape().size() == 3 || dataset.shape().size() == 4);
}

FrameReader::FrameReader(FrameFile contents, const InputSettings& settings)
    : m_contents(std::move(contents)),
      m_check(settings.saturation.value_or(saturationOf(m_contents.frames.valueType()))) {
    requireUsable(m_contents.frames);
    const auto& shape = m_contents.frames.shape();
    RunInfo& info = m_contents.info;
    info.files = {m_contents.file.filePath()};
    info.frameCount = shape[0];
    info.valueType = m_contents.frames.valueType();
    info.panels = shape.size() == 4 ? static_cast<std::size_t>(shape[1]) : 1;
    info.slow = static_cast<std::size_t>(shape[shape.size() - 2]);
    info.fast = static_cast<std::size_t>(shape[shape.size() - 1]);
    info.metadata.emplace_back("frames", m_contents.frames.path());
    m_pixels = info.panels * info.slow * info.fast;
    if (const auto filters = m_contents.frames.filters(); !filters.empty())
        info.metadata.emplace_back("compression", fmt::format("{}", fmt::join(filters, ", ")));
    if (m_contents.cxiMasks && m_contents.cxiMasks->shape() != shape)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} is {}, expected {} as {}", m_contents.cxiMasks->name(),
                                                     fmt::join(m_contents.cxiMasks->shape(), " x "),
                                                     fmt::join(shape, " x "), m_contents.frames.path()));
    if (m_contents.pulseEnergy.size() != shape[0])
        m_contents.pulseEnergy.clear();
    maskGapsOfFirstFrame();
}

h5::Extent FrameReader::extent(std::uint64_t count) const {
    h5::Extent out = m_contents.frames.shape();
    out[0] = count;
    return out;
}

h5::Extent FrameReader::offset(std::uint64_t first) const {
    h5::Extent out(m_contents.frames.shape().size(), 0);
    out[0] = first;
    return out;
}

/// Gaps written as NaN, and pixels at the end of the integers' range, are the same in every frame; as a fixed mask they
/// cost nothing later.
void FrameReader::maskGapsOfFirstFrame() {
    std::vector<float> frame(m_pixels);
    m_contents.frames.readBlock(offset(0), extent(1), frame.data());
    const auto isGap = [](float v) { return !std::isfinite(v); };
    const auto gaps = static_cast<std::size_t>(std::ranges::count_if(frame, isGap));
    if (gaps == 0 || gaps > m_pixels / 2)
        return;
    RunInfo& info = m_contents.info;
    if (info.frameMask.empty()) {
        info.frameMask = Array<std::uint8_t, 3>::uninitialised({info.panels, info.slow, info.fast});
        std::ranges::fill(info.frameMask.span(), std::uint8_t{1});
    }
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (isGap(frame[i]))
            info.frameMask.data()[i] = 0;
    info.problems.push_back(
        {"mask", fmt::format("{} values of frame 0 are not finite; they are masked in every frame", gaps), false});
}

std::vector<Problem> FrameReader::problemsFound() const {
    return m_check.problems(m_contents.file.filePath());
}

bool FrameReader::allowRaw16() {
    m_raw16 = m_contents.info.valueType == "uint16";
    return m_raw16;
}

PolarBatch FrameReader::readPolar(std::uint64_t, std::size_t, const TaskContext&) {
    throw Error(ErrorCode::unsupported,
                m_contents.file.filePath() +
                    " holds detector frames; they are brought to polar images by a geometry first");
}

void FrameReader::readCxiMasks(std::uint64_t first, std::size_t count, FrameBatch& batch) const {
    std::vector<std::uint32_t> bits(count * m_pixels);
    m_contents.cxiMasks->readBlock(offset(first), extent(count), bits.data());
    const RunInfo& info = m_contents.info;
    batch.mask = Array<std::uint8_t, 4>::uninitialised({count, info.panels, info.slow, info.fast});
    std::ranges::transform(bits, batch.mask.data(),
                           [](std::uint32_t b) { return std::uint8_t{isValid(b, MaskMeaning::cxi)}; });
}

void FrameReader::cleanValues(FrameBatch& batch) {
    const auto bad = m_check.clean(batch.data.span(), m_pixels, m_contents.info.frameMask.span(), batch.firstIndex);
    if (bad.empty())
        return;
    if (batch.mask.empty()) {
        batch.mask = Array<std::uint8_t, 4>::uninitialised(batch.data.shape());
        std::ranges::copy(bad, batch.mask.data());
    } else {
        std::transform(bad.begin(), bad.end(), batch.mask.data(), batch.mask.data(), std::bit_and<std::uint8_t>());
    }
}

FrameBatch FrameReader::readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) {
    task.checkpoint();
    const RunInfo& info = m_contents.info;
    first = std::min(first, *info.frameCount);
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, *info.frameCount - first));
    FrameBatch batch;
    batch.firstIndex = first;
    const std::array<std::size_t, 4> shape{count, info.panels, info.slow, info.fast};
    if (count == 0) {
        batch.data = Array<float, 4>::uninitialised(shape);
        return batch;
    }
    if (m_raw16) {
        batch.raw16 = Array<std::uint16_t, 4>::uninitialised(shape);
        m_contents.frames.readBlock(offset(first), extent(count), batch.raw16.data());
    } else {
        batch.data = Array<float, 4>::uninitialised(shape);
        m_contents.frames.readBlock(offset(first), extent(count), batch.data.data());
    }
    if (m_contents.cxiMasks)
        readCxiMasks(first, count, batch);
    if (!m_raw16)
        cleanValues(batch);
    if (!m_contents.pulseEnergy.empty())
        batch.pulseEnergy.assign(m_contents.pulseEnergy.begin() + static_cast<std::ptrdiff_t>(first),
                                 m_contents.pulseEnergy.begin() + static_cast<std::ptrdiff_t>(first + count));
    return batch;
}

} // namespace fxs
