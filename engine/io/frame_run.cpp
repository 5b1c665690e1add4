#include "engine/io/frame_run.h"

#include "engine/detector/geometry_file.h"
#include "engine/io/nexus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

double length(const Vector3& v) {
    return std::hypot(v[0], v[1], v[2]);
}

bool isFacingSquare(const DetectorGeometry& geometry) {
    const Panel& p = geometry.panels.front();
    return geometry.panels.size() == 1 && geometry.slabCount() == 1 &&
           geometry.area(0) == PanelArea{0, 0, 0, geometry.slow, geometry.fast} && p.fastStep[1] == 0 &&
           p.fastStep[2] == 0 && p.slowStep[0] == 0 && p.slowStep[2] == 0 && p.fastStep[0] > 0 &&
           p.fastStep[0] == p.slowStep[1];
}

bool slabsArePanels(const DetectorGeometry& geometry) {
    if (geometry.panels.size() != geometry.slabCount())
        return false;
    for (std::size_t i = 0; i < geometry.panels.size(); ++i)
        if (geometry.area(i) != PanelArea{i, 0, 0, geometry.slow, geometry.fast})
            return false;
    return true;
}

std::vector<std::uint16_t> countsOf(const Array<float, 4>& data) {
    std::vector<std::uint16_t> out(data.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const float value = data.data()[i];
        if (!(value >= 0) || value > 65535)
            throw Error(ErrorCode::badInput,
                        fmt::format("a pixel holds {}, expected counts from 0 to 65535 (16 bit)", value));
        out[i] = static_cast<std::uint16_t>(std::lround(value));
    }
    return out;
}

} // namespace

struct FrameRunWriter::State {
    AtomicOutput output;
    FrameRunHeader header;
    h5::File file;
    std::optional<h5::Group> entry;
    std::optional<h5::Dataset> data;
    std::uint64_t frames = 0;

    State(const std::string& path, FrameRunHeader h, const WriteOptions& options)
        : output(path, options), header(std::move(h)), file(h5::File::create(output.temporaryPath())) {}

    h5::Extent frameShape(std::uint64_t count) const {
        const DetectorGeometry& g = header.geometry;
        return g.slabCount() == 1 ? h5::Extent{count, g.slow, g.fast}
                                  : h5::Extent{count, g.slabCount(), g.slow, g.fast};
    }

    void writePlaces(h5::Group& detector) {
        const DetectorGeometry& g = header.geometry;
        const Panel& first = g.panels.front();
        detector.writeScalar("distance", g.meanDistance()).setAttribute("units", "m");
        detector.writeScalar("x_pixel_size", length(first.fastStep)).setAttribute("units", "m");
        detector.writeScalar("y_pixel_size", length(first.slowStep)).setAttribute("units", "m");
        if (isFacingSquare(g)) {
            detector.writeVector("corner_position", std::vector<double>(first.corner.begin(), first.corner.end()))
                .setAttribute("units", "m");
            return;
        }
        detector.writeText("geometry_toml", geometryToToml(g))
            .setAttribute("note", "a geometry file of FXS Workbench: which pixels each panel has, and where it is");
        if (!slabsArePanels(g))
            return;
        Array<double, 2> corners({g.panels.size(), 3});
        Array<double, 3> basis({g.panels.size(), 2, 3});
        for (std::size_t p = 0; p < g.panels.size(); ++p)
            for (std::size_t axis = 0; axis < 3; ++axis) {
                corners(p, axis) = g.panels[p].corner[axis];
                basis(p, 0, axis) = g.panels[p].slowStep[axis];
                basis(p, 1, axis) = g.panels[p].fastStep[axis];
            }
        detector.write("corner_position", corners).setAttribute("units", "m");
        detector.write("basis_vectors", basis).setAttribute("units", "m");
    }

    void writeDetector(h5::Group& instrument) {
        constexpr double kJoulePerEv = 1.602176634e-19;
        h5::Group detector = instrument.createGroup("detector_1", "NXdetector");
        // One frame a chunk: readers of single frames read nothing else.
        data.emplace(detector.create("data", header.counts ? h5::Number::uint16 : h5::Number::float32, frameShape(0),
                                     {.chunk = frameShape(1), .gzip = header.gzip, .growing = true}));
        writePlaces(detector);
        if (!header.mask.empty()) {
            Array<std::uint32_t, 3> bits(header.geometry.frameShape());
            std::ranges::transform(header.mask.span(), bits.data(),
                                   [](std::uint8_t valid) { return valid ? 0u : 0x1u; });
            const auto write = [&](const auto& values) {
                detector.write("mask", values).setAttribute("note", "CXI bits: 0 is good");
            };
            if (bits.extent(0) == 1)
                write(View<const std::uint32_t, 2>(bits.data(), {bits.extent(1), bits.extent(2)}));
            else
                write(bits);
        }
        h5::Group source = instrument.createGroup("source_1", "NXsource");
        source.writeScalar("energy", kEvAngstrom / header.geometry.wavelengthAngstrom * kJoulePerEv)
            .setAttribute("units", "J");
    }
};

FrameRunWriter::FrameRunWriter(const std::string& path, FrameRunHeader header, const WriteOptions& options) {
    throwIfFatal(header.geometry.check());
    m_state = std::make_unique<State>(path, std::move(header), options);
    withContext("writing " + path, [&] {
        State& s = *m_state;
        s.file.writeScalar("cxi_version", std::int32_t{150});
        setDefault(s.file, "entry_1");
        s.entry.emplace(s.file.createGroup("entry_1", "NXentry"));
        setDefault(*s.entry, "data_1");
        h5::Group instrument = s.entry->createGroup("instrument_1", "NXinstrument");
        s.writeDetector(instrument);
        h5::Group plot = s.entry->createGroup("data_1", "NXdata");
        plot.setAttribute("signal", "data");
        plot.softLink("data", "/entry_1/instrument_1/detector_1/data");
        h5::Group experiment = s.entry->createGroup("experiment", "NXcollection");
        s.header.experiment.wavelengthAngstrom = s.header.geometry.wavelengthAngstrom;
        s.header.experiment.wavelengthKnown = true;
        writeExperiment(experiment, s.header.experiment);
    });
}

FrameRunWriter::~FrameRunWriter() = default;
FrameRunWriter::FrameRunWriter(FrameRunWriter&&) noexcept = default;

std::uint64_t FrameRunWriter::frameCount() const {
    return m_state->frames;
}

void FrameRunWriter::append(const FrameBatch& batch) {
    State& s = *m_state;
    withContext("writing " + s.output.path(), [&] {
        const auto& shape = batch.data.shape();
        const auto expected = s.header.geometry.frameShape();
        if (shape[1] != expected[0] || shape[2] != expected[1] || shape[3] != expected[2])
            throw Error(ErrorCode::badInput,
                        fmt::format("a batch of frames is {} x {} x {}, expected {} x {} x {} (panel x slow x fast)",
                                    shape[1], shape[2], shape[3], expected[0], expected[1], expected[2]));
        s.data->resizeFirst(s.frames + shape[0]);
        h5::Extent offset = s.frameShape(0);
        std::ranges::fill(offset, 0);
        offset[0] = s.frames;
        if (s.header.counts)
            s.data->writeBlock(offset, s.frameShape(shape[0]), countsOf(batch.data).data());
        else
            s.data->writeBlock(offset, s.frameShape(shape[0]), batch.data.data());
        s.frames += shape[0];
    });
}

void FrameRunWriter::finish() {
    State& s = *m_state;
    withContext("writing " + s.output.path(), [&] {
        if (s.frames == 0)
            throw Error(ErrorCode::badInput, "the run has no frame");
        if (s.header.provenance.end.empty())
            s.header.provenance.end = timestampUtc();
        // In the place where every file of ours carries it, which CXI's own groups leave free.
        {
            h5::Group entry = s.file.createGroup("entry", "NXcollection");
            writeProvenance(entry, s.header.provenance);
        }
        s.data.reset();
        s.entry.reset();
        s.file.close();
    });
    s.output.commit();
}

} // namespace fxs
