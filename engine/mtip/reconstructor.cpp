#include "engine/mtip/reconstructor.h"

#include "engine/density/averaging.h"
#include "engine/density/compare.h"
#include "engine/density/density_grid.h"
#include "engine/density/fsc.h"
#include "engine/mtip/coefficient_range.h"
#include "engine/mtip/restart_pool.h"
#include "engine/mtip/symmetry_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <stop_token>
#include <utility>

namespace fxs {

namespace {

using Results = std::vector<std::unique_ptr<PhaserResult>>;

/// One run(): what its steps share.
class Run {
public:
    Run(const ReconstructSettings& settings, const FilterResult& filtered, const TaskContext& task, RestartPool pool)
        : m_settings(settings), m_filtered(filtered), m_task(task),
          m_coefficients(coefficientsUpTo(filtered.all, settings.qMax, settings.diameter)),
          m_qMax(outerEdge(m_coefficients.q)), m_group(settings.group()), m_pool(std::move(pool)) {
        if (settings.weight)
            m_maxDensity = densityBound(m_coefficients, *settings.weight);
    }

    Reconstruction all() {
        Results results = phase();
        if (m_settings.scansSymmetry() && !m_task.finishRequested())
            results = scan(std::move(results));
        conclude(results);
        if (!m_task.finishRequested())
            compareHalves();
        if (!m_settings.reference.empty())
            compareWithReference();
        m_out.finishedEarly = m_task.finishRequested();
        return std::move(m_out);
    }

private:
    std::shared_ptr<const PhasingProblem> problem(const Coefficients& coefficients, const PhasingRecipe& recipe,
                                                  const PointGroup& group) const {
        PhaserSettings settings;
        settings.recipe = recipe;
        settings.symmetry = group;
        settings.freeOrder = m_settings.freeOrder;
        settings.maxDensity = m_maxDensity;
        return std::make_shared<const PhasingProblem>(coefficients, settings);
    }

    bool isAsymmetric() const { return m_settings.recipe == "asymmetric"; }

    std::vector<RestartJob> randomStarts(const std::string& name, std::shared_ptr<const PhasingProblem> p, int count,
                                         std::uint64_t firstSeed) const {
        std::vector<RestartJob> jobs;
        for (int k = 0; k < count; ++k)
            jobs.push_back({fmt::format("{}/{}", name, k), p, firstSeed + static_cast<std::uint64_t>(k), nullptr});
        return jobs;
    }

    std::uint64_t seed() const { return static_cast<std::uint64_t>(m_settings.seed); }

    Results phase() {
        m_problem = problem(m_coefficients, recipeOf(m_settings, m_group, m_qMax), m_group);
        return m_pool.run("Phasing", randomStarts("phase", m_problem, m_settings.restarts, seed()));
    }

    /// Steps that only march inside a group, for a density that has converged without it.
    PhasingRecipe marchOnly() const { return withSymmetry(PhasingRecipe{}, 0.5, 0.35, blurScaleFor(m_qMax)); }

    /// Its first attempt alone: wrong groups always stall, and a second one would double the cost of finding that out.
    PhasingRecipe firstMarch() const {
        PhasingRecipe recipe = marchOnly();
        const auto isSymmetrise = [](const PhasingStep& s) { return s.method == PhasingMethod::symmetrise; };
        const auto first = std::find_if(recipe.steps.begin(), recipe.steps.end(), isSymmetrise);
        if (first != recipe.steps.end())
            recipe.steps.erase(std::find_if(first + 1, recipe.steps.end(), isSymmetrise), recipe.steps.end());
        return recipe;
    }

    Results scan(Results results) {
        const auto order = ranked(results);
        const PhaserResult& best = *results[order.front()];
        constexpr std::size_t kCandidates = 4;
        std::vector<RestartJob> jobs;
        const auto groups = likelyGroups(best.density, kCandidates, m_task);
        for (const PointGroup& group : groups)
            jobs.push_back(
                {"scan/" + group.name(), problem(m_coefficients, firstMarch(), group), best.seed, &best.density});
        const Results marched = m_pool.run("Symmetry scan", jobs);
        m_out.symmetryScan.emplace_back("C1", best.quality.residual);
        for (std::size_t k = 0; k < groups.size(); ++k)
            if (marched[k] && !marched[k]->finishedEarly)
                m_out.symmetryScan.emplace_back(groups[k].name(), marched[k]->quality.residual);
        m_group = chooseGroup(m_out.symmetryScan);
        m_task.info(fmt::format("symmetry scan: {}", m_group.name()));
        if (m_group.isTrivial() || m_task.finishRequested())
            return results;

        jobs.clear();
        m_problem = problem(m_coefficients, marchOnly(), m_group);
        for (std::size_t k = 0; k < results.size(); ++k)
            if (results[k])
                jobs.push_back(
                    {fmt::format("march/{}/{}", m_group.name(), k), m_problem, results[k]->seed, &results[k]->density});
        Results symmetric = m_pool.run("Phasing with " + m_group.name(), jobs);
        return symmetric;
    }

    /// Indices of results that are there, by rising e_B.
    static std::vector<std::size_t> ranked(const Results& results) {
        std::vector<std::size_t> order;
        for (std::size_t k = 0; k < results.size(); ++k)
            if (results[k])
                order.push_back(k);
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return results[a]->quality.residual < results[b]->quality.residual;
        });
        return order;
    }

    /// How many of the ranked are averaged.
    std::size_t countToAverage(const Results& results, const std::vector<std::size_t>& order) const {
        std::size_t count = isAsymmetric() ? std::min<std::size_t>(3, order.size()) : selectedCount(order.size());
        // With polishing, e_B tells failed restarts by orders of magnitude; averaging one of them would only blur.
        constexpr double kFailed = 10;
        while (count > 1 &&
               results[order[count - 1]]->quality.residual > kFailed * results[order.front()]->quality.residual)
            --count;
        return count;
    }

    void conclude(const Results& results) {
        const auto order = ranked(results);
        std::vector<const SphericalDensity*> densities;
        for (const auto& result : results)
            densities.push_back(result ? &result->density : nullptr);
        Average average = averageAligned(densities, order, m_problem->q(), m_task, countToAverage(results, order));
        for (std::size_t k = 0; k < results.size(); ++k) {
            if (!results[k])
                continue;
            const bool selected =
                std::find(average.selected.begin(), average.selected.end(), k) != average.selected.end();
            const auto& quality = results[k]->quality;
            m_out.restarts.push_back({results[k]->seed, quality.residual, quality.magnitudeError, quality.freeResidual,
                                      selected, results[k]->convergence});
        }
        if (average.aligned.size() > 1) {
            m_out.prtfQ = m_problem->q();
            m_out.prtf = phaseTransfer(average.aligned);
        }
        m_out.spherical = std::move(average.density);
        if (isAsymmetric() && m_group.isTrivial() && average.selected.size() > 1 && !m_task.finishRequested())
            refineAverage(results[order.front()]->quality.residual);
        m_out.spherical = centred(m_out.spherical);
        m_out.symmetry = results[order.front()]->symmetry.name();
        m_out.diameterAngstrom = m_problem->diameterAngstrom();
        m_out.qMax = m_qMax;
        m_out.map =
            mapOf(m_out.spherical, gridFor(m_out.diameterAngstrom, m_qMax, m_settings.mapSpacing.value_or(0)), m_task);
    }

    /// Invariants do not know where the particle is, and supports let it drift to the edge of the box: for people and for other
    /// programs it belongs in the middle. What is there already (D_n) stays as it is, to the last bit.
    static SphericalDensity centred(const SphericalDensity& density) {
        constexpr double kNegligible = 0.5; // Å
        const auto centre = centreOfMass(density);
        Alignment shift;
        shift.translationAngstrom = {-centre[0], -centre[1], -centre[2]};
        const bool isCentred = std::hypot(centre[0], centre[1], centre[2]) < kNegligible;
        return isCentred ? SphericalDensity{density.maxOrder, density.r, density.lm.clone()}
                         : transformed(density, shift);
    }

    /// The refined average replaces the average if it explains the data at least as well as the best restart.
    void refineAverage(double bestResidual) {
        const auto p = problem(m_coefficients, refinementRecipe(1, blurScaleFor(m_qMax)), {});
        Results refined = m_pool.run("Refining the average", {{"refine/average", p, seed(), &m_out.spherical}});
        if (refined.front()->quality.residual <= bestResidual)
            m_out.spherical = std::move(refined.front()->density);
        else
            m_task.info(fmt::format(
                "refining the average gave e_B {:.3g}, the best restart has {:.3g}: the plain average is kept",
                refined.front()->quality.residual, bestResidual));
    }

    void compareHalves() {
        if (m_settings.halfSets == "none" || m_filtered.halves.size() != 2)
            return;
        const auto reference = sphericalAmplitudes(m_out.spherical, m_problem->q());
        std::vector<SphericalAmplitudes> aligned;
        for (std::size_t half = 0; half < 2; ++half) {
            const Results results = phaseHalf(half);
            if (m_task.finishRequested())
                return;
            const auto amplitudes = sphericalAmplitudes(results[ranked(results).front()]->density, m_problem->q());
            aligned.push_back(transformed(amplitudes, align(reference, amplitudes, m_task)));
        }
        m_out.halfSetFsc = shellCorrelation(aligned[0], aligned[1]);
    }

    Results phaseHalf(std::size_t half) {
        const Coefficients coefficients =
            coefficientsUpTo(m_filtered.halves[half], m_settings.qMax, m_coefficients.diameterAngstrom);
        const std::string name = fmt::format("half {}", half + 1);
        if (m_settings.halfSets == "refined") {
            const auto p = problem(coefficients, refinementRecipe(isAsymmetric() ? 1 : 2, blurScaleFor(m_qMax)), {});
            return m_pool.run(fmt::format("Refining half set {}", half + 1),
                              {{name + "/0", p, seed(), &m_out.spherical}});
        }
        const auto p = problem(coefficients, recipeOf(m_settings, m_group, m_qMax), m_group);
        // Seeds of its own: halves that began from the same random density would agree for that reason alone.
        const std::uint64_t firstSeed =
            seed() + static_cast<std::uint64_t>(m_settings.restarts) * (half + 1) + 1000 * (half + 1);
        return m_pool.run(fmt::format("Phasing half set {}", half + 1),
                          randomStarts(name, p, std::min(2, m_settings.restarts), firstSeed));
    }

    void compareWithReference() {
        withContext("comparing with the reference", [&] {
            const Structure structure = readStructure(m_settings.reference, m_task);
            m_out.referenceFsc =
                referenceCorrelation(m_out.spherical, m_qMax, m_out.diameterAngstrom, structure, m_task);
        });
    }

    const ReconstructSettings& m_settings;
    const FilterResult& m_filtered;
    const TaskContext& m_task;
    Coefficients m_coefficients;
    double m_qMax;
    PointGroup m_group;
    std::optional<double> m_maxDensity;
    RestartPool m_pool;
    std::shared_ptr<const PhasingProblem> m_problem;
    Reconstruction m_out;
};

/// FNV-1a over everything that decides what restarts do.
std::uint64_t fingerprintOf(const ReconstructSettings& settings, const Coefficients& coefficients) {
    std::uint64_t hash = 14695981039346656037u;
    const auto mix = [&](const void* data, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i)
            hash = (hash ^ static_cast<const unsigned char*>(data)[i]) * 1099511628211u;
    };
    for (const auto& [key, value] : ReconstructSettings::description().values(settings)) {
        // How the result is looked at does not change what a restart does.
        if (key == "reference" || key == "map-spacing")
            continue;
        const std::string text = key + "=" + toText(value) + "\n";
        mix(text.data(), text.size());
    }
    mix(coefficients.bl.data(), coefficients.bl.size() * sizeof(double));
    mix(coefficients.q.data(), coefficients.q.size() * sizeof(double));
    mix(&coefficients.diameterAngstrom, sizeof(double));
    return hash;
}

} // namespace

Reconstructor::Reconstructor(ReconstructSettings settings) : m_settings(std::move(settings)) {
    throwIfFatal(m_settings.validate());
}

std::uint64_t Reconstructor::fingerprint(const FilterResult& filtered) const {
    return fingerprintOf(m_settings, filtered.all);
}

Reconstruction Reconstructor::run(const FilterResult& filtered, const TaskContext& task,
                                  const SnapshotHandler& onSnapshot) {
    if (!m_state.empty() && m_state.fingerprint != fingerprint(filtered))
        throw Error(
            ErrorCode::badInput,
            "the phasing state belongs to other coefficients or settings than those given; start anew without it");
    m_state.fingerprint = fingerprint(filtered);
    // Processes that share restarts must decide the same everywhere: that they finish is agreed upon between stages.
    std::stop_source agreed;
    TaskContext decided = task;
    if (m_sharing.shares > 1)
        decided.finish = agreed.get_token();
    RestartPool pool(task, m_state, onSnapshot, m_settings.mapSpacing.value_or(0));
    pool.keepStates(m_keeping);
    if (m_sharing.shares > 1)
        pool.share(m_sharing, agreed);
    Reconstruction out = Run(m_settings, filtered, decided, std::move(pool)).all();
    m_state = {};
    return out;
}

} // namespace fxs
