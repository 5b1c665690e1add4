#include "engine/density/alignment.h"

#include "engine/core/parallel.h"
#include "engine/density/direction_field.h"
#include "engine/density/harmonic_rotation.h"
#include "engine/density/rotation_search.h"
#include "engine/math/legendre.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

constexpr double kPi = std::numbers::pi;
using Vector6 = Eigen::Matrix<double, 6, 1>;
using Matrix6 = Eigen::Matrix<double, 6, 6>;

/// The first shells and orders only; every shell scaled to norm 1, so that products are FSCs.
SphericalAmplitudes limited(const SphericalAmplitudes& a, std::size_t shells, int maxOrder) {
    SphericalAmplitudes out{maxOrder,
                            {a.q.begin(), a.q.begin() + static_cast<std::ptrdiff_t>(shells)},
                            Array<double, 3>({shells, lmCount(maxOrder), 2})};
    for (std::size_t i = 0; i < shells; ++i) {
        double norm = 0;
        for (int l = 0; l <= std::min(maxOrder, a.maxOrder); ++l)
            for (int m = 0; m <= l; ++m)
                for (std::size_t part = 0; part < 2; ++part) {
                    const double value = a.lm(i, lmIndex(l, m), part);
                    out.lm(i, lmIndex(l, m), part) = value;
                    norm += (m == 0 ? 1 : 2) * value * value;
                }
        const double scale =
            norm > 0 ? std::sqrt(4 * kPi / norm) : 0.0; // so that the mean of |A|² over directions is 1
        for (std::size_t k = 0; k < 2 * lmCount(maxOrder); ++k)
            out.lm.data()[i * 2 * lmCount(maxOrder) + k] *= scale;
    }
    return out;
}

std::array<double, 3> sum(const std::array<double, 3>& a, const std::array<double, 3>& b, double sign = 1) {
    return {a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2]};
}

double length(const std::array<double, 3>& a) {
    return std::sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
}

/// Centre of mass from the lowest shell: A ≈ M (1 - i q·c).
std::array<double, 3> centreFromLowestShell(const SphericalAmplitudes& a) {
    if (a.maxOrder < 1)
        return {};
    const double mass = a.lm(0, 0, 0) / std::sqrt(4 * kPi) * a.q[0];
    if (mass == 0)
        return {};
    const double side = 2 * std::sqrt(3 / (8 * kPi)) / mass;
    return {-side * a.lm(0, lmIndex(1, 1), 0), side * a.lm(0, lmIndex(1, 1), 1),
            std::sqrt(3 / (4 * kPi)) / mass * a.lm(0, lmIndex(1, 0), 0)};
}

/// One refinement: reference and moving on the same shells and order, normalised per shell.
class Refiner {
public:
    Refiner(const SphericalAmplitudes& reference, const SphericalAmplitudes& moving, std::size_t shells, int maxOrder)
        : m_moving(limited(moving, shells, maxOrder)), m_grid(maxOrder, m_moving.q, 4), m_rotator(maxOrder),
          m_reference(m_grid.synthesise(limited(reference, shells, maxOrder))) {}

    void run(Alignment& alignment, int iterations, const TaskContext& task) {
        if (alignment.mirrored != m_isMirrored) {
            invert(m_moving.lm, m_moving.maxOrder);
            m_isMirrored = alignment.mirrored;
        }
        alignment.score = place(alignment);
        for (int k = 0; k < iterations; ++k) {
            task.checkpoint();
            const Vector6 step = gaussNewtonStep(alignment);
            Alignment best = alignment;
            double fraction = 1;
            for (int attempt = 0; attempt < 4 && best.score <= alignment.score; ++attempt, fraction /= 3) {
                best = moved(alignment, fraction * step);
                best.score = place(best);
            }
            const double gain = best.score - alignment.score;
            if (gain <= 0)
                break;
            alignment = best;
            if (gain < 1e-10)
                break;
        }
    }

private:
    /// Turns and moves; returns the mean FSC.
    double place(const Alignment& alignment) {
        m_turned = {m_moving.maxOrder, m_moving.q,
                    rotated(m_moving.lm, m_rotator, m_moving.maxOrder, alignment.rotation)};
        m_placed = m_grid.synthesise(m_turned);
        m_grid.translate(m_placed, alignment.translationAngstrom);
        double total = 0;
        for (std::size_t k = 0; k < m_grid.pointCount(); ++k)
            total += m_grid.weightOf(k) * (m_reference.re.data()[k] * m_placed.re.data()[k] +
                                           m_reference.im.data()[k] * m_placed.im.data()[k]);
        return total / static_cast<double>(m_grid.q().size());
    }

    /// Maximises the correlation as a least-squares problem: norms do not change, so |A₁ - T A₂|² = const - 2
    /// correlation.
    Vector6 gaussNewtonStep(const Alignment& alignment) {
        place(alignment);
        std::array<DirectionField, 3> turn;
        for (int axis = 0; axis < 3; ++axis) {
            turn[static_cast<std::size_t>(axis)] = m_grid.synthesise(
                {m_turned.maxOrder, m_turned.q, rotationDerivative(m_turned.lm, m_turned.maxOrder, axis)});
            m_grid.translate(turn[static_cast<std::size_t>(axis)], alignment.translationAngstrom);
        }
        Matrix6 normal = Matrix6::Zero();
        Vector6 right = Vector6::Zero();
        std::size_t k = 0;
        for (std::size_t p = 0; p < m_grid.phiCount(); ++p)
            for (double q : m_grid.q())
                for (std::size_t t = 0; t < m_grid.halfThetaCount(); ++t, ++k) {
                    const auto& n = m_grid.direction(p, t);
                    const double re = m_placed.re.data()[k], im = m_placed.im.data()[k], w = m_grid.weightOf(k);
                    Vector6 dRe, dIm;
                    for (int axis = 0; axis < 3; ++axis) {
                        const auto a = static_cast<std::size_t>(axis);
                        dRe[axis] = turn[a].re.data()[k];
                        dIm[axis] = turn[a].im.data()[k];
                        dRe[3 + axis] = q * n[a] * im; // d/dt of A e^{-iq·t} = -i q n A
                        dIm[3 + axis] = -q * n[a] * re;
                    }
                    normal.noalias() += w * (dRe * dRe.transpose() + dIm * dIm.transpose());
                    right += w * ((m_reference.re.data()[k] - re) * dRe + (m_reference.im.data()[k] - im) * dIm);
                }
        // What does not change the amplitudes (turns of a ball) must not blow up; 1e-6 of the diagonal does not slow
        // the rest.
        const double rotationScale = normal.diagonal().head<3>().maxCoeff();
        const double translationScale = normal.diagonal().tail<3>().maxCoeff();
        for (int i = 0; i < 6; ++i)
            normal(i, i) += 1e-6 * normal(i, i) + 1e-9 * (i < 3 ? rotationScale : translationScale) + 1e-300;
        Vector6 step = normal.ldlt().solve(right) / std::clamp(alignment.score, 0.3, 1.0);
        // Derivatives say nothing beyond a quarter period of the finest detail.
        const double turnLimit = 1.0 / std::max(1, m_moving.maxOrder), moveLimit = 1.0 / m_moving.q.back();
        step *= std::min({1.0, turnLimit / std::max(step.head<3>().norm(), 1e-300),
                          moveLimit / std::max(step.tail<3>().norm(), 1e-300)});
        return step;
    }

    static Alignment moved(const Alignment& from, const Vector6& step) {
        Alignment to = from;
        const double angle = step.head<3>().norm();
        if (angle > 1e-14)
            to.rotation = Rotation::fromAxisAngle({step[0], step[1], step[2]}, angle) * from.rotation;
        for (std::size_t axis = 0; axis < 3; ++axis)
            to.translationAngstrom[axis] += step[3 + static_cast<int>(axis)];
        return to;
    }

    SphericalAmplitudes m_moving, m_turned;
    bool m_isMirrored = false;
    DirectionGrid m_grid;
    WignerRotator m_rotator;
    DirectionField m_reference, m_placed;
};

void checkPair(const SphericalAmplitudes& reference, const SphericalAmplitudes& moving) {
    if (reference.q != moving.q || reference.q.empty())
        throw Error(ErrorCode::badInput, "alignment of amplitudes on different shells, or on none");
    const auto powerless = [](const SphericalAmplitudes& a) {
        return std::all_of(a.lm.span().begin(), a.lm.span().end(),
                           [](double v) { return v == 0 || !std::isfinite(v); });
    };
    if (powerless(reference) || powerless(moving))
        throw Error(ErrorCode::badInput, "alignment of amplitudes that are all zero");
}

/// Shells and orders within part of the resolution: amplitudes of a particle of radius R have orders up to qR + 4.
std::pair<std::size_t, int> limits(const SphericalAmplitudes& a, int maxOrder, double part) {
    const auto shells = static_cast<std::size_t>(std::ceil(part * static_cast<double>(a.q.size())));
    const int order = static_cast<int>(std::ceil(part * std::max(0, maxOrder - 4))) + 4;
    return {std::clamp<std::size_t>(shells, 1, a.q.size()), std::min(order, maxOrder)};
}

} // namespace

Alignment align(const SphericalAmplitudes& reference, const SphericalAmplitudes& moving, const TaskContext& task,
                const AlignmentOptions& options) {
    checkPair(reference, moving);
    const int maxOrder = std::max(reference.maxOrder, moving.maxOrder);
    const int searchOrder = std::min(options.searchOrder, 2 * maxOrder);
    const auto peaks = searchRotations(reference, moving, searchOrder,
                                       static_cast<std::size_t>(std::max(1, options.candidates)), task);
    const auto referenceCentre = centreFromLowestShell(reference), movingCentre = centreFromLowestShell(moving);
    std::vector<Alignment> candidates;
    for (const auto& peak : peaks)
        for (const bool mirrored : {false, true}) {
            if (mirrored && !options.allowMirror)
                continue;
            Alignment a{peak.rotation, {}, mirrored, 0};
            a.translationAngstrom = sum(referenceCentre, peak.rotation.apply(movingCentre), mirrored ? 1.0 : -1.0);
            candidates.push_back(a);
        }

    const auto [shells, order] = limits(reference, maxOrder, 0.5);
    const auto refineAll = [&](std::size_t shellCount, int orderLimit, int iterations) {
        parallelFor(candidates.size(), 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
            Refiner refiner(reference, moving, shellCount, orderLimit);
            for (std::size_t k = range.begin(); k != range.end(); ++k)
                refiner.run(candidates[k], iterations, task);
        });
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](const Alignment& a, const Alignment& b) { return a.score > b.score; });
    };
    refineAll(shells, order, 10);
    // The best two of each hand stay: at half the resolution a hand may not tell yet, and a symmetric particle has so many
    // equal rotations that one hand would take all places.
    int kept[2] = {0, 0};
    std::erase_if(candidates, [&](const Alignment& a) { return ++kept[a.mirrored ? 1 : 0] > 2; });
    refineAll(reference.q.size(), maxOrder, 30);
    return candidates.front();
}

Alignment refineAlignment(const SphericalAmplitudes& reference, const SphericalAmplitudes& moving,
                          const Alignment& start, const TaskContext& task) {
    checkPair(reference, moving);
    Alignment alignment = start;
    Refiner(reference, moving, reference.q.size(), std::max(reference.maxOrder, moving.maxOrder))
        .run(alignment, 30, task);
    return alignment;
}

SphericalAmplitudes transformed(const SphericalAmplitudes& amplitudes, const Alignment& alignment) {
    SphericalAmplitudes out = amplitudes.clone();
    if (alignment.mirrored)
        invert(out.lm, out.maxOrder);
    out.lm = rotated(out.lm, WignerRotator(out.maxOrder), out.maxOrder, alignment.rotation);
    const double path = length(alignment.translationAngstrom);
    if (path == 0 || out.q.empty())
        return out;
    const DirectionGrid grid(out.maxOrder, out.q, static_cast<int>(std::ceil(out.q.back() * path)) + 4);
    DirectionField field = grid.synthesise(out);
    grid.translate(field, alignment.translationAngstrom);
    return grid.analyse(field);
}

SphericalDensity transformed(const SphericalDensity& density, const Alignment& alignment) {
    SphericalDensity out{density.maxOrder, density.r, density.lm.clone()};
    if (alignment.mirrored)
        invert(out.lm, out.maxOrder);
    out.lm = rotated(out.lm, WignerRotator(out.maxOrder), out.maxOrder, alignment.rotation);
    if (length(alignment.translationAngstrom) == 0)
        return out;
    // Moved in reciprocal space, up to the radii's own band limit and with shells fine enough for the whole box.
    const double step = 2 * density.r.front(), box = density.r.back() + step / 2;
    const auto q = amplitudeShells(kPi / step, 2 * box);
    Alignment shift;
    shift.translationAngstrom = alignment.translationAngstrom;
    return sphericalDensity(transformed(sphericalAmplitudes(out, q), shift), density.r);
}

std::array<double, 3> centreOfMass(const SphericalDensity& density) {
    double mass = 0;
    std::array<double, 3> moment{};
    for (std::size_t j = 0; j < density.r.size(); ++j) {
        const double r2 = density.r[j] * density.r[j], r3 = r2 * density.r[j];
        mass += r2 * density.lm(j, 0, 0) * std::sqrt(4 * kPi);
        if (density.maxOrder < 1)
            continue;
        moment[0] -= r3 * density.lm(j, lmIndex(1, 1), 0) * std::sqrt(8 * kPi / 3);
        moment[1] += r3 * density.lm(j, lmIndex(1, 1), 1) * std::sqrt(8 * kPi / 3);
        moment[2] += r3 * density.lm(j, lmIndex(1, 0), 0) * std::sqrt(4 * kPi / 3);
    }
    if (!(mass > 0))
        return {};
    return {moment[0] / mass, moment[1] / mass, moment[2] / mass};
}

} // namespace fxs
