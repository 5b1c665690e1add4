#pragma once

#include "engine/core/array.h"
#include "engine/io/atomic_output.h"
#include "engine/model/correlation.h"

#include <string>

namespace fxs {

/// Writes CORRELATION.h5: the exact sums under /entry/harmonics (what resume, merge and filter read, bit for bit),
/// and for viewers C2 itself, the SAXS mean with its error, and the quality figures.
/// Layout:  README.md of this folder.
/// c2:      [q][q'][delta_phi], mean over images, as engine/correlate computes it for these sums; empty: the file has
///          no /entry/correlation and viewers open at the SAXS curve. It is passed in because it is computed in a
///          later room.
/// Memory:  nothing beside what is passed in.
/// Throws:  Error(exists, notFound, noPermission, io), Error(internal) for sums or c2 whose shapes contradict each
///          other.
void writeCorrelation(const std::string& path, const CorrelationSnapshot& snapshot, View<const float, 3> c2 = {},
                      const WriteOptions& options = {});

/// The sums as they were written, to the last bit.
/// Throws:  Error(notFound, badInput, io) naming the dataset, what was found and what was expected.
CorrelationSums readCorrelation(const std::string& path);

/// The whole: sums, quality figures and provenance.
CorrelationSnapshot readCorrelationSnapshot(const std::string& path);

/// The provenance of any file of ours; empty where it has none.
Provenance readProvenanceOf(const std::string& path);

} // namespace fxs
