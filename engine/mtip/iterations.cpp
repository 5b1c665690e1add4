#include "engine/mtip/iterations.h"

#include "engine/math/random.h"
#include "engine/mtip/field_kernels.h"

#include <algorithm>
#include <cmath>

namespace fxs {

PhasingIteration::PhasingIteration(const PhasingSpace& space, double upperBound)
    : m_space(space), m_upper(upperBound), m_magnitude(space), m_rho(space.makeDensity()),
      m_stepped(space.makeDensity()), m_work(space.makeDensity()), m_blurred(space.makeAmplitudes()),
      m_support(space.makeDensityField()), m_field(space.makeDensityField()),
      m_scratch(space.realSpace, space.grid.r().size()) {}

void PhasingIteration::setBall(double radiusAngstrom) {
    const auto support = m_support.view();
    for (std::size_t k = 0; k < support.extent(0); ++k)
        for (std::size_t j = 0; j < support.extent(1); ++j)
            for (std::size_t t = 0; t < support.extent(2); ++t)
                support(k, j, t) = m_space.grid.r()[j] <= radiusAngstrom ? 1.0 : 0.0;
}

void PhasingIteration::startRandom(std::uint64_t seed, double radiusAngstrom, const InvariantTarget& target) {
    setBall(radiusAngstrom);
    RandomStream random(seed, 0);
    for (std::size_t i = 0; i < m_field.size(); ++i)
        m_field.data()[i] = random.uniform() * m_support.data()[i];
    m_space.realSpace.analyse(m_field, m_rho, m_scratch);
    m_space.restrict(m_rho);
    const double scale = m_magnitude.scaleTo(target, m_rho);
    for (double& value : m_rho.span())
        value *= scale;
    m_relaxed = false;
}

void PhasingIteration::project(View<double, 3> rho) {
    m_space.realSpace.synthesise(rho, m_field, m_scratch);
    clampToSupport(m_support.data(), m_upper, m_field.size(), m_field.data());
    m_space.realSpace.analyse(m_field, rho, m_scratch);
    m_space.restrict(rho);
}

double PhasingIteration::iterate(PhasingMethod method, double beta, const InvariantTarget& target) {
    const double residual = m_magnitude.apply(target, m_rho, m_stepped);
    const std::size_t n = m_rho.size();
    double *x = m_rho.data(), *y = m_stepped.data(), *work = m_work.data();
    m_relaxed = method != PhasingMethod::errorReduction;
    if (!m_relaxed) {
        std::copy_n(y, n, x);
        project(m_rho);
        return residual;
    }
    combine(2, y, -1, x, n, work);
    project(m_work);
    if (method == PhasingMethod::raar) {
        combine(beta, x, 1 - 2 * beta, y, n, x);
        combine(1, x, beta, work, n, x);
    } else {
        combine(1, x, -beta, y, n, x);
        combine(1, x, beta, work, n, x);
    }
    return residual;
}

void PhasingIteration::settle() {
    if (!m_relaxed)
        return;
    std::copy_n(m_stepped.data(), m_rho.size(), m_rho.data());
    m_relaxed = false;
    project(m_rho);
}

View<const double, 3> PhasingIteration::clampedField() {
    m_space.realSpace.synthesise(m_relaxed ? m_stepped : m_rho, m_field, m_scratch);
    clampToSupport(m_support.data(), m_upper, m_field.size(), m_field.data());
    return m_field;
}

Array<double, 3> PhasingIteration::estimate() const {
    if (!m_relaxed)
        return m_rho.clone();
    Array<double, 3> rho = m_stepped.clone(), field = m_space.makeDensityField();
    SphericalTransform::Scratch scratch(m_space.realSpace, m_space.grid.r().size());
    m_space.realSpace.synthesise(rho, field, scratch);
    clampToSupport(m_support.data(), m_upper, field.size(), field.data());
    m_space.realSpace.analyse(field, rho, scratch);
    m_space.restrict(rho);
    return rho;
}

void PhasingIteration::shrinkWrap(double blurAngstrom, double threshold) {
    settle();
    const ShellGrid& grid = m_space.grid;
    grid.toAmplitudes(m_space.amplitude, m_rho, m_blurred);
    for (std::size_t s = 0; s < m_blurred.extent(0); ++s) {
        const double x = grid.q()[s] * blurAngstrom, factor = std::exp(-x * x / 2);
        for (std::size_t i = 0; i < m_blurred.extent(1); ++i)
            for (std::size_t part = 0; part < 2; ++part)
                m_blurred(s, i, part) *= factor;
    }
    grid.toDensity(m_space.amplitude, m_blurred, m_work);
    m_space.realSpace.synthesise(m_work, m_field, m_scratch);
    const double least = threshold * *std::max_element(m_field.span().begin(), m_field.span().end());
    for (std::size_t i = 0; i < m_field.size(); ++i)
        m_support.data()[i] = m_field.data()[i] > least ? 1.0 : 0.0;
}

} // namespace fxs
