#pragma once

#include "engine/core/task.h"

#include <cstddef>
#include <string>

namespace fxs::app {

/// How fast frames of a 1-megapixel 16-bit detector become a correlation: dark, gain, mask, polar images of 300 x 256, C2
/// (all harmonics, even parity).
struct DetectorRates {
    double memoryFramesPerSecond = 0;    ///< frames in memory
    double convertFramesPerSecond = 0;   ///< the same without the correlation
    double fileFramesPerSecond = 0;      ///< from an uncompressed file, all of `fxs correlate`
    double plainReadFramesPerSecond = 0; ///< reading that file and nothing else
    double bandwidthGigabytes = 0;       ///< measured: reading memory on all threads, 10⁹ bytes a second
    double bandwidthShare = 0;           ///< of it, by reading each raw frame once at convertFramesPerSecond
    std::size_t fileFrames = 0;
};

/// folder: where a file of 270 MB is written, and removed again. Throws: Error, Stopped. Cost: some seconds.
DetectorRates measureDetector(const std::string& folder, const TaskContext& task);

} // namespace fxs::app
