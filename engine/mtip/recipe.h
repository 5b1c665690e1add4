#pragma once

#include <string>
#include <vector>

namespace fxs {

/// What a step of a recipe does with the density.
enum class PhasingMethod {
    raar, ///< relaxed averaged alternating reflections: β P_S(2y − x) + β(x − y) + (1 − β) y, y the magnitude step of x
    rrr,            ///< relaxed reflect-reflect: x + β (P_S(2y − x) − y)
    errorReduction, ///< P_S(y)
    lbfgs,          ///< bound-constrained L-BFGS on e_B
    shrinkWrap,     ///< a new support: where the blurred density exceeds a part of its maximum
    symmetrise,     ///< orient along the symmetry, project on the point group, go on inside it with the ball as support
};

/// One step: a method, how often, and how much of q it may see.
struct PhasingStep {
    PhasingMethod method = PhasingMethod::raar;
    int iterations = 1;
    double cut = 1;          ///< q_cut / q_max (resolution marching)
    double beta = 0.9;       ///< relaxation of raar and rrr
    double blurAngstrom = 0; ///< shrinkWrap: σ of the Gaussian
    double threshold = 0.2;  ///< shrinkWrap: part of the blurred density's maximum
    /// symmetrise: 0 for a first attempt; > 0: attempt anew from the same unsymmetrised density, but only if the best
    /// attempt so far has e_B above this; otherwise the steps up to the next symmetrise (or the end) are passed over.
    double onlyIfResidualAbove = 0;
};

/// A recipe is data: steps in order and the metric they share.
struct PhasingRecipe {
    std::string name;
    std::vector<PhasingStep> steps;
    /// Weight of the hyperphase metric: w = q^power / I_00(q). 2 is the metric of amplitudes; 1 serves asymmetric
    /// particles.
    double weightPower = 2;
    /// How fine the angles of ρ are on which ρ >= 0 is asked: exact for the product of order L and an order of this times
    /// L. 1 is up to three times faster, but more restarts end in a wrong density (README.md).
    double angularSampling = 2.7;
    /// Of the ball in which a restart begins and the symmetric march's support, in particle radii D/2.
    double startRadius = 1.05;

    /// Iterations of all steps together (shrinkWrap and symmetrise count 0), for progress.
    int iterationCount() const;
};

/// 12 cycles of (60 RAAR, 10 ER, shrink-wrap with σ 25 → 12 Å), 60 ER; q_cut marches from marchStart to 1 over 72 % of
/// the cycles. blurScale multiplies the blurs; they suit 42 Å as they are (see blurScaleFor).
PhasingRecipe basicRecipe(double marchStart = 0.6, double blurScale = 1);
/// recipe followed by L-BFGS at full resolution.
PhasingRecipe polished(PhasingRecipe recipe, int lbfgsIterations = 300);
/// recipe followed by the symmetric march: symmetrise, 8 × (40 RAAR, 40 L-BFGS, shrink-wrap σ 18 → 12 Å) with q_cut
/// from marchStart to 1 in 6 steps, 200 L-BFGS; then, where that stalled, the same from retryStart.
PhasingRecipe withSymmetry(PhasingRecipe recipe, double marchStart = 0.5, double retryStart = 0.35,
                           double blurScale = 1);
/// For particles without symmetry: 12 × (40 RRR β = 0.5, 40 L-BFGS, shrink-wrap σ 25 → 12), marching 0.8 → 1, 300
/// L-BFGS, w = q/I_00.
PhasingRecipe asymmetricRecipe(double blurScale = 1);
/// Refines a density that is nearly right (an average of aligned restarts): shrink-wrap, 2 × (30 RRR, 40 L-BFGS), 300
/// L-BFGS.
PhasingRecipe refinementRecipe(double weightPower = 1, double blurScale = 1);

/// Blurs are about a resolution element: how much shorter they must be than at q_max = 0.15 1/Å.
double blurScaleFor(double qMax);

} // namespace fxs
