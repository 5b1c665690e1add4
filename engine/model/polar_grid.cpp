#include "engine/model/polar_grid.h"

#include <fmt/format.h>

#include <cmath>

namespace fxs {

PolarGrid PolarGrid::uniform(double qMin, double qMax, std::size_t qCount, std::size_t phiCount) {
    PolarGrid grid;
    grid.phiCount = phiCount;
    grid.q.resize(qCount);
    for (std::size_t i = 0; i < qCount; ++i)
        grid.q[i] = qMin + (static_cast<double>(i) + 0.5) * (qMax - qMin) / static_cast<double>(qCount);
    return grid;
}

std::vector<Problem> PolarGrid::check() const {
    std::vector<Problem> problems;
    if (q.empty())
        problems.push_back({"q-bins", "the polar grid has no ring, expected at least 1"});
    if (phiCount < 4)
        problems.push_back({"phi-bins", fmt::format("the polar grid has {} azimuths, expected at least 4", phiCount)});
    for (std::size_t i = 0; i < q.size(); ++i) {
        if (!std::isfinite(q[i]) || q[i] <= 0) {
            problems.push_back({"q", fmt::format("q of ring {} is {} 1/Å, expected a positive number", i, q[i])});
            break;
        }
        if (i > 0 && q[i] <= q[i - 1]) {
            problems.push_back(
                {"q", fmt::format("q of ring {} is {} after {}, expected increasing values", i, q[i], q[i - 1])});
            break;
        }
    }
    return problems;
}

} // namespace fxs
