#pragma once

#include "engine/model/run_source.h"

#include <map>
#include <string>

namespace fxs::app {

/// What a run's own files say of the settings, by section and key, as it is typed: wavelength, distance, pixel size, centre, photons per
/// unit, q range, particles a shot. What they do not say is left out.
std::map<std::string, std::map<std::string, std::string>> foundSettings(const RunInfo& run);

} // namespace fxs::app
