#include "engine/backend/pipeline.h"

#include "engine/backend/job_settings.h"
#include "engine/backend/pipeline_run.h"
#include "engine/stream/stream_settings.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace fxs {

namespace {

bool fileExists(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

void checkInputs(const JobSpec& spec, std::vector<Problem>& problems) {
    if (spec.inputs.empty())
        problems.push_back({"", spec.first == Stage::correlate ? "no input is given, expected the files of a run"
                                                               : "no input is given, expected a file of ours"});
    else if (spec.first != Stage::correlate && spec.inputs.size() > 1)
        problems.push_back(
            {"", fmt::format("{} inputs are given, expected one; fxs merge adds correlations up", spec.inputs.size())});
    for (const std::string& input : spec.inputs)
        if (!isStreamAddress(input) && !fileExists(input))
            problems.push_back({"", fmt::format("{}: there is no such file", input)});
}

void checkOutputs(const JobSpec& spec, std::vector<Problem>& problems) {
    std::error_code error;
    if (!spec.outputFolder.empty() && fileExists(spec.outputFolder) &&
        !std::filesystem::is_directory(spec.outputFolder, error))
        problems.push_back({"", fmt::format("{} is a file, expected a folder for the results", spec.outputFolder)});
    if (!spec.outputFile.empty()) {
        // Found at the end, after all the work, it would be found too late.
        const std::filesystem::path parent = std::filesystem::absolute(spec.outputFile, error).parent_path();
        if (!std::filesystem::is_directory(parent, error))
            problems.push_back({"", fmt::format("{}: there is no folder {}", spec.outputFile, parent.string())});
        else if (access(parent.c_str(), W_OK) != 0)
            problems.push_back(
                {"", fmt::format("{}: the folder {} may not be written to", spec.outputFile, parent.string())});
    }
    for (int stage = static_cast<int>(spec.first); stage <= static_cast<int>(spec.last); ++stage) {
        const std::string path = outputPath(spec, static_cast<Stage>(stage));
        if (path.empty() || !fileExists(path))
            continue;
        for (const std::string& input : spec.inputs)
            if (std::filesystem::equivalent(path, input, error))
                problems.push_back({"", fmt::format("{} is the input, and would be overwritten", path)});
        if (!spec.overwrite && !spec.resume)
            problems.push_back({"", fmt::format("{} is already there; --force overwrites it", path)});
    }
}

} // namespace

std::string outputPath(const JobSpec& spec, Stage stage) {
    if (stage == spec.last && !spec.outputFile.empty())
        return spec.outputFile;
    if (spec.outputFolder.empty())
        return {};
    static constexpr const char* kNames[] = {"CORRELATION.h5", "COEFFICIENTS.h5", "DENSITY.h5"};
    return (std::filesystem::path(spec.outputFolder) / kNames[static_cast<int>(stage)]).string();
}

std::vector<Problem> checkJob(const JobSpec& spec) {
    std::vector<Problem> problems;
    if (spec.last < spec.first)
        problems.push_back({"", fmt::format("the last stage, {}, comes before the first, {}", stageName(spec.last),
                                            stageName(spec.first))});
    readJobSettings(spec, problems);
    checkInputs(spec, problems);
    checkOutputs(spec, problems);
    return problems;
}

JobResult runPipeline(const JobSpec& spec, const JobHooks& hooks) {
    throwIfFatal(checkJob(spec));
    std::vector<Problem> problems;
    PipelineRun run(spec, readJobSettings(spec, problems), hooks);
    return run.run();
}

} // namespace fxs
