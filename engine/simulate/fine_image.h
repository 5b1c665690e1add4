#pragma once

#include "engine/core/array.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fxs {

/// Values at arbitrary (q, φ) from a polar image on a fine uniform grid, by Lagrange's cubic interpolation in both.
/// Rings at q = firstQ + i step; azimuth k at 2πk/phiCount, periodic. Error about 0.02 (ωh)⁴ for a wave of ω rad per
/// unit.
/// Shape:   image [ring][phi]; pixels in any order, one value each.
/// Owns:    two stencils a pixel, 36 bytes.
/// Threads: const use is free.
class FineImageSampler {
public:
    FineImageSampler(double firstQ, double step, std::size_t rings, std::size_t phiCount, std::span<const float> q,
                     std::span<const float> phi);
    void sample(View<const float, 2> image, std::span<float> out) const;

private:
    struct Stencil {
        std::uint32_t ring = 0, azimuth = 0;        ///< first of four
        std::array<float, 3> inRing{}, inAzimuth{}; ///< weights of the 2nd to 4th; the first is what is left of 1
    };
    std::size_t m_phiCount;
    std::vector<Stencil> m_stencils;
};

} // namespace fxs
