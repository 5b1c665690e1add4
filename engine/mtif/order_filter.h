#pragma once

#include "engine/core/array.h"
#include "engine/mtif/hankel_basis.h"
#include "engine/mtif/harmonic_data.h"
#include "engine/mtif/low_rank.h"

#include <optional>
#include <span>
#include <vector>

namespace fxs::mtif {

/// sqrt(q)/sqrt(d_l(q)) for every ring, d_l the falling raw C_l(q,q): in these units noise and sampling errors of B_l are about
/// equal everywhere. 0 for rings that do not carry m = l. Where the signal is far below its largest (low q of high orders)
/// the weight is held down, since there the basis' truncation, not the noise, is the error. [q]
std::vector<double> whiteningWeights(const HarmonicData& data, View<const double, 2> falling, int l);

/// Tiers 2 and 3 for one order l.
struct OrderEstimate {
    int order = 0;
    std::vector<double> weights; ///< [q] whitening
    HankelBasis basis;
    int terms = 0;                   ///< Hankel terms asked for
    std::vector<Array<double, 2>> x; ///< per set: coefficients in the basis, whitened
    Array<double, 2> whole;          ///< the sets' weighted mean
    Array<double, 2> noise;          ///< half the sets' difference; empty with one set
    double whiteDeviation = 0;       ///< of noise's elements, as far as it is independent from pair to pair
    LowRank kept;                    ///< of whole
};

/// What decides terms and rank.
struct OrderRules {
    double diameter = 0;           ///< Å
    double qMax = 0;               ///< 1/Å, the outer edge of the last ring
    std::optional<int> extraTerms; ///< nullopt: by cross-validation between the sets, 2 ... 4 (2 or 3 with one set)
    double rankThreshold = 1.5;
};

/// Chooses the number of terms from b [set][q][q'] and makes the basis, also on the output shells.
OrderEstimate prepareOrder(int l, const OrderRules& rules, const HarmonicData& data, View<const double, 2> falling,
                           std::span<const View<const double, 2>> b, std::span<const double> shells);

/// Projects b [set][q][q'] onto the basis (pairs that were never measured are filled until consistent) and cuts the
/// rank.
void estimateOrder(OrderEstimate& estimate, const OrderRules& rules, const HarmonicData& data,
                   std::span<const View<const double, 2>> b);

/// What cutting the rank leaves of the noise: P N + N P − P N P, P onto the kept components; N itself if none is kept.
/// [n][n]
Array<double, 2> remainingNoise(const OrderEstimate& estimate);

} // namespace fxs::mtif
