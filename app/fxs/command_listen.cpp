#include "app/fxs/command.h"
#include "app/fxs/output_options.h"
#include "app/fxs/stage_report.h"
#include "app/fxs/usage_error.h"
#include "engine/backend/job_settings.h"

#include <fmt/format.h>

#include <optional>

namespace fxs::app {

namespace {

/// A run that is not complete yet to C2, until it ends or is stopped.
class LiveCommand : public Command {
public:
    void run(CommandContext& context) override {
        JobSpec spec;
        spec.name = name();
        spec.inputs = m_inputs;
        spec.outputFile = m_output.path;
        spec.first = spec.last = Stage::correlate;
        spec.settings = m_settings->given(context.options().settingsFile);
        complete(spec);
        spec.overwrite = m_output.force;
        reportJob(context, context.runJob(spec));
    }

protected:
    void addOptions(CLI::App& app) {
        m_output.describe(app, "the correlation", "CORRELATION.h5");
        m_settings.emplace(app);
        m_settings->add(StreamSettings::description());
        for (const SettingsSection& section : jobSections(Stage::correlate, Stage::correlate))
            m_settings->add(section);
    }
    /// What the command itself says of the job. Throws: UsageError.
    virtual void complete(JobSpec& spec) const = 0;

    std::vector<std::string> m_inputs;

private:
    OutputOptions m_output;
    std::optional<SettingOptions> m_settings;
};

/// fxs listen ADDRESS -o CORRELATION.h5
class ListenCommand : public LiveCommand {
public:
    const char* name() const override { return "listen"; }
    const char* brief() const override { return "Images of a live stream to their two-point angular correlation C2"; }
    void describe(CLI::App& app) override {
        app.add_option("ADDRESS", m_inputs, "the sender's address: tcp://host:port")->required()->expected(1);
        addOptions(app);
    }

protected:
    void complete(JobSpec& spec) const override {
        if (!isStreamAddress(spec.inputs.front()))
            throw UsageError(fmt::format("ADDRESS is \"{}\", expected tcp://host:port", spec.inputs.front()));
    }
};

/// fxs follow RUN... -o CORRELATION.h5
class FollowCommand : public LiveCommand {
public:
    const char* name() const override { return "follow"; }
    const char* brief() const override { return "Images of files still being written to their correlation C2"; }
    void describe(CLI::App& app) override {
        app.add_option("RUN", m_inputs, "files being written, or folders in which files appear")->required();
        addOptions(app);
    }

protected:
    void complete(JobSpec& spec) const override {
        spec.settings[StreamSettings::description().section()]["follow"] = true;
    }
};

} // namespace

std::unique_ptr<Command> makeListenCommand() {
    return std::make_unique<ListenCommand>();
}

std::unique_ptr<Command> makeFollowCommand() {
    return std::make_unique<FollowCommand>();
}

} // namespace fxs::app
