#pragma once

#include "engine/core/task.h"
#include "engine/model/density.h"
#include "engine/mtip/point_group.h"

#include <string>
#include <utility>
#include <vector>

namespace fxs {

/// Point groups worth a march: of C2 ... C12 and D2 ... D12 the count whose share of the density's power, laid as well along the
/// group as it can be, most exceeds what a density without symmetry would have (the share of dimensions), and beside each the
/// groups of one fold less and more, which chooseGroup compares it with. Inside mtip/ only.
std::vector<PointGroup> likelyGroups(const SphericalDensity& density, std::size_t count, const TaskContext& task);

/// Chooses among groups by e_B. A smaller group always fits better, because it leaves more freedom: for wrong groups e_B grows about
/// as the 2.3rd power of the number of operations (GroEL and RNA polymerase at 42 Å). So e_B / operations^2.3 is what is compared:
/// a group is believed if it lies 2.5 times below those of one fold less and more, and below C1; of those believed the lowest
/// wins. Where noise hides the difference, none is believed and C1 stays.
/// residuals: name → e_B, C1 among them.
PointGroup chooseGroup(const std::vector<std::pair<std::string, double>>& residuals);

} // namespace fxs
