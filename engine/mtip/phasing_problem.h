#pragma once

#include "engine/mtip/invariant_projection.h"
#include "engine/mtip/phaser.h"
#include "engine/mtip/phasing_space.h"
#include "engine/mtip/shell_grid.h"

#include <map>
#include <optional>

namespace fxs {

/// One space and what the data say in it, per number of constrained shells.
struct PhasingDomain {
    PhasingSpace space;
    std::map<std::size_t, InvariantTarget> targets;

    const InvariantTarget& target(std::size_t shells) const { return targets.at(shells); }
};

/// The insides of a PhasingProblem, for the phaser and for tests. Immutable, not moved: the spaces refer to the grid.
struct PhasingProblem::Impl {
    PhaserSettings settings;
    ShellGrid grid;
    PhasingDomain full;
    std::optional<PhasingDomain> symmetric; ///< where the recipe symmetrises and the group is not C1

    Impl(const Coefficients& coefficients, const PhaserSettings& s);

    /// How many shells a step of the recipe constrains.
    std::size_t shellsOf(double cut) const;
    std::size_t allShells() const { return grid.q().size(); }
    double startRadius() const { return settings.recipe.startRadius * grid.diameterAngstrom() / 2; }
};

} // namespace fxs
