#pragma once

#include "engine/backend/backend.h"

#include <string>

namespace fxs {

/// How fine a snapshot for the wire is. A few MB at these values: 2 halves * 65 * 5050 pairs * 4 bytes.
struct WireLimits {
    std::size_t rings = 100;    ///< neighbouring rings are averaged until there are no more than these
    std::size_t harmonics = 65; ///< the first ones are kept
};

/// The same correlation with fewer rings and harmonics. A coarse ring is the mean of `n` neighbouring ones, so that its
/// harmonics are, exactly, the means over n x n pairs, and the photon self term what these rings' make together. A ratio of
/// sums (masks that differ from frame to frame) is taken first. Good for views and for a rough M-TIF; not to be summed on.
/// Cost: one pass over the sums.
CorrelationSums reducedForWire(const CorrelationSums& sums, const WireLimits& limits = {});

/// Writes what a job shows of itself, reduced, in single precision, whole or not at all: correlation, labels,
/// coefficients, phasing, density, each where there is one.
/// Throws:  Error(notFound, noPermission, io).
void writeWireSnapshot(const std::string& path, const Snapshot& snapshot, const WireLimits& limits = {});

/// The same back. Throws: Error(notFound, noPermission, io); Error(badInput) for a file that is cut, foreign, or of another
/// format version: a reader that got it over the network asks again.
Snapshot readWireSnapshot(const std::string& path);

} // namespace fxs
