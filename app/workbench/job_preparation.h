#pragma once

#include "engine/backend/backend.h"

#include <vector>

namespace fxs::app {

/// A job that may be submitted, unless one of the problems is fatal.
struct PreparedJob {
    JobSpec spec;
    std::vector<Problem> problems;

    bool hasFatal() const;
};

/// Chooses where a job writes, so that no earlier result is written over (the next free number is taken; a resumed job keeps its
/// place). Throws nothing: what fails is a fatal problem.
/// Threads: any but the GUI thread; it touches the disk.
PreparedJob prepareJob(JobSpec spec);

} // namespace fxs::app
