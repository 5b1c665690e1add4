#include "engine/simulate/intensity_harmonics.h"

#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "engine/math/legendre.h"
#include "engine/math/spherical_bessel.h"
#include "engine/math/spherical_transform.h"
#include "engine/simulate/radial_table.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace fxs {

namespace {

/// Of a single scatterer's norm. Near the minima of a particle's scattering a million scatterers cancel to a
/// thousandth.
constexpr double kScattererTolerance = 1e-10;
/// Of a shell's norm: below what images in single precision show.
constexpr double kShellTolerance = 1e-8;
constexpr std::size_t kAtomsPerBlock = 256;
constexpr std::size_t kShellsPerGroup = 8;

std::size_t square(int l) {
    return static_cast<std::size_t>(l) * static_cast<std::size_t>(l);
}

/// A group of neighbouring shells, with what one of its tasks needs.
struct ShellGroup {
    std::size_t first = 0, count = 0;
    int maxOrder = 0;           ///< of the amplitude
    Array<double, 2> amplitude; ///< [l² + k][shell of the group]: packed a_lm
    /// [l][atom of the block, one more][shell]: the odd row keeps orders off each other's cache lines
    Array<double, 3> radial;
};

/// Packed conj Y_lm of the block's directions, [atom][l² + k].
void directionHarmonics(std::span<const Scatterers::Point> atoms, std::size_t first, std::size_t last, int maxOrder,
                        View<double, 2> out) {
    std::vector<double> p(lmCount(maxOrder));
    std::vector<std::complex<double>> phases(static_cast<std::size_t>(maxOrder) + 1);
    for (std::size_t a = first; a < last; ++a) {
        const auto& r = atoms[a].position;
        const double radius = std::hypot(r[0], r[1], r[2]);
        normalisedLegendre(maxOrder, radius > 0 ? std::clamp(r[2] / radius, -1.0, 1.0) : 1.0, p);
        const std::complex<double> step = std::polar(1.0, -std::atan2(r[1], r[0]));
        phases[0] = std::numbers::sqrt2;
        for (std::size_t m = 1; m < phases.size(); ++m)
            phases[m] = phases[m - 1] * step;
        double* value = &out(a, 0);
        for (int l = 0; l <= maxOrder; ++l) {
            const double* order = &p[lmIndex(l, 0)];
            *value++ = order[0];
            for (std::size_t m = 1; m <= static_cast<std::size_t>(l); ++m) {
                *value++ = order[m] * phases[m].real();
                *value++ = order[m] * phases[m].imag();
            }
        }
    }
}

/// Adds the block's atoms to the group's a_lm.
void addBlock(ShellGroup& group, std::span<const Scatterers::Point> atoms, View<const double, 3> formFactors,
              std::span<const double> q, const RadialTable& bessel, View<const double, 2> directions) {
    constexpr double kDebyeWaller = 1 / (16 * std::numbers::pi * std::numbers::pi);
    const auto orderStride = static_cast<std::size_t>(group.radial.view().strides()[0]);
    for (std::size_t a = 0; a < atoms.size(); ++a) {
        const auto& atom = atoms[a];
        const double radius = std::hypot(atom.position[0], atom.position[1], atom.position[2]);
        for (std::size_t s = 0; s < group.count; ++s) {
            const std::size_t shell = group.first + s;
            const double f =
                formFactors(atom.kind, 0, shell) * std::exp(-atom.bFactor * kDebyeWaller * q[shell] * q[shell]) -
                formFactors(atom.kind, 1, shell);
            bessel.evaluate(group.maxOrder, q[shell] * radius, 4 * std::numbers::pi * atom.weight * f,
                            &group.radial(0, a, s), orderStride);
        }
    }
    for (int l = 0; l <= group.maxOrder; ++l)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, 2 * l + 1, static_cast<int>(group.count),
                    static_cast<int>(atoms.size()), 1.0, &directions(0, square(l)),
                    static_cast<int>(directions.strides()[0]), &group.radial(static_cast<std::size_t>(l), 0, 0),
                    static_cast<int>(group.count), 1.0, &group.amplitude(square(l), 0), static_cast<int>(group.count));
}

std::vector<ShellGroup> makeGroups(std::span<const double> q, double radius) {
    std::vector<ShellGroup> groups;
    for (std::size_t first = 0; first < q.size(); first += kShellsPerGroup) {
        ShellGroup group;
        group.first = first;
        group.count = std::min(kShellsPerGroup, q.size() - first);
        group.maxOrder = bandLimit(q[first + group.count - 1] * radius, kScattererTolerance);
        group.amplitude = Array<double, 2>({square(group.maxOrder + 1), group.count});
        group.radial =
            Array<double, 3>({static_cast<std::size_t>(group.maxOrder) + 1, kAtomsPerBlock + 1, group.count});
        groups.push_back(std::move(group));
    }
    return groups;
}

void addAmplitudes(std::vector<ShellGroup>& groups, const Scatterers& scatterers, std::span<const double> q,
                   const TaskContext& task) {
    const Array<double, 3> formFactors = tabulate(scatterers, q);
    const int maxOrder = groups.back().maxOrder;
    const RadialTable bessel(maxOrder, q.back() * scatterers.radius());
    Array<double, 2> directions({kAtomsPerBlock, square(maxOrder + 1)});
    const std::span<const Scatterers::Point> all = scatterers.points;
    ProgressMeter meter(task, "Scattering amplitudes", all.size(), "atoms");
    for (std::size_t first = 0; first < all.size(); first += kAtomsPerBlock) {
        const auto block = all.subspan(first, std::min(kAtomsPerBlock, all.size() - first));
        parallelFor(block.size(), 64, task, [&](const auto& range) {
            directionHarmonics(block, range.begin(), range.end(), maxOrder, directions);
        });
        parallelFor(groups.size(), 1, task, [&](const auto& range) {
            for (std::size_t g = range.begin(); g < range.end(); ++g)
                addBlock(groups[g], block, formFactors, q, bessel, directions);
        });
        meter.advance(block.size());
    }
}

/// From a group's a_lm to I_lm of its shells, written into packed [component][q].
class Squarer {
public:
    Squarer(int amplitudeOrder, int intensityOrder)
        : m_transform(std::max(amplitudeOrder, intensityOrder), thetaCount(amplitudeOrder, intensityOrder),
                      SphericalTransform::phiCountFor(std::max(amplitudeOrder, intensityOrder), 2 * amplitudeOrder, 1)),
          m_intensityOrder(intensityOrder) {}

    void square(const ShellGroup& group, View<double, 2> packed) const {
        SphericalTransform::Scratch scratch(m_transform, group.count);
        Array<double, 3> lm({group.count, m_transform.coefficientCount(), 2});
        unpack(group, lm);
        const Array<double, 3>::Shape shape{m_transform.phiCount(), group.count, m_transform.thetaCount() / 2};
        Array<double, 3> real(shape), imaginary(shape);
        // (-i)^l: even orders make the real part of A, odd ones the imaginary part. Signs within each follow from l.
        m_transform.synthesiseNorth(OrderParity::even, lm, real, scratch);
        m_transform.synthesiseNorth(OrderParity::odd, lm, imaginary, scratch);
        for (std::size_t i = 0; i < real.size(); ++i)
            real.data()[i] = real.data()[i] * real.data()[i] + imaginary.data()[i] * imaginary.data()[i];
        m_transform.analyseNorth(OrderParity::even, real, lm, scratch);
        for (std::size_t s = 0; s < group.count; ++s)
            for (int l = 0; l <= m_intensityOrder; l += 2) {
                const std::size_t row = IntensityHarmonics::offset(l);
                packed(row, group.first + s) = lm(s, m_transform.index(l, 0), 0);
                for (int m = 1; m <= l; ++m)
                    for (std::size_t part = 0; part < 2; ++part)
                        packed(row + 2 * static_cast<std::size_t>(m) - 1 + part, group.first + s) =
                            std::numbers::sqrt2 * lm(s, m_transform.index(l, m), part);
            }
    }

private:
    /// |A|² has orders up to 2 L_A, and its product with Y_l up to 2 L_A + l: 2n - 1 must reach that. Even, and above
    /// every order.
    static int thetaCount(int amplitudeOrder, int intensityOrder) {
        const int exact = amplitudeOrder + intensityOrder / 2 + 1;
        const int n = std::max(exact, std::max(amplitudeOrder, intensityOrder) + 1);
        return n + n % 2;
    }

    void unpack(const ShellGroup& group, View<double, 3> lm) const {
        for (std::size_t s = 0; s < group.count; ++s)
            for (int l = 0; l <= group.maxOrder; ++l) {
                const double sign = (l / 2) % 2 ? -1.0 : 1.0; // (-i)^l = ±1 or ±(-i)
                const std::size_t row = fxs::square(l);
                lm(s, m_transform.index(l, 0), 0) = sign * group.amplitude(row, s);
                for (int m = 1; m <= l; ++m)
                    for (std::size_t part = 0; part < 2; ++part)
                        lm(s, m_transform.index(l, m), part) =
                            sign / std::numbers::sqrt2 *
                            group.amplitude(row + 2 * static_cast<std::size_t>(m) - 1 + part, s);
            }
    }

    SphericalTransform m_transform;
    int m_intensityOrder;
};

/// Cuts every shell where what lies beyond is below the tolerance, and says what was cut.
void trim(IntensityHarmonics& harmonics) {
    harmonics.shellOrder.assign(harmonics.q.size(), 0);
    int highest = 0;
    for (std::size_t s = 0; s < harmonics.q.size(); ++s) {
        std::vector<double> norms;
        double total = 0;
        for (int l = 0; l <= harmonics.maxOrder; l += 2) {
            double norm = 0;
            for (std::size_t k = 0; k < 2 * static_cast<std::size_t>(l) + 1; ++k)
                norm += std::pow(harmonics.packed(IntensityHarmonics::offset(l) + k, s), 2);
            norms.push_back(norm);
            total += norm;
        }
        double beyond = 0;
        std::size_t keep = norms.size();
        while (keep > 1 && beyond + norms[keep - 1] < kShellTolerance * kShellTolerance * total)
            beyond += norms[--keep];
        highest = std::max(highest, 2 * static_cast<int>(keep - 1));
        harmonics.shellOrder[s] = highest;
        // What the grid's own band limit cut is below the last order that it kept.
        if (total > 0)
            harmonics.truncation = std::max(harmonics.truncation,
                                            std::sqrt((beyond + (keep == norms.size() ? norms.back() : 0.0)) / total));
    }
    harmonics.maxOrder = highest;
    Array<double, 2> kept({IntensityHarmonics::offset(highest + 2), harmonics.q.size()});
    std::copy_n(harmonics.packed.data(), kept.size(), kept.data());
    harmonics.packed = std::move(kept);
}

} // namespace

double IntensityHarmonics::mean(std::size_t shell) const {
    return packed(0, shell) / std::sqrt(4 * std::numbers::pi);
}

int bandLimit(double qr, double tolerance) {
    const int start = static_cast<int>(qr + 20 + 10 * std::cbrt(qr));
    std::vector<double> j(static_cast<std::size_t>(start) + 1);
    sphericalBessel(start, qr, j);
    double beyond = 0;
    int l = start;
    for (; l > 0; --l) {
        beyond += (2 * l + 1) * j[static_cast<std::size_t>(l)] * j[static_cast<std::size_t>(l)];
        if (beyond >= tolerance * tolerance)
            break;
    }
    return l;
}

IntensityHarmonics intensityHarmonics(const Scatterers& scatterers, double diameter, std::span<const double> q,
                                      const TaskContext& task) {
    if (scatterers.points.empty() || q.empty())
        throw Error(ErrorCode::badInput, "intensities need at least one scatterer and one shell");
    std::vector<ShellGroup> groups = makeGroups(q, scatterers.radius());
    addAmplitudes(groups, scatterers, q, task);

    IntensityHarmonics out;
    out.q.assign(q.begin(), q.end());
    const int limit = bandLimit(q.back() * diameter, kScattererTolerance);
    out.maxOrder = limit + limit % 2;
    out.packed = Array<double, 2>({IntensityHarmonics::offset(out.maxOrder + 2), q.size()});
    const Squarer squarer(groups.back().maxOrder, out.maxOrder);
    parallelFor(groups.size(), 1, task, [&](const auto& range) {
        for (std::size_t g = range.begin(); g < range.end(); ++g)
            squarer.square(groups[g], out.packed);
    });
    trim(out);
    return out;
}

} // namespace fxs
