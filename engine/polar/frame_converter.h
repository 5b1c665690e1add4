#pragma once

#include "engine/core/task.h"
#include "engine/model/batch.h"
#include "engine/model/run_source.h"
#include "engine/polar/resampler.h"
#include "engine/polar/tile_binning.h"
#include "engine/preprocess/preprocessor.h"

#include <memory>

namespace fxs {

/// Raw frames to polar images: corrections, selection of frames and resampling in as few passes over memory as the
/// settings allow. Pixelwise corrections and fixed masks go through cache-sized tiles of eight frames (TileBinning);
/// what needs a frame as a whole, and frames with bad pixels of their own, are corrected first (Preprocessor::process).
/// Bad pixels of single frames: with `average` and `run` a bin is averaged without them, and a frame with a bin that loses
/// more than half of its pixels is rejected; with `mask` every image gets a mask.
/// Owns:    the preprocessor, the resampler and their tables.
/// Threads: convert() is const and may run from several threads; parallel over frames inside; the same bits for any
///          thread count and any way of cutting batches.
/// Memory:  36 bytes a bin and thread and, where frames are corrected as a whole, 4 to 5 bytes a pixel of the batch.
/// Throws:  Error(badInput, badSettings), Stopped.
class FrameConverter {
public:
    /// run: what the frames are of; geometry: where its pixels look.
    FrameConverter(std::unique_ptr<const Preprocessor> preprocessor, const DetectorGeometry& geometry,
                   const PolarSettings& polar, const RunInfo& run, const TaskContext& task);

    /// The run as one of polar images.
    const RunInfo& info() const { return m_info; }
    const Preprocessor& preprocessor() const { return *m_preprocessor; }

    /// frames: as they were read; changed on the way. Columns are handed on for the frames that are kept.
    /// use: one flag a frame, 0: it is left out before anything is computed; empty: all are used.
    PolarBatch convert(FrameBatch&& frames, const TaskContext& task, const std::vector<std::uint8_t>& use = {}) const;

private:
    struct Images;
    void convertTiles(const FrameBatch& frames, const std::vector<std::size_t>& places, bool corrected, Images& images,
                      const TaskContext& task) const;
    void convertMasked(const FrameBatch& frames, const std::vector<std::size_t>& places, Images& images,
                       PolarBatch& batch, const TaskContext& task) const;
    PolarBatch gather(const FrameBatch& frames, Images& images, PolarBatch batch) const;

    std::unique_ptr<const Preprocessor> m_preprocessor;
    Resampler m_resampler;
    TileBinning m_binning;
    RunInfo m_info;
};

} // namespace fxs
