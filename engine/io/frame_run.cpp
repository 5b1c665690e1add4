#include "engine/io/frame_run.h"

#include "engine/io/nexus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs {

struct FrameRunWriter::State {
    AtomicOutput output;
    FrameRunHeader header;
    h5::File file;
    std::optional<h5::Group> entry;
    std::optional<h5::Dataset> data;
    std::uint64_t frames = 0;

    State(const std::string& path, FrameRunHeader h, const WriteOptions& options)
        : output(path, options), header(std::move(h)), file(h5::File::create(output.temporaryPath())) {}

    h5::Extent frameShape(std::uint64_t count) const { return {count, header.geometry.slow, header.geometry.fast}; }

    void writeDetector(h5::Group& instrument) {
        constexpr double kJoulePerEv = 1.602176634e-19;
        h5::Group detector = instrument.createGroup("detector_1", "NXdetector");
        // One frame a chunk: readers of single frames read nothing else.
        data.emplace(detector.create("data", h5::Number::float32, frameShape(0),
                                     {.chunk = frameShape(1), .gzip = header.gzip, .growing = true}));
        const Panel& panel = header.geometry.panels.front();
        detector.writeScalar("distance", panel.corner[2]).setAttribute("units", "m");
        detector.writeScalar("x_pixel_size", panel.fastStep[0]).setAttribute("units", "m");
        detector.writeScalar("y_pixel_size", panel.slowStep[1]).setAttribute("units", "m");
        detector.writeVector("corner_position", std::vector<double>(panel.corner.begin(), panel.corner.end()))
            .setAttribute("units", "m");
        if (!header.mask.empty()) {
            Array<std::uint32_t, 2> bits({header.geometry.slow, header.geometry.fast});
            std::ranges::transform(header.mask.span(), bits.data(),
                                   [](std::uint8_t valid) { return valid ? 0u : 0x1u; });
            detector.write("mask", bits).setAttribute("note", "CXI bits: 0 is good");
        }
        h5::Group source = instrument.createGroup("source_1", "NXsource");
        source.writeScalar("energy", kEvAngstrom / header.geometry.wavelengthAngstrom * kJoulePerEv)
            .setAttribute("units", "J");
    }
};

namespace {

void requireFacingPanel(const DetectorGeometry& geometry) {
    throwIfFatal(geometry.check());
    const Panel& p = geometry.panels.front();
    if (geometry.panels.size() != 1 || p.fastStep[1] != 0 || p.fastStep[2] != 0 || p.slowStep[0] != 0 ||
        p.slowStep[2] != 0 || !(p.fastStep[0] > 0) || p.fastStep[0] != p.slowStep[1])
        throw Error(
            ErrorCode::unsupported,
            "frames are written for one panel that faces the sample, with square pixels; this geometry is another");
}

} // namespace

FrameRunWriter::FrameRunWriter(const std::string& path, FrameRunHeader header, const WriteOptions& options) {
    requireFacingPanel(header.geometry);
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
        if (shape[1] != 1 || shape[2] != s.header.geometry.slow || shape[3] != s.header.geometry.fast)
            throw Error(ErrorCode::badInput,
                        fmt::format("a batch of frames is {} x {} x {}, expected 1 x {} x {} (panel x slow x fast)",
                                    shape[1], shape[2], shape[3], s.header.geometry.slow, s.header.geometry.fast));
        s.data->resizeFirst(s.frames + shape[0]);
        s.data->writeBlock({s.frames, 0, 0}, s.frameShape(shape[0]), batch.data.data());
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
