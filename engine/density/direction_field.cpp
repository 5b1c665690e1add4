#include "engine/density/direction_field.h"

#include "engine/math/legendre.h"

#include <cmath>
#include <numbers>

namespace fxs {

namespace {

/// (-i)^l = sign · (1 for even l, i for odd l).
double phaseSign(int l) {
    const int quarter = l % 4;
    return quarter == 0 || quarter == 3 ? 1.0 : -1.0;
}

Array<double, 3> signedCopy(const Array<double, 3>& lm, int maxOrder) {
    Array<double, 3> out = lm.clone();
    for (std::size_t i = 0; i < out.extent(0); ++i)
        for (int l = 0; l <= maxOrder; ++l)
            if (phaseSign(l) < 0)
                for (std::size_t k = lmIndex(l, 0); k < lmIndex(l + 1, 0); ++k) {
                    out(i, k, 0) = -out(i, k, 0);
                    out(i, k, 1) = -out(i, k, 1);
                }
    return out;
}

int thetasFor(int maxOrder, int margin) {
    const int wanted = maxOrder + 2 + margin;
    return wanted + wanted % 2;
}

} // namespace

DirectionGrid::DirectionGrid(int maxOrder, std::vector<double> q, int margin)
    : m_maxOrder(maxOrder), m_q(std::move(q)),
      m_transform(maxOrder, thetasFor(maxOrder, margin),
                  SphericalTransform::phiCountFor(maxOrder, maxOrder + margin, 1)),
      m_phi(m_transform.phiCount()), m_half(m_transform.thetaCount() / 2) {
    for (std::size_t t = 0; t < m_half; ++t)
        m_weight.push_back(2 * m_transform.pointWeights()[t] / (4 * std::numbers::pi));
    for (std::size_t p = 0; p < m_phi; ++p)
        for (std::size_t t = 0; t < m_half; ++t) {
            const double z = m_transform.cosTheta()[t], s = std::sqrt(1 - z * z), phi = m_transform.phi(p);
            m_direction.push_back({s * std::cos(phi), s * std::sin(phi), z});
        }
}

DirectionField DirectionGrid::synthesise(const SphericalAmplitudes& a) const {
    const Array<double, 3> lm = signedCopy(a.lm, m_maxOrder);
    DirectionField field{Array<double, 3>({m_phi, m_q.size(), m_half}), Array<double, 3>({m_phi, m_q.size(), m_half})};
    SphericalTransform::Scratch scratch(m_transform, m_q.size());
    m_transform.synthesiseNorth(OrderParity::even, lm, field.re, scratch);
    m_transform.synthesiseNorth(OrderParity::odd, lm, field.im, scratch);
    return field;
}

SphericalAmplitudes DirectionGrid::analyse(const DirectionField& field) const {
    Array<double, 3> lm({m_q.size(), lmCount(m_maxOrder), 2});
    SphericalTransform::Scratch scratch(m_transform, m_q.size());
    m_transform.analyseNorth(OrderParity::even, field.re, lm, scratch);
    m_transform.analyseNorth(OrderParity::odd, field.im, lm, scratch);
    return {m_maxOrder, m_q, signedCopy(lm, m_maxOrder)};
}

void DirectionGrid::translate(DirectionField& field, const std::array<double, 3>& t) const {
    if (t[0] == 0 && t[1] == 0 && t[2] == 0)
        return;
    for (std::size_t p = 0; p < m_phi; ++p)
        for (std::size_t k = 0; k < m_half; ++k) {
            const auto& n = direction(p, k);
            const double path = n[0] * t[0] + n[1] * t[1] + n[2] * t[2];
            for (std::size_t i = 0; i < m_q.size(); ++i) {
                const double c = std::cos(m_q[i] * path), s = std::sin(m_q[i] * path);
                double &re = field.re(p, i, k), &im = field.im(p, i, k);
                const double moved = re * c + im * s;
                im = im * c - re * s;
                re = moved;
            }
        }
}

} // namespace fxs
