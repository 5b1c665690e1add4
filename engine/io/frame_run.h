#pragma once

#include "engine/core/provenance.h"
#include "engine/detector/geometry.h"
#include "engine/io/atomic_output.h"
#include "engine/model/batch.h"
#include "engine/model/experiment.h"

#include <cstdint>
#include <memory>
#include <string>

namespace fxs {

/// What a file of raw frames says beside the frames.
struct FrameRunHeader {
    DetectorGeometry geometry;
    Experiment experiment;       ///< its wavelength is the geometry's
    Array<std::uint8_t, 3> mask; ///< [panel][ss][fs], 1 = valid; empty: all valid
    Provenance provenance;
    int gzip = 0;        ///< 1 ... 9 compresses the frames; 0 does not
    bool counts = false; ///< values are counts: stored as uint16 in place of float32
};

/// Writes raw frames as a CXI file, as they come: entry_1/instrument_1/detector_1 with data [frame][ss][fs], or
/// [frame][slab][ss][fs], float32 or uint16; distance, pixel sizes, corner_position, mask; source_1/energy in joule; entry_1/data_1
/// (NXdata) links to the data. Anything but one panel that faces the sample with square pixels has its geometry as the text of a
/// geometry file too (dataset geometry_toml), and basis_vectors where every slab is a panel.
/// Memory, threads, errors: as PolarRunWriter; Error(badInput) for counts beyond 65535.
class FrameRunWriter {
public:
    FrameRunWriter(const std::string& path, FrameRunHeader header, const WriteOptions& options = {});
    ~FrameRunWriter();
    FrameRunWriter(FrameRunWriter&&) noexcept;

    void append(const FrameBatch& batch);
    std::uint64_t frameCount() const;
    void finish();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace fxs
