#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/job_settings.h"

#include <string>
#include <string_view>
#include <vector>

namespace fxs {

/// A job as the line of the fxs program that does the same: "Copy as command". Only settings that differ from their
/// defaults are written; words are quoted for a POSIX shell.
std::string commandLine(const JobSpec& spec);
/// The same for sections other than the pipeline's.
std::string commandLine(const JobSpec& spec, const std::vector<SettingsSection>& sections);

/// A word as a POSIX shell reads it back: as it is where that is safe, else in single quotes.
std::string shellQuoted(std::string_view word);

/// All settings of a job as TOML, defaults included: what the provenance keeps.
std::string settingsText(const JobSpec& spec);

} // namespace fxs
