#include "plugins/slurm/worker/options.h"

#include "engine/backend/job_folder.h"
#include "engine/core/parallel.h"
#include "engine/core/provenance.h"
#include "engine/io/atomic_output.h"

#include <fmt/format.h>
#include <mpi.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <filesystem>
#include <string_view>

namespace fxs::worker {

namespace {

int threadsFrom(std::string_view text) {
    int threads = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), threads);
    if (problem != std::errc() || end != text.data() + text.size() || threads < 1 || threads > 4096)
        throw WrongUsage(fmt::format("--threads {}: expected a number from 1 to 4096", text));
    return threads;
}

/// Whether a file can be made there. The folder need not be there yet, one above it must.
void requireWritable(const std::string& folder) {
    const std::string path = folder + "/worker-check";
    writeTextFile(path, "this file may be removed\n", {.force = true});
    std::filesystem::remove(path);
}

std::string checked(const std::string& folder) {
    char library[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(library, &length); // allowed before MPI_Init
    const std::string mpi(library);            // some count their closing zero
    nlohmann::ordered_json answer = {{"program", "fxs-worker"},
                                     {"version", versionString()},
                                     {"job-format", job_folder::kFormat},
                                     {"mpi", mpi.substr(0, mpi.find('\n'))},
                                     {"threads", fxs::ThreadLimit().threads()},
                                     {"blas", blasDescription()},
                                     {"host", startProvenance("").host}};
    if (const std::string warning = blasWarning(); !warning.empty())
        answer["warning"] = warning;
    if (!folder.empty()) {
        requireWritable(folder);
        answer["writable"] = true;
    }
    return answer.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

Options readOptions(int argc, const char* const* argv) {
    Options options;
    bool isCheck = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--version")
            options.answer = fmt::format("fxs-worker {} job-format {}", versionString(), job_folder::kFormat);
        else if (word == "--check")
            isCheck = true;
        else if (word == "--threads" && i + 1 < argc)
            options.threads = threadsFrom(argv[++i]);
        else if (word.starts_with("--threads="))
            options.threads = threadsFrom(word.substr(10));
        else if (word.starts_with("--"))
            throw WrongUsage(fmt::format("{} is not known, or lacks its value", word));
        else if (!options.folder.empty())
            throw WrongUsage(fmt::format("{} and {}: expected one folder", options.folder, word));
        else
            options.folder = word;
    }
    if (isCheck)
        options.answer = checked(options.folder);
    if (options.answer.empty() && options.folder.empty())
        throw WrongUsage("no folder of a job is given");
    return options;
}

} // namespace fxs::worker
