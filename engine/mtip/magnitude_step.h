#pragma once

#include "engine/core/array.h"
#include "engine/math/spherical_transform.h"
#include "engine/mtip/invariant_projection.h"
#include "engine/mtip/phasing_space.h"

#include <vector>

namespace fxs {

/// From ρ to amplitudes and intensities on the northern half of the first shells (Friedel's law gives the rest).
/// Shape:   fields [phi][shell][thetaCount/2], coefficients [shell][lm][2]. Real part of A: even l; imaginary part: odd
/// l, with
///          the signs (−i)^l = (−1)^{⌊l/2⌋} (1 or −i) taken into the coefficients.
/// Owns:    its arrays; they hold the last result. One a thread; nothing is allocated after construction.
class IntensityModel {
public:
    explicit IntensityModel(const PhasingSpace& space);

    /// Fills all of the below for the first `shells` shells.
    void compute(View<const double, 3> rho, std::size_t shells);

    const PhasingSpace& space() const { return m_space; }
    View<double, 3> amplitudes() { return m_a.view().sub(0, m_shells); } ///< signed a_lm; free to overwrite
    View<double, 3> real() { return field(m_real); }
    View<double, 3> imaginary() { return field(m_imaginary); }
    View<double, 3> intensity() { return field(m_intensity); }
    View<double, 3> intensityCoefficients() { return m_intensityLm.view().sub(0, m_shells); }
    /// Coefficients and field of the caller's: a change or a slope of the intensity.
    View<double, 3> changeCoefficients() { return m_changeLm.view().sub(0, m_shells); }
    View<double, 3> change() { return field(m_change); }
    /// change() from changeCoefficients().
    void synthesiseChange();
    /// amplitudes() from real() and imaginary().
    void analyseAmplitudes();

private:
    View<double, 3> field(Array<double, 3>& array) const {
        return {array.data(), {m_space.amplitude.phiCount(), m_shells, m_space.amplitude.thetaCount() / 2}};
    }

    void applySigns();

    const PhasingSpace& m_space;
    std::size_t m_shells = 0;
    Array<double, 3> m_a, m_intensityLm, m_changeLm;
    Array<double, 3> m_real, m_imaginary, m_intensity, m_change;
    SphericalTransform::Scratch m_amplitudeScratch, m_intensityScratch;
};

/// The magnitude step ρ ← ρ + F⁻¹[(√(Ĩ/I) − 1) A], Ĩ = max(I + P(I) − I, 0) with P the hyperphase projection: what lies
/// outside the constrained shells and orders is kept. Threads: one a thread; nothing is allocated in apply. Cost: seven
/// transforms.
class MagnitudeStep {
public:
    explicit MagnitudeStep(const PhasingSpace& space);

    /// stepped = the step of rho (both ρ coefficients, [r][lm][2]); may not be the same array. Returns e_B of rho.
    double apply(const InvariantTarget& target, View<const double, 3> rho, View<double, 3> stepped);

    /// e_M = Σ q² (√Ĩ − √I)² / Σ q² Ĩ of rho on the target's shells.
    double magnitudeError(const InvariantTarget& target, View<const double, 3> rho);
    /// Scale that brings rho's I_00 to the target's in the least-squares sense.
    double scaleTo(const InvariantTarget& target, View<const double, 3> rho);
    std::vector<double> residualPerOrder(const InvariantTarget& target, View<const double, 3> rho);

private:
    IntensityModel m_model;
    InvariantProjection m_projection;
};

} // namespace fxs
