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
    constexpr double kGrowth = 2.3, kStandsOut = 1.5, kTwoFoldStandsOut = 2.5;
    std::vector<std::pair<PointGroup, double>> groups;
    for (const auto& [name, residual] : residuals)
        groups.emplace_back(PointGroup::parse(name), residual);
    const auto perFreedom = [](const PointGroup& group, double residual) {
        return residual / std::pow(operations(group), kGrowth);
    };
    const auto residualOf = [&](int fold, bool dihedral) {
        for (const auto& [group, residual] : groups)
            if (group == PointGroup{fold, dihedral})
                return residual;
        return HUGE_VAL;
    };
    const auto standsOut = [&](const PointGroup& group, double residual) {
        const double more = residualOf(group.fold + 1, group.dihedral);
        const PointGroup larger{group.fold + 1, group.dihedral};
        if (group.fold == 2)
            return std::isfinite(more) && kTwoFoldStandsOut * perFreedom(group, residual) <= perFreedom(larger, more);
        const double less = residualOf(group.fold - 1, group.dihedral);
        return std::isfinite(less) && kStandsOut * residual <= std::min(less, more);
    };
    PointGroup best;
    double bestScore = residualOf(1, false);
    for (const auto& [group, residual] : groups) {
        const double score = perFreedom(group, residual);
        if (!group.isTrivial() && score < bestScore && standsOut(group, residual)) {
            best = group;
            bestScore = score;
        }
    }
    return best;
}

} // namespace fxs
