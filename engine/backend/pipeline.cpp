#include "engine/backend/pipeline.h"

#include <filesystem>

namespace fxs {

JobResult runPipeline(const JobSpec& spec, const JobHooks& hooks) {
    hooks.task.checkpoint();
    throw Error(ErrorCode::unsupported, spec.name + ": this build has no stages");
}

std::vector<Problem> checkJob(const JobSpec& spec) {
    std::vector<Problem> problems;
    if (spec.inputs.empty())
        problems.push_back({"", "no input is given, expected the files of a run"});
    return problems;
}

std::string outputPath(const JobSpec& spec, Stage stage) {
    if (spec.outputFolder.empty())
        return {};
    static constexpr const char* kNames[] = {"CORRELATION.h5", "COEFFICIENTS.h5", "DENSITY.h5"};
    return (std::filesystem::path(spec.outputFolder) / kNames[static_cast<int>(stage)]).string();
}

} // namespace fxs
