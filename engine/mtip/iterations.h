#pragma once

#include "engine/core/array.h"
#include "engine/math/spherical_transform.h"
#include "engine/mtip/magnitude_step.h"
#include "engine/mtip/phasing_space.h"
#include "engine/mtip/recipe.h"

#include <cstdint>

namespace fxs {

/// A density on its way through projections: its coefficients, its support, and the steps that change them.
/// P_S sets to 0 what is negative or outside the support (and cuts at the upper bound), then keeps the orders up to L.
/// Luke, Inverse Problems 21 (2005) 37 (RAAR); Elser, Rankenburg, Thibault, PNAS 104 (2007) 418 (difference map family,
/// RRR). Units:   support a density field [phi][r][theta] of 0 and 1. Owns:    everything; nothing is allocated after
/// construction. One a thread. Cost:    iterate: nine transforms; about 0.2 ms at q_max D = 28 without symmetry, 0.03
/// ms inside D7.
class PhasingIteration {
public:
    /// upperBound: of ρ; HUGE_VAL for none.
    PhasingIteration(const PhasingSpace& space, double upperBound);

    /// Uniformly random positive density in a ball, scaled to the target's I_00; the support becomes the ball.
    void startRandom(std::uint64_t seed, double radiusAngstrom, const InvariantTarget& target);
    /// The support becomes a ball.
    void setBall(double radiusAngstrom);

    /// One iteration of raar, rrr or errorReduction. Returns e_B of the density before it.
    double iterate(PhasingMethod method, double beta, const InvariantTarget& target);
    /// New support: where ρ, blurred by a Gaussian of σ = blurAngstrom, exceeds threshold times its maximum.
    void shrinkWrap(double blurAngstrom, double threshold);
    /// After RAAR and RRR: P_S of the last magnitude step becomes the density. Otherwise it is one already.
    void settle();

    View<double, 3> density() { return m_rho; }
    View<const double, 3> density() const { return m_rho; }
    View<double, 3> support() { return m_support; }
    View<const double, 3> support() const { return m_support; }
    /// The estimate that settle would take, without changing anything.
    Array<double, 3> estimate() const;
    /// P_S of the density as a field, for gathering variables. Valid until the next call.
    View<const double, 3> clampedField();

    /// Everything that must be kept between two iterations.
    View<double, 3> lastStep() { return m_stepped; }
    View<const double, 3> lastStep() const { return m_stepped; }
    bool isRelaxed() const { return m_relaxed; }
    void setRelaxed(bool relaxed) { m_relaxed = relaxed; }

private:
    void project(View<double, 3> rho);

    const PhasingSpace& m_space;
    double m_upper;
    MagnitudeStep m_magnitude;
    Array<double, 3> m_rho, m_stepped, m_work, m_blurred;
    Array<double, 3> m_support, m_field;
    SphericalTransform::Scratch m_scratch;
    bool m_relaxed = false; ///< the density is an iterate of RAAR or RRR, the estimate its last magnitude step
};

} // namespace fxs
