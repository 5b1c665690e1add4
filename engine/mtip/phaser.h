#pragma once

#include "engine/core/array.h"
#include "engine/core/settings.h"
#include "engine/core/task.h"
#include "engine/model/coefficients.h"
#include "engine/model/density.h"
#include "engine/mtip/point_group.h"
#include "engine/mtip/recipe.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace fxs {

/// What one restart does. Plain data; the Reconstructor makes it from its own settings.
struct PhaserSettings {
    PhasingRecipe recipe = polished(basicRecipe());
    PointGroup symmetry;              ///< imposed by the recipe's symmetrise steps
    std::optional<int> freeOrder;     ///< an even l left out of the fit and predicted: the free residual
    std::optional<double> maxDensity; ///< upper bound on ρ, in the unit of the coefficients' square root times 1/Å³
    int intensityOrder = 0;           ///< highest l fitted; 0: q_max D, at most what the coefficients hold
    double boxRadii = 1.35;           ///< outermost r in particle radii D/2

    std::vector<Problem> validate() const;
};

/// Everything restarts share and none changes: shells, Hankel matrices, transform tables, weights, factors V_l per
/// q_cut. Made once from filtered coefficients. Shells must be q_i = (i + 1/2) Δq with Δq <= π/D; only even l are used.
/// The first shells may be missing (a beam stop): they are put back and stay free, as do shells with I_00 <= 0.
/// Owns:    its tables; a copy of what it needs of the coefficients.
/// Threads: const use is free; restarts on several threads share one.
/// Throws:  Error(badInput) for shells, shapes or values that cannot be phased; Error(badSettings) with every problem.
/// Cost:    some 10 ms and 10 MB at q_max D = 28; grows as (q_max D)^4 and ^3.
class PhasingProblem {
public:
    PhasingProblem(const Coefficients& coefficients, const PhaserSettings& settings);
    ~PhasingProblem();
    PhasingProblem(PhasingProblem&&) noexcept;
    PhasingProblem& operator=(PhasingProblem&&) noexcept;

    const PhaserSettings& settings() const;
    const std::vector<double>& q() const; ///< 1/Å
    const std::vector<double>& r() const; ///< Å
    int amplitudeOrder() const;           ///< L: highest l of ρ and A
    int intensityOrder() const;           ///< highest l of I that is fitted
    double diameterAngstrom() const;

    struct Impl;
    const Impl& impl() const { return *m_impl; }

private:
    std::unique_ptr<Impl> m_impl;
};

/// How well a density explains the coefficients.
struct PhasingQuality {
    double residual = 0;                  ///< e_B = Σ_l min_O ‖√w (I_l − V_l O)‖² / Σ_l ‖√w V_l‖²
    double magnitudeError = 0;            ///< e_M = Σ q² (√Ĩ − √I)² / Σ q² Ĩ
    double freeResidual = 0;              ///< e_B of the free order alone; 0 without one
    std::vector<double> residualPerOrder; ///< per l, relative to that order's ‖√w V_l‖²; 0 for odd l
};
/// Throws: Error(badInput) unless density is on the problem's r and L (as all results of a Phaser on it are).
PhasingQuality assess(const PhasingProblem& problem, const SphericalDensity& density);

/// One restart's answer.
struct PhaserResult {
    SphericalDensity density;
    std::uint64_t seed = 0;
    PhasingQuality quality;
    std::vector<float> convergence; ///< e_B as seen at every iteration (within the q_cut of the moment)
    PointGroup symmetry;            ///< what the density has: C1 if the recipe never symmetrised
    double residualBeforeSymmetry =
        0; ///< e_B of the unsymmetrised density the symmetric march began from; 0 if none did
    int iterations = 0;
    bool finishedEarly = false;
};

/// One restart of M-TIP: from a random density (or a given one) through a recipe.
/// Donatelli, Zwart, Sethian, PNAS 112 (2015) 10286; metric, magnitude step and polishing as science.md tells.
/// Owns:    its iteration state; shares the problem.
/// Threads: one at a time, and single-threaded inside (run restarts side by side). The same bits for the same problem,
/// seed, recipe. Throws:  Stopped between two iterations, with the state kept: run() again goes on there. "Finish now"
/// ends with what there is. Cost:    about 0.3 ms an iteration of GroEL at 42 Å (q_max D = 28), growing as (q_max D)^4;
/// no allocation in the loop.
class Phaser {
public:
    /// Called after every iteration, from the thread that runs; may ask for anything const, must return soon.
    using Observer = std::function<void(const Phaser&)>;

    Phaser(std::shared_ptr<const PhasingProblem> problem, std::uint64_t seed);
    /// Begins with a density on the problem's r and L instead of a random one. Throws: Error(badInput).
    Phaser(std::shared_ptr<const PhasingProblem> problem, std::uint64_t seed, const SphericalDensity& start);
    ~Phaser();
    Phaser(Phaser&&) noexcept;
    Phaser& operator=(Phaser&&) noexcept;

    /// Runs (or goes on) to the recipe's end.
    PhaserResult run(const TaskContext& task, const Observer& observer = {});

    std::uint64_t seed() const;
    int iteration() const;      ///< iterations done
    int iterationCount() const; ///< of the whole recipe; attempts that are passed over are counted as done
    double residual() const;    ///< e_B as last seen
    double qCut() const;        ///< 1/Å
    const std::vector<float>& convergence() const;
    /// The density as it is now (≥ 0 inside the support, band-limited). Cost: a copy and one projection, < 1 ms.
    SphericalDensity currentDensity() const;

    /// All that is needed to go on elsewhere with the same bits; opaque, same program version and problem only.
    std::vector<double> save() const;
    /// Throws: Error(badInput) if state is not of this problem and recipe.
    void restore(const std::vector<double>& state);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace fxs
