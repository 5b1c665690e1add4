#pragma once

#include "engine/io/atomic_output.h"
#include "engine/model/coefficients.h"

#include <string>

namespace fxs {

/// Writes COEFFICIENTS.h5: /entry/coefficients (b_l [l][q][q'], its factors v_l, eigenvalues, rank, errors, i_00),
/// the same for each half under /entry/halves, the filtered C2 under /entry/filtered, diameter, experiment and every
/// regularisation weight.
/// Throws:  Error(exists, notFound, noPermission, io).
void writeCoefficients(const std::string& path, const FilterResult& result, const WriteOptions& options = {});

/// The same back, to the last bit.
/// Throws:  Error(notFound, badInput, io) naming the dataset, what was found and expected.
FilterResult readCoefficients(const std::string& path);

} // namespace fxs
