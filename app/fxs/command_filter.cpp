#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/stage_report.h"
#include "engine/backend/job_settings.h"

#include <optional>

namespace fxs::app {

namespace {

/// fxs filter CORRELATION.h5 -o COEFFICIENTS.h5: C2 to B_l by M-TIF.
class FilterCommand : public Command {
public:
    const char* name() const override { return "filter"; }
    const char* brief() const override { return "Correlation to filtered coefficients B_l (M-TIF)"; }

    void describe(CLI::App& app) override {
        app.add_option("CORRELATION", m_input, "a correlation, ours or xFrame's")->required();
        m_output.describe(app, "the coefficients", "COEFFICIENTS.h5");
        m_settings.emplace(app);
        for (const SettingsSection& section : jobSections(Stage::filter, Stage::filter))
            m_settings->add(section);
    }

    void run(CommandContext& context) override {
        JobSpec spec;
        spec.name = "filter";
        spec.inputs = {m_input};
        spec.outputFile = m_output.path;
        spec.first = spec.last = Stage::filter;
        spec.settings = m_settings->given(context.options().settingsFile);
        spec.overwrite = m_output.force;
        reportJob(context, context.runJob(spec));
    }

private:
    std::string m_input;
    OutputOptions m_output;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeFilterCommand() {
    return std::make_unique<FilterCommand>();
}

} // namespace fxs::app
