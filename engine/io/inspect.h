#pragma once

#include "engine/core/provenance.h"
#include "engine/core/task.h"
#include "engine/io/input_settings.h"
#include "engine/io/result_kind.h"
#include "engine/model/run_source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// One thing in an HDF5 file.
struct ContentEntry {
    std::string path;
    std::string type;                 ///< "group", "float32", "text", ..., "link that leads nowhere"
    std::vector<std::uint64_t> shape; ///< of a dataset; empty for a scalar
    std::string detail;               ///< compression, units, NX_class, a short value: for people
};

/// What a file is, as data: for `fxs inspect` and the window's file panel.
struct FileSummary {
    std::string path;
    std::uint64_t bytes = 0;
    ResultKind kind = ResultKind::unknown;
    std::shared_ptr<RunSource> run;     ///< opened, where the file is a run that can be read; info() says the rest
    std::optional<Error> problem;       ///< why it cannot be read as what it seems to be
    Provenance provenance;              ///< empty where the file has none
    std::vector<ContentEntry> contents; ///< of an HDF5 file: groups and datasets, depth first, at most kMostEntries
    bool contentsCut = false;
    static constexpr std::size_t kMostEntries = 2000;
};

/// Looks at a file. What is wrong inside the file is in the summary, so that the rest of it can still be shown.
/// Throws: Error(notFound, noPermission) for a file that cannot be looked at at all; Stopped.
/// Cost:   headers and one frame.
FileSummary inspectFile(const std::string& path, const InputSettings& settings = {}, const TaskContext& task = {});

/// What the values of a run are, from frames spread evenly over it.
struct FrameSurvey {
    std::uint64_t frames = 0;                   ///< looked at
    double smallest = 0, largest = 0, mean = 0; ///< of valid values
    std::vector<Problem> problems;              ///< not finite, negative, saturated: with counts
};
/// Reads at most mostFrames frames. Throws: as reading does; Stopped.
FrameSurvey surveyFrames(RunSource& run, std::uint64_t mostFrames, const TaskContext& task);

} // namespace fxs
