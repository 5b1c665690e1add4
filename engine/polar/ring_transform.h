#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/model/polar_grid.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fxs {

/// Which harmonics are wanted of each ring.
struct RingBand {
    std::size_t harmonics = 0;         ///< m = 0 ... harmonics - 1 at most; phiCount / 2 + 1 if nothing limits them
    std::vector<std::int32_t> perRing; ///< ring q carries m = 0 ... perRing[q] - 1; empty: all

    /// From a particle's diameter: M(q) = ceil(q D) + margin, the highest harmonic that intensity of a particle of diameter D
    /// has on a ring at q, beyond which it falls faster than exponentially. diameterAngstrom 0: no limit.
    /// maxHarmonic: a limit for all rings; 0: none.
    static RingBand of(const PolarGrid& grid, double diameterAngstrom, std::size_t maxHarmonic);
    std::size_t ofRing(std::size_t q) const;
};

/// Rings to circular harmonics: F_m(q) = 1/n_phi Σ_k I(q, φ_k) e^{-imφ_k} where a ring is whole; the least-squares fit of
/// I = Σ_m F_m e^{imφ} to the valid azimuths where a fixed mask leaves gaps (one pseudo-inverse a ring; science.md, Masks).
/// Both are one matrix product a ring; a whole ring is folded twice first (azimuth k with -k, then with n/2 - k), which
/// leaves a quarter of the product and is faster than an FFT with the transposition that the rank-k update would need.
///
/// Shape:   output [m][q][Re of every frame | Im of every frame], columns = 2 * frames: what the rank-k update reads.
/// Owns:    its matrices, shared by copies.
/// Threads: transform() may be called from many threads, for different rings.
/// Throws:  Error(badInput) if the mask's shape is not [q][phi].
/// Cost:    n_phi² / 4 multiply-adds a whole ring; 2 M n_phi a fitted one.
template <class T>
class RingTransform {
public:
    RingTransform(const PolarGrid& grid, RingBand band, View<const std::uint8_t, 2> mask = {});

    const RingBand& band() const { return m_band; }
    /// Condition number of each ring's fit, 1 for whole rings; empty without a mask. Infinite: the ring cannot be fitted.
    const std::vector<double>& condition() const { return m_condition; }
    /// Harmonics that each ring really carries: the band, cut where the mask makes the fit ill-conditioned. Empty: all.
    const std::vector<std::int32_t>& ringHarmonics() const { return m_band.perRing; }

    /// Variance of F_m(q) = |F_m|² added by noise of variance v_k at azimuth k, for v_k = 1 on valid azimuths: Σ_k |P_mk|².
    /// Shape: [q][m]. 1/n_phi for whole rings.
    Array<double, 2> noiseGain() const;

    /// All harmonics of ring q of many frames. frames: pointers to the ring's n_phi values. means: the ring's mean (fitted F_0)
    /// of each frame, taken out before the product so that single precision serves the fluctuations; written here.
    /// out: [m][columns] with a distance of rowStride values between harmonics; harmonics that the ring does not carry are zero,
    /// and so is m = 0, which means holds in double precision.
    void transform(std::size_t q, std::span<const float* const> frames, std::span<double> means, T* out,
                   std::size_t rowStride) const;

private:
    void transformWhole(std::span<const float* const> frames, std::span<const double> means, std::size_t count, T* out,
                        std::size_t rowStride) const;
    void transformFitted(std::size_t q, std::span<const float* const> frames, std::span<const double> means,
                         std::size_t count, T* out, std::size_t rowStride) const;
    void fitRing(std::size_t q, View<const std::uint8_t, 2> mask);

    PolarGrid m_grid;
    RingBand m_band;
    std::vector<double> m_condition;
    /// cos and -sin of even and odd m on the quarter circle, divided by n_phi: [m / 2][k]
    Array<T, 2> m_cosEven, m_cosOdd, m_sinEven, m_sinOdd;
    /// Per fitted ring: [Re and Im rows of m = 0 ... M - 1][phi]; empty for whole rings.
    std::vector<Array<T, 2>> m_fit;
    std::vector<std::vector<double>> m_meanWeights; ///< the fit's row of m = 0
};

extern template class RingTransform<float>;
extern template class RingTransform<double>;

} // namespace fxs
