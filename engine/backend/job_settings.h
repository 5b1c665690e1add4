#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/settings_section.h"
#include "engine/core/settings.h"
#include "engine/correlate/correlate_settings.h"
#include "engine/io/input_settings.h"
#include "engine/mtif/filter_settings.h"
#include "engine/mtip/reconstruct_settings.h"
#include "engine/preprocess/preprocess_settings.h"
#include "engine/stream/stream_settings.h"

#include <string>
#include <vector>

namespace fxs {

/// The sections that the stages from first to last take, in the order of the stages.
std::vector<SettingsSection> jobSections(Stage first = Stage::correlate, Stage last = Stage::reconstruct);

/// The stages' settings structs, filled from a job's sections.
struct JobSettings {
    InputSettings input;
    PreprocessSettings preprocess;
    PolarSettings polar;
    StreamSettings stream; ///< where the run is a live stream
    CorrelateSettings correlate;
    FilterSettings filter;
    ReconstructSettings reconstruct;
};

/// Fills the structs of the stages that the job runs; appends every problem: unknown sections and keys, wrong values,
/// contradictions. A value with a problem is not applied.
JobSettings readJobSettings(const JobSpec& spec, std::vector<Problem>& problems);

} // namespace fxs
