#pragma once

#include "engine/io/atomic_output.h"
#include "engine/model/density.h"

#include <string>

namespace fxs {

/// Writes DENSITY.h5: /entry/density (density [z][y][x] with its axes in Å), its spherical coefficients,
/// /entry/restarts (seed, residuals, selected), /entry/convergence, /entry/fsc, /entry/prtf, the symmetry scan. Throws:
/// Error(exists, notFound, noPermission, io).
void writeDensity(const std::string& path, const Reconstruction& result, const WriteOptions& options = {});

/// The same back, to the last bit.
/// Throws:  Error(notFound, badInput, io) naming the dataset, what was found and expected.
Reconstruction readDensity(const std::string& path);

} // namespace fxs
