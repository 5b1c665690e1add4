#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/mtif/harmonic_data.h"

#include <span>
#include <vector>

namespace fxs::mtif {

/// Pair distance distribution P(r) ∝ r ∫ q I(q) sin(qr) dq of the mean image, windowed at the last ring, continued to q = 0
/// by Guinier's law. Its resolution is π/q_max.
struct PairDistances {
    std::vector<double> r, p; ///< Å; P scaled to a maximum of 1
    double extent = 0;        ///< Å: where P, going out from its maximum, first falls below 2 %
};
/// Throws: Error(badInput) for fewer than 4 rings with a positive mean.
PairDistances pairDistances(std::span<const double> q, std::span<const double> mean);

/// What part of the B_l a particle of each diameter cannot explain, and the diameter read from it.
struct DiameterScan {
    std::vector<double> diameter; ///< Å, rising
    std::vector<double> misfit;   ///< relative, root mean square over the orders with a clear signal
    double best = 0;              ///< Å
};

/// Projects b [set][k][q][q'] (l = 2 + 2k) onto the Hankel basis of each trial diameter. With two sets the misfit is measured
/// on what they have in common, so noise does not enter. It falls steeply until the particle fits and is flat from there: best
/// is where it reaches the flat part, times 1.12 (the flat part begins that much below D with the number of terms used, and
/// too large a diameter costs little).
/// Cost: trials * orders * rings * terms²; parallel over trials.
DiameterScan scanDiameter(const HarmonicData& data, View<const double, 4> b, std::span<const double> trials,
                          double qMax, const TaskContext& task);

} // namespace fxs::mtif
