#include "engine/io/polar_run.h"

#include "engine/io/frame_columns.h"
#include "engine/io/nexus.h"
#include "engine/io/value_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr const char* kGroup = "/entry/polar";

/// Frames a chunk: about half of HDF5's chunk cache, so that chunks that are filled in several appends stay in memory.
std::uint64_t framesPerChunk(std::size_t pixels) {
    constexpr std::size_t kChunkBytes = 512 * 1024;
    return std::clamp<std::uint64_t>(kChunkBytes / (pixels * sizeof(float)), 1, 64);
}

} // namespace

// ---- writing

struct PolarRunWriter::State {
    AtomicOutput output;
    PolarRunHeader header;
    h5::File file;
    std::optional<h5::Group> entry, polar;
    std::optional<h5::Dataset> intensity, frameMask;
    std::uint64_t frames = 0;

    State(const std::string& path, PolarRunHeader h, const WriteOptions& options)
        : output(path, options), header(std::move(h)), file(h5::File::create(output.temporaryPath())) {}

    h5::Extent frameShape(std::uint64_t count) const { return {count, header.grid.qCount(), header.grid.phiCount}; }

    void makeFrameMask() {
        const std::size_t pixels = header.grid.qCount() * header.grid.phiCount;
        frameMask.emplace(polar->create("frame_mask", h5::Number::uint8, frameShape(0),
                                        {.chunk = frameShape(framesPerChunk(pixels)), .gzip = 1, .growing = true}));
        frameMask->setAttribute("note", "1 = valid");
        const std::vector<std::uint8_t> ones(pixels, 1);
        frameMask->resizeFirst(frames);
        for (std::uint64_t f = 0; f < frames; ++f)
            frameMask->writeBlock({f, 0, 0}, frameShape(1), ones.data());
    }
};

PolarRunWriter::PolarRunWriter(const std::string& path, PolarRunHeader header, const WriteOptions& options) {
    throwIfFatal(header.grid.check());
    const auto [nq, nphi] = std::pair(header.grid.qCount(), header.grid.phiCount);
    if (!header.mask.empty() && (header.mask.extent(0) != nq || header.mask.extent(1) != nphi))
        throw Error(ErrorCode::badInput, fmt::format("writing {}: the mask is {} x {}, expected {} x {} (q x phi)",
                                                     path, header.mask.extent(0), header.mask.extent(1), nq, nphi));
    m_state = std::make_unique<State>(path, std::move(header), options);
    withContext("writing " + path, [&] {
        State& s = *m_state;
        setDefault(s.file, "entry");
        s.entry.emplace(s.file.createGroup("entry", "NXentry"));
        setDefault(*s.entry, "polar");
        s.polar.emplace(createNxData(*s.entry, "polar", "intensity", {".", "q", "phi"}));
        s.intensity.emplace(s.polar->create(
            "intensity", h5::Number::float32, s.frameShape(0),
            {.chunk = s.frameShape(framesPerChunk(nq * nphi)), .gzip = s.header.gzip, .growing = true}));
        s.intensity->setAttribute("units", s.header.units);
        s.polar->writeVector("q", s.header.grid.q).setAttribute("units", "1/angstrom");
        std::vector<double> phi(nphi);
        for (std::size_t k = 0; k < nphi; ++k)
            phi[k] = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(nphi);
        s.polar->writeVector("phi", phi).setAttribute("units", "rad");
        writeExperiment(*s.polar, s.header.experiment);
        if (!s.header.mask.empty())
            s.polar->write("mask", s.header.mask).setAttribute("note", "1 = valid");
    });
}

PolarRunWriter::~PolarRunWriter() = default;
PolarRunWriter::PolarRunWriter(PolarRunWriter&&) noexcept = default;

std::uint64_t PolarRunWriter::frameCount() const {
    return m_state->frames;
}

void PolarRunWriter::append(const PolarBatch& batch) {
    State& s = *m_state;
    withContext("writing " + s.output.path(), [&] {
        const auto& shape = batch.intensity.shape();
        if (shape[1] != s.header.grid.qCount() || shape[2] != s.header.grid.phiCount)
            throw Error(ErrorCode::badInput,
                        fmt::format("a batch of images is {} x {} (q x phi), expected {} x {}", shape[1], shape[2],
                                    s.header.grid.qCount(), s.header.grid.phiCount));
        const auto values = batch.intensity.span();
        if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
            throw Error(ErrorCode::badInput,
                        fmt::format("the images from frame {} on hold values that are not finite", s.frames));
        if (!batch.mask.empty() && !s.frameMask)
            s.makeFrameMask();
        const std::uint64_t count = shape[0];
        s.intensity->resizeFirst(s.frames + count);
        s.intensity->writeBlock({s.frames, 0, 0}, s.frameShape(count), batch.intensity.data());
        if (s.frameMask) {
            const std::vector<std::uint8_t> ones(batch.mask.empty() ? batch.intensity.size() : 0, 1);
            s.frameMask->resizeFirst(s.frames + count);
            s.frameMask->writeBlock({s.frames, 0, 0}, s.frameShape(count),
                                    batch.mask.empty() ? ones.data() : batch.mask.data());
        }
        s.frames += count;
    });
}

void PolarRunWriter::finish() {
    State& s = *m_state;
    withContext("writing " + s.output.path(), [&] {
        if (s.frames == 0)
            throw Error(ErrorCode::badInput, "the run has no frame");
        if (s.header.provenance.end.empty())
            s.header.provenance.end = timestampUtc();
        writeProvenance(*s.entry, s.header.provenance);
        s.frameMask.reset();
        s.intensity.reset();
        s.polar.reset();
        s.entry.reset();
        s.file.close();
    });
    s.output.commit();
}

// ---- reading

namespace {

PolarGrid readGrid(const h5::Group& group, const h5::Dataset& intensity) {
    PolarGrid grid;
    const auto& shape = intensity.shape();
    grid.phiCount = static_cast<std::size_t>(shape[2]);
    const h5::Dataset q = group.dataset("q");
    grid.q = q.readVector<double>();
    if (grid.q.size() != shape[1])
        throw Error(ErrorCode::badInput, fmt::format("dataset {} has {} values, expected {} (axis 1 of {})", q.name(),
                                                     grid.q.size(), shape[1], intensity.name()));
    // q in 1/nm is common elsewhere; anything else would be a guess.
    const std::string units = q.textAttribute("units").value_or("");
    if (units == "1/nm" || units == "nm^-1" || units == "nm-1" || units == "1/nanometer")
        for (double& value : grid.q)
            value /= 10;
    for (const Problem& problem : grid.check())
        throw Error(ErrorCode::badInput, fmt::format("{}: {}", q.name(), problem.message));
    return grid;
}

/// phi must be what a ring transform takes it for: equidistant, over the full circle, from 0.
void checkPhi(const h5::Group& group, const PolarGrid& grid, RunInfo& info) {
    if (!group.hasDataset("phi")) {
        info.problems.push_back({"phi", "dataset phi is not there; azimuths 2 pi k / n are assumed", false});
        return;
    }
    const h5::Dataset dataset = group.dataset("phi");
    auto phi = dataset.readVector<double>();
    if (phi.size() != grid.phiCount)
        throw Error(ErrorCode::badInput, fmt::format("dataset {} has {} values, expected {} (axis 2 of intensity)",
                                                     dataset.name(), phi.size(), grid.phiCount));
    const double step = 2 * std::numbers::pi / static_cast<double>(grid.phiCount);
    const std::string units = dataset.textAttribute("units").value_or("");
    if (units.starts_with("deg"))
        for (double& value : phi)
            value *= std::numbers::pi / 180;
    for (std::size_t k = 0; k < phi.size(); ++k)
        if (!(std::abs(phi[k] - phi[0] - step * static_cast<double>(k)) < 0.01 * step))
            throw Error(ErrorCode::badInput,
                        fmt::format("dataset {}: azimuth {} is {} rad, expected {} (equidistant over the full circle)",
                                    dataset.name(), k, phi[k], phi[0] + step * static_cast<double>(k)));
    if (std::abs(phi[0]) > 0.01 * step) // a common rotation changes no correlation
        info.metadata.emplace_back("first azimuth", fmt::format("{} rad", phi[0]));
}

class PolarRun : public RunSource {
public:
    explicit PolarRun(h5::File file)
        : m_group(file.group(kGroup)), m_intensity(openIntensity(m_group)), m_file(std::move(file)) {
        const auto& shape = m_intensity.shape();
        m_info.files = {m_file.filePath()};
        m_info.frameCount = shape[0];
        m_info.valueType = m_intensity.valueType();
        m_info.polarGrid = readGrid(m_group, m_intensity);
        checkPhi(m_group, *m_info.polarGrid, m_info);
        m_info.experiment = readExperiment(m_group);
        if (!m_info.experiment.wavelengthKnown)
            m_info.problems.push_back(
                {"wavelength", "the file does not say the wavelength; a flat Ewald sphere is assumed", false});
        readMasks();
        readColumns();
        describe();
    }

    void wantColumns(const std::vector<std::string>& names) override { m_columns.want(names, m_file); }

    const RunInfo& info() const override { return m_info; }
    std::vector<Problem> problemsFound() const override { return m_check.problems(m_file.filePath()); }

    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override {
        task.checkpoint();
        const std::uint64_t total = m_intensity.shape()[0];
        first = std::min(first, total);
        count = static_cast<std::size_t>(std::min<std::uint64_t>(count, total - first));
        const std::size_t nq = m_info.polarGrid->qCount(), nphi = m_info.polarGrid->phiCount;
        PolarBatch batch;
        batch.firstIndex = first;
        batch.intensity = Array<float, 3>::uninitialised({count, nq, nphi});
        const h5::Extent offset{first, 0, 0}, extent{count, nq, nphi};
        m_intensity.readBlock(offset, extent, batch.intensity.data());
        if (m_frameMask) {
            batch.mask = Array<std::uint8_t, 3>::uninitialised({count, nq, nphi});
            m_frameMask->readBlock(offset, extent, batch.mask.data());
        }
        const auto bad = m_check.clean(batch.intensity.span(), nq * nphi, m_info.polarMask.span(), first);
        if (!bad.empty()) {
            if (batch.mask.empty())
                batch.mask = Array<std::uint8_t, 3>::uninitialised({count, nq, nphi});
            else
                std::transform(bad.begin(), bad.end(), batch.mask.data(), batch.mask.data(),
                               std::bit_and<std::uint8_t>());
            if (!m_frameMask)
                std::copy(bad.begin(), bad.end(), batch.mask.data());
        }
        batch.columns = m_columns.slice(first, count);
        return batch;
    }

    FrameBatch readFrames(std::uint64_t, std::size_t, const TaskContext&) override {
        throw Error(ErrorCode::unsupported, m_file.filePath() + " holds polar images, which have no detector frames");
    }

private:
    static h5::Dataset openIntensity(const h5::Group& group) {
        h5::Dataset intensity = group.dataset("intensity");
        intensity.requireRank(3);
        if (!intensity.isNumeric())
            throw Error(ErrorCode::badInput,
                        fmt::format("dataset {} holds {}, expected numbers", intensity.name(), intensity.valueType()));
        if (intensity.shape()[0] == 0)
            throw Error(ErrorCode::badInput, fmt::format("dataset {} has no frame", intensity.name()));
        return intensity;
    }

    void readMasks() {
        const auto& shape = m_intensity.shape();
        if (m_group.hasDataset("mask")) {
            const h5::Dataset dataset = m_group.dataset("mask");
            auto mask = dataset.read<std::uint8_t, 2>();
            if (mask.extent(0) != shape[1] || mask.extent(1) != shape[2])
                throw Error(ErrorCode::badInput,
                            fmt::format("dataset {} is {} x {}, expected {} x {} (q x phi)", dataset.name(),
                                        mask.extent(0), mask.extent(1), shape[1], shape[2]));
            for (std::uint8_t& value : mask.span())
                value = value != 0;
            m_info.polarMask = std::move(mask);
        }
        if (m_group.hasDataset("frame_mask")) {
            m_frameMask.emplace(m_group.dataset("frame_mask"));
            if (m_frameMask->shape() != shape)
                throw Error(ErrorCode::badInput, fmt::format("dataset {} is shaped otherwise than {}",
                                                             m_frameMask->name(), m_intensity.name()));
        }
        maskGapsOfFirstFrame();
        if (!m_info.polarMask.empty() && std::ranges::count(m_info.polarMask.span(), 1) == 0)
            throw Error(ErrorCode::badInput, "the mask of " + m_group.name() + " leaves no valid pixel");
    }

    /// Gaps written as NaN are gaps in every frame: as a fixed mask they get the exact ring fit in place of a ratio of
    /// sums.
    void maskGapsOfFirstFrame() {
        const auto& shape = m_intensity.shape();
        std::vector<float> frame(static_cast<std::size_t>(shape[1] * shape[2]));
        m_intensity.readBlock({0, 0, 0}, {1, shape[1], shape[2]}, frame.data());
        const auto gaps =
            static_cast<std::size_t>(std::ranges::count_if(frame, [](float v) { return !std::isfinite(v); }));
        if (gaps == 0 || gaps > frame.size() / 2) // a frame that is mostly broken says nothing of the others
            return;
        if (m_info.polarMask.empty()) {
            m_info.polarMask = Array<std::uint8_t, 2>::uninitialised(
                {static_cast<std::size_t>(shape[1]), static_cast<std::size_t>(shape[2])});
            std::ranges::fill(m_info.polarMask.span(), std::uint8_t{1});
        }
        for (std::size_t i = 0; i < frame.size(); ++i)
            if (!std::isfinite(frame[i]))
                m_info.polarMask.data()[i] = 0;
        m_info.problems.push_back(
            {"mask", fmt::format("{} values of frame 0 are not finite; they are masked in every frame", gaps), false});
    }

    /// /entry/columns, and what else of the images' group has one value an image; its axes are none.
    void readColumns() {
        m_columns = FrameColumns(m_intensity.shape()[0]);
        if (m_file.hasGroup("/entry/columns"))
            m_columns.addGroup(m_file.group("/entry/columns"), 2);
        for (const h5::Entry& entry : m_group.entries())
            if (entry.type == h5::Entry::Type::dataset && entry.name != "q" && entry.name != "phi" &&
                m_intensity.shape()[0] > 1)
                m_columns.add(m_group.dataset(entry.name));
        m_info.columns = m_columns.infos();
    }

    void describe() {
        if (const auto units = m_intensity.textAttribute("units"))
            m_info.metadata.emplace_back("intensity unit", *units);
        const Provenance provenance = readProvenance(m_file.group("/entry"));
        if (!provenance.command.empty()) {
            m_info.metadata.emplace_back("made by", fmt::format("{} {}", provenance.program, provenance.version));
            m_info.metadata.emplace_back("command", provenance.command);
            m_info.metadata.emplace_back("made", provenance.end);
        }
    }

    // The group and datasets before the file: they are opened from it before it is moved into its member.
    h5::Group m_group;
    h5::Dataset m_intensity;
    h5::File m_file;
    std::optional<h5::Dataset> m_frameMask;
    FrameColumns m_columns;
    RunInfo m_info;
    ValueCheck m_check;
};

} // namespace

Layout polarRunLayout() {
    return {
        .name = "polar images",
        .lookedFor = "dataset /entry/polar/intensity",
        .probe = [](const h5::File& file, const InputSettings&) -> Result<std::string> {
            if (file.hasGroup(kGroup))
                return std::string("it has group /entry/polar");
            return Error(ErrorCode::notFound, "there is no group /entry/polar");
        },
        .open = [](h5::File file, const InputSettings&) -> std::unique_ptr<RunSource> {
            return std::make_unique<PolarRun>(std::move(file));
        },
    };
}

} // namespace fxs
