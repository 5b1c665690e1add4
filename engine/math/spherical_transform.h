#pragma once

#include "engine/core/array.h"

#include <cstddef>
#include <vector>

namespace fxs {

/// Orders l that a field has: even l are symmetric under inversion, odd l antisymmetric; either is known from its
/// northern half.
enum class OrderParity { even, odd };

/// Real fields on spheres from and to their spherical harmonics: f(θ,φ) = Σ_lm f_lm Y_lm, many shells at once.
/// Orthonormal Y_lm with Condon-Shortley phase; Gauss-Legendre nodes in cosθ, equidistant azimuths, exact for what the
/// grid can carry. Method:  per m a matrix product with P̄_lm, folded about the equator; per ring cosine and sine sums
/// folded four-fold. Symmetry: fold = n keeps only m mod n = 0 and samples φ on 1/n of the circle: n times fewer
/// points, about n² less work. Shape:   coefficients [shell][index(l, m)][re, im], m >= 0, which for fold 1 is
/// lmIndex(l, m); Im f_l0 = 0.
///          fields [phi][shell][theta] (θ fastest, from north to south; hemisphere fields hold the northern half):
///          rings are summed by whole vectors of (shell, θ). φ_k = 2π (k + 1/2)/(n phiCount), so φ → −φ maps the grid
///          onto itself.
/// Owns:    its tables, 16 bytes * thetaCount/2 * coefficientCount. Views are used during the call only and must be
/// contiguous. Threads: const use is free with one Scratch a thread; nothing is allocated in a call. Throws:
/// Error(badSettings) from the constructor, Error(internal) on a wrong shape. Cost:    a shell takes 2 thetaCount *
/// (coefficientCount + phiCount * lMax/(4 fold)) multiplications for a whole sphere.
class SphericalTransform {
public:
    /// lMax: highest order. thetaCount: even, > lMax. phiCount: on 1/fold of the circle, a multiple of 4, > 2
    /// lMax/fold.
    SphericalTransform(int lMax, int thetaCount, int phiCount, int fold = 1);

    /// Working memory for calls on up to `shells` shells.
    class Scratch {
    public:
        Scratch(const SphericalTransform& transform, std::size_t shells);

    private:
        friend class SphericalTransform;
        Array<double, 1> m_rings, m_gathered, m_even, m_odd, m_folded;
    };

    int maxOrder() const { return m_lMax; }
    int fold() const { return m_fold; }
    std::size_t thetaCount() const { return m_thetaCount; }
    std::size_t phiCount() const { return m_phiCount; }
    std::size_t coefficientCount() const { return m_coefficientCount; }
    /// Place of (l, m) in the coefficients; m a multiple of fold.
    std::size_t index(int l, int m) const {
        return m_offset[static_cast<std::size_t>(l)] + static_cast<std::size_t>(m / m_fold);
    }
    /// First place of order l, and how many m it has.
    std::size_t offset(int l) const { return m_offset[static_cast<std::size_t>(l)]; }
    std::size_t orderCount(int l) const { return static_cast<std::size_t>(l / m_fold) + 1; }
    const std::vector<double>& cosTheta() const { return m_cosTheta; } ///< falling
    /// Solid angle of a grid point, per θ; fold images included: the sum over the grid is 4π.
    const std::vector<double>& pointWeights() const { return m_pointWeights; }
    double phi(std::size_t k) const;

    /// field = Σ f_lm Y_lm.
    void synthesise(View<const double, 3> lm, View<double, 3> field, Scratch& scratch) const;
    /// f_lm = ∫ field conj Y_lm dΩ by quadrature.
    void analyse(View<const double, 3> field, View<double, 3> lm, Scratch& scratch) const;
    /// The transpose of synthesise in the inner product of packed real coefficients: analyse without quadrature
    /// weights.
    void adjoint(View<const double, 3> field, View<double, 3> lm, Scratch& scratch) const;

    /// The same for orders l of one parity on the northern half, field [phi][shell][thetaCount/2]. Analysis assumes the
    /// southern half by symmetry and leaves coefficients of the other parity as they are.
    void synthesiseNorth(OrderParity parity, View<const double, 3> lm, View<double, 3> field, Scratch& scratch) const;
    void analyseNorth(OrderParity parity, View<const double, 3> field, View<double, 3> lm, Scratch& scratch) const;

    /// The least phiCount for which products up to azimuthal order mProduct do not fall onto m <= lMax.
    static int phiCountFor(int lMax, int mProduct, int fold);

private:
    struct Legendre {       ///< one m, one parity of l − m
        int firstOrder = 0; ///< l = firstOrder, firstOrder + 2, ...
        std::size_t count = 0;
        std::vector<double> p;  ///< [l][northern θ]: P̄_lm
        std::vector<double> pw; ///< times the solid angle of a point
    };
    void makeRingTables();
    void legendreSynthesis(const Legendre& table, std::size_t mu, View<const double, 3> lm, double* out,
                           Scratch& scratch) const;
    void legendreAnalysis(const Legendre& table, bool weighted, double scale, std::size_t mu, const double* rings,
                          View<double, 3> lm, Scratch& scratch) const;
    void ringSynthesis(const double* rings, std::size_t rows, double* field) const;
    void ringAnalysis(const double* field, std::size_t rows, double* rings, Scratch& scratch) const;
    void analyseSphere(View<const double, 3> field, View<double, 3> lm, bool weighted, Scratch& scratch) const;
    void check(View<const double, 3> lm, View<const double, 3> field, std::size_t thetas, const Scratch& scratch) const;
    std::size_t ringSlot(std::size_t mu) const { return (mu % 2 ? (m_muCount + 1) / 2 : 0) + mu / 2; }

    int m_lMax, m_fold;
    std::size_t m_thetaCount, m_half, m_phiCount, m_muCount, m_coefficientCount = 0;
    std::vector<std::size_t> m_offset;
    std::vector<double> m_cosTheta, m_pointWeights;
    std::vector<Legendre> m_legendre;                    ///< [2 mu + parity of l − m]
    std::vector<double> m_ringSynthesis, m_ringAnalysis; ///< [2 slot + (re, im)][quarter of the azimuths]
};

} // namespace fxs
