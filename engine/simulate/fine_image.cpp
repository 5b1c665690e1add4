#include "engine/simulate/fine_image.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

/// Lagrange's weights of nodes 1, 2, 3 at x, for nodes 0 ... 3.
std::array<float, 3> cubicWeights(double x) {
    return {static_cast<float>(x * (x - 2) * (x - 3) / 2), static_cast<float>(-x * (x - 1) * (x - 3) / 2),
            static_cast<float>(x * (x - 1) * (x - 2) / 6)};
}

} // namespace

FineImageSampler::FineImageSampler(double firstQ, double step, std::size_t rings, std::size_t phiCount,
                                   std::span<const float> q, std::span<const float> phi)
    : m_phiCount(phiCount), m_stencils(q.size()) {
    for (std::size_t i = 0; i < q.size(); ++i) {
        // The outermost stencils serve what lies beyond their middle too.
        const double ring = (static_cast<double>(q[i]) - firstQ) / step;
        const double firstRing = std::clamp(std::floor(ring) - 1, 0.0, static_cast<double>(rings - 4));
        const double turns = static_cast<double>(phi[i]) / (2 * std::numbers::pi);
        const double azimuth = (turns - std::floor(turns)) * static_cast<double>(phiCount);
        const double firstAzimuth = std::floor(azimuth) - 1;
        m_stencils[i] = {static_cast<std::uint32_t>(firstRing),
                         static_cast<std::uint32_t>(
                             std::fmod(firstAzimuth + static_cast<double>(phiCount), static_cast<double>(phiCount))),
                         cubicWeights(ring - firstRing), cubicWeights(azimuth - firstAzimuth)};
    }
}

void FineImageSampler::sample(View<const float, 2> image, std::span<float> out) const {
    for (std::size_t i = 0; i < m_stencils.size(); ++i) {
        const Stencil& s = m_stencils[i];
        const auto& a = s.inAzimuth;
        const float a0 = 1 - a[0] - a[1] - a[2];
        const std::array<float, 4> b{1 - s.inRing[0] - s.inRing[1] - s.inRing[2], s.inRing[0], s.inRing[1],
                                     s.inRing[2]};
        std::array<std::size_t, 4> k{};
        for (std::size_t j = 0; j < 4; ++j) {
            k[j] = s.azimuth + j;
            if (k[j] >= m_phiCount)
                k[j] -= m_phiCount;
        }
        float sum = 0;
        for (std::size_t r = 0; r < 4; ++r) {
            const float* row = &image(s.ring + r, 0);
            sum += b[r] * (a0 * row[k[0]] + a[0] * row[k[1]] + a[1] * row[k[2]] + a[2] * row[k[3]]);
        }
        out[i] = std::max(sum, 0.0F);
    }
}

} // namespace fxs
