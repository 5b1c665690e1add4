#pragma once

#include "app/workbench/session.h"
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
/// place), and writes a mask that was drawn by hand where the job can read it. Throws nothing: what fails is a fatal problem.
/// Threads: any but the GUI thread; it touches the disk.
PreparedJob prepareJob(JobSpec spec, const DrawnMask& mask);

} // namespace fxs::app
