#pragma once

#include "engine/core/array.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fxs {

/// One quantity known of every frame of a batch: a pulse energy, a train id, "laser on". Numbers, or texts where the run
/// has texts; the other is empty.
struct FrameColumn {
    std::string name; ///< as RunInfo::columns names it
    std::vector<double> numbers;
    std::vector<std::string> texts;
};

/// Reason -> frames that were not used.
using RejectedFrames = std::map<std::string, std::uint64_t>;

/// Raw detector frames, as a source hands them on: not corrected, not masked.
/// Shape: data [frame][panel][ss][fs], fs fastest. The pixels of a module that is missing from a frame are masked in it.
struct FrameBatch {
    std::uint64_t firstIndex = 0; ///< index of the first frame in the run; halves are cut by it, never by arrival
    Array<float, 4> data;
    /// The same as stored, where that is 16-bit and the reader of the batch can take it (RunSource::allowRaw16): data is
    /// empty then, and nothing has been checked (65535 usually says saturated). Halves the traffic of memory.
    Array<std::uint16_t, 4> raw16;
    /// The second plane of detectors with gain stages (raw AGIPD): the analogue signal from which the stage follows by
    /// thresholds, shaped as data; empty where there is none.
    Array<std::uint16_t, 4> gainPlane;
    /// Gain stage of each pixel where the file says it (corrected AGIPD and LPD, JUNGFRAU), 0 the highest gain; else empty.
    Array<std::uint8_t, 4> gainStage;
    Array<std::uint8_t, 4> mask;      ///< per-frame mask, 1 = valid; empty where the file has none
    std::vector<double> pulseEnergy;  ///< per frame, in the run's own unit; empty if unknown
    std::vector<FrameColumn> columns; ///< those that were asked for (RunSource::wantColumns)

    std::size_t frameCount() const { return shape()[0]; }
    const Array<float, 4>::Shape& shape() const { return raw16.empty() ? data.shape() : raw16.shape(); }
};

/// Images on rings: intensity [frame][q][phi], phi fastest, in the run's own unit. Every value finite; what is not
/// known is masked. mask, where not empty, is [frame][q][phi], 1 = valid (masks that differ from frame to frame). A
/// fixed mask is not kept here.
struct PolarBatch {
    std::uint64_t firstIndex = 0; ///< index of the first frame in the run
    std::vector<std::uint64_t>
        indices; ///< index of each frame where they are not consecutive (rejected frames between); else empty
    Array<float, 3> intensity;
    Array<std::uint8_t, 3> mask;
    std::vector<FrameColumn> columns; ///< of the frames that are here, where they were asked for
    RejectedFrames rejected;          ///< frames of the run that were read with this batch and are not in it
    std::uint64_t spanEnd = 0; ///< one after the last frame that was read for it, rejected ones counted; 0: see end()

    /// One after the last frame of the run that this batch answers for.
    std::uint64_t end() const {
        return spanEnd != 0 ? spanEnd : frameCount() == 0 ? firstIndex : indexOf(frameCount() - 1) + 1;
    }
    std::size_t frameCount() const { return intensity.extent(0); }
    std::uint64_t indexOf(std::size_t frame) const { return indices.empty() ? firstIndex + frame : indices[frame]; }
};

} // namespace fxs
