#include "engine/mtip/symmetry_scan.h"

#include "engine/core/parallel.h"
#include "engine/density/symmetry.h"

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

constexpr int kHighestFold = 12;

int operations(const PointGroup& group) {
    return group.fold * (group.dihedral ? 2 : 1);
}

/// Share of the packed coefficients of l >= 1 that the group keeps: the power a density without symmetry has in it.
double shareByChance(const PointGroup& group, int maxOrder) {
    double kept = 0, all = 0;
    for (int l = 1; l <= maxOrder; ++l) {
        kept += group.dimension(l);
        all += 2 * l + 1;
    }
    return kept / all;
}

} // namespace

std::vector<PointGroup> likelyGroups(const SphericalDensity& density, std::size_t count, const TaskContext& task) {
    struct Candidate {
        PointGroup group;
        double excess = 0;
    };
    std::vector<Candidate> candidates;
    for (int fold = 2; fold <= kHighestFold; ++fold)
        for (const bool dihedral : {false, true})
            candidates.push_back({{fold, dihedral}});
    parallelFor(candidates.size(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t k = range.begin(); k != range.end(); ++k) {
            const PointGroup& group = candidates[k].group;
            const double share = orientForSymmetry(density, group.fold, group.dihedral, task).alignment.score;
            const double chance = shareByChance(group, density.maxOrder);
            candidates[k].excess = (share - chance) / (1 - chance);
        }
    });
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.excess > b.excess; });
    std::vector<PointGroup> groups;
    const auto add = [&](int fold, bool dihedral) {
        const PointGroup group{fold, dihedral};
        if (fold >= 2 && fold <= kHighestFold + 1 && std::find(groups.begin(), groups.end(), group) == groups.end())
            groups.push_back(group);
    };
    for (std::size_t k = 0; k < std::min(count, candidates.size()); ++k)
        for (int step : {0, -1, 1})
            add(candidates[k].group.fold + step, candidates[k].group.dihedral);
    return groups;
}

PointGroup chooseGroup(const std::vector<std::pair<std::string, double>>& residuals) {
    constexpr double kGrowth = 2.3, kStandsOut = 2.5;
    std::vector<std::pair<PointGroup, double>> scores;
    double trivial = HUGE_VAL;
    for (const auto& [name, residual] : residuals) {
        const PointGroup group = PointGroup::parse(name);
        scores.emplace_back(group, residual / std::pow(operations(group), kGrowth));
        if (group.isTrivial())
            trivial = scores.back().second;
    }
    PointGroup best;
    double bestScore = trivial;
    for (const auto& [group, score] : scores) {
        double neighbour = HUGE_VAL;
        for (const auto& [other, otherScore] : scores)
            if (other.dihedral == group.dihedral && std::abs(other.fold - group.fold) == 1 && !other.isTrivial())
                neighbour = std::min(neighbour, otherScore);
        if (!group.isTrivial() && std::isfinite(neighbour) && kStandsOut * score <= neighbour && score < bestScore) {
            best = group;
            bestScore = score;
        }
    }
    return best;
}

} // namespace fxs
