#pragma once

#include "engine/core/settings.h"
#include "engine/core/task.h"
#include "engine/model/batch.h"
#include "engine/model/experiment.h"
#include "engine/model/polar_grid.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fxs {

struct DetectorGeometry; // engine/detector/geometry.h

/// A quantity that a run has for every frame.
struct ColumnInfo {
    std::string name; ///< short and unique in the run: "pulseEnergy", "trainId", "laser"
    std::string unit; ///< empty: a number without one, or a text
    std::string path; ///< where it is in the file, for people
    bool text = false;
};

/// What is known of a run before a frame is read.
struct RunInfo {
    std::string layout; ///< "polar images", "CXI", "frames": the recognised layout's name
    std::string reason; ///< why it was recognised as that, for people
    std::vector<std::string> files;
    std::optional<std::uint64_t> frameCount; ///< nullopt: a stream, or a file still growing
    bool growing = false;  ///< a file of it was still being written when it was opened; frameCount is what it had then
    std::string valueType; ///< "float32", "uint16": as stored
    Experiment experiment;

    std::optional<PolarGrid> polarGrid;         ///< for sources of polar images
    std::size_t panels = 0, slow = 0, fast = 0; ///< for sources of detector frames: [panel][ss][fs]
    std::optional<double> distanceMetre, pixelSizeMetre;
    std::optional<std::array<double, 2>>
        centrePixel;                  ///< {fast, slow} of the beam; 0,0 is the outer corner of the first pixel
    Array<std::uint8_t, 2> polarMask; ///< fixed mask [q][phi], 1 = valid; empty: all valid
    Array<std::uint8_t, 3> frameMask; ///< fixed mask [panel][ss][fs], 1 = valid; empty: all valid
    std::shared_ptr<const DetectorGeometry> geometry; ///< where the files themselves say it; null: they do not
    std::vector<ColumnInfo> columns;                  ///< what is known of each frame, to select and group by

    /// [q][m]: how much counting noise the polar images hold in C_m(q,q), relative to independent bins of one pixel each; empty: 1.
    Array<double, 2> noiseRatio;
    BinAverage binAverage; ///< of polar images that were averaged over pixels

    std::vector<std::pair<std::string, std::string>> metadata; ///< name and value, for people
    std::vector<Problem> problems;                             ///< what is missing, guessed or odd, with what was done

    RunInfo clone() const;
};

/// A run: files, a stream or a simulation, read from front to back once, or at random for looking.
/// Threads: one call at a time. HDF5 has one global lock: one reader thread, reading ahead.
/// Throws:  Error(badInput, io, ...) with the file, dataset and frame named; Stopped.
class RunSource {
public:
    virtual ~RunSource() = default;

    virtual const RunInfo& info() const = 0;
    bool isPolar() const { return info().polarGrid.has_value(); }

    /// What reading has met so far, with counts (values that are not finite, negative or saturated); grows while frames
    /// are read. Threads: any.
    virtual std::vector<Problem> problemsFound() const { return {}; }

    /// The columns (RunInfo::columns) that batches are to carry from now on. Throws: Error(badSettings) naming one that the
    /// run does not have, and those that it has.
    virtual void wantColumns(const std::vector<std::string>& names);

    /// From now on readFrames() may give FrameBatch::raw16 in place of data, where the frames are stored so; values are
    /// then not checked. True: it will. Only who corrects frames itself (engine/preprocess) asks for it.
    virtual bool allowRaw16() { return false; }

    /// A live run: fewer frames than were asked for, or none, only means that no more are there yet. Once this is false, or
    /// for a run of files, it means the end. A source that stands before another passes this on.
    virtual bool mayGrow() const { return false; }

    /// Frames [first, first + count) of a file run as polar images (isPolar()) or as raw frames. A run that ends
    /// earlier gives fewer.
    virtual PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) = 0;
    virtual FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) = 0;
};

} // namespace fxs
