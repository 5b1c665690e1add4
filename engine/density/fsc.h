#pragma once

#include "engine/density/amplitudes.h"
#include "engine/model/density.h"

#include <vector>

namespace fxs {

/// Fourier shell correlation of two aligned sets of amplitudes on the same shells:
/// FSC(q) = Re Σ A₁ A₂* / sqrt(Σ|A₁|² Σ|A₂|²), the sums over directions, taken in harmonics (Parseval). The lower of
/// the two orders decides what is compared; a shell without power in one of them counts as 0. Resolutions are 2π/q
/// where the curve first falls below 0.5 and 0.143, by linear interpolation between shells; or 2π/q_max with the flag
/// set where it never does. q_max is the outer edge of the last shell. Throws: Error(badInput) if the shells differ.
ShellCorrelation shellCorrelation(const SphericalAmplitudes& first, const SphericalAmplitudes& second);

/// FSC, mean and crossings from a curve already there.
ShellCorrelation shellCorrelation(std::vector<double> q, std::vector<double> fsc);

/// Phase retrieval transfer function over aligned results: |⟨A/|A|⟩| averaged over directions, per shell; 1 where all
/// agree on the phases, 1/sqrt(n) where they are random. Throws: Error(badInput) without sets, or if their shells or
/// orders differ.
std::vector<double> phaseTransfer(const std::vector<SphericalAmplitudes>& aligned);

} // namespace fxs
