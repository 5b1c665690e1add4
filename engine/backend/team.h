#pragma once

#include "engine/core/task.h"

#include <span>
#include <string>
#include <vector>

namespace fxs {

/// Processes (ranks) that do one job together, each running the same pipeline on its part. Rank 0, the root, writes files
/// and speaks to the outside. All ranks call gather, broadcast and reduce in the same order.
///
/// A meeting is when all ranks leave what they do at the next place between two batches, to join their sums: any rank may
/// ask for one, all then come.
/// Threads: one at a time (the job's), but askForMeeting().
/// Throws:  Error(io) with the rank and its reason when a rank has left, from whatever waits for others; Stopped, where a
///          task is given, when it was asked to stop.
class Team {
public:
    virtual ~Team() = default;
    virtual int rank() const = 0;
    virtual int size() const = 0;
    bool isRoot() const { return rank() == 0; }

    /// Everybody's bytes at the root, by rank; nothing elsewhere.
    virtual std::vector<std::string> gather(std::string mine, const TaskContext& task = {}) = 0;
    /// The root's bytes everywhere.
    virtual std::string broadcast(std::string fromRoot, const TaskContext& task = {}) = 0;
    /// At the root, sum becomes the sum over ranks of mine; elsewhere sum is left alone. For large arrays: nobody is asked
    /// whether it is still there, so a gather comes before it.
    virtual void reduce(std::span<const double> mine, std::span<double> sum) = 0;

    virtual void askForMeeting() noexcept = 0;
    /// One was asked for since the last that this rank began.
    virtual bool isMeetingAsked() const noexcept = 0;
    virtual void beginMeeting() noexcept = 0;

    /// This rank has nothing left to do before the last meeting.
    virtual void announceDone() = 0;
    /// At the root: all have announced it.
    virtual bool areAllDone() const noexcept = 0;
    /// Waits a moment, or until something of the above has changed. Throws: when a rank has left, Stopped.
    virtual void waitForChange(const TaskContext& task) = 0;
    /// A rank has left: there is nobody to meet.
    virtual bool isBroken() const noexcept = 0;
};

} // namespace fxs
