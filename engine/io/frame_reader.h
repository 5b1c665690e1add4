#pragma once

#include "engine/io/hdf5.h"
#include "engine/io/input_settings.h"
#include "engine/io/value_check.h"
#include "engine/model/batch.h"
#include "engine/model/run_source.h"

#include <memory>
#include <optional>
#include <string>

namespace fxs {

/// What a layout found out about its file of detector frames.
struct FrameFile {
    h5::File file;
    h5::Dataset frames; ///< [frame][ss][fs], or [frame][panel][ss][fs]
    RunInfo info;       ///< with what the file says of beam and detector; shape and counts are filled in
    std::optional<h5::Dataset> cxiMasks; ///< a CXI mask for each frame, shaped as frames
    std::vector<double> pulseEnergy;     ///< one a frame, or empty
};

/// Reads detector frames from one dataset: the common part of every layout that keeps them so.
/// Memory:  what is asked for.
/// Throws:  Error(badInput) from the constructor: wrong rank, no frame, no pixel, not numbers, a virtual dataset whose
/// sources are
///          missing; Error(unsupported) for a missing filter plugin.
class FrameReader : public RunSource {
public:
    FrameReader(FrameFile contents, const InputSettings& settings);

    const RunInfo& info() const override { return m_contents.info; }
    std::vector<Problem> problemsFound() const override;
    bool allowRaw16() override;
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override;
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override;

private:
    h5::Extent extent(std::uint64_t count) const;
    h5::Extent offset(std::uint64_t first) const;
    void readCxiMasks(std::uint64_t first, std::size_t count, FrameBatch& batch) const;
    void maskGapsOfFirstFrame();
    void cleanValues(FrameBatch& batch);

    FrameFile m_contents;
    std::size_t m_pixels = 0;
    bool m_raw16 = false; ///< frames are handed on as they are stored
    ValueCheck m_check;
};

/// Whether a dataset can hold detector frames: numbers, 3 or 4 axes.
bool canHoldFrames(const h5::Dataset& dataset);

} // namespace fxs
