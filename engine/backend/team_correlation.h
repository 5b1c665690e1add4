#pragma once

#include "engine/backend/accumulation.h"
#include "engine/backend/correlation_set.h"
#include "engine/backend/team.h"
#include "engine/core/error.h"

#include <exception>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace fxs {

/// One correlation over a team: who reads which frames, and how sums become one. Frames are shared out in whole blocks,
/// so that halves, blocks and therefore the sums are those of one process, but for the order of the last additions.
/// Shape:   a meeting costs one reduction of the sums (93 MB at 300 x 256, even) where the root wants them.
/// Owns:    what it has learnt of the labels; borrows the team and this rank's sums.
/// Threads: one at a time.
class TeamCorrelation {
public:
    /// What the root does at a meeting.
    enum class Want { nothing, sums };

    TeamCorrelation(Team& team, const Accumulation& mine) : m_team(team), m_mine(mine) {}

    /// This rank's part of what is not done yet. All ranks call it once, before anything else.
    /// Throws: Error(unsupported) for a run without an end (a stream).
    FrameRanges share(const RunInfo& run);

    /// What a meeting came to.
    struct Outcome {
        std::optional<CorrelationSet> sums; ///< at the root, if it wanted them or the work ends
        bool isLast = false;                ///< all were done
        std::exception_ptr ending;          ///< somebody cannot go on, or was stopped: all end with this
    };
    /// done: this rank's share is done. ending: why this rank cannot go on; null: it can.
    Outcome meet(Want want, bool done, const std::exception_ptr& ending = {});

private:
    Team& m_team;
    const Accumulation& m_mine;
    std::map<std::string, CorrelationSums> m_kinds; ///< at the root: what a label's sums are, with zeros for sums
    std::set<std::string> m_known;                  ///< the labels that the root knows
};

} // namespace fxs
