#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace fxs {

/// The agreement of the half sets (quality.h) after so many images.
struct GrowthPoint {
    std::uint64_t images = 0;
    double agreement = 0;
};

/// How agreement grows with the number of images N: two means of N/2 images of the same signal with independent noise correlate by
/// 1 / (1 + a/N), a the number of images after which noise is as strong as signal.
struct GrowthFit {
    double imagesToHalf = 0; ///< a
    double rms = 0;          ///< of the points' differences from the curve
    double agreementAt(double images) const { return 1 / (1 + imagesToHalf / images); }
};

/// Least squares for a. nullopt where the law says nothing that holds: fewer than 4 points, the last less than twice the first in
/// images, an agreement at the end below 0.3, or differences from the curve above 0.05 rms (agreement that does not grow is not noise).
/// Points of one accumulation hold each other's images: rms is no standard error.
std::optional<GrowthFit> fitGrowth(const std::vector<GrowthPoint>& points);

/// The highest q (1/Å) up to which the halves agree: the running median of three rings stays at or above the threshold from the lowest
/// ring on. 0 where they agree nowhere.
double agreementLimit(const std::vector<double>& q, const std::vector<double>& perRing, double threshold = 0.5);

} // namespace fxs
