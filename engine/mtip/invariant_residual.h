#pragma once

#include "engine/core/array.h"
#include "engine/mtip/invariant_projection.h"
#include "engine/mtip/magnitude_step.h"
#include "engine/mtip/phasing_space.h"

#include <span>
#include <vector>

namespace fxs {

/// e_B(ρ) = Σ_l min_O ‖√w (I_l − V_l O)‖² / Σ_l ‖√w V_l‖² and its gradient. O is stationary, so that ∂e_B/∂I = 2w(I − V
/// O)/norm, carried back through |A|², the harmonics and the Hankel transform. Variables: x = ρ √(r² Δr ΔΩ) on the
/// points of the density grid that lie in a support, in the grid's order. Owns:    working memory. One a thread;
/// evaluate allocates nothing. Cost:    eight transforms, as an iteration of RAAR.
class InvariantResidual {
public:
    explicit InvariantResidual(const PhasingSpace& space);

    /// e_B of ρ coefficients; slope (same shape) gets its gradient in packed coefficients.
    double evaluate(const InvariantTarget& target, View<const double, 3> rho, View<double, 3> slope);

    /// Chooses the points: those where support (a density field) is not 0.
    void setSupport(View<const double, 3> support);
    std::size_t variableCount() const { return m_points.size(); }
    /// x of a density field, and ρ coefficients of x.
    void gather(View<const double, 3> field, std::span<double> x) const;
    void spread(std::span<const double> x, View<double, 3> rho);
    /// Upper bounds of x for a bound on ρ.
    void upperBounds(double maxDensity, std::span<double> bounds) const;
    /// e_B of x, and its gradient.
    double evaluate(const InvariantTarget& target, std::span<const double> x, std::span<double> gradient);

private:
    const PhasingSpace& m_space;
    IntensityModel m_model;
    InvariantProjection m_projection;
    Array<double, 3> m_rho, m_slope, m_field;
    SphericalTransform::Scratch m_scratch;
    std::vector<std::size_t> m_points;
    std::vector<double> m_rowScale;  ///< √(r² Δr ΔΩ) per (r, θ)
    std::vector<double> m_rowWeight; ///< ΔΩ per (r, θ)
};

} // namespace fxs
