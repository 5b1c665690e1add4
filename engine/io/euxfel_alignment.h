#pragma once

#include "engine/core/settings.h"
#include "engine/core/task.h"
#include "engine/io/euxfel_detector.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fxs {

/// Frames of a European XFEL run: every (train, pulse) that at least one module has, in their order, and where each
/// module has it. Modules lack trains, trains lack frames, and some were recorded by fewer modules than others; all of
/// that is counted.
/// Memory:  8 bytes a frame and module, 24 a frame.
struct XfelAlignment {
    static constexpr std::uint64_t kMissing = ~std::uint64_t{0};

    std::vector<std::uint64_t> train, pulse; ///< of each frame
    std::vector<double> cell;                ///< memory cell of each frame; NaN: not known
    std::vector<std::uint32_t> ordinal;      ///< place of a frame among those of its train
    /// [frame][module]: part << 40 | row in the part's datasets; kMissing.
    std::vector<std::uint64_t> place;
    std::size_t modules = 0;
    std::size_t trains = 0; ///< that have frames
    std::vector<Problem> problems;

    std::size_t frames() const { return train.size(); }
    static std::size_t partOf(std::uint64_t place) { return static_cast<std::size_t>(place >> 40); }
    static std::uint64_t rowOf(std::uint64_t place) { return place & ((std::uint64_t{1} << 40) - 1); }
};

/// open(i): file i of the run, open. Rows of JUNGFRAU count memory cells: entry * cells + cell.
/// Throws: Error(badInput) for indices that do not fit; Stopped.
XfelAlignment alignXfel(const XfelDetector& detector, const std::vector<XfelFile>& files,
                        const std::function<const h5::File&(std::size_t)>& open, const TaskContext& task);

} // namespace fxs
