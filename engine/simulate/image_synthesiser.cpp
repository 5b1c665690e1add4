#include "engine/simulate/image_synthesiser.h"

#include "engine/core/error.h"
#include "engine/math/legendre.h"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

ImageSynthesiser::ImageSynthesiser(const IntensityHarmonics& harmonics, std::size_t phiCount, double wavelengthAngstrom,
                                   Polarity polarity)
    : m_qCount(harmonics.q.size()), m_phiCount(phiCount), m_harmonics(static_cast<std::size_t>(harmonics.maxOrder) + 1),
      m_rotator(harmonics.maxOrder), m_rings(RealFft<float>::backwardRings(phiCount, m_qCount)) {
    std::vector<double> p(m_qCount * lmCount(harmonics.maxOrder));
    const std::size_t stride = lmCount(harmonics.maxOrder);
    for (std::size_t s = 0; s < m_qCount; ++s) {
        const double polar = ewaldPolarAngle(harmonics.q[s], wavelengthAngstrom, polarity);
        if (!std::isfinite(polar))
            throw Error(
                ErrorCode::badSettings,
                fmt::format("q = {} 1/Å cannot be reached at a wavelength of {} Å: the largest is 4π/λ = {} 1/Å",
                            harmonics.q[s], wavelengthAngstrom, 4 * std::numbers::pi / wavelengthAngstrom));
        normalisedLegendre(harmonics.maxOrder, wavelengthAngstrom == 0 ? 0.0 : std::cos(polar),
                           {&p[s * stride], stride});
    }
    for (int l = 0; l <= harmonics.maxOrder; l += 2) {
        Order order{l, 0, m_coefficients.size(), m_legendre.size()};
        order.firstShell =
            static_cast<std::size_t>(std::lower_bound(harmonics.shellOrder.begin(), harmonics.shellOrder.end(), l) -
                                     harmonics.shellOrder.begin());
        const std::size_t row = IntensityHarmonics::offset(l);
        const auto append = [&](std::size_t component) {
            for (std::size_t s = 0; s < m_qCount; ++s)
                m_coefficients.push_back(static_cast<float>(harmonics.packed(row + component, s)));
        };
        append(0);
        for (std::size_t m = 1; m <= static_cast<std::size_t>(l); ++m)
            append(2 * m - 1);
        for (std::size_t m = 1; m <= static_cast<std::size_t>(l); ++m)
            append(2 * m);
        for (int m = 0; m <= l; ++m)
            for (std::size_t s = 0; s < m_qCount; ++s)
                m_legendre.push_back(
                    static_cast<float>(p[s * stride + lmIndex(l, m)] / (m > 0 ? std::numbers::sqrt2 : 1.0)));
        m_orders.push_back(order);
    }
}

ImageSynthesiser::Workspace::Workspace(const ImageSynthesiser& s)
    : m_blocks(s.m_rotator.blockSize()), m_block(s.m_harmonics * s.m_harmonics),
      m_turned(2 * s.m_harmonics * s.m_qCount), m_products(s.m_harmonics * s.m_qCount), m_phases(2 * s.m_harmonics),
      m_particle({s.m_harmonics, 2, s.m_qCount}), m_sum({s.m_harmonics, 2, s.m_qCount}),
      m_spectrum({s.m_qCount, s.m_phiCount / 2 + 1, 2}), m_image({s.m_qCount, s.m_phiCount}) {}

void ImageSynthesiser::begin(Workspace& work) const {
    std::fill_n(work.m_sum.data(), work.m_sum.size(), 0.0F);
}

namespace {

/// cos and sin of m * angle, m = 0 ... phases.size()/2 - 1. A turn by `angle` about z takes F_m to F_m e^{-im angle}.
void fillPhases(double angle, std::vector<float>& phases) {
    for (std::size_t m = 0; 2 * m < phases.size(); ++m) {
        phases[2 * m] = static_cast<float>(std::cos(static_cast<double>(m) * angle));
        phases[2 * m + 1] = static_cast<float>(std::sin(static_cast<double>(m) * angle));
    }
}

} // namespace

void ImageSynthesiser::add(const Rotation& orientation, Workspace& work) const {
    const EulerZyz angles = orientation.inverse().eulerZyz();
    m_rotator.yBlocks(angles.beta, work.m_blocks);
    fillPhases(angles.gamma, work.m_phases);
    std::fill_n(work.m_particle.data(), work.m_particle.size(), 0.0F);
    for (const Order& order : m_orders) {
        const auto rows = static_cast<std::size_t>(order.l) + 1;
        const std::size_t first = order.firstShell;
        const std::size_t width = m_qCount - first;
        // The inner turn about z, packed into contiguous rows [m][shell].
        float* cosine = work.m_turned.data();
        float* sine = cosine + rows * width;
        const float* c = m_coefficients.data() + order.cosine + first;
        const float* s = c + rows * m_qCount;
        std::copy_n(c, width, cosine);
        for (std::size_t m = 1; m < rows; ++m) {
            const float cosPhase = work.m_phases[2 * m], sinPhase = work.m_phases[2 * m + 1];
            const float* cRow = c + m * m_qCount;
            const float* sRow = s + (m - 1) * m_qCount;
            float* cosineRow = cosine + m * width;
            float* sineRow = sine + (m - 1) * width;
            for (std::size_t i = 0; i < width; ++i) {
                cosineRow[i] = cosPhase * cRow[i] + sinPhase * sRow[i];
                sineRow[i] = cosPhase * sRow[i] - sinPhase * cRow[i];
            }
        }
        // The turn about y, one part after the other, each weighted by P̄_lm into the rings' harmonics.
        const double* block = work.m_blocks.data() + WignerRotator::blockOffset(order.l);
        for (std::size_t part = 0; part < (order.l == 0 ? 1U : 2U); ++part) {
            const std::size_t size = rows - part;
            std::copy_n(block + part * rows * rows, size * size, work.m_block.begin());
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(size), static_cast<int>(width),
                        static_cast<int>(size), 1.0F, work.m_block.data(), static_cast<int>(size),
                        part == 0 ? cosine : sine, static_cast<int>(width), 0.0F, work.m_products.data(),
                        static_cast<int>(width));
            for (std::size_t i = 0; i < size; ++i) {
                const std::size_t m = i + part;
                const float* legendre = m_legendre.data() + order.legendre + m * m_qCount + first;
                const float* product = work.m_products.data() + i * width;
                float* out = &work.m_particle(m, part, first);
                for (std::size_t k = 0; k < width; ++k)
                    out[k] += legendre[k] * product[k];
            }
        }
    }
    // The outer turn about z, and the sum over particles.
    fillPhases(angles.alpha, work.m_phases);
    for (std::size_t m = 0; m < m_harmonics; ++m) {
        const float cosPhase = work.m_phases[2 * m], sinPhase = work.m_phases[2 * m + 1];
        const float* re = &work.m_particle(m, 0, 0);
        const float* im = &work.m_particle(m, 1, 0);
        float* sumRe = &work.m_sum(m, 0, 0);
        float* sumIm = &work.m_sum(m, 1, 0);
        for (std::size_t k = 0; k < m_qCount; ++k) {
            sumRe[k] += cosPhase * re[k] + sinPhase * im[k];
            sumIm[k] += cosPhase * im[k] - sinPhase * re[k];
        }
    }
}

void ImageSynthesiser::finish(Workspace& work) const {
    std::fill_n(work.m_spectrum.data(), work.m_spectrum.size(), 0.0F);
    const std::size_t stride = 2 * work.m_spectrum.extent(1);
    for (std::size_t m = 0; m < m_harmonics; ++m) {
        const std::size_t wrapped = m % m_phiCount;
        const bool mirrored = 2 * wrapped > m_phiCount;
        const std::size_t place = mirrored ? m_phiCount - wrapped : wrapped;
        // Where m and -m fall onto the same coefficient (0 or phiCount/2), it is real and takes both.
        const bool own = m > 0 && (wrapped == 0 || 2 * wrapped == m_phiCount);
        const float reScale = own ? 2.0F : 1.0F;
        const float imScale = own ? 0.0F : (mirrored ? -1.0F : 1.0F);
        const float* re = &work.m_sum(m, 0, 0);
        const float* im = &work.m_sum(m, 1, 0);
        float* out = &work.m_spectrum(0, place, 0);
        for (std::size_t k = 0; k < m_qCount; ++k) {
            out[k * stride] += reScale * re[k];
            out[k * stride + 1] += imScale * im[k];
        }
    }
    m_rings.execute(work.m_spectrum.data(), work.m_image.data());
    for (float& value : work.m_image.span())
        value = std::max(value, 0.0F);
}

} // namespace fxs
