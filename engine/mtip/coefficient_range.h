#pragma once

#include "engine/model/coefficients.h"

#include <optional>

namespace fxs {

/// The coefficients of the shells up to qMax (1/Å), for a particle of that diameter (Å); what is not given stays as it is. Only what
/// phasing needs is copied (q, B_l, V_l, rank, I_00, diameter, experiment). Inside mtip/ only.
/// Throws: Error(badInput) for coefficients without shells or whose arrays do not fit them; Error(badSettings) if no shell is left.
Coefficients coefficientsUpTo(const Coefficients& coefficients, std::optional<double> qMaxInverseAngstrom,
                              std::optional<double> diameterAngstrom);

/// Outer edge of the last shell; the first ones may be missing (a beam stop).
double outerEdge(const std::vector<double>& q);

/// Upper bound on the density: all of A(0), from a Guinier fit of I_00 on the two lowest shells, spread evenly over 1.21 Å³ a dalton.
/// Units: sqrt(intensity)/Å³.
double densityBound(const Coefficients& coefficients, double molecularWeightDalton);

} // namespace fxs
