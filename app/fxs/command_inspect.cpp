#include "app/fxs/command.h"
#include "app/fxs/run_description.h"
#include "engine/io/run_reader.h"

#include <optional>

namespace fxs::app {

namespace {

/// fxs inspect RUN...: what the files are.
class InspectCommand : public Command {
public:
    const char* name() const override { return "inspect"; }
    const char* brief() const override {
        return "Say what files are: layout, frames, geometry, wavelength, mask, problems";
    }

    void describe(CLI::App& app) override {
        app.add_option("RUN", m_files, "the files of a run")->required();
        m_settings.emplace(app).add(InputSettings::description());
    }

    void run(CommandContext& context) override {
        const auto input = SettingOptions::settings<InputSettings>(m_settings->given(context.options().settingsFile));
        const auto source = openRun(m_files, input, context.task());
        context.report()["run"] = describeRun(source->info());
        context.say(runText(source->info()));
    }

private:
    std::vector<std::string> m_files;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeInspectCommand() {
    return std::make_unique<InspectCommand>();
}

} // namespace fxs::app
