#pragma once

#include "engine/core/task.h"

#include <cstddef>
#include <string>

namespace fxs::app {

/// Seconds and rates of the stages other than the correlation's kernel, on this machine.
struct StageRates {
    double fileImagesPerSecond = 0; ///< a run of 300 x 256 images correlated from a file, all of `fxs correlate`
    double fileMegabytesPerSecond = 0;
    std::size_t fileImages = 0;
    double binningFramesPerSecond = 0; ///< detector frames of 1024 x 1024 pixels to 100 x 256 bins
    double filterSeconds = 0;          ///< 100 rings x 256 azimuths, diameter 190 Å, q to 0.15 1/Å
    double basicRestartSeconds = 0;    ///< one restart of the basic recipe on one core, the same data
    double polishedRestartSeconds = 0; ///< of the polished recipe, which is the default
};

/// folder: where the file of the first figure is written, and removed again; about 160 MB.
/// Throws: Error, Stopped. Cost: some seconds.
StageRates measureStages(const std::string& folder, const TaskContext& task);

} // namespace fxs::app
