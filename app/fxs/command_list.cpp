#include "app/fxs/command_list.h"

#include "engine/io/input_settings.h"

// To add a command: write command_NAME.cpp with makeNAMECommand(), and one line in each of the two lists.

namespace fxs::app {

std::unique_ptr<Command> makeInspectCommand();

std::vector<std::unique_ptr<Command>> allCommands() {
    std::vector<std::unique_ptr<Command>> commands;
    for (const auto make : {
             makeInspectCommand,
         })
        commands.push_back(make());
    return commands;
}

std::vector<SettingsSection> allSections() {
    return {sectionOf(InputSettings::description()), sectionOf(PolarSettings::description())};
}

} // namespace fxs::app
