#include "engine/mtip/invariant_residual.h"

#include "engine/mtip/field_kernels.h"

#include <algorithm>
#include <cmath>

namespace fxs {

InvariantResidual::InvariantResidual(const PhasingSpace& space)
    : m_space(space), m_model(space), m_projection(space), m_rho(space.makeDensity()), m_slope(space.makeDensity()),
      m_field(space.makeDensityField()), m_scratch(space.realSpace, space.grid.r().size()) {
    for (const double r : space.grid.r())
        for (const double solidAngle : space.realSpace.pointWeights()) {
            m_rowScale.push_back(std::sqrt(r * r * space.grid.dr() * solidAngle));
            m_rowWeight.push_back(solidAngle);
        }
    m_points.reserve(m_field.size());
}

double InvariantResidual::evaluate(const InvariantTarget& target, View<const double, 3> rho, View<double, 3> slope) {
    m_model.compute(rho, target.shells());
    const double residual =
        m_projection.gradient(target, m_model.intensityCoefficients(), m_model.changeCoefficients());
    m_model.synthesiseChange();
    // The quadrature weights of I's analysis and of A's adjoint synthesis cancel into one analysis.
    amplitudeSlope(m_model.change().data(), m_model.change().size(), m_model.real().data(), m_model.imaginary().data());
    m_model.analyseAmplitudes();
    m_space.grid.adjoint(m_space.amplitude, m_model.amplitudes(), slope);
    m_space.restrict(slope);
    return residual;
}

void InvariantResidual::setSupport(View<const double, 3> support) {
    m_points.clear();
    for (std::size_t i = 0; i < support.size(); ++i)
        if (support.data()[i] != 0)
            m_points.push_back(i);
}

void InvariantResidual::gather(View<const double, 3> field, std::span<double> x) const {
    const std::size_t rows = m_rowScale.size();
    for (std::size_t i = 0; i < m_points.size(); ++i)
        x[i] = field.data()[m_points[i]] * m_rowScale[m_points[i] % rows];
}

void InvariantResidual::upperBounds(double maxDensity, std::span<double> bounds) const {
    for (std::size_t i = 0; i < m_points.size(); ++i)
        bounds[i] = maxDensity * m_rowScale[m_points[i] % m_rowScale.size()];
}

void InvariantResidual::spread(std::span<const double> x, View<double, 3> rho) {
    const std::size_t rows = m_rowScale.size();
    std::fill_n(m_field.data(), m_field.size(), 0.0);
    for (std::size_t i = 0; i < m_points.size(); ++i)
        m_field.data()[m_points[i]] = x[i] / m_rowScale[m_points[i] % rows];
    m_space.realSpace.analyse(m_field, rho, m_scratch);
    m_space.restrict(rho);
}

double InvariantResidual::evaluate(const InvariantTarget& target, std::span<const double> x,
                                   std::span<double> gradient) {
    spread(x, m_rho);
    const double residual = evaluate(target, m_rho, m_slope);
    m_space.realSpace.synthesise(m_slope, m_field, m_scratch);
    const std::size_t rows = m_rowScale.size();
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        const std::size_t row = m_points[i] % rows;
        gradient[i] = m_field.data()[m_points[i]] * m_rowWeight[row] / m_rowScale[row];
    }
    return residual;
}

} // namespace fxs
