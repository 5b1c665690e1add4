#include "app/fxs/command_list.h"

#include "app/fxs/compare_options.h"

#include "engine/backend/job_settings.h"
#include "engine/detector/refine_geometry.h"
#include "engine/preprocess/calibrator.h"
#include "engine/simulate/simulator.h"
#include "engine/stream/replay.h"
#include "engine/stream/stream_settings.h"

// To add a command: write command_NAME.cpp with makeNAMECommand(), and one line in each of the two lists.

namespace fxs::app {

std::unique_ptr<Command> makeSimulateCommand();
std::unique_ptr<Command> makeInspectCommand();
std::unique_ptr<Command> makeCalibrateCommand();
std::unique_ptr<Command> makeCorrelateCommand();
std::unique_ptr<Command> makeMergeCommand();
std::unique_ptr<Command> makeFilterCommand();
std::unique_ptr<Command> makeReconstructCommand();
std::unique_ptr<Command> makeRefineCommand();
std::unique_ptr<Command> makeCompareCommand();
std::unique_ptr<Command> makeAnalyseCommand();
std::unique_ptr<Command> makeListenCommand();
std::unique_ptr<Command> makeFollowCommand();
std::unique_ptr<Command> makeReplayCommand();
std::unique_ptr<Command> makeBenchmarkCommand();

std::vector<std::unique_ptr<Command>> allCommands() {
    std::vector<std::unique_ptr<Command>> commands;
    for (const auto make : {
             makeSimulateCommand,
             makeInspectCommand,
             makeCalibrateCommand,
             makeCorrelateCommand,
             makeMergeCommand,
             makeFilterCommand,
             makeReconstructCommand,
             makeRefineCommand,
             makeCompareCommand,
             makeAnalyseCommand,
             makeListenCommand,
             makeFollowCommand,
             makeReplayCommand,
             makeBenchmarkCommand,
         })
        commands.push_back(make());
    return commands;
}

std::vector<SettingsSection> allSections() {
    std::vector<SettingsSection> sections = jobSections();
    sections.push_back(sectionOf(StreamSettings::description()));
    sections.push_back(sectionOf(ReplaySettings::description()));
    sections.push_back(sectionOf(SimulationSettings::description()));
    sections.push_back(sectionOf(CalibrateSettings::description()));
    sections.push_back(sectionOf(CompareOptions::description()));
    sections.push_back(sectionOf(RefineSettings::description()));
    return sections;
}

} // namespace fxs::app
