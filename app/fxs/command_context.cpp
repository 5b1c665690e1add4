#include "app/fxs/command_context.h"

#include "app/fxs/usage_error.h"
#include "engine/backend/local_backend.h"

#include <cstdio>
#include <future>
#include <memory>
#include <utility>

namespace fxs::app {

CommandContext::CommandContext(CommonOptions options, std::stop_token stop, ProgressPrinter& printer)
    : m_options(std::move(options)), m_printer(printer) {
    m_task.stop = std::move(stop);
    m_task.onProgress = [&printer](const Progress& progress) { printer.show(progress); };
    m_task.onLog = [&printer](const LogLine& line) { printer.log(line); };
}

void CommandContext::say(const std::string& line) const {
    if (m_options.json)
        return;
    m_printer.clear();
    std::fputs((line + "\n").c_str(), stdout);
}

JobResult CommandContext::runJob(const JobSpec& spec) {
    LocalBackend backend;
    std::string wrongSettings, wrongWorld;
    for (const Problem& problem : backend.check(spec)) {
        if (!problem.fatal)
            m_task.warn(problem.message);
        else
            (problem.key.empty() ? wrongWorld : wrongSettings) += "\n  " + problem.message;
    }
    if (!wrongSettings.empty())
        throw UsageError(wrongSettings.substr(3) + wrongWorld);
    if (!wrongWorld.empty())
        throw Error(ErrorCode::badInput, wrongWorld.substr(3));

    std::promise<Outcome> ending;
    JobEvents events;
    events.progress = m_task.onProgress;
    events.log = m_task.onLog;
    events.finished = [&ending](const Outcome& outcome) { ending.set_value(outcome); };
    const std::unique_ptr<Job> job = backend.submit(spec, std::move(events));
    const std::stop_callback onStop(m_task.stop, [&job] { job->requestStop(); });
    Outcome outcome = ending.get_future().get();
    if (auto* error = std::get_if<Error>(&outcome))
        throw *error;
    if (std::holds_alternative<Stopped>(outcome))
        throw Stopped();
    return std::get<JobResult>(std::move(outcome));
}

} // namespace fxs::app
