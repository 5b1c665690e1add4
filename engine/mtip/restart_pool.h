#pragma once

#include "engine/core/task.h"
#include "engine/model/density.h"
#include "engine/mtip/phaser.h"
#include "engine/mtip/reconstruction_state.h"
#include "engine/mtip/restart_sharing.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace fxs {

/// One restart to be run.
struct RestartJob {
    std::string name; ///< its place in the state
    std::shared_ptr<const PhasingProblem> problem;
    std::uint64_t seed = 0;
    const SphericalDensity* start = nullptr; ///< borrowed for the run; null: random
};

/// Runs restarts side by side, shows how they are, and keeps what a stop leaves. Inside mtip/ only.
/// Owns:    the counter of snapshots. Threads: one run() at a time.
class RestartPool {
public:
    using SnapshotHandler = std::function<void(std::shared_ptr<const PhasingSnapshot>)>;

    /// state: begun restarts are taken from it, and put into it as they end or are stopped. Both outlive the pool.
    RestartPool(const TaskContext& task, ReconstructionState& state, SnapshotHandler onSnapshot, double mapSpacing);
    ~RestartPool();
    RestartPool(RestartPool&&) noexcept;

    /// See RestartSharing. agreed: is asked to stop once processes agree to finish.
    void share(RestartSharing sharing, std::stop_source agreed);
    void keepStates(StateKeeping keeping) { m_keeping = std::move(keeping); }

    /// Results in the order of jobs; with sharing, those of all processes. After "Finish now" those that had not begun are missing (null); the first never is.
    /// Throws: Stopped, after every begun restart was put into the state; what a restart throws, with its name.
    std::vector<std::unique_ptr<PhaserResult>> run(const std::string& stage, const std::vector<RestartJob>& jobs);

private:
    struct Stage;
    void runAll(Stage& stage, std::size_t share, std::size_t shares);
    void exchange(const std::vector<RestartJob>& jobs);
    void keepSometimes(Stage& stage, std::size_t index, const Phaser& phaser);
    void runOne(Stage& stage, std::size_t index);
    void observe(Stage& stage, std::size_t index, const Phaser& phaser);
    void publish(Stage& stage, std::size_t index, const Phaser& phaser);

    const TaskContext& m_task;
    ReconstructionState& m_state;
    SnapshotHandler m_onSnapshot;
    double m_mapSpacing;
    std::uint64_t m_sequence = 0;
    RestartSharing m_sharing;
    std::stop_source m_agreed;
    StateKeeping m_keeping;
};

} // namespace fxs
