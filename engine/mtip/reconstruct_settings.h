#pragma once

#include "engine/core/settings.h"
#include "engine/mtip/point_group.h"
#include "engine/mtip/recipe.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// How coefficients become a density. Section "reconstruct".
struct ReconstructSettings {
    int restarts = 4;
    std::int64_t seed = 1;
    std::string symmetry = "C1";          ///< "C1", "C7", "D7", ... or "auto": several are tried and compared by e_B
    std::string recipe = "polished";      ///< "basic", "polished" or "asymmetric"
    std::optional<double> diameter;       ///< Å; absent: the coefficients' own
    std::optional<double> qMax;           ///< 1/Å; absent: all shells of the coefficients
    std::optional<int> freeOrder;         ///< an even l left out of the fit and predicted
    std::optional<double> weight;         ///< molecular weight in Da: bounds the density from above
    std::string halfSets = "independent"; ///< "independent", "refined" or "none"
    std::optional<double> mapSpacing;     ///< Å; absent: a sixth of the resolution
    std::string reference;                ///< a structure file to compare with; empty: none

    static const SettingsDescription<ReconstructSettings>& description();
    /// Range, choice and the point group's name; every problem.
    std::vector<Problem> validate() const;

    bool scansSymmetry() const { return symmetry == "auto"; }
    /// The group to impose; C1 where a scan will tell. Throws: Error(badSettings, unsupported) as PointGroup::parse.
    PointGroup group() const;
};

/// The recipe of one restart for coefficients up to qMax (1/Å), for a particle of the given group.
PhasingRecipe recipeOf(const ReconstructSettings& settings, const PointGroup& group, double qMaxInverseAngstrom);

} // namespace fxs
