#include "app/fxs/command_list.h"

#include "app/fxs/compare_options.h"

#include "engine/io/input_settings.h"
#include "engine/simulate/simulator.h"

// To add a command: write command_NAME.cpp with makeNAMECommand(), and one line in each of the two lists.

namespace fxs::app {

std::unique_ptr<Command> makeSimulateCommand();
std::unique_ptr<Command> makeInspectCommand();
std::unique_ptr<Command> makeCompareCommand();

std::vector<std::unique_ptr<Command>> allCommands() {
    std::vector<std::unique_ptr<Command>> commands;
    for (const auto make : {
             makeSimulateCommand,
             makeInspectCommand,
             makeCompareCommand,
         })
        commands.push_back(make());
    return commands;
}

std::vector<SettingsSection> allSections() {
    return {sectionOf(SimulationSettings::description()), sectionOf(InputSettings::description()),
            sectionOf(PolarSettings::description()), sectionOf(CompareOptions::description())};
}

} // namespace fxs::app
