#pragma once

#include "engine/model/correlation.h"

#include <vector>

namespace fxs {

/// Agreement of the two halves, the running measure of how much the data say: Pearson correlation of their C_m(q,q) over m >= 1,
/// per ring; of their C_m over all pairs of rings, per m (each pair divided by its row and column scale so that low q do not
/// decide alone). 0 where a half has no frames.
std::vector<double> halfSetPerRing(const CorrelationSums& sums);
std::vector<double> halfSetPerHarmonic(const CorrelationSums& sums);
/// Full parity: |Im C| / |C| over m >= 1; 0 for even parity.
double imaginaryFraction(const CorrelationSums& sums);

} // namespace fxs
