#pragma once

#include "app/fxs/command_context.h"
#include "engine/io/inspect.h"

#include <string>

namespace fxs::app {

/// What is known of a run (engine/io/inspect.h), as a document and for people.
Json describeRun(const RunInfo& info);
std::string runText(const RunInfo& info);

/// What an HDF5 file holds.
Json describeContents(const FileSummary& file);
std::string contentsText(const FileSummary& file, std::size_t mostLines);

/// What the values of a run are.
Json describeSurvey(const FrameSurvey& survey);
std::string surveyText(const FrameSurvey& survey);

} // namespace fxs::app
