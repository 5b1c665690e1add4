#pragma once

#include "engine/io/atomic_output.h"
#include "engine/model/density.h"

#include <string>

namespace fxs {

/// Writes a density as MRC/CCP4 (2014): mode 2 (32-bit floats), axes X, Y, Z, cell of n * spacing Å with right angles,
/// P1. Position: the centre of the grid is at (0, 0, 0) Å. ORIGIN (words 50-52, what ChimeraX and PyMOL go by) is -(n -
/// 1)/2 * spacing; NXSTART (what Coot goes by) says the same for odd n, and is half a voxel lower for even n, because
/// it is an integer. Throws: Error(exists, notFound, noPermission, io); Error(badInput) for an empty or non-cubic map
/// or a spacing that is not positive.
void writeMap(const std::string& path, const DensityMap& map, const WriteOptions& options = {});

/// Reads MRC/CCP4, plain or gzip-compressed, either byte order, modes 0, 1, 2 and 6, axes in any order. What is not a
/// cube is filled up with zeros around it. The map's place in space is dropped: the centre of the box is the particle's
/// centre. Throws: Error(notFound, noPermission, io); Error(badInput) for what is not a map, is truncated, is larger
/// than 1024 voxels an edge or holds values that are not finite; Error(unsupported) for oblique cells, voxels that are
/// not cubes, other modes.
DensityMap readMap(const std::string& path);

} // namespace fxs
