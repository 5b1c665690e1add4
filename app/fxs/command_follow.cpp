#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/stage_report.h"
#include "engine/backend/job_settings.h"

#include <optional>

namespace fxs::app {

namespace {

/// fxs follow RUN... -o CORRELATION.h5: files that are still being written to C2.
class FollowCommand : public Command {
public:
    const char* name() const override { return "follow"; }
    const char* brief() const override { return "Images of files still being written to their correlation C2"; }

    void describe(CLI::App& app) override {
        app.add_option("RUN", m_paths, "files being written, or folders in which files appear")->required();
        m_output.describe(app, "the correlation", "CORRELATION.h5");
        m_settings.emplace(app);
        m_settings->add(StreamSettings::description());
        for (const SettingsSection& section : jobSections(Stage::correlate, Stage::correlate))
            m_settings->add(section);
    }

    void run(CommandContext& context) override {
        JobSpec spec;
        spec.name = "follow";
        spec.inputs = m_paths;
        spec.outputFile = m_output.path;
        spec.first = spec.last = Stage::correlate;
        spec.settings = m_settings->given(context.options().settingsFile);
        spec.settings[StreamSettings::description().section()]["follow"] = true;
        spec.overwrite = m_output.force;
        reportJob(context, context.runJob(spec));
    }

private:
    std::vector<std::string> m_paths;
    OutputOptions m_output;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeFollowCommand() {
    return std::make_unique<FollowCommand>();
}

} // namespace fxs::app
