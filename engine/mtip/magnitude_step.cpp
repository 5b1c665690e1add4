#include "engine/mtip/magnitude_step.h"

#include "engine/mtip/field_kernels.h"

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {
constexpr double kLargestFactor = 10; // of an amplitude in one step
}

IntensityModel::IntensityModel(const PhasingSpace& space)
    : m_space(space), m_a(space.makeAmplitudes()),
      m_intensityLm({space.grid.q().size(), space.intensity.coefficientCount(), 2}), m_changeLm(m_intensityLm.shape()),
      m_amplitudeScratch(space.amplitude, space.grid.q().size()),
      m_intensityScratch(space.intensity, space.grid.q().size()) {
    const Array<double, 3>::Shape shape{space.amplitude.phiCount(), space.grid.q().size(),
                                        space.amplitude.thetaCount() / 2};
    for (Array<double, 3>* array : {&m_real, &m_imaginary, &m_intensity, &m_change})
        *array = Array<double, 3>(shape);
}

void IntensityModel::compute(View<const double, 3> rho, std::size_t shells) {
    m_shells = shells;
    m_space.grid.toAmplitudes(m_space.amplitude, rho, amplitudes());
    applySigns();
    const SphericalTransform& layout = m_space.amplitude;
    layout.synthesiseNorth(OrderParity::even, amplitudes(), real(), m_amplitudeScratch);
    layout.synthesiseNorth(OrderParity::odd, amplitudes(), imaginary(), m_amplitudeScratch);
    squaredModulus(m_real.data(), m_imaginary.data(), intensity().size(), m_intensity.data());
    m_space.intensity.analyseNorth(OrderParity::even, intensity(), intensityCoefficients(), m_intensityScratch);
}

// (−i)^l is ±1 for even l (the real part of A) and ∓i for odd l (the imaginary part): the sign falls with every second
// order.
void IntensityModel::applySigns() {
    const SphericalTransform& layout = m_space.amplitude;
    for (std::size_t s = 0; s < m_shells; ++s)
        for (int l = 0; l <= layout.maxOrder(); ++l)
            if (l / 2 % 2 == 1) {
                double* a = m_a.data() + 2 * (s * layout.coefficientCount() + layout.offset(l));
                for (std::size_t k = 0; k < 2 * layout.orderCount(l); ++k)
                    a[k] = -a[k];
            }
}

void IntensityModel::synthesiseChange() {
    m_space.intensity.synthesiseNorth(OrderParity::even, changeCoefficients(), change(), m_intensityScratch);
}

void IntensityModel::analyseAmplitudes() {
    const SphericalTransform& layout = m_space.amplitude;
    layout.analyseNorth(OrderParity::even, real(), amplitudes(), m_amplitudeScratch);
    layout.analyseNorth(OrderParity::odd, imaginary(), amplitudes(), m_amplitudeScratch);
    applySigns();
}

MagnitudeStep::MagnitudeStep(const PhasingSpace& space) : m_model(space), m_projection(space) {}

double MagnitudeStep::apply(const InvariantTarget& target, View<const double, 3> rho, View<double, 3> stepped) {
    m_model.compute(rho, target.shells());
    const double residual =
        m_projection.difference(target, m_model.intensityCoefficients(), m_model.changeCoefficients());
    m_model.synthesiseChange();
    magnitudeCorrection(m_model.intensity().data(), m_model.change().data(), m_model.change().size(),
                        target.intensityFloor(), kLargestFactor, m_model.real().data(), m_model.imaginary().data());
    m_model.analyseAmplitudes();
    const PhasingSpace& space = m_model.space();
    space.grid.toDensity(space.amplitude, m_model.amplitudes(), stepped);
    combine(1, rho.data(), 1, stepped.data(), stepped.size(), stepped.data());
    space.restrict(stepped);
    return residual;
}

double MagnitudeStep::magnitudeError(const InvariantTarget& target, View<const double, 3> rho) {
    m_model.compute(rho, target.shells());
    m_projection.difference(target, m_model.intensityCoefficients(), m_model.changeCoefficients());
    m_model.synthesiseChange();
    const auto intensity = m_model.intensity(), change = m_model.change();
    const PhasingSpace& space = m_model.space();
    double distance = 0, size = 0;
    for (std::size_t k = 0; k < intensity.extent(0); ++k)
        for (std::size_t s = 0; s < intensity.extent(1); ++s)
            for (std::size_t t = 0; t < intensity.extent(2); ++t) {
                const double weight = space.grid.q()[s] * space.grid.q()[s] * space.amplitude.pointWeights()[t];
                const double aim = std::max(0.0, intensity(k, s, t) + change(k, s, t));
                const double d = std::sqrt(aim) - std::sqrt(intensity(k, s, t));
                distance += weight * d * d;
                size += weight * aim;
            }
    return size > 0 ? distance / size : 0.0;
}

double MagnitudeStep::scaleTo(const InvariantTarget& target, View<const double, 3> rho) {
    m_model.compute(rho, target.shells());
    const auto lm = m_model.intensityCoefficients();
    const std::vector<double>& aim = target.orders().front().v;
    double product = 0, square = 0;
    for (std::size_t s = 0; s < target.shells(); ++s) {
        const double mine = target.rootWeight()[s] * lm(s, 0, 0);
        product += mine * aim[s];
        square += mine * mine;
    }
    return square > 0 && product > 0 ? std::sqrt(product / square) : 1.0;
}

std::vector<double> MagnitudeStep::residualPerOrder(const InvariantTarget& target, View<const double, 3> rho) {
    m_model.compute(rho, target.shells());
    return m_projection.residualPerOrder(target, m_model.intensityCoefficients());
}

} // namespace fxs
