#pragma once

#include "engine/model/polar_grid.h"
#include "engine/mtif/harmonic_data.h"

namespace fxs::mtif {

/// Takes out what averaging over the pixels of bins did to the harmonics (model/polar_grid.h, BinAverage), so that they are those
/// of the rings' points: C_m(q,q') / (T_m(q) T_m(q')), then S C Sᵀ with S = 1 - (shift ∂_q + spread/2 ∂_q²), the derivatives
/// being those of the parabola through three neighbouring rings. The mean images likewise. Without it B_l of 256 azimuths
/// are 1 % too small at l = 16 and 5 % at l = 32.
/// Call it when the self term has been taken off: derivatives would spread it to other pairs of rings.
/// Rings whose neighbours carry no such harmonic are only divided, as are harmonics of which less than 0.2 is left.
void takeOutBinAverage(const BinAverage& average, HarmonicData& data);

} // namespace fxs::mtif
