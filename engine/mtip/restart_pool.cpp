#include "engine/mtip/restart_pool.h"

#include "engine/core/parallel.h"
#include "engine/density/density_grid.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kSnapshotPeriod{250};

} // namespace

/// What all restarts of one stage share while they run.
struct RestartPool::Stage {
    const TaskContext& task;
    const std::vector<RestartJob>& jobs;
    const bool isLive;       ///< shows itself and is kept; else its restarts are at their ends already
    const TaskContext shown; ///< where progress goes; outlives the meter
    ProgressMeter progress;
    std::vector<std::unique_ptr<PhaserResult>> results;

    std::mutex mutex; ///< guards everything below, and the state
    std::vector<Restart> status;
    std::vector<int> iterations;
    std::vector<bool> begun;
    Clock::time_point nextSnapshot = Clock::now(), lastKept = Clock::now();
    std::vector<Clock::time_point> lastSaved;
    bool isPublishing = false, isKeeping = false;

    Stage(const TaskContext& t, const std::string& name, const std::vector<RestartJob>& j, std::uint64_t total,
          bool live)
        : task(t), jobs(j), isLive(live), shown(live ? t : TaskContext{}), progress(shown, name, total, "iterations"),
          results(j.size()), status(j.size()), iterations(j.size(), 0), begun(j.size(), false),
          lastSaved(j.size(), Clock::now()) {
        for (std::size_t k = 0; k < jobs.size(); ++k)
            status[k].seed = jobs[k].seed;
    }

    /// The restart that has come farthest; among equals the one with the lowest residual. Residuals of restarts at
    /// different q_cut cannot be compared.
    std::size_t bestRunning() const {
        std::size_t best = 0;
        const auto isBetter = [&](std::size_t a, std::size_t b) {
            const int apart = iterations[a] - iterations[b];
            constexpr int kSamePlace = 60;
            return std::abs(apart) > kSamePlace ? apart > 0 : status[a].residual < status[b].residual;
        };
        for (std::size_t k = 1; k < status.size(); ++k)
            if (begun[k] && !results[k] && (!begun[best] || results[best] || isBetter(k, best)))
                best = k;
        return best;
    }
};

RestartPool::RestartPool(const TaskContext& task, ReconstructionState& state, SnapshotHandler onSnapshot,
                         double mapSpacing)
    : m_task(task), m_state(state), m_onSnapshot(std::move(onSnapshot)), m_mapSpacing(mapSpacing) {}

RestartPool::~RestartPool() = default;
RestartPool::RestartPool(RestartPool&&) noexcept = default;

void RestartPool::share(RestartSharing sharing, std::stop_source agreed) {
    m_sharing = std::move(sharing);
    m_agreed = std::move(agreed);
}

std::vector<std::unique_ptr<PhaserResult>> RestartPool::run(const std::string& name,
                                                            const std::vector<RestartJob>& jobs) {
    const std::size_t shares = m_sharing.shares;
    std::uint64_t total = 0;
    for (std::size_t k = 0; k < jobs.size(); ++k)
        if (k % shares == m_sharing.share)
            total += static_cast<std::uint64_t>(jobs[k].problem->settings().recipe.iterationCount());
    Stage stage(m_task, name, jobs, total, true);
    runAll(stage, m_sharing.share, shares);
    if (shares == 1)
        return std::move(stage.results);
    exchange(jobs);
    // Everybody's restarts are at their ends now: going on with them gives their results, here as there.
    TaskContext decided;
    decided.stop = m_task.stop;
    decided.finish = m_agreed.get_token();
    Stage whole(decided, name, jobs, 0, false);
    runAll(whole, 0, 1);
    return std::move(whole.results);
}

void RestartPool::runAll(Stage& stage, std::size_t share, std::size_t shares) {
    // Not parallelFor: after a stop every restart that has begun must still come to its end (Stopped) and be kept, which it
    // does by itself at its next iteration. Isolation keeps a restart that waits for its own small loops from taking up another.
    tbb::parallel_for(
        std::size_t{0}, stage.jobs.size(),
        [&](std::size_t index) {
            if (index % shares == share)
                tbb::this_task_arena::isolate([&] { runOne(stage, index); });
        },
        tbb::simple_partitioner());
    stage.task.checkpoint();
}

void RestartPool::exchange(const std::vector<RestartJob>& jobs) {
    ReconstructionState mine;
    mine.fingerprint = m_state.fingerprint;
    for (std::size_t k = m_sharing.share; k < jobs.size(); k += m_sharing.shares)
        if (const auto it = m_state.restarts.find(jobs[k].name); it != m_state.restarts.end())
            mine.restarts.insert(*it);
    RestartSharing::Answer answer = m_sharing.exchange(mine, m_task.finishRequested());
    for (auto& [name, values] : answer.states.restarts)
        m_state.restarts[name] = std::move(values);
    if (answer.finishing)
        m_agreed.request_stop();
}

void RestartPool::runOne(Stage& stage, std::size_t index) {
    const RestartJob& job = stage.jobs[index];
    const auto isKnown = [&] {
        const std::lock_guard lock(stage.mutex);
        return m_state.restarts.contains(job.name);
    };
    if (stage.task.stop.stop_requested() || (stage.task.finishRequested() && index > 0 && !isKnown()))
        return;
    Phaser phaser = job.start ? Phaser(job.problem, job.seed, *job.start) : Phaser(job.problem, job.seed);
    {
        const std::lock_guard lock(stage.mutex);
        stage.begun[index] = true;
        const auto saved = m_state.restarts.find(job.name);
        if (saved != m_state.restarts.end())
            phaser.restore(saved->second);
        stage.status[index].convergence = phaser.convergence();
        stage.iterations[index] = phaser.iteration();
        stage.progress.advance(static_cast<std::uint64_t>(phaser.iteration()));
    }
    const auto keep = [&] {
        auto saved = phaser.save();
        const std::lock_guard lock(stage.mutex);
        m_state.restarts[job.name] = std::move(saved);
    };
    std::unique_ptr<PhaserResult> result;
    try {
        result = std::make_unique<PhaserResult>(withContext("restart " + job.name, [&] {
            return phaser.run(stage.task, [&](const Phaser& p) { observe(stage, index, p); });
        }));
    } catch (const Stopped&) {
        keep();
        return; // the others save themselves too; run() throws once all have
    }
    if (stage.isLive && (!result->finishedEarly || m_sharing.shares > 1))
        keep();
    const std::lock_guard lock(stage.mutex);
    stage.status[index].residual = result->quality.residual;
    stage.status[index].magnitudeError = result->quality.magnitudeError;
    stage.status[index].freeResidual = result->quality.freeResidual;
    stage.status[index].convergence = result->convergence;
    stage.results[index] = std::move(result);
}

void RestartPool::observe(Stage& stage, std::size_t index, const Phaser& phaser) {
    bool isMyTurn = false;
    int step = 0;
    {
        const std::lock_guard lock(stage.mutex);
        step = phaser.iteration() - stage.iterations[index];
        stage.iterations[index] = phaser.iteration();
        stage.status[index].residual = phaser.residual();
        stage.status[index].convergence.push_back(static_cast<float>(phaser.residual()));
        const auto now = Clock::now();
        // The best one shows itself; should it not come by for long, whoever does.
        isMyTurn = m_onSnapshot && stage.isLive && !stage.isPublishing && now >= stage.nextSnapshot &&
                   (stage.bestRunning() == index || now >= stage.nextSnapshot + 4 * kSnapshotPeriod);
        stage.isPublishing = stage.isPublishing || isMyTurn;
    }
    stage.progress.advance(static_cast<std::uint64_t>(std::max(step, 0)));
    if (isMyTurn)
        publish(stage, index, phaser);
    if (stage.isLive && m_keeping.keep)
        keepSometimes(stage, index, phaser);
}

void RestartPool::keepSometimes(Stage& stage, std::size_t index, const Phaser& phaser) {
    const auto now = Clock::now();
    {
        const std::lock_guard lock(stage.mutex);
        if (now - stage.lastSaved[index] < m_keeping.period)
            return;
        stage.lastSaved[index] = now;
    }
    auto saved = phaser.save();
    ReconstructionState copy;
    {
        const std::lock_guard lock(stage.mutex);
        m_state.restarts[stage.jobs[index].name] = std::move(saved);
        if (stage.isKeeping || now - stage.lastKept < m_keeping.period)
            return;
        stage.isKeeping = true;
        stage.lastKept = now;
        copy = m_state;
    }
    m_keeping.keep(copy);
    const std::lock_guard lock(stage.mutex);
    stage.isKeeping = false;
}

void RestartPool::publish(Stage& stage, std::size_t index, const Phaser& phaser) {
    auto snapshot = std::make_shared<PhasingSnapshot>();
    const PhasingProblem& problem = *stage.jobs[index].problem;
    snapshot->bestRestart = index;
    snapshot->iteration = phaser.iteration();
    snapshot->iterationCount = phaser.iterationCount();
    snapshot->qCut = phaser.qCut();
    const double qMax = problem.q().back() + problem.q().front();
    snapshot->map = mapOf(phaser.currentDensity(), gridFor(problem.diameterAngstrom(), qMax, m_mapSpacing), m_task);
    {
        const std::lock_guard lock(stage.mutex);
        snapshot->restarts = stage.status;
    }
    snapshot->sequence = ++m_sequence; // only one publishes at a time
    m_onSnapshot(std::move(snapshot));
    const std::lock_guard lock(stage.mutex);
    stage.isPublishing = false;
    // From the end: making snapshots must not become all that is done.
    stage.nextSnapshot = Clock::now() + kSnapshotPeriod;
}

} // namespace fxs
