#pragma once

#include "engine/detector/geometry_file.h"

#include <string>

namespace fxs {

/// Whether a text looks like a CrystFEL geometry: lines "parameter = value", comments after ";", a panel's corner_x.
bool isCrystfelGeometry(const std::string& text);

/// Reads a CrystFEL geometry (.geom), as the manual crystfel_geometry(5) says: values without a panel are defaults of the
/// panels that are first mentioned later; min and max of fs and ss are inclusive and count in the data array; corner_x and
/// corner_y are of the first pixel's outer corner, in pixels; clen in m as a number and in mm as a place in the data unless
/// a unit says so; coffset in m; res in pixels per metre.
/// Panels whose data has a fixed index in some dimension (dimN = number), or whose `data` differ, are in different slabs.
/// Where the run's frames have another shape but the same rows in memory (16 modules of 512 rows, or one stack of 8192), the
/// panels are placed in the run's.
/// Read: panels, directions, distances, wavelength, bad regions, no_index, mask_edge_pixels, masks, adu_per_photon,
/// adu_per_eV, max_adu, data, dimN. What has no meaning here (groups, peak lists) is passed over; fields that nobody knows
/// are remarked upon.
/// Throws: Error(badInput) with the line for each mistake; Error(badSettings) where the run has another shape.
GeometryFile readCrystfelGeometry(const std::string& text, const GeometryDefaults& run);

} // namespace fxs
