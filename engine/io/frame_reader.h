#pragma once

#include "engine/detector/mask.h"
#include "engine/io/frame_columns.h"
#include "engine/io/frame_holes.h"
#include "engine/io/hdf5.h"
#include "engine/io/input_settings.h"
#include "engine/io/value_check.h"
#include "engine/model/batch.h"
#include "engine/model/run_source.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// What a layout found out about its file of detector frames.
struct FrameFile {
    h5::File file;
    /// [frame][ss][fs], [frame][panel][ss][fs], [frame][panel][plane][ss][fs] (plane 0 the signal, 1 the gain), or one
    /// frame [ss][fs]
    h5::Dataset frames;
    RunInfo info{};                          ///< with what the file says of beam and detector; the rest is filled in
    std::optional<h5::Dataset> frameMasks{}; ///< a mask for each frame, shaped as frames
    MaskMeaning frameMaskMeaning = MaskMeaning::cxi;
    std::optional<h5::Dataset> gainStages{}; ///< the stage of each pixel in each frame, shaped as frames
    std::vector<double> pulseEnergy{};       ///< one a frame, or empty
    std::vector<h5::Dataset> further{};      ///< the frames go on in these, shaped as frames but for their number
    FrameColumns columns{};                  ///< of all the frames
    std::optional<double> saturation{};      ///< where the file says it
};

/// Reads detector frames from one dataset, or several in a row: the common part of every layout that keeps them so.
/// Where a virtual dataset has holes, or sources that are missing, the pixels there are masked, and counted.
/// Memory:  what is asked for.
/// Throws:  Error(badInput) from the constructor: wrong rank, no frame, no pixel, not numbers; Error(notFound): a
///          virtual dataset all of whose sources are missing; Error(unsupported) for a missing filter plugin.
class FrameReader : public RunSource {
public:
    FrameReader(FrameFile contents, const InputSettings& settings);

    const RunInfo& info() const override { return m_contents.info; }
    std::vector<Problem> problemsFound() const override;
    bool allowRaw16() override;
    void wantColumns(const std::vector<std::string>& names) override;
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override;
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override;

private:
    std::size_t partCount() const { return 1 + m_contents.further.size(); }
    const h5::Dataset& part(std::size_t i) const { return i == 0 ? m_contents.frames : m_contents.further[i - 1]; }
    /// Reads one plane of frames of any dataset that is shaped as the frames of a part are.
    template <class T>
    void readPlane(const h5::Dataset& from, std::uint64_t first, std::uint64_t count, std::size_t plane, T* out) const;
    /// Calls read(part, first frame in it, frames, place of the first value) for the parts that frames come from.
    void forParts(std::uint64_t first, std::uint64_t count,
                  const std::function<void(std::size_t, std::uint64_t, std::uint64_t, std::size_t)>& read);
    void readValues(std::uint64_t first, std::uint64_t count, std::size_t plane, float* out);
    void readRaw16(std::uint64_t first, std::uint64_t count, std::size_t plane, std::uint16_t* out);
    void describe();
    void readMasks(std::uint64_t first, std::size_t count, FrameBatch& batch) const;
    void readGain(std::uint64_t first, std::size_t count, FrameBatch& batch);
    void maskGaps();

    FrameFile m_contents;
    std::vector<std::uint64_t> m_starts; ///< first frame of each part
    std::vector<FrameHoles> m_holes;     ///< of each part
    std::size_t m_pixels = 0, m_planes = 1;
    bool m_raw16 = false; ///< frames are handed on as they are stored
    ValueCheck m_check;
    std::vector<std::uint16_t> m_scratch;
};

/// Whether a dataset can hold detector frames: numbers, 3 to 5 axes.
bool canHoldFrames(const h5::Dataset& dataset);

/// Throws what FrameReader's constructor would of the dataset itself: layouts ask before they compare others with it.
void requireFrames(const h5::Dataset& dataset);

/// Combines a frame-by-frame mask into the batch's: valid where both are.
void combineMask(FrameBatch& batch, std::vector<std::uint8_t> valid);

} // namespace fxs
