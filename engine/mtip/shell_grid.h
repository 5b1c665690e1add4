#pragma once

#include "engine/core/array.h"
#include "engine/math/spherical_transform.h"

#include <vector>

namespace fxs {

/// The shells phasing works on, in Fourier and in real space, and the Hankel transforms between them (midpoint rule):
///   a_lm(q) = 4π Σ_r ρ_lm(r) j_l(qr) r² Δr,   ρ_lm(r) = 1/(2π²) Σ_q a_lm(q) j_l(qr) q² Δq,   A = Σ (−i)^l a_lm Y_lm.
/// Units:   q in 1/Å, q_i = (i + 1/2) Δq, Δq <= π/D; r in Å, r_j = (j + 1/2) Δr, Δr = π/(2.5 q_max), box 1.35 D/2.
/// Shape:   coefficients [shell][lm][2] in the order of a SphericalTransform, which is passed along.
/// Owns:    two dense matrices an order.
/// Threads: const use is free.
/// Throws:  Error(badInput) from the constructor if the q are not such shells.
/// Cost:    a transform: 4 * shells(q) * shells(r) * coefficients multiplications.
class ShellGrid {
public:
    /// intensityOrder: highest l of |A|² in use; 0 means q_max D.
    ShellGrid(std::vector<double> q, double diameterAngstrom, int intensityOrder, double boxRadii);

    const std::vector<double>& q() const { return m_q; }
    const std::vector<double>& r() const { return m_r; }
    double dq() const { return m_dq; }
    double dr() const { return m_dr; }
    double qMax() const { return m_dq * static_cast<double>(m_q.size()); } ///< outer edge of the last shell
    double diameterAngstrom() const { return m_diameter; }
    int amplitudeOrder() const { return m_amplitudeOrder; } ///< L = q_max D/2 + 4
    int intensityOrder() const { return m_intensityOrder; } ///< even
    /// Angular grid on which |A|² up to intensityOrder is exact.
    int thetaCount() const { return m_thetaCount; }
    int phiCount(int fold) const;
    /// Angular grid of ρ, exact for the product of order L and an order of sampling * L; sampling >= 1.
    int realThetaCount(double sampling) const;
    int realPhiCount(double sampling, int fold) const;

    /// ρ → a on the first a.extent(0) shells.
    void toAmplitudes(const SphericalTransform& layout, View<const double, 3> rho, View<double, 3> a) const;
    /// a on the first a.extent(0) shells → ρ.
    void toDensity(const SphericalTransform& layout, View<const double, 3> a, View<double, 3> rho) const;
    /// The transpose of toAmplitudes.
    void adjoint(const SphericalTransform& layout, View<const double, 3> a, View<double, 3> rho) const;

private:
    std::vector<double> m_q, m_r;
    double m_dq = 0, m_dr = 0, m_diameter = 0;
    int m_amplitudeOrder = 0, m_intensityOrder = 0, m_thetaCount = 0;
    Array<double, 3> m_forward; ///< [l][q][r]
    Array<double, 3> m_inverse; ///< [l][r][q]
};

/// Refuses shells that are not q_i = (i + 1/2) Δq with Δq <= π/D. Throws: Error(badInput). Returns Δq.
double checkShells(const std::vector<double>& q, double diameterAngstrom);

} // namespace fxs
