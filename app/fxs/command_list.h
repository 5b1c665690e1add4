#pragma once

#include "app/fxs/command.h"
#include "engine/backend/settings_section.h"

#include <memory>
#include <vector>

namespace fxs::app {

/// Every command of the program, in the order of its help.
std::vector<std::unique_ptr<Command>> allCommands();

/// Every settings section that a settings file may have.
std::vector<SettingsSection> allSections();

} // namespace fxs::app
