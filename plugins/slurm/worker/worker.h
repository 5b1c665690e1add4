#pragma once

#include "plugins/slurm/worker/options.h"

namespace fxs::worker {

/// Does the job of a folder, as one rank of however many were started. Returns the exit status; ends all ranks through
/// MPI where one of them has failed. Throws: Error for what is wrong before the job has begun.
int runWorker(const Options& options, int& argc, char**& argv);

} // namespace fxs::worker
