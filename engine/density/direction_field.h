#pragma once

#include "engine/core/array.h"
#include "engine/density/amplitudes.h"
#include "engine/math/spherical_transform.h"

#include <array>
#include <cstddef>
#include <vector>

namespace fxs {

/// A(q, n) on the northern half of the directions (the southern half is its conjugate).
/// Shape: re, im [phi][shell][northern theta].
struct DirectionField {
    Array<double, 3> re, im;
};

/// Directions on which amplitudes are multiplied by phases and integrated, and the way there and back. Inside density/
/// only. Owns:    a SphericalTransform and the directions. Threads: const use is free.
class DirectionGrid {
public:
    /// margin: orders beyond maxOrder that a phase factor may add without folding back (q_max |t|).
    DirectionGrid(int maxOrder, std::vector<double> q, int margin);

    DirectionField synthesise(const SphericalAmplitudes& a) const;
    SphericalAmplitudes analyse(const DirectionField& field) const;
    /// A ← A e^{-iq·t}: moves the density by t (Å).
    void translate(DirectionField& field, const std::array<double, 3>& t) const;

    int maxOrder() const { return m_maxOrder; }
    const std::vector<double>& q() const { return m_q; }
    std::size_t pointCount() const { return m_phi * m_q.size() * m_half; }
    std::size_t phiCount() const { return m_phi; }
    std::size_t halfThetaCount() const { return m_half; }
    std::size_t shellOf(std::size_t point) const { return point / m_half % m_q.size(); }
    /// Part of the sphere that a point and its antipode stand for; they add up to 1 on every shell.
    double weightOf(std::size_t point) const { return m_weight[point % m_half]; }
    /// Unit vector of (phi, theta).
    const std::array<double, 3>& direction(std::size_t phi, std::size_t theta) const {
        return m_direction[phi * m_half + theta];
    }
    const SphericalTransform& transform() const { return m_transform; }

private:
    int m_maxOrder;
    std::vector<double> m_q;
    SphericalTransform m_transform;
    std::size_t m_phi, m_half;
    std::vector<double> m_weight;
    std::vector<std::array<double, 3>> m_direction;
};

} // namespace fxs
