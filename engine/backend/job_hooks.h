#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/team.h"
#include "engine/core/task.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

namespace fxs {

/// What the work of a job is given by whoever runs it: how to be stopped, where progress, log and snapshots go.
/// Threads: every member may be called from any thread; none of them throws or waits.
struct JobHooks {
    TaskContext task; ///< task.finish is empty: ask beginStage() for the stage's own

    /// The "Finish now" token of the stage that begins: it ends that stage early, and the next one runs on what there
    /// is. Null: there is no such wish.
    std::function<std::stop_token()> beginStage;

    /// False: the last snapshot has not been taken yet, so making one now would be wasted. Null: always wanted.
    std::function<bool()> wantSnapshot;
    /// Null: nobody listens, no snapshot need be made.
    std::function<void(std::shared_ptr<const Snapshot>)> publish;

    /// What is asked of a live run while it runs. Null: nobody asks.
    std::shared_ptr<LiveRequests> requests;

    /// The processes that share this job's work; null: there is only this one. Borrowed.
    Team* team = nullptr;

    bool snapshotWanted() const { return publish && (!wantSnapshot || wantSnapshot()); }
};

/// The work itself: reads what the specification names and returns its result. Throws: Error, Stopped.
using JobWork = std::function<JobResult(const JobSpec&, const JobHooks&)>;
/// Every problem that can be found without starting. Does not throw.
using JobCheck = std::function<std::vector<Problem>(const JobSpec&)>;

} // namespace fxs
