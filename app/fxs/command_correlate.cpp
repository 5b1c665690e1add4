#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/stage_report.h"
#include "engine/backend/job_settings.h"

#include <optional>

namespace fxs::app {

namespace {

/// fxs correlate RUN... -o CORRELATION.h5: images to C2.
class CorrelateCommand : public Command {
public:
    const char* name() const override { return "correlate"; }
    const char* brief() const override { return "Images to their two-point angular correlation C2"; }

    void describe(CLI::App& app) override {
        app.add_option("RUN", m_files, "the files of a run")->required();
        m_output.describe(app, "the correlation", "CORRELATION.h5");
        app.add_flag("--resume", m_resume, "go on where an interrupted run left the output");
        m_settings.emplace(app);
        for (const SettingsSection& section : jobSections(Stage::correlate, Stage::correlate))
            m_settings->add(section);
    }

    void run(CommandContext& context) override {
        JobSpec spec;
        spec.name = "correlate";
        spec.inputs = m_files;
        spec.outputFile = m_output.path;
        spec.first = spec.last = Stage::correlate;
        spec.settings = m_settings->given(context.options().settingsFile);
        spec.overwrite = m_output.force;
        spec.resume = m_resume;
        reportJob(context, context.runJob(spec));
    }

private:
    std::vector<std::string> m_files;
    OutputOptions m_output;
    bool m_resume = false;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeCorrelateCommand() {
    return std::make_unique<CorrelateCommand>();
}

} // namespace fxs::app
