#pragma once

#include "app/fxs/progress_printer.h"
#include "engine/backend/backend.h"
#include "engine/core/task.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <stop_token>
#include <string>

namespace fxs::app {

using Json = nlohmann::ordered_json;

/// Options that every command has.
struct CommonOptions {
    std::string settingsFile;
    std::string commandLine; ///< as typed, for the provenance
    bool json = false;
    bool verbose = false;
    int threads = 0;
};

/// What a running command works with: how it is stopped, where progress goes, and its answer, as text and as JSON.
/// Threads: task's members from any thread, the rest from the command's.
class CommandContext {
public:
    CommandContext(CommonOptions options, std::stop_token stop, ProgressPrinter& printer);

    const CommonOptions& options() const { return m_options; }
    const TaskContext& task() const { return m_task; }

    /// The command's answer as a document; printed at the end if --json was given.
    Json& report() { return m_report; }
    /// A line of the command's answer for people; nothing if --json was given.
    void say(const std::string& line) const;

    /// Checks and runs a job on this computer, as the window does. Prints its warnings and progress; Ctrl-C stops it.
    /// Throws: UsageError for settings that are wrong, Error, Stopped.
    JobResult runJob(const JobSpec& spec);

private:
    CommonOptions m_options;
    ProgressPrinter& m_printer;
    TaskContext m_task;
    Json m_report = Json::object();
};

} // namespace fxs::app
