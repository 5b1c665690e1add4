#pragma once

#include "engine/core/error.h"
#include "engine/correlate/c2.h"

#include <cstddef>
#include <optional>

namespace fxs {

/// Guinier's law of small angles: ln I(q) = ln I(0) - q² R_g² / 3, valid up to about q R_g = 1.3 (Guinier, Ann. Phys. 12 (1939) 161).
/// Units: q in 1/Å, radius in Å, intensity in the curve's unit.
struct GuinierFit {
    double radius = 0, radiusError = 0; ///< radius of gyration R_g, Å, ± one standard error
    double intensity0 = 0, intensity0Error = 0;
    double qMin = 0, qMax = 0; ///< of the points that were used, 1/Å
    std::size_t points = 0;
    double reducedChiSquare = 0; ///< 0 where the curve has no errors
    double intensityAt(double q) const;
};

/// Where to fit; what is not given is chosen: from the lowest q on, up to q R_g = 1.3 (iterated).
struct GuinierRange {
    std::optional<double> qMin, qMax;
};

/// Weighted least squares of ln I against q², weights from the curve's standard errors (equal ones where it has none). Errors are those of
/// the fit, times the square root of the reduced chi square where that exceeds 1 or there are no errors to weight by.
/// Fails, with a sentence: fewer than 3 positive points in the range, or an intensity that does not fall there.
Result<GuinierFit> fitGuinier(const SaxsMean& curve, const GuinierRange& range = {});

} // namespace fxs
