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

/// Chooses among groups by e_B. A smaller group leaves more freedom and so fits better: for wrong groups e_B grows about as the
/// 2.3rd power of the number of operations (GroEL and RNA polymerase at 42 Å). A group of three folds or more is believed if one
/// fold less (which should fit better) and one more both fit 1.5 times worse; of two folds, if e_B / operations^2.3 is 2.5 times
/// below that of three. Of those believed, and better than C1, the lowest e_B / operations^2.3 wins. Where noise hides the
/// difference none is believed, and C1 stays.
/// residuals: name → e_B, C1 among them.
PointGroup chooseGroup(const std::vector<std::pair<std::string, double>>& residuals);

} // namespace fxs
