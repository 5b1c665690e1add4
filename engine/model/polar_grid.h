#pragma once

#include "engine/core/array.h"
#include "engine/core/settings.h"

#include <cstddef>
#include <vector>

namespace fxs {

/// The rings and azimuths of polar images. Azimuth k is phi = 2 pi k / phiCount, counted counter-clockwise seen against
/// the beam.
struct PolarGrid {
    std::vector<double> q;    ///< 1/Å, increasing; the centre of each ring
    std::size_t phiCount = 0; ///< azimuths over the full circle, equidistant

    std::size_t qCount() const { return q.size(); }
    bool operator==(const PolarGrid&) const = default;

    /// Rings at q_min + (i + 1/2) (q_max - q_min) / qCount.
    static PolarGrid uniform(double qMin, double qMax, std::size_t qCount, std::size_t phiCount);
    /// Increasing positive finite q, at least one ring, at least 4 azimuths: every violation is a problem.
    std::vector<Problem> check() const;
};

/// What averaging over the pixels of bins did to polar images, to second order in the width of a bin: a harmonic of ring q
/// comes out as transfer[q][m] (1 + shift ∂_q + spread/2 ∂_q²) F_m(q). Empty: images are of points.
struct BinAverage {
    Array<double, 2> transfer;  ///< [q][m], m = 0 ... phiCount / 2; 1 for points
    std::vector<double> shift;  ///< 1/Å: mean of the pixels' q less the ring's
    std::vector<double> spread; ///< 1/Å²: mean of its square

    bool empty() const { return transfer.empty(); }
    BinAverage clone() const { return {transfer.clone(), shift, spread}; }
};

} // namespace fxs
