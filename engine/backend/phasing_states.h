#pragma once

#include "engine/core/task.h"
#include "engine/mtip/reconstruction_state.h"

#include <string>
#include <vector>

namespace fxs {

/// Where a reconstruction keeps what it has begun: DENSITY.h5.state beside the result's place, and DENSITY.h5.state.N of
/// rank N where several share the restarts. Each writes its own, so nobody waits for anybody.
/// Threads: one at a time.
class PhasingStates {
public:
    PhasingStates() = default;
    /// densityPath: of the result; empty: nothing is kept.
    PhasingStates(const std::string& densityPath, int rank);

    const std::string& path() const { return m_path; } ///< this rank's
    /// What all ranks of an earlier run left, joined into this rank's file: an older state of the same restart must not come
    /// back later. Empty if there is none. Throws: as readReconstructionState(), naming the file.
    ReconstructionState read() const;
    /// A state that cannot be written is a warning: the work itself goes on.
    void keep(const ReconstructionState& state, const TaskContext& task) const noexcept;
    /// Removes those of all ranks: the result is there.
    void remove() const noexcept;

private:
    std::vector<std::string> all() const;
    std::string m_first, m_path;
};

} // namespace fxs
