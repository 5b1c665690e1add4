#pragma once

#include "engine/backend/backend.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// What is known of a job that runs elsewhere, beyond what every job has. Fields that nobody has said are empty or zero.
struct RemoteJobRecord : JobRecord {
    using Time = std::chrono::system_clock::time_point;

    std::string backend;     ///< the profile's name
    std::string folder;      ///< the job's, on the cluster
    std::string schedulerId; ///< the batch system's number; empty until it was given
    std::string reason;      ///< for people: why it waits, why it ended
    std::optional<Time> submitted, started;
    std::optional<Time>
        unknownSince; ///< the last time its state was learned, where asking fails since; state is the last known
    std::optional<std::chrono::seconds> elapsed, left; ///< of the present run; left: until the time limit
    std::uint64_t framesDone = 0, framesTotal = 0;
    double rate = 0; ///< frames/s, all ranks together
    int nodes = 0, ranks = 0;
    int restarts = 0;               ///< how often it was begun again
    std::optional<double> uploaded; ///< in [0, 1] while files are sent
};

/// A backend whose jobs outlive the program.
/// Threads: every member from any thread; those said to wait are not for the GUI thread.
/// Errors:  Error(notFound) for an id that is not known; Error(io, noPermission) where the cluster cannot be reached.
class RemoteBackend : public Backend {
public:
    using Records = std::vector<RemoteJobRecord>;

    /// All jobs of this profile as last known; never waits.
    virtual Records records() const = 0;
    /// Asks the cluster now, one query for all jobs; answers from another thread, once. Never waits.
    virtual void refresh(std::function<void(const Records&)> answer) = 0;
    /// Asks the job to end and keep what it has; one that still waits in the queue is taken out. Waits.
    virtual void cancel(const JobId& id) = 0;
    /// Submits the same folder again, which goes on from its checkpoint. The id stays. Never waits.
    /// Throws: Error(exists) while the job is not known to have ended.
    virtual std::unique_ptr<Job> resubmit(const JobId& id, JobEvents events) = 0;
    /// The end of what the job printed. Waits.
    virtual std::string logTail(const JobId& id, std::size_t bytes) = 0;
    /// Copies the results into a folder here, each whole or not at all; their paths. Waits.
    virtual std::vector<std::string> fetchInto(const JobId& id, const std::string& folder) = 0;
    /// Takes an ended job out of the list; its folder on the cluster stays. Throws: Error(exists) for one that has not ended.
    virtual void forget(const JobId& id) = 0;
};

} // namespace fxs
