#pragma once

#include "engine/core/provenance.h"
#include "engine/io/atomic_output.h"
#include "engine/io/hdf5.h"
#include "engine/model/experiment.h"

#include <functional>
#include <string>
#include <vector>

namespace fxs {

/// The NeXus side of our HDF5 files: attributes that let silx view, NeXpy and h5web plot a file at once, and the
/// groups that every file of ours carries.
/// Throws:  as engine/io/hdf5.h.

/// A group of class NXdata: its signal, and the names of its axes in order ("." for an axis without values).
h5::Group createNxData(h5::Group& parent, const std::string& name, const std::string& signal,
                       const std::vector<std::string>& axes);
/// The name of the plottable default of a group.
void setDefault(h5::Group& group, const std::string& child);

/// /entry/provenance: program, version, command, settings, inputs, start, end, host, threads.
void writeProvenance(h5::Group& entry, const Provenance& provenance);
/// What is there; a file without provenance gives an empty one.
Provenance readProvenance(const h5::Group& entry);

/// wavelength (Å, 0 = flat on purpose; absent where it is not known), polarity, particles_per_shot, photons_per_unit.
void writeExperiment(h5::Group& group, const Experiment& experiment);
Experiment readExperiment(const h5::Group& group);

/// Writes one of our files whole or not at all: makes it under a temporary name, calls fill(entry) with its NXentry,
/// writes the provenance (with its end, if it has none), closes, renames. Every Error says "writing PATH".
void writeNxFile(const std::string& path, const WriteOptions& options, const Provenance& provenance,
                 const std::function<void(h5::Group& entry)>& fill);

} // namespace fxs
