#pragma once

#include "engine/core/task.h"
#include "engine/model/coefficients.h"
#include "engine/model/density.h"
#include "engine/mtip/reconstruct_settings.h"
#include "engine/mtip/reconstruction_state.h"
#include "engine/mtip/restart_sharing.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace fxs {

/// From filtered coefficients to a density: restarts of M-TIP side by side, the choice among them, their average and its
/// resolution.
///   1. Restarts from random densities, restart k with seed + k (phaser.h; recipes as science.md tells them).
///   2. symmetry "auto": the best result is marched inside the likeliest of C2 ... C12, D2 ... D12; the largest group that explains
///      the data about as well as any other is then imposed on every restart.
///   3. Restarts are ranked by e_B; the best two thirds (of the asymmetric recipe: three), without those ten times worse than the
///      best, are aligned (rotation, translation, hand) and averaged. The asymmetric recipe refines the average. The result's centre of
///      mass is moved to the centre of the grid.
///   4. PRTF over the averaged; half sets: each half's coefficients phased with two restarts of its own ("independent") or from the
///      common result ("refined"), the better of the two aligned to the result, FSC between the halves; FSC with a reference.
/// Owns:    its settings and, after Stopped, the state to go on from.
/// Threads: one run() at a time; restarts run in parallel inside; the same bits for any thread count.
///          onSnapshot is called from any of them, one at a time, at most four times a second, and must return soon.
/// "Finish now": the restarts begun end with what they have, the rest is left out; finishedEarly is set.
/// Throws:  Error(badSettings) with every problem; Error(badInput) for coefficients that cannot be phased or a state of others;
///          Stopped, with state() holding everything begun.
/// Cost:    restarts * (1,000 to 1,500 iterations of 0.3 ms at q_max D = 28, growing as its 4th power) / cores.
class Reconstructor {
public:
    using SnapshotHandler = std::function<void(std::shared_ptr<const PhasingSnapshot>)>;
    using StateHandler = std::function<void(const ReconstructionState&)>;

    explicit Reconstructor(ReconstructSettings settings);

    Reconstruction run(const FilterResult& filtered, const TaskContext& task, const SnapshotHandler& onSnapshot = {});

    /// What the last run() had done when it was stopped; empty after one that ended.
    const ReconstructionState& state() const { return m_state; }
    /// The next run() goes on from here, if the state is of the same coefficients and settings (else it throws Error(badInput)).
    void resumeFrom(ReconstructionState state) { m_state = std::move(state); }

    /// Several processes run() the same with the same coefficients; restarts are shared out among them, all else is done by
    /// each, so that each has the same result, to the bit on machines of one kind.
    void shareRestarts(RestartSharing sharing) { m_sharing = std::move(sharing); }
    /// What was begun is handed over every so often, and may be gone on from after a sudden end. keep is called from any
    /// thread of run(), one at a time.
    void keepStates(std::chrono::duration<double> period, StateHandler keep) { m_keeping = {period, std::move(keep)}; }

    /// What a state belongs to: the coefficients and all that decides what restarts do.
    std::uint64_t fingerprint(const FilterResult& filtered) const;

private:
    ReconstructSettings m_settings;
    ReconstructionState m_state;
    RestartSharing m_sharing;
    StateKeeping m_keeping;
};

} // namespace fxs
