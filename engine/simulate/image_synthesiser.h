#pragma once

#include "engine/core/array.h"
#include "engine/math/fft.h"
#include "engine/math/rotation.h"
#include "engine/model/experiment.h"
#include "engine/simulate/intensity_harmonics.h"

#include <cstddef>
#include <vector>

namespace fxs {

/// Diffraction images of a particle in any orientation, from its intensity's harmonics. The pixel (q, φ) looks along n
/// = (sinθ_q cosφ, sinθ_q sinφ, cosθ_q), θ_q on the Ewald sphere (science.md), and an image of orientation R shows I(R
/// n).
/// Method:  I_lm turned by R⁻¹ = Rz Ry Rz: the outer turns are phases, the inner one is two real matrix products an
///          order over all shells that have it; then F_m(q) = Σ_l P̄_lm(cosθ_q) I_lm(q), and an FFT a ring. Harmonics
///          beyond phiCount/2 fold back as sampling at phiCount azimuths makes them.
/// Units:   those of the harmonics (electrons²). Several particles add incoherently.
/// Shape:   images [q][phi].
/// Owns:    single-precision tables, about (l_max²)(shells) * 3 bytes.
/// Threads: const use is free with one Workspace a thread; the same bits whatever thread it is.
/// Throws:  Error(badSettings) if a shell lies beyond 4π/wavelength.
/// Cost:    Σ_l (l+1)² + l² over even l, twice, times shells, multiplications a particle; an FFT an image.
class ImageSynthesiser {
public:
    ImageSynthesiser(const IntensityHarmonics& harmonics, std::size_t phiCount, double wavelengthAngstrom,
                     Polarity polarity);

    std::size_t qCount() const { return m_qCount; }
    std::size_t phiCount() const { return m_phiCount; }

    /// What one thread works in.
    class Workspace {
    public:
        explicit Workspace(const ImageSynthesiser& synthesiser);
        const Array<float, 2>& image() const { return m_image; } ///< the finished image [q][phi]
    private:
        friend class ImageSynthesiser;
        std::vector<double> m_blocks;
        std::vector<float> m_block, m_turned, m_products, m_phases;
        Array<float, 3> m_particle; ///< [m][re, im][q]
        Array<float, 3> m_sum;      ///< the same over particles
        Array<float, 3> m_spectrum; ///< [q][m][re, im], folded
        Array<float, 2> m_image;
    };

    /// Begins an image without particles.
    void begin(Workspace& work) const;
    /// Adds a particle; pixels see I(orientation * n).
    void add(const Rotation& orientation, Workspace& work) const;
    /// Rings from harmonics: work.image() is the sum over the particles. Values that rounding made negative become 0.
    void finish(Workspace& work) const;

private:
    struct Order {
        int l = 0;
        std::size_t firstShell = 0; ///< shells before it do not have this order
        std::size_t cosine = 0;     ///< place of [m = 0..l][q] in m_coefficients; the sine part [m = 1..l][q] follows
        std::size_t legendre = 0;   ///< place of [m = 0..l][q] in m_legendre
    };
    std::size_t m_qCount, m_phiCount;
    std::size_t m_harmonics; ///< m = 0 ... m_harmonics - 1
    std::vector<Order> m_orders;
    std::vector<float> m_coefficients;
    std::vector<float> m_legendre; ///< P̄_lm(cosθ_q), over √2 for m > 0: from packed values to Fourier coefficients
    WignerRotator m_rotator;
    RealFft<float> m_rings;
};

} // namespace fxs
