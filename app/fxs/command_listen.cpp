#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/stage_report.h"
#include "app/fxs/usage_error.h"
#include "engine/backend/job_settings.h"

#include <fmt/format.h>

#include <optional>

namespace fxs::app {

namespace {

/// fxs listen ADDRESS -o CORRELATION.h5: a live stream to C2.
class ListenCommand : public Command {
public:
    const char* name() const override { return "listen"; }
    const char* brief() const override { return "Images of a live stream to their two-point angular correlation C2"; }

    void describe(CLI::App& app) override {
        app.add_option("ADDRESS", m_address, "the sender's address: tcp://host:port")->required();
        m_output.describe(app, "the correlation", "CORRELATION.h5");
        m_settings.emplace(app);
        m_settings->add(StreamSettings::description());
        for (const SettingsSection& section : jobSections(Stage::correlate, Stage::correlate))
            m_settings->add(section);
    }

    void run(CommandContext& context) override {
        if (!isStreamAddress(m_address))
            throw UsageError(fmt::format("ADDRESS is \"{}\", expected tcp://host:port", m_address));
        JobSpec spec;
        spec.name = "listen";
        spec.inputs = {m_address};
        spec.outputFile = m_output.path;
        spec.first = spec.last = Stage::correlate;
        spec.settings = m_settings->given(context.options().settingsFile);
        spec.overwrite = m_output.force;
        reportJob(context, context.runJob(spec));
    }

private:
    std::string m_address;
    OutputOptions m_output;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeListenCommand() {
    return std::make_unique<ListenCommand>();
}

} // namespace fxs::app
