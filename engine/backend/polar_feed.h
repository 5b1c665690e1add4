#pragma once

#include "engine/core/array.h"
#include "engine/io/input_settings.h"
#include "engine/model/batch.h"
#include "engine/model/run_source.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace fxs {

/// A run as polar images, whatever it holds: polar runs are cut to the wanted rings, detector frames are resampled.
/// Reading and converting are apart, so that one thread reads while others convert.
/// Owns:    the run and the resampler's tables. Threads: read() one call at a time; convert() from many.
/// Throws:  Error(badSettings) for a q range that leaves no ring or that the detector does not see; what the run
/// throws; Stopped.
class PolarFeed {
public:
    PolarFeed(std::unique_ptr<RunSource> source, const InputSettings& input, const PolarSettings& polar,
              const TaskContext& task);
    ~PolarFeed();

    const RunInfo& info() const;
    const RunSource& source() const { return *m_source; }
    const PolarGrid& grid() const { return m_grid; }
    const Experiment& experiment() const;
    /// Fixed mask [q][phi], 1 = valid; empty: all valid.
    View<const std::uint8_t, 2> mask() const { return m_mask.view(); }

    /// What was read and not yet converted; one of the two is empty.
    struct Piece {
        PolarBatch polar;
        FrameBatch frames;
        std::size_t frameCount() const { return polar.frameCount() + frames.frameCount(); }
    };
    /// Frames [first, first + count); fewer at the end of the run.
    Piece read(std::uint64_t first, std::size_t count, const TaskContext& task);
    PolarBatch convert(Piece piece, const TaskContext& task) const;

private:
    struct FrameConverter;

    std::unique_ptr<RunSource> m_source;
    PolarGrid m_grid;
    Array<std::uint8_t, 2> m_mask;
    std::size_t m_firstRing = 0; ///< of a polar run: rings [m_firstRing, m_firstRing + m_grid.qCount()) are kept
    std::unique_ptr<const FrameConverter> m_converter; ///< of a run of detector frames
};

} // namespace fxs
