#pragma once

#include "engine/core/settings.h"

#include <map>
#include <string>
#include <string_view>

namespace fxs {

/// Settings of all sections: what a settings file, a job and a session hold.
using SettingSections = std::map<std::string, SettingValues>;

/// Reads settings from TOML: one table a section, one key a setting, values as they are (text, whole number, number,
/// boolean).
///
///     [polar]
///     q-max = 0.15
/// Keys and sections are not judged here: whoever describes a section does that (SettingsDescription::apply).
/// Throws: Error(badInput) naming source, line and column for what is not TOML, and for values that no setting can have
/// (dates,
///         lists, tables inside tables, keys outside every table).
SettingSections parseSettings(std::string_view toml, const std::string& source);
/// The same from a file. Throws also: Error(notFound, noPermission, io).
SettingSections readSettingsFile(const std::string& path);
/// The reverse: sections and keys by name, settings that are not given left out. Numbers are written so that they read
/// back the same to the last bit.
std::string settingsToToml(const SettingSections& sections);

} // namespace fxs
