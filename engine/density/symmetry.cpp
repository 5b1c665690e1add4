#include "engine/density/symmetry.h"

#include "engine/core/parallel.h"
#include "engine/density/harmonic_rotation.h"
#include "engine/math/legendre.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr double kPi = std::numbers::pi;

/// Whether the cosine (part 0) or sine (part 1) of (l, m) belongs to the group.
bool belongs(int l, int m, int part, int fold, bool dihedral) {
    if (m % fold != 0)
        return false;
    return !dihedral || ((l + m) % 2 == 0) == (part == 0);
}

void checkFold(int fold) {
    if (fold < 1)
        throw Error(ErrorCode::badInput, fmt::format("symmetry of fold {}, expected 1 or more", fold));
}

/// Gram matrices G_l = Σ r² ρ_l ρ_lᵀ of packed real coefficients: all that the power of a turned density needs.
class PowerMoments {
public:
    PowerMoments(const SphericalDensity& density, int maxOrder) : m_rotator(maxOrder) {
        std::vector<std::complex<double>> f(static_cast<std::size_t>(maxOrder) + 1);
        for (int l = 1; l <= maxOrder; ++l) {
            const auto count = static_cast<std::size_t>(l) + 1;
            Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(2 * l + 1, 2 * l + 1);
            Eigen::VectorXd packed(2 * l + 1);
            for (std::size_t j = 0; j < density.r.size(); ++j) {
                for (std::size_t m = 0; m < count; ++m)
                    f[m] = {density.lm(j, lmIndex(l, 0) + m, 0), density.lm(j, lmIndex(l, 0) + m, 1)};
                packReal({f.data(), count}, {packed.data(), static_cast<std::size_t>(packed.size())});
                gram.noalias() += density.r[j] * density.r[j] * packed * packed.transpose();
            }
            m_total += gram.trace();
            m_gram.push_back(std::move(gram));
        }
    }

    double power(const Rotation& rotation, int fold, bool dihedral) const {
        if (!(m_total > 0))
            return 0;
        const auto matrices = m_rotator.matrices(rotation);
        double kept = 0;
        for (int l = 1; l <= m_rotator.maxOrder(); ++l) {
            const auto& w = matrices[static_cast<std::size_t>(l)];
            const auto& gram = m_gram[static_cast<std::size_t>(l) - 1];
            for (int m = 0; m <= l; m += fold)
                for (int part = 0; part < (m == 0 ? 1 : 2); ++part) {
                    if (!belongs(l, m, part, fold, dihedral))
                        continue;
                    const int row = m == 0 ? 0 : 2 * m - 1 + part;
                    const Eigen::Map<const Eigen::VectorXd> v(&w(static_cast<std::size_t>(row), 0), 2 * l + 1);
                    kept += v.dot(gram * v);
                }
        }
        return kept / m_total;
    }

private:
    WignerRotator m_rotator;
    std::vector<Eigen::MatrixXd> m_gram;
    double m_total = 0;
};

/// A rotation that takes the axis to z.
Rotation axisToZ(const std::array<double, 3>& axis) {
    const std::array<double, 3> normal{axis[1], -axis[0], 0};
    const double s = std::hypot(normal[0], normal[1]);
    if (s < 1e-12)
        return axis[2] >= 0 ? Rotation() : Rotation::fromAxisAngle({1, 0, 0}, kPi);
    return Rotation::fromAxisAngle(normal, std::atan2(s, axis[2]));
}

struct Scored {
    Rotation rotation;
    double power = -1;
};

/// Small turns about the three axes, halved when none gains: power is smooth, and three parameters need nothing finer.
Scored climb(const PowerMoments& moments, Scored from, int fold, bool dihedral, double step, const TaskContext& task) {
    for (; step > 2e-4; step /= 2) {
        bool gained = true;
        for (int round = 0; gained && round < 20; ++round) {
            task.checkpoint();
            gained = false;
            for (int axis = 0; axis < (dihedral ? 3 : 2); ++axis)
                for (double sign : {-1.0, 1.0}) {
                    std::array<double, 3> about{};
                    about[static_cast<std::size_t>(axis)] = 1;
                    const Rotation turned = Rotation::fromAxisAngle(about, sign * step) * from.rotation;
                    const double power = moments.power(turned, fold, dihedral);
                    if (power > from.power * (1 + 1e-12)) {
                        from = {turned, power};
                        gained = true;
                    }
                }
        }
    }
    return from;
}

/// The axes worth trying: the principal ones, and directions spread over the half sphere.
std::vector<std::array<double, 3>> candidateAxes(const SphericalDensity& density) {
    const InertiaTensor tensor = inertia(density);
    std::vector<std::array<double, 3>> axes(tensor.axes.begin(), tensor.axes.end());
    constexpr int kDirections = 240; // 9 degrees apart: within reach of climbing from there
    for (int k = 0; k < kDirections; ++k) {
        const double z = (k + 0.5) / kDirections, s = std::sqrt(1 - z * z);
        const double phi = kPi * (3 - std::sqrt(5.0)) * k;
        axes.push_back({s * std::cos(phi), s * std::sin(phi), z});
    }
    return axes;
}

} // namespace

double symmetricPower(const SphericalDensity& density, int fold, bool dihedral) {
    checkFold(fold);
    double total = 0, kept = 0;
    for (std::size_t j = 0; j < density.r.size(); ++j)
        for (int l = 1; l <= density.maxOrder; ++l)
            for (int m = 0; m <= l; ++m)
                for (int part = 0; part < (m == 0 ? 1 : 2); ++part) {
                    const double value = density.lm(j, lmIndex(l, m), static_cast<std::size_t>(part));
                    const double power = (m == 0 ? 1 : 2) * density.r[j] * density.r[j] * value * value;
                    total += power;
                    kept += belongs(l, m, part, fold, dihedral) ? power : 0;
                }
    return total > 0 ? kept / total : 0;
}

SphericalDensity symmetrised(const SphericalDensity& density, int fold, bool dihedral) {
    checkFold(fold);
    SphericalDensity out{density.maxOrder, density.r, density.lm.clone()};
    for (std::size_t j = 0; j < out.r.size(); ++j)
        for (int l = 0; l <= out.maxOrder; ++l)
            for (int m = 0; m <= l; ++m)
                for (int part = 0; part < 2; ++part)
                    if (!belongs(l, m, part, fold, dihedral))
                        out.lm(j, lmIndex(l, m), static_cast<std::size_t>(part)) = 0;
    return out;
}

std::size_t InertiaTensor::distinctAxis() const {
    return moments[1] - moments[0] > moments[2] - moments[1] ? 0 : 2;
}

InertiaTensor inertia(const SphericalDensity& density) {
    if (density.maxOrder < 2)
        throw Error(ErrorCode::badInput,
                    fmt::format("moments of inertia from orders up to {}, expected 2 or more", density.maxOrder));
    // Second moments from l = 0 and 2: Q_lm = ∫ρ_lm r⁴ dr, e.g. ∫ρ (3z² - r²) = sqrt(16π/5) Q_20.
    const double step = density.r.empty() ? 0 : 2 * density.r.front();
    double mass = 0, radial = 0;
    std::array<double, 6> q{};
    for (std::size_t j = 0; j < density.r.size(); ++j) {
        const double r2 = density.r[j] * density.r[j] * step, r4 = r2 * density.r[j] * density.r[j];
        mass += std::sqrt(4 * kPi) * r2 * density.lm(j, 0, 0);
        radial += std::sqrt(4 * kPi) * r4 * density.lm(j, 0, 0);
        for (std::size_t m = 0; m < 3; ++m)
            for (std::size_t part = 0; part < 2; ++part)
                q[2 * m + part] += r4 * density.lm(j, lmIndex(2, static_cast<int>(m)), part);
    }
    const double c1 = std::sqrt(15 / (8 * kPi)), c2 = std::sqrt(15 / (32 * kPi));
    const double zz = (radial + std::sqrt(16 * kPi / 5) * q[0]) / 3;
    const double sum = radial - zz, difference = q[4] / c2;
    Eigen::Matrix3d second;
    const double xy = -q[5] / (2 * c2), xz = -q[2] / c1, yz = q[3] / c1;
    second << (sum + difference) / 2, xy, xz, xy, (sum - difference) / 2, yz, xz, yz, zz;
    const auto centre = centreOfMass(density);
    const Eigen::Vector3d c(centre[0], centre[1], centre[2]);
    second -= mass * c * c.transpose();
    const Eigen::Matrix3d tensor = second.trace() * Eigen::Matrix3d::Identity() - second;
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(tensor);
    InertiaTensor out;
    for (int i = 0; i < 3; ++i) {
        out.moments[static_cast<std::size_t>(i)] = solver.eigenvalues()[i];
        for (int axis = 0; axis < 3; ++axis)
            out.axes[static_cast<std::size_t>(i)][static_cast<std::size_t>(axis)] = solver.eigenvectors()(axis, i);
    }
    return out;
}

OrientedDensity orientForSymmetry(const SphericalDensity& density, int fold, bool dihedral, const TaskContext& task) {
    checkFold(fold);
    const auto centre = centreOfMass(density);
    Alignment shift;
    shift.translationAngstrom = {-centre[0], -centre[1], -centre[2]};
    SphericalDensity centred = transformed(density, shift);

    // Low orders decide which axis; all orders decide exactly where.
    const auto axes = candidateAxes(centred);
    const PowerMoments coarse(centred, std::min(density.maxOrder, 12));
    std::vector<Scored> scored(axes.size());
    parallelFor(axes.size(), 8, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t k = range.begin(); k != range.end(); ++k) {
            scored[k].rotation = axisToZ(axes[k]);
            scored[k].power = coarse.power(scored[k].rotation, fold, false);
        }
    });
    std::stable_sort(scored.begin(), scored.end(), [](const Scored& a, const Scored& b) { return a.power > b.power; });

    const PowerMoments moments(centred, density.maxOrder);
    Scored best;
    for (std::size_t k = 0; k < std::min<std::size_t>(3, scored.size()); ++k) {
        Scored start = climb(coarse, scored[k], fold, false, 0.08, task);
        start.power = moments.power(start.rotation, fold, dihedral);
        if (dihedral) {
            constexpr int kAzimuths = 90;
            const Rotation axis = start.rotation;
            for (int a = 0; a < kAzimuths; ++a) {
                const Rotation turned = Rotation::fromAxisAngle({0, 0, 1}, 2 * kPi * a / (kAzimuths * fold)) * axis;
                const double power = moments.power(turned, fold, true);
                if (power > start.power)
                    start = {turned, power};
            }
        }
        start = climb(moments, start, fold, dihedral, 0.02, task);
        if (start.power > best.power)
            best = start;
    }
    Alignment turn;
    turn.rotation = best.rotation;
    OrientedDensity out{transformed(centred, turn), {}};
    out.alignment.rotation = best.rotation;
    out.alignment.translationAngstrom = best.rotation.apply(shift.translationAngstrom);
    out.alignment.score = best.power;
    return out;
}

} // namespace fxs
