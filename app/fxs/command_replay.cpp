#include "app/fxs/command.h"
#include "app/fxs/setting_options.h"
#include "engine/io/run_reader.h"
#include "engine/stream/replay.h"

#include <fmt/format.h>

#include <optional>

namespace fxs::app {

namespace {

/// fxs replay RUN... --bind ADDRESS: serves a run as a live stream.
class ReplayCommand : public Command {
public:
    const char* name() const override { return "replay"; }
    const char* brief() const override { return "Serves a run as a live stream, as a facility's bridge does"; }

    void describe(CLI::App& app) override {
        app.add_option("RUN", m_files, "the files of a run")->required();
        app.add_option("--bind", m_address, "where to listen for receivers, e.g. tcp://*:4545")->required();
        m_settings.emplace(app);
        m_settings->add(ReplaySettings::description());
        m_settings->add(InputSettings::description());
    }

    void run(CommandContext& context) override {
        const SettingSections given = m_settings->given(context.options().settingsFile);
        const auto settings = SettingOptions::settings<ReplaySettings>(given);
        const auto run = openRun(m_files, SettingOptions::settings<InputSettings>(given), context.task());
        MessageSender sender(m_address, settings.receivers());
        context.task().info(fmt::format("serving {} at {}", m_files.front(), sender.address()));
        const std::uint64_t frames = replayRun(*run, sender, settings, context.task());
        context.report()["frames"] = frames;
        context.say(fmt::format("sent {} frames", frames));
    }

private:
    std::vector<std::string> m_files;
    std::string m_address;
    std::optional<SettingOptions> m_settings;
};

} // namespace

std::unique_ptr<Command> makeReplayCommand() {
    return std::make_unique<ReplayCommand>();
}

} // namespace fxs::app
