#pragma once

#include "engine/backend/job_hooks.h"

#include <string>
#include <vector>

namespace fxs {

/// Runs a job's stages in order: run -> C2 -> B_l -> density. The only place that knows the order.
/// Correlation reads in order, resamples in parallel and accumulates in order; the number of live batches is bounded.
/// While images arrive, each published correlation is filtered too, so that the coefficients are live. Writes each
/// stage's file as soon as the stage has ended, whole or not at all. Stopped or broken off by bad input, a
/// correlation's whole batches are written to its file first, and spec.resume continues there: the same bits as without
/// the interruption. Owns:    nothing after it returns. Threads: any one thread; uses all cores of oneTBB, and one
/// named thread for the live filter. Throws:  Error with the stage and file named, Stopped.
JobResult runPipeline(const JobSpec& spec, const JobHooks& hooks);

/// Every problem of a specification that can be found without computing: settings, inputs that are not there, outputs
/// that are. Does not throw. Cost: examines file names, opens none.
std::vector<Problem> checkJob(const JobSpec& spec);

/// Where a stage's result is written: "CORRELATION.h5" and so on in the output folder, or the name the job gave for its
/// last stage; empty if it is kept in memory only.
std::string outputPath(const JobSpec& spec, Stage stage);

} // namespace fxs
