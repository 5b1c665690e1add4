#include "engine/io/frame_reader.h"

#include "engine/io/frame_holes.h"
#include "engine/io/frame_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace fxs {

namespace {

/// Numbers of frames, planes of each, panels and rows of a dataset of frames, whatever its number of axes.
struct FrameShape {
    std::uint64_t frames = 1;
    std::size_t panels = 1, planes = 1, slow = 0, fast = 0;

    explicit FrameShape(const h5::Extent& shape) {
        const std::size_t axes = shape.size();
        const auto at = [&](std::size_t axis) { return static_cast<std::size_t>(shape[axis]); };
        frames = axes > 2 ? shape[0] : 1;
        panels = axes > 3 ? at(1) : 1;
        planes = axes > 4 ? at(2) : 1;
        slow = at(axes - 2);
        fast = at(axes - 1);
    }
    bool sameFrames(const FrameShape& other) const {
        return panels == other.panels && slow == other.slow && fast == other.fast;
    }
};

void requireAlike(const h5::Dataset& dataset, const h5::Dataset& frames, bool frameCountToo) {
    const FrameShape a(dataset.shape()), b(frames.shape());
    if (!a.sameFrames(b) || (frameCountToo && a.frames != b.frames))
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} is {}, expected {} as {}", dataset.name(),
                                fmt::join(dataset.shape(), " x "), fmt::join(frames.shape(), " x "), frames.path()));
}

} // namespace

void requireFrames(const h5::Dataset& frames) {
    const auto& shape = frames.shape();
    if (shape.size() < 2 || shape.size() > 5)
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} has {} axes (shape {}), expected 3 (frame x slow x fast), 4 (frame x panel "
                                "x slow x fast), 5 (frame x panel x plane x slow x fast) or 2 (one frame)",
                                frames.name(), shape.size(), fmt::join(shape, " x ")));
    if (!frames.isNumeric())
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} holds {}, expected numbers", frames.name(), frames.valueType()));
    if (shape[0] == 0 && shape.size() > 2)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} has no frame", frames.name()));
    if (frames.size() == 0)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} is {}, expected frames with pixels", frames.name(),
                                                     fmt::join(shape, " x ")));
    if (FrameShape(shape).planes > 2)
        throw Error(ErrorCode::badInput,
                    fmt::format("dataset {} is {}, expected 1 or 2 planes (signal, gain) along axis 2", frames.name(),
                                fmt::join(shape, " x ")));
}

bool canHoldFrames(const h5::Dataset& dataset) {
    return dataset.isNumeric() && dataset.shape().size() >= 3 && dataset.shape().size() <= 5;
}

void combineMask(FrameBatch& batch, std::vector<std::uint8_t> valid) {
    if (valid.empty())
        return;
    if (batch.mask.empty()) {
        batch.mask = Array<std::uint8_t, 4>::uninitialised(batch.shape());
        std::ranges::copy(valid, batch.mask.data());
    } else {
        std::transform(valid.begin(), valid.end(), batch.mask.data(), batch.mask.data(), std::bit_and<std::uint8_t>());
    }
}

FrameReader::FrameReader(FrameFile contents, const InputSettings& settings)
    : m_contents(std::move(contents)),
      m_check(
          settings.saturation.value_or(m_contents.saturation.value_or(saturationOf(m_contents.frames.valueType())))) {
    for (std::size_t i = 0; i < partCount(); ++i) {
        requireFrames(part(i));
        requireAlike(part(i), part(0), false);
        m_starts.push_back(i == 0 ? 0 : m_starts.back() + FrameShape(part(i - 1).shape()).frames);
    }
    describe();
    if (m_contents.frameMasks)
        requireAlike(*m_contents.frameMasks, m_contents.frames, true);
    if (m_contents.gainStages)
        requireAlike(*m_contents.gainStages, m_contents.frames, true);
    const std::uint64_t frames = *m_contents.info.frameCount;
    if (m_contents.pulseEnergy.size() != frames)
        m_contents.pulseEnergy.clear();
    for (std::size_t i = 0; i < partCount(); ++i) {
        m_holes.push_back(FrameHoles(part(i)));
        m_holes.back().report(m_contents.info.problems);
    }
    maskGaps();
}

void FrameReader::describe() {
    const FrameShape shape(m_contents.frames.shape());
    RunInfo& info = m_contents.info;
    info.files = {m_contents.file.filePath()};
    info.frameCount = m_starts.back() + FrameShape(part(partCount() - 1).shape()).frames;
    info.valueType = m_contents.frames.valueType();
    info.panels = shape.panels;
    info.slow = shape.slow;
    info.fast = shape.fast;
    info.columns = m_contents.columns.infos();
    info.metadata.emplace_back("frames", partCount() == 1 ? m_contents.frames.path()
                                                          : fmt::format("{} to {}, {} datasets", part(0).path(),
                                                                        part(partCount() - 1).path(), partCount()));
    m_pixels = info.panels * info.slow * info.fast;
    m_planes = shape.planes;
    if (m_planes == 2)
        info.metadata.emplace_back("planes", "signal and gain");
    if (m_contents.frames.shape().size() == 2)
        info.problems.push_back(
            {"", fmt::format("{} has two axes: it is taken as one frame", m_contents.frames.path()), false});
    if (const auto filters = m_contents.frames.filters(); !filters.empty())
        info.metadata.emplace_back("compression", fmt::format("{}", fmt::join(filters, ", ")));
}

template <class T>
void FrameReader::readPlane(const h5::Dataset& from, std::uint64_t first, std::uint64_t count, std::size_t plane,
                            T* out) const {
    h5::Extent offset(from.shape().size(), 0), extent = from.shape();
    if (extent.size() > 2) {
        offset[0] = first;
        extent[0] = count;
    }
    if (extent.size() > 4) {
        offset[2] = plane;
        extent[2] = 1;
    }
    from.readBlock(offset, extent, out);
}

void FrameReader::forParts(std::uint64_t first, std::uint64_t count,
                           const std::function<void(std::size_t, std::uint64_t, std::uint64_t, std::size_t)>& read) {
    std::uint64_t done = 0;
    for (std::size_t i = 0; i < partCount() && done < count; ++i) {
        const std::uint64_t end = i + 1 < partCount() ? m_starts[i + 1] : *m_contents.info.frameCount;
        if (first + done >= end)
            continue;
        const std::uint64_t n = std::min(count - done, end - first - done);
        read(i, first + done - m_starts[i], n, static_cast<std::size_t>(done) * m_pixels);
        done += n;
    }
}

void FrameReader::readValues(std::uint64_t first, std::uint64_t count, std::size_t plane, float* out) {
    forParts(first, count, [&](std::size_t i, std::uint64_t within, std::uint64_t n, std::size_t at) {
        // Numbers of 16 bits are read as they are and turned into floats here, which is faster than HDF5 does it.
        if (part(i).valueType() == "uint16") {
            m_scratch.resize(static_cast<std::size_t>(n) * m_pixels);
            readPlane(part(i), within, n, plane, m_scratch.data());
            std::copy(m_scratch.begin(), m_scratch.end(), out + at);
        } else {
            readPlane(part(i), within, n, plane, out + at);
        }
    });
}

void FrameReader::readRaw16(std::uint64_t first, std::uint64_t count, std::size_t plane, std::uint16_t* out) {
    forParts(first, count, [&](std::size_t i, std::uint64_t within, std::uint64_t n, std::size_t at) {
        readPlane(part(i), within, n, plane, out + at);
    });
}

bool FrameReader::allowRaw16() {
    m_raw16 = !m_contents.saturation; // nobody else would know of it
    for (std::size_t i = 0; i < partCount(); ++i)
        m_raw16 = m_raw16 && part(i).valueType() == "uint16";
    return m_raw16;
}

/// Gaps written as NaN are the same in every frame; as a fixed mask they cost nothing later. Three frames are looked
/// at, since a module may be missing from any one of them.
void FrameReader::maskGaps() {
    RunInfo& info = m_contents.info;
    const std::uint64_t total = *info.frameCount;
    std::vector<std::uint8_t> gap(m_pixels, 1);
    std::vector<float> frame(m_pixels);
    for (const std::uint64_t f : {std::uint64_t{0}, total / 2, total - 1}) {
        readValues(f, 1, 0, frame.data());
        for (std::size_t i = 0; i < m_pixels; ++i)
            gap[i] &= static_cast<std::uint8_t>(!std::isfinite(frame[i]));
        if (m_contents.frames.valueType().find("int") != std::string::npos)
            return; // integers are always finite; reading one frame has shown that its filters are installed
    }
    const auto gaps = static_cast<std::size_t>(std::ranges::count(gap, 1));
    if (gaps == 0 || gaps > m_pixels / 2)
        return;
    if (info.frameMask.empty()) {
        info.frameMask = Array<std::uint8_t, 3>::uninitialised({info.panels, info.slow, info.fast});
        std::ranges::fill(info.frameMask.span(), std::uint8_t{1});
    }
    for (std::size_t i = 0; i < m_pixels; ++i)
        if (gap[i])
            info.frameMask.data()[i] = 0;
    info.problems.push_back(
        {"mask", fmt::format("{} values are not finite in any frame; they are masked in every frame", gaps), false});
}

std::vector<Problem> FrameReader::problemsFound() const {
    return m_check.problems(m_contents.file.filePath());
}

void FrameReader::wantColumns(const std::vector<std::string>& names) {
    m_contents.columns.want(names, m_contents.file);
}

PolarBatch FrameReader::readPolar(std::uint64_t, std::size_t, const TaskContext&) {
    throw Error(ErrorCode::unsupported,
                m_contents.file.filePath() +
                    " holds detector frames; they are brought to polar images by a geometry first");
}

void FrameReader::readMasks(std::uint64_t first, std::size_t count, FrameBatch& batch) const {
    if (!m_contents.frameMasks)
        return;
    std::vector<std::uint32_t> bits(count * m_pixels);
    readPlane(*m_contents.frameMasks, first, count, 0, bits.data());
    combineMask(batch, validity(bits, m_contents.frameMaskMeaning));
}

void FrameReader::readGain(std::uint64_t first, std::size_t count, FrameBatch& batch) {
    if (m_contents.gainStages) {
        batch.gainStage = Array<std::uint8_t, 4>::uninitialised(batch.shape());
        readPlane(*m_contents.gainStages, first, count, 0, batch.gainStage.data());
    }
    if (m_planes == 2) {
        batch.gainPlane = Array<std::uint16_t, 4>::uninitialised(batch.shape());
        readRaw16(first, count, 1, batch.gainPlane.data());
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
    if (m_raw16 && count > 0) {
        batch.raw16 = Array<std::uint16_t, 4>::uninitialised(shape);
        readRaw16(first, count, 0, batch.raw16.data());
    } else {
        batch.data = Array<float, 4>::uninitialised(shape);
        readValues(first, count, 0, batch.data.data());
    }
    if (count == 0)
        return batch;
    readGain(first, count, batch);
    readMasks(first, count, batch);
    forParts(first, count, [&](std::size_t i, std::uint64_t within, std::uint64_t n, std::size_t at) {
        m_holes[i].mask(within, static_cast<std::size_t>(n), at / m_pixels, batch);
    });
    if (!m_raw16)
        combineMask(batch, m_check.clean(batch.data.span(), m_pixels, info.frameMask.span(), first, batch.mask.span()));
    if (!m_contents.pulseEnergy.empty())
        batch.pulseEnergy.assign(m_contents.pulseEnergy.begin() + static_cast<std::ptrdiff_t>(first),
                                 m_contents.pulseEnergy.begin() + static_cast<std::ptrdiff_t>(first + count));
    batch.columns = m_contents.columns.slice(first, count);
    return batch;
}

} // namespace fxs
