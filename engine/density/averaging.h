#pragma once

#include "engine/core/task.h"
#include "engine/density/alignment.h"
#include "engine/model/density.h"

#include <cstddef>
#include <vector>

namespace fxs {

/// Several densities laid over one of them and averaged.
struct Average {
    SphericalDensity density;                 ///< mean of the selected, in the first one's frame
    std::vector<SphericalAmplitudes> aligned; ///< of the selected, on the shells asked for
    std::vector<std::size_t> selected;        ///< indices into what was given, best first
    std::vector<Alignment> alignments;        ///< of the selected, to the first
};

/// How many of n restarts are averaged: the best two thirds, rounded to the nearest, at least one.
std::size_t selectedCount(std::size_t n);

/// Averages densities[order[0]], densities[order[1]], ... as many as selectedCount says (or count, if > 0), each
/// aligned to the first and brought to its scale by least squares over the shells q. order: best first. Throws:
/// Error(badInput) without densities or if their radii or orders differ; Stopped. Cost: one align() each.
Average averageAligned(const std::vector<const SphericalDensity*>& densities, const std::vector<std::size_t>& order,
                       const std::vector<double>& q, const TaskContext& task, std::size_t count = 0);

} // namespace fxs
