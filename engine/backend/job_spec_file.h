#pragma once

#include "engine/backend/backend.h"

#include <string>
#include <string_view>

namespace fxs {

/// A job specification as TOML, for a job's folder: [job] with what it is, [run] with its files, and each section of
/// settings as in any settings file; [auto] names the settings that are to be derived from the data although they have a
/// default. Numbers read back the same to the last bit; texts may hold any character.
std::string jobSpecToToml(const JobSpec& spec);

/// Throws: Error(badInput) naming source, and what is wrong: no TOML, no [job], another format version, unknown stage.
///         Settings themselves are judged where they are used (checkJob).
JobSpec jobSpecFromToml(std::string_view toml, const std::string& source);

/// Written whole or not at all; replaces what is there. Throws: Error(notFound, noPermission, io).
void writeJobSpec(const std::string& path, const JobSpec& spec);
/// Throws also: Error(notFound, noPermission, io).
JobSpec readJobSpec(const std::string& path);

/// "correlate", "filter", "reconstruct": the word for a stage in files and commands.
const char* stageWord(Stage stage);
/// Throws: Error(badInput) naming the word and those that are known.
Stage stageFromWord(std::string_view word);

} // namespace fxs
