#pragma once

#include "engine/io/layout.h"

namespace fxs {

/// NeXus application definition NXmx, as an Eiger's master file has it: /entry/data/data_000001, data_000002, ...
/// (external links to the data files, read in the order of their numbers; those that lead nowhere are counted and
/// told), or /entry/data/data (whole, or virtual). pixel_mask (0 is good), wavelength, distance, pixel size and beam
/// centre of /entry/instrument, and the place of the only module by its transformations where it does not face the
/// sample. Columns: what has one value a frame in the entry's sample, instrument and data groups.
Layout nxmxLayout();

} // namespace fxs
