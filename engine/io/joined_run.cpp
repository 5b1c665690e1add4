#include "engine/io/joined_run.h"

#include "engine/io/frame_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

bool sameMask(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    return std::ranges::equal(a, b);
}

std::string frameText(const RunInfo& info) {
    return info.polarGrid
               ? fmt::format("polar images of {} x {} (q x phi)", info.polarGrid->qCount(), info.polarGrid->phiCount)
               : fmt::format("frames of {} x {} x {} (panel x slow x fast)", info.panels, info.slow, info.fast);
}

/// Refuses a file that cannot be part of the same run as the first.
void requireAlike(const RunInfo& first, const RunInfo& next) {
    const std::string& a = first.files.front();
    const std::string& b = next.files.front();
    if (first.polarGrid.has_value() != next.polarGrid.has_value() || frameText(first) != frameText(next))
        throw Error(ErrorCode::badInput,
                    fmt::format("{} holds {}, expected {} as in {}", b, frameText(next), frameText(first), a));
    if (first.polarGrid)
        for (std::size_t i = 0; i < first.polarGrid->qCount(); ++i) {
            const double want = first.polarGrid->q[i], found = next.polarGrid->q[i];
            if (std::abs(found - want) > 1e-6 * want)
                throw Error(ErrorCode::badInput,
                            fmt::format("{}: q of ring {} is {} 1/Å, expected {} as in {}", b, i, found, want, a));
        }
    const double want = first.experiment.wavelengthAngstrom, found = next.experiment.wavelengthAngstrom;
    if (first.experiment.wavelengthKnown && next.experiment.wavelengthKnown && std::abs(found - want) > 0.01 * want)
        throw Error(ErrorCode::badInput,
                    fmt::format("{}: the wavelength is {} Å, expected {} as in {}", b, found, want, a));
    if (first.experiment.polarity != next.experiment.polarity)
        throw Error(ErrorCode::badInput,
                    fmt::format("{}: the Ewald sphere is counted the other way round than in {}", b, a));
}

/// A pixel of the joined run is valid where it is valid in every file.
template <std::size_t N>
void joinMask(Array<std::uint8_t, N>& mask, const Array<std::uint8_t, N>& next, RunInfo& info,
              const std::string& file) {
    if (sameMask(mask.span(), next.span()))
        return;
    info.problems.push_back(
        {"mask", fmt::format("the mask of {} differs; pixels valid in every file are used", file), false});
    if (mask.empty()) {
        mask = next.clone();
        return;
    }
    for (std::size_t i = 0; i < next.size(); ++i)
        mask.data()[i] &= next.data()[i];
}

/// Values that not every file has cannot be asked for: a selection by them would leave out whole files silently.
void joinColumns(RunInfo& info, const RunInfo& next) {
    std::vector<std::string> dropped;
    std::erase_if(info.columns, [&](const ColumnInfo& column) {
        const auto same = std::ranges::find(next.columns, column.name, &ColumnInfo::name);
        if (same != next.columns.end() && same->text == column.text)
            return false;
        dropped.push_back(column.name);
        return true;
    });
    if (!dropped.empty())
        info.problems.push_back({"",
                                 fmt::format("{} has no values for its frames of {}, which other files have; they "
                                             "cannot be used for the run",
                                             next.files.front(), fmt::join(dropped, ", ")),
                                 false});
}

} // namespace

JoinedRun::JoinedRun(const std::vector<std::string>& files, Opener open, const TaskContext& task)
    : m_open(std::move(open)) {
    for (const std::string& path : files) {
        task.checkpoint();
        m_parts.push_back({path, m_frames, 0, nullptr});
        const RunInfo& next = source(m_parts.size() - 1).info();
        m_parts.back().count = next.frameCount.value_or(0);
        m_frames += m_parts.back().count;
        if (m_parts.size() == 1) {
            m_info = next.clone();
            continue;
        }
        requireAlike(m_info, next);
        joinMask(m_info.polarMask, next.polarMask, m_info, path);
        joinMask(m_info.frameMask, next.frameMask, m_info, path);
        joinColumns(m_info, next);
        if (next.valueType != m_info.valueType)
            m_info.valueType += ", " + next.valueType;
        m_info.files.push_back(path);
        for (const Problem& problem : next.problems)
            m_info.problems.push_back({problem.key, path + ": " + problem.message, problem.fatal});
    }
    m_info.frameCount = m_frames;
}

RunSource& JoinedRun::source(std::size_t part) {
    if (!m_parts[part].source) {
        std::shared_ptr<RunSource> opened = m_open(m_parts[part].path);
        if (m_raw16)
            opened->allowRaw16();
        if (!m_columns.empty())
            opened->wantColumns(m_columns);
        const std::lock_guard lock(m_mutex);
        std::size_t openCount = 0;
        for (const Part& other : m_parts)
            openCount += other.source != nullptr;
        if (openCount >= kOpenFiles)
            for (Part& other : m_parts)
                if (other.source) {
                    std::ranges::move(other.source->problemsFound(), std::back_inserter(m_closedProblems));
                    other.source.reset();
                }
        m_parts[part].source = std::move(opened);
    }
    return *m_parts[part].source;
}

bool JoinedRun::allowRaw16() {
    // Parts of several types would have to be told apart in every batch: they are read as floats.
    m_raw16 = m_info.valueType == "uint16" && source(0).allowRaw16();
    for (const Part& part : m_parts)
        if (m_raw16 && part.source)
            part.source->allowRaw16();
    return m_raw16;
}

void JoinedRun::wantColumns(const std::vector<std::string>& names) {
    requireColumns(m_info, names);
    for (Part& part : m_parts)
        if (part.source)
            part.source->wantColumns(names);
    m_columns = names;
}

std::vector<Problem> JoinedRun::problemsFound() const {
    const std::lock_guard lock(m_mutex);
    std::vector<Problem> problems = m_closedProblems;
    for (const Part& part : m_parts)
        if (part.source)
            std::ranges::move(part.source->problemsFound(), std::back_inserter(problems));
    return problems;
}

std::size_t JoinedRun::available(std::uint64_t first, std::size_t count) const {
    return first >= m_frames ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(count, m_frames - first));
}

void JoinedRun::forParts(std::uint64_t first, std::size_t count,
                         const std::function<void(RunSource&, std::uint64_t, std::size_t, std::size_t)>& read) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < m_parts.size() && done < count; ++i) {
        const Part& part = m_parts[i];
        const std::uint64_t at = first + done;
        if (at >= part.first + part.count)
            continue;
        const std::uint64_t within = at - part.first;
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(count - done, part.count - within));
        read(source(i), within, n, done);
        done += n;
    }
}

namespace {

/// Copies one part's frames, and its per-frame mask, to their place in the joined batch; frames without a mask are all
/// valid.
template <class T, std::size_t N>
void place(Array<T, N>& values, Array<std::uint8_t, N>& mask, const Array<T, N>& partValues,
           const Array<std::uint8_t, N>& partMask, std::size_t at) {
    if (partValues.empty())
        return;
    const std::size_t frame = partValues.size() / partValues.extent(0);
    std::copy_n(partValues.data(), partValues.size(), values.data() + at * frame);
    if (partMask.empty())
        return;
    if (mask.empty()) {
        mask = Array<std::uint8_t, N>::uninitialised(values.shape());
        std::ranges::fill(mask.span(), std::uint8_t{1});
    }
    std::copy_n(partMask.data(), partMask.size(), mask.data() + at * frame);
}

void append(std::vector<FrameColumn>& columns, std::vector<FrameColumn> piece) {
    if (columns.empty()) {
        columns = std::move(piece);
        return;
    }
    for (std::size_t i = 0; i < std::min(columns.size(), piece.size()); ++i) {
        std::ranges::move(piece[i].numbers, std::back_inserter(columns[i].numbers));
        std::ranges::move(piece[i].texts, std::back_inserter(columns[i].texts));
    }
}

/// Planes beside the frames: only where every file has them, or has them before.
template <class T>
void placePlane(Array<T, 4>& whole, const Array<T, 4>& piece, const FrameBatch& batch, std::size_t at) {
    if (piece.empty())
        return;
    if (whole.empty())
        whole = Array<T, 4>(batch.shape());
    std::copy_n(piece.data(), piece.size(), whole.data() + at * (piece.size() / piece.extent(0)));
}

} // namespace

PolarBatch JoinedRun::readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) {
    count = available(first, count);
    PolarBatch batch;
    if (m_parts.size() == 1) {
        batch = source(0).readPolar(first, count, task);
    } else if (m_info.polarGrid) {
        batch.intensity =
            Array<float, 3>::uninitialised({count, m_info.polarGrid->qCount(), m_info.polarGrid->phiCount});
        forParts(first, count, [&](RunSource& part, std::uint64_t within, std::size_t n, std::size_t at) {
            PolarBatch piece = part.readPolar(within, n, task);
            place(batch.intensity, batch.mask, piece.intensity, piece.mask, at);
            append(batch.columns, std::move(piece.columns));
        });
    } else {
        throw Error(ErrorCode::unsupported, m_parts.front().path + " holds detector frames, not polar images");
    }
    batch.firstIndex = first;
    return batch;
}

FrameBatch JoinedRun::readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) {
    count = available(first, count);
    FrameBatch batch;
    if (m_parts.size() == 1) {
        batch = source(0).readFrames(first, count, task);
    } else if (!m_info.polarGrid) {
        const std::array<std::size_t, 4> shape{count, m_info.panels, m_info.slow, m_info.fast};
        if (m_raw16)
            batch.raw16 = Array<std::uint16_t, 4>::uninitialised(shape);
        else
            batch.data = Array<float, 4>::uninitialised(shape);
        forParts(first, count, [&](RunSource& part, std::uint64_t within, std::size_t n, std::size_t at) {
            FrameBatch piece = part.readFrames(within, n, task);
            if (m_raw16)
                place(batch.raw16, batch.mask, piece.raw16, piece.mask, at);
            else
                place(batch.data, batch.mask, piece.data, piece.mask, at);
            placePlane(batch.gainStage, piece.gainStage, batch, at);
            placePlane(batch.gainPlane, piece.gainPlane, batch, at);
            append(batch.columns, std::move(piece.columns));
            if (!piece.pulseEnergy.empty()) {
                batch.pulseEnergy.resize(at, 0.0);
                batch.pulseEnergy.insert(batch.pulseEnergy.end(), piece.pulseEnergy.begin(), piece.pulseEnergy.end());
            }
        });
        if (!batch.pulseEnergy.empty() && batch.pulseEnergy.size() != count)
            batch.pulseEnergy.clear(); // some files know it and some do not: then it cannot be used
    } else {
        throw Error(ErrorCode::unsupported, m_parts.front().path + " holds polar images, not detector frames");
    }
    batch.firstIndex = first;
    return batch;
}

} // namespace fxs
