#pragma once

#include "engine/core/array.h"
#include "engine/model/coefficients.h"
#include "engine/mtip/phasing_space.h"

#include <optional>
#include <vector>

namespace fxs {

/// What the data say of the intensity on the first shells: per even l the factor √w V_l (B_l = V_l V_lᵀ), and the
/// metric w = q^power / I_00(q). V_0 is positive and fixed. Orders without data, the free order, and shells where I_00
/// is not positive (beam stop) stay free. Shape:   V_l [shell][column], at most as many columns as shells and as the
/// space's dimension for that l: the largest are kept. Threads: immutable.
class InvariantTarget {
public:
    struct Order {
        int l = 0;
        std::size_t columns = 0, dimension = 0;
        std::vector<double> v; ///< [shell][column]: √w V_l
        double norm = 0;       ///< ‖√w V_l‖²
        bool held = false;     ///< the free order: only its residual is of interest
    };

    /// Throws: Error(badInput) on shapes and values that cannot be used (not finite, no positive I_00, V_l missing).
    InvariantTarget(const Coefficients& coefficients, const PhasingSpace& space, std::size_t shells, double weightPower,
                    std::optional<int> freeOrder);

    std::size_t shells() const { return m_rootWeight.size(); }
    const std::vector<Order>& orders() const { return m_orders; }
    const std::vector<double>& rootWeight() const { return m_rootWeight; } ///< √w per shell, 0 where nothing is known
    double norm() const { return m_norm; }            ///< Σ_l ‖√w V_l‖² without the free order
    double intensityFloor() const { return m_floor; } ///< 10⁻¹² of the mean intensity

private:
    void addOrder(const Coefficients& coefficients, const PhasingSpace& space, int l, bool held);

    std::vector<Order> m_orders;
    std::vector<double> m_rootWeight;
    double m_norm = 0, m_floor = 0;
};

/// Hyperphase projection: per l the nearest V_l O with orthonormal O, by U Σ Wᵀ = SVD(V_lᵀ diag(w) I_l), O = U Wᵀ.
/// Donatelli, Zwart, Sethian, PNAS 112 (2015) 10286. Inside a point group I_l holds only what the group allows.
/// Shape:   I_lm [shell][lm][2] of space.intensity.
/// Owns:    working memory; one a thread.
/// Cost:    O(shells * columns * (2l+1) + columns³) an order; nothing is allocated.
class InvariantProjection {
public:
    explicit InvariantProjection(const PhasingSpace& space);

    /// change = P(I) − I: zero where I is free. Returns e_B within these shells.
    double difference(const InvariantTarget& target, View<const double, 3> intensity, View<double, 3> change);
    /// slope = ∂e_B/∂I (packed coefficients) = 2 w (I − P(I)) / norm. Returns e_B.
    double gradient(const InvariantTarget& target, View<const double, 3> intensity, View<double, 3> slope);
    /// min_O ‖√w (I_l − V_l O)‖² / ‖√w V_l‖² of every order of the target, in its order.
    std::vector<double> residualPerOrder(const InvariantTarget& target, View<const double, 3> intensity);

private:
    enum class Output { change, slope };
    double run(const InvariantTarget& target, View<const double, 3> intensity, View<double, 3> out, Output output);
    double projectOrder(const InvariantTarget& target, const InvariantTarget::Order& order,
                        View<const double, 3> intensity);
    void pack(int l, View<const double, 3> lm, const std::vector<double>& scale);
    void unpack(int l, View<double, 3> lm, double factor, const std::vector<double>& rootWeight, Output output) const;

    const PhasingSpace& m_space;
    Array<double, 2> m_packed;    ///< [shell][component]: √w I_l
    Array<double, 2> m_projected; ///< [shell][component]: √w V_l O
    Array<double, 2> m_product;   ///< [column][component]
    Array<double, 2> m_work;
};

/// The orthonormal factor U Wᵀ of matrix = U Σ Wᵀ (rows <= columns), in place; rows that are zero stay zero.
/// Gram-Schmidt (twice) and one-sided Jacobi rotations: small singular values keep their relative accuracy.
/// work: 2 rows² + rows doubles.
void polarFactor(std::size_t rows, std::size_t columns, double* matrix, double* work);

} // namespace fxs
