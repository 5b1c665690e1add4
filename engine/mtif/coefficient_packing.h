#pragma once

#include "engine/model/coefficients.h"
#include "engine/mtif/harmonic_data.h"
#include "engine/mtif/order_filter.h"

#include <span>
#include <vector>

namespace fxs::mtif {

/// Output shells q_i = (i + 1/2) Δq, from the first whose width touches the first measured ring to the last one below
/// qMax.
std::vector<double> outputShells(const HarmonicData& data, double spacing, double qMax);

/// I_00 = sqrt(4π) ⟨I⟩/M from the rings to the shells: the Hankel series of l = 0, or cubic interpolation where the mean has
/// parts that no particle of this diameter makes (background).
std::vector<double> meanOnShells(const HarmonicData& data, std::span<const double> mean, double diameter, double qMax,
                                 double particles, std::span<const double> shells);

/// What packing needs besides the estimates.
struct PackingPlan {
    int maxOrder = 0;
    double particles = 1;
    double diameter = 0;
    std::vector<double> shells;
    std::vector<double> condition; ///< [k], l = 2 + 2k
    Experiment experiment;
};

/// Coefficients of the whole (set < 0) or of one set, with the rank of the whole. estimates: l = 2, 4, ...; those above plan.maxOrder
/// are left out.
Coefficients packCoefficients(const PackingPlan& plan, const std::vector<OrderEstimate>& estimates,
                              std::vector<double> i00, int set);

} // namespace fxs::mtif
