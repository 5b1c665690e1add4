#include "engine/backend/phasing_states.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace fxs {

namespace fs = std::filesystem;

PhasingStates::PhasingStates(const std::string& densityPath, int rank)
    : m_first(densityPath.empty() ? densityPath : densityPath + ".state"),
      m_path(rank == 0 || m_first.empty() ? m_first : fmt::format("{}.{}", m_first, rank)) {}

std::vector<std::string> PhasingStates::all() const {
    std::vector<std::string> files;
    if (m_first.empty())
        return files;
    const fs::path first(m_first);
    const std::string name = first.filename().string();
    std::error_code error;
    for (fs::directory_iterator it(fs::absolute(first, error).parent_path(), error), end; !error && it != end;
         it.increment(error)) {
        const std::string other = it->path().filename().string();
        const bool isNumbered = other.starts_with(name + ".") && other.size() > name.size() + 1 &&
                                other.find_first_not_of("0123456789", name.size() + 1) == std::string::npos;
        if (other == name || isNumbered)
            files.push_back((first.parent_path() / other).string());
    }
    std::ranges::sort(files);
    return files;
}

ReconstructionState PhasingStates::read() const {
    ReconstructionState joined;
    const std::vector<std::string> files = all();
    for (const std::string& file : files) {
        ReconstructionState state = withContext("going on from " + file, [&] { return readReconstructionState(file); });
        if (joined.empty())
            joined.fingerprint = state.fingerprint;
        if (state.fingerprint == joined.fingerprint)
            joined.restarts.merge(state.restarts);
    }
    if (files.size() > 1) {
        writeReconstructionState(m_path, joined);
        std::error_code ignored;
        for (const std::string& file : files)
            if (file != m_path)
                fs::remove(file, ignored);
    }
    return joined;
}

void PhasingStates::keep(const ReconstructionState& state, const TaskContext& task) const noexcept {
    try {
        writeReconstructionState(m_path, state);
    } catch (const std::exception& error) {
        task.log(LogLevel::warning, std::string("the restarts begun could not be kept: ") + error.what());
    }
}

void PhasingStates::remove() const noexcept {
    std::error_code ignored; // a state that stays behind is of no harm: it knows what it belongs to
    try {
        for (const std::string& file : all())
            fs::remove(file, ignored);
    } catch (const std::exception&) { // out of memory for a list of names: they stay
    }
}

} // namespace fxs
