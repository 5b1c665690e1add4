#pragma once

#include "app/fxs/command_context.h"
#include "engine/model/run_source.h"

#include <string>

namespace fxs::app {

/// What is known of a run, as a document and for people.
Json describeRun(const RunInfo& info);
std::string runText(const RunInfo& info);

} // namespace fxs::app
