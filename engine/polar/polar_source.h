#pragma once

#include "engine/core/task.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"

#include <memory>

namespace fxs {

/// Any run as a run of polar images: detector frames are resampled (engine/polar/resampler.h) with the geometry of
/// the settings and the run; a run that is polar already is passed on, cut to q-min ... q-max where they are given.
/// Memory:  one batch of frames beside what is asked for.
/// Threads: as RunSource; parallel inside.
/// Throws:  Error(badSettings) naming what of the geometry nobody said, or a q range that the run does not have.
std::unique_ptr<RunSource> makePolarSource(std::unique_ptr<RunSource> run, const InputSettings& input,
                                           const PolarSettings& polar, const TaskContext& task);

} // namespace fxs
