#pragma once

#include "engine/detector/geometry.h"
#include "engine/io/hdf5.h"

#include <optional>
#include <string>

namespace fxs {

/// The place of an NXdetector_module in the laboratory, by its chain of NXtransformations (depends_on): corner of its
/// first pixel and the steps of its fast and slow pixels, in metres. NeXus has the same axes as this program: z along
/// the beam, y up, right-handed. An axis of several values is taken at its first.
/// nullopt: the group does not say directions.
/// Throws: Error(badInput): a chain that leads nowhere or has no end; units that are not known.
std::optional<Panel> modulePlace(const h5::File& file, const std::string& module);

} // namespace fxs
