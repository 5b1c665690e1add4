#pragma once

#include "engine/mtip/reconstruction_state.h"

#include <chrono>
#include <cstddef>
#include <functional>

namespace fxs {

/// Which restarts of a stage this process runs, when several do one reconstruction: those whose index is share modulo
/// shares.
struct RestartSharing {
    std::size_t share = 0, shares = 1;

    /// Takes the states of the restarts that were run here and gives those of all processes; each calls it once a stage.
    /// finishing: this process was asked to finish. Returns whether any was: then all do.
    struct Answer {
        ReconstructionState states;
        bool finishing = false;
    };
    std::function<Answer(const ReconstructionState& mine, bool finishing)> exchange;
};

/// Where states are put while restarts run.
struct StateKeeping {
    std::chrono::duration<double> period{60};
    std::function<void(const ReconstructionState&)> keep; ///< null: nowhere
};

} // namespace fxs
