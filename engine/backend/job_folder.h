#pragma once

namespace fxs {

/// A job's folder: how whoever asks for work (the window, the command line, a plugin) and whoever does it (fxs-worker)
/// speak, over any file system. The asker writes `spec` and the request files; the worker writes all else. Every file but
/// `events` and the logs appears whole (temporary name, then rename). Relative paths in the specification are relative to
/// the folder.
namespace job_folder {

/// Of the files' contents, all together; raised by what an older program could not read. Both sides refuse another one.
inline constexpr int kFormat = 1;

inline constexpr const char* kSpec = "job.toml";          ///< the job (job_spec_file.h)
inline constexpr const char* kScript = "batch.sh";        ///< what the scheduler runs
inline constexpr const char* kEvents = "status.jsonl";    ///< one event a line, appended (job_events.h)
inline constexpr const char* kSnapshot = "snapshot.h5";   ///< the newest, reduced for the wire (wire_snapshot.h)
inline constexpr const char* kResults = "results";        ///< folder: CORRELATION.h5, COEFFICIENTS.h5, DENSITY.h5, and
                                                          ///< what is kept to go on from, beside them
inline constexpr const char* kInputs = "inputs";          ///< folder: files that were uploaded
inline constexpr const char* kOwner = "worker.token";     ///< whose turn it is: the newest worker's, others end
inline constexpr const char* kStop = "stop";              ///< asked for by making it: keep what there is, end
inline constexpr const char* kFinish = "finish";          ///< asked for by making it: end the stage with what there is
inline constexpr const char* kStandardOutput = "job.out"; ///< of the batch script, as the scheduler catches them
inline constexpr const char* kStandardError = "job.err";

} // namespace job_folder
} // namespace fxs
