#pragma once

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

} // namespace fxs
