#pragma once

#include "engine/core/task.h"
#include "engine/model/density.h"
#include "engine/mtip/point_group.h"

#include <string>
#include <utility>
#include <vector>

namespace fxs {

/// Point groups worth a march: those of C2 ... C12, D2 ... D12 whose share of the density's power, laid as well along the group as
/// it can be, most exceeds what a density without symmetry would have (the share of dimensions). Inside mtip/ only.
std::vector<PointGroup> likelyGroups(const SphericalDensity& density, std::size_t count, const TaskContext& task);

/// Chooses among groups by e_B: the one with the most operations whose residual is at most four times the lowest (a subgroup of
/// the true group fits as well as the group; a wrong group is worse by orders of magnitude). C1 stays if every other is far worse.
/// residuals: name → e_B, C1 among them.
PointGroup chooseGroup(const std::vector<std::pair<std::string, double>>& residuals);

} // namespace fxs
