#pragma once

#include "engine/io/hdf5.h"
#include "engine/model/coefficients.h"
#include "engine/model/correlation.h"
#include "engine/model/density.h"

namespace fxs {

/// What CORRELATION.h5, COEFFICIENTS.h5 and DENSITY.h5 hold under /entry (but the provenance), in any group: several
/// results share a file this way, as a job's snapshot does.
/// Throws:  as correlation_file.h, coefficients_file.h and density_file.h.

/// How exactly the large arrays are stored.
enum class Precision { full, single };

/// Without C2 itself, which readers make from the sums.
void writeCorrelationGroups(h5::Group& entry, const CorrelationSnapshot& snapshot,
                            Precision precision = Precision::full);
CorrelationSnapshot readCorrelationGroups(const h5::Group& entry);

/// With precision single, the filtered C2 itself, which is large and follows from its harmonics, is left out.
void writeCoefficientsGroups(h5::Group& entry, const FilterResult& result, Precision precision = Precision::full);
FilterResult readCoefficientsGroups(const h5::Group& entry);

void writeDensityGroups(h5::Group& entry, const Reconstruction& result);
Reconstruction readDensityGroups(const h5::Group& entry);

/// The state of the phasing: restarts as far as they are, and the best one's map.
void writePhasingGroups(h5::Group& entry, const PhasingSnapshot& snapshot);
PhasingSnapshot readPhasingGroups(const h5::Group& entry);

} // namespace fxs
