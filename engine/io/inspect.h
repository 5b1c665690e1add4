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
    std::uint64_t bytes = 0; ///< 0 for a folder
    ResultKind kind = ResultKind::unknown;
    std::shared_ptr<RunSource> run;     ///< opened, where the file is a run that can be read; info() says the rest
    std::optional<Error> problem;       ///< why it cannot be read as what it seems to be
    Provenance provenance;              ///< empty where the file has none
    std::vector<ContentEntry> contents; ///< of an HDF5 file: groups and datasets, depth first, at most kMostEntries
    bool contentsCut = false;
    static constexpr std::size_t kMostEntries = 2000;
};

/// One thing that is known of a run, for people.
struct RunLine {
    std::string name; ///< "frames", "wavelength", ...
    std::string text;
    enum class Kind { known, note, problem } kind = Kind::known; ///< note: missing or guessed, with what was done
};
/// A run as lines: files, layout and why, frames, shape, beam, detector, mask, columns, further metadata; then what is
/// missing, guessed or odd. What `fxs inspect` prints and the window shows.
std::vector<RunLine> describe(const RunInfo& info);

/// Looks at a file or a folder. What is wrong inside the file is in the summary, so that the rest of it can still be shown.
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
