#include "app/fxs/command_list.h"
#include "app/fxs/crash_message.h"
#include "app/fxs/signal_watch.h"
#include "app/fxs/usage_error.h"
#include "engine/core/parallel.h"
#include "engine/core/provenance.h"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <new>
#include <string>
#include <unistd.h>
#include <vector>

namespace fxs::app {
namespace {

enum ExitStatus { kDone = 0, kFailed = 1, kWrongUsage = 2, kStopped = 130 };

/// What a command's end means for the shell and for a reader of the JSON document.
struct Ending {
    int status = kDone;
    std::string word = "done";
    std::string message;
};

Ending runGuarded(const std::function<void()>& body) {
    try {
        body();
        return {};
    } catch (const UsageError& error) {
        return {kWrongUsage, "wrong usage", error.what()};
    } catch (const Stopped&) {
        return {kStopped, "stopped", "stopped on request"};
    } catch (const Error& error) {
        return {kFailed, "failed", error.message()};
    } catch (const std::bad_alloc&) {
        return {kFailed, "failed", "out of memory"};
    } catch (const std::exception& error) {
        return {kFailed, "failed", error.what()};
    }
}

std::string joined(int argc, char** argv) {
    std::string line = "fxs";
    for (int i = 1; i < argc; ++i)
        line += std::string(" ") + argv[i];
    return line;
}

int runCommand(Command& command, CommonOptions options) {
    const std::string program = std::string("fxs ") + command.name();
    const ThreadLimit limit(options.threads);
    std::stop_source stop;
    ProgressPrinter printer(program, isatty(STDERR_FILENO) == 1, options.verbose);
    CommandContext context(options, stop.get_token(), printer);
    Ending ending = runGuarded([&] {
        const SignalWatch watch([&stop] { stop.request_stop(); });
        if (const std::string warning = blasWarning(); !warning.empty())
            context.task().warn(warning);
        command.run(context);
    });
    printer.clear();
    if (options.json) {
        Json document = {{"command", command.name()}, {"version", versionString()}, {"status", ending.word}};
        if (!ending.message.empty())
            document["message"] = ending.message;
        document.update(context.report());
        std::fputs((document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n").c_str(), stdout);
    }
    if (!ending.message.empty())
        std::fputs((program + ": " + ending.message + "\n").c_str(), stderr);
    if (std::fflush(stdout) != 0 && ending.status == kDone) {
        std::fputs((program + ": writing standard output: " + std::strerror(errno) + "\n").c_str(), stderr);
        ending.status = kFailed;
    }
    return ending.status;
}

int reportParseError(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0)
        return app.exit(error); // help or version, on standard output
    std::string program = "fxs";
    for (const CLI::App* sub : app.get_subcommands())
        program += " " + sub->get_name();
    std::fputs((program + ": " + error.what() + "\n" + program + " --help explains the command\n").c_str(), stderr);
    return kWrongUsage;
}

int runProgram(int argc, char** argv) {
    CLI::App app(
        "FXS Workbench: from X-ray snapshots of identical molecules to their three-dimensional structure.\n"
        "Lengths are in angstrom, q = 4 pi sin(theta)/lambda in 1/angstrom, photon energies in eV, distances of the "
        "instrument in metres.",
        "fxs");
    app.set_version_flag("--version", "fxs " + versionString());
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);

    CommonOptions common;
    common.commandLine = joined(argc, argv);
    const std::vector<std::unique_ptr<Command>> commands = allCommands();
    std::vector<CLI::App*> subcommands;
    for (const auto& command : commands) {
        CLI::App* sub = app.add_subcommand(command->name(), command->brief());
        command->describe(*sub);
        sub->add_option("--settings", common.settingsFile, "a settings file (TOML); options on the line win")
            ->type_name("FILE.toml");
        sub->add_flag("--json", common.json, "print one JSON document on standard output and nothing else there");
        sub->add_option("--threads", common.threads, "use at most N cores (default: all)")
            ->type_name("N")
            ->check(CLI::Range(1, 4096));
        sub->add_flag("--verbose", common.verbose, "print what is done, not only warnings");
        subcommands.push_back(sub);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return reportParseError(app, error);
    }
    for (std::size_t i = 0; i < commands.size(); ++i)
        if (subcommands[i]->parsed())
            return runCommand(*commands[i], common);
    return kWrongUsage; // unreachable: CLI11 demands a command
}

} // namespace
} // namespace fxs::app

int main(int argc, char** argv) {
    // A file beyond the size limit is then an ordinary failed write with a message, not the end of the program.
    std::signal(SIGXFSZ, SIG_IGN);
    fxs::app::explainCrashes();
    int status = 1;
    const auto ending = fxs::app::runGuarded([&] { status = fxs::app::runProgram(argc, argv); });
    if (ending.message.empty())
        return status;
    std::fputs(("fxs: " + ending.message + "\n").c_str(), stderr);
    return ending.status;
}
