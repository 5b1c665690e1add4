#pragma once

#include "engine/core/task.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fxs {

/// Opens a run: recognises each file's layout by its content (engine/io/layout.h) and joins several files into one
/// run, in the order given. Nothing but headers and the first frame is read.
/// Memory:  bounded by what is asked of readPolar() and readFrames().
/// Throws:  Error naming the file, what was found and what was expected: no file given; not there; no permission; not
///          HDF5; truncated; no known layout (with all that was looked for); no frame; files of different layout,
///          grid, frame shape or wavelength; settings that do not fit.
std::unique_ptr<RunSource> openRun(const std::vector<std::string>& files, const InputSettings& settings = {},
                                   const TaskContext& task = {});

/// A run of one HDF5 file that is in memory, as a message of a live stream brings it; the settings are used to find the
/// frames, not applied (applyInputSettings). name: for errors.
std::unique_ptr<RunSource> openRunImage(std::span<const std::byte> image, const std::string& name,
                                        const InputSettings& settings);

/// What the user says of beam, detector and mask wins over what the run says; problems say where the two differ, and
/// those that are settled by it are taken away.
void applyInputSettings(const InputSettings& settings, RunInfo& info);

} // namespace fxs
