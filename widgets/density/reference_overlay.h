#pragma once

#include "engine/model/density.h"

#include <QString>
#include <array>
#include <memory>
#include <vector>

namespace fxs::ui {

/// A known structure or another map, laid over the density that is shown. Made away from the GUI thread; immutable.
/// Units: Å in the density's own frame (the centre of its grid at the origin).
struct ReferenceOverlay {
    QString name;                          ///< "1OEL"
    std::shared_ptr<const DensityMap> map; ///< at the density's resolution, on a grid of its own; null: atoms only
    /// Where matter is, one bead a few atoms; empty for a map.
    struct Bead {
        std::array<float, 3> position{};
    };
    std::vector<Bead> beads;
    float beadRadius = 2.0f; ///< Å
    ShellCorrelation fsc;    ///< of the density with the reference, aligned
};

} // namespace fxs::ui
