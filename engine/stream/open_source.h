#pragma once

#include "engine/core/task.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"
#include "engine/stream/stream_settings.h"

#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// Opens a run by its names: files (engine/io/run_reader.h), files and folders to follow (stream.follow), or the address of one live stream.
/// Throws: what openRun() and LiveRun throw; Error(badSettings) for an address among other names.
std::unique_ptr<RunSource> openSource(const std::vector<std::string>& inputs, const InputSettings& input,
                                      const StreamSettings& stream, const TaskContext& task);

} // namespace fxs
