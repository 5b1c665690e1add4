#include "app/workbench/job_preparation.h"

#include <algorithm>
#include <filesystem>

namespace fxs::app {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles[] = {"CORRELATION.h5", "COEFFICIENTS.h5", "DENSITY.h5"};

/// Whether a stage of the job would find its file there already.
bool isTaken(const fs::path& folder, const JobSpec& spec) {
    std::error_code ignored;
    if (spec.first == Stage::correlate)
        return fs::exists(folder, ignored);
    for (int stage = static_cast<int>(spec.first); stage <= static_cast<int>(spec.last); ++stage)
        if (fs::exists(folder / kFiles[stage], ignored))
            return true;
    return false;
}

std::string freeFolder(const JobSpec& spec) {
    // "run-result-3" goes on to 4, not to "run-result-3-2".
    std::string base = spec.outputFolder;
    fs::path folder(base);
    const std::size_t dash = base.find_last_of('-');
    if (isTaken(folder, spec) && dash != std::string::npos && dash + 1 < base.size() &&
        base.find_first_not_of("0123456789", dash + 1) == std::string::npos)
        base.resize(dash);
    for (int i = 2; isTaken(folder, spec); ++i)
        folder = base + "-" + std::to_string(i);
    return folder.string();
}

} // namespace

bool PreparedJob::hasFatal() const {
    return std::any_of(problems.begin(), problems.end(), [](const Problem& p) { return p.fatal; });
}

PreparedJob prepareJob(JobSpec spec) {
    PreparedJob job;
    try {
        if (!spec.outputFolder.empty() && !spec.resume)
            spec.outputFolder = freeFolder(spec);
    } catch (const std::exception& error) {
        job.problems.push_back({"", std::string("choosing where results go: ") + error.what()});
    }
    job.spec = std::move(spec);
    return job;
}

} // namespace fxs::app
