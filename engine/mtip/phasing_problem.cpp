#include "engine/mtip/phasing_problem.h"

#include "engine/core/error.h"
#include "engine/math/legendre.h"
#include "engine/mtip/magnitude_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

constexpr std::size_t kLeastShells = 3;

bool isIteration(PhasingMethod method) {
    return method != PhasingMethod::shrinkWrap && method != PhasingMethod::symmetrise;
}

const Coefficients& checked(const Coefficients& c, const PhaserSettings& settings) {
    throwIfFatal(settings.validate());
    if (c.maxOrder < 2)
        throw Error(ErrorCode::badInput,
                    fmt::format("phasing: the highest order is {}, expected at least 2", c.maxOrder));
    if (settings.freeOrder && *settings.freeOrder > c.maxOrder)
        throw Error(
            ErrorCode::badSettings,
            fmt::format("phasing: the free order is {}, expected at most {}, the highest order of the coefficients",
                        *settings.freeOrder, c.maxOrder));
    return c;
}

// Shells from the origin on: those that a beam stop took away come back with I_00 = 0, which means that nothing is known of them.
Coefficients fromTheOrigin(const Coefficients& c) {
    const std::size_t shells = c.q.size();
    const double dq = shells > 1 ? c.q[1] - c.q[0] : 0.0;
    const double places = dq > 0 && c.q[0] > 0 ? c.q[0] / dq - 0.5 : 0.0;
    const bool usable = places > -0.5 && places < 1000 && std::abs(places - std::round(places)) < 1e-4;
    const std::size_t missing =
        usable ? static_cast<std::size_t>(std::lround(places)) : 0; // ShellGrid refuses what is not
    Coefficients out;
    out.maxOrder = c.maxOrder;
    out.diameterAngstrom = c.diameterAngstrom;
    out.rank = c.rank;
    for (std::size_t i = 0; i < missing; ++i)
        out.q.push_back((static_cast<double>(i) + 0.5) * dq);
    out.q.insert(out.q.end(), c.q.begin(), c.q.end());
    out.i00.assign(missing, 0.0);
    out.i00.insert(out.i00.end(), c.i00.begin(), c.i00.end());
    const std::size_t orders = c.vl.extent(0), columns = c.vl.extent(2);
    if (c.vl.extent(1) != shells) // refused where the factors are used
        return out;
    out.vl = Array<double, 3>({orders, missing + shells, columns});
    for (std::size_t l = 0; l < orders; ++l)
        for (std::size_t i = 0; i < shells; ++i)
            for (std::size_t k = 0; k < columns; ++k)
                out.vl(l, missing + i, k) = c.vl(l, i, k);
    return out;
}

int wantedOrder(const Coefficients& c, const PhaserSettings& settings) {
    const double natural = std::ceil(c.q.empty() ? 0.0 : (c.q.back() + c.q.front()) * c.diameterAngstrom - 1e-9);
    const int wanted = settings.intensityOrder > 0 ? settings.intensityOrder : static_cast<int>(std::min(natural, 1e4));
    return std::max(2, std::min(wanted + wanted % 2, c.maxOrder - c.maxOrder % 2));
}

} // namespace

std::vector<Problem> PhaserSettings::validate() const {
    std::vector<Problem> problems;
    const auto report = [&](std::string key, std::string message) {
        problems.push_back({std::move(key), std::move(message)});
    };
    if (recipe.iterationCount() < 1)
        report("recipe", fmt::format("recipe '{}' has no iteration, expected at least one", recipe.name));
    for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
        const PhasingStep& step = recipe.steps[i];
        if (isIteration(step.method) && step.iterations < 1)
            report("recipe", fmt::format("step {} has {} iterations, expected at least 1", i + 1, step.iterations));
        if (!(step.cut > 0 && step.cut <= 1))
            report("recipe",
                   fmt::format("step {} sees {} of q_max, expected more than 0 and at most 1", i + 1, step.cut));
        if (!(step.beta > 0 && step.beta <= 2))
            report("recipe", fmt::format("step {} has β = {}, expected more than 0 and at most 2", i + 1, step.beta));
        if (step.method == PhasingMethod::shrinkWrap &&
            !(step.blurAngstrom > 0 && step.threshold > 0 && step.threshold < 1))
            report("recipe",
                   fmt::format(
                       "step {} blurs by {} Å and cuts at {}, expected a positive length and a part between 0 and 1",
                       i + 1, step.blurAngstrom, step.threshold));
    }
    if (!(recipe.startRadius > 0) || !(boxRadii >= recipe.startRadius) || !(boxRadii <= 4))
        report("box", fmt::format("the box is {} and the starting ball {} radii, expected 0 < ball <= box <= 4",
                                  boxRadii, recipe.startRadius));
    if (!(recipe.weightPower >= 0 && recipe.weightPower <= 6))
        report("recipe", fmt::format("the metric has the power {} of q, expected 0 to 6", recipe.weightPower));
    if (!(recipe.angularSampling >= 1 && recipe.angularSampling <= 4))
        report("recipe", fmt::format("the angles are sampled {} times, expected 1 to 4", recipe.angularSampling));
    if (freeOrder && (*freeOrder < 2 || *freeOrder % 2 != 0))
        report("free-order", fmt::format("the free order is {}, expected an even number of at least 2", *freeOrder));
    if (maxDensity && !(*maxDensity > 0))
        report("max-density",
               fmt::format("the upper bound on the density is {}, expected a positive number", *maxDensity));
    if (intensityOrder < 0)
        report("max-order",
               fmt::format("the highest order fitted is {}, expected 0 (automatic) or more", intensityOrder));
    if (symmetry.fold < 1 || (symmetry.dihedral && symmetry.fold < 2))
        report("symmetry", fmt::format("the symmetry is {}, expected C1, C2, ... or D2, D3, ...", symmetry.name()));
    return problems;
}

PhasingProblem::Impl::Impl(const Coefficients& c, const PhaserSettings& s)
    : settings(s),
      grid(checked(c, s).q, c.diameterAngstrom, wantedOrder(c, s), s.boxRadii), full{{grid, PointGroup{},
                                                                                      s.recipe.angularSampling},
                                                                                     {}} {
    const auto& steps = settings.recipe.steps;
    const bool symmetrises = std::any_of(
        steps.begin(), steps.end(), [](const PhasingStep& step) { return step.method == PhasingMethod::symmetrise; });
    if (symmetrises && !settings.symmetry.isTrivial())
        symmetric.emplace(PhasingDomain{{grid, settings.symmetry, s.recipe.angularSampling}, {}});
    const auto fill = [&](PhasingDomain& domain, std::size_t shells) {
        domain.targets.try_emplace(shells, c, domain.space, shells, settings.recipe.weightPower, settings.freeOrder);
    };
    bool inside = false;
    fill(full, allShells());
    if (symmetric)
        fill(*symmetric, allShells());
    for (const PhasingStep& step : steps) {
        inside = inside || (symmetric && step.method == PhasingMethod::symmetrise);
        fill(inside ? *symmetric : full, shellsOf(step.cut));
    }
}

std::size_t PhasingProblem::Impl::shellsOf(double cut) const {
    const auto shells = static_cast<std::size_t>(std::lround(cut * static_cast<double>(allShells())));
    return std::clamp(shells, std::min(kLeastShells, allShells()), allShells());
}

PhasingProblem::PhasingProblem(const Coefficients& coefficients, const PhaserSettings& settings)
    : m_impl(std::make_unique<Impl>(fromTheOrigin(coefficients), settings)) {}
PhasingProblem::~PhasingProblem() = default;
PhasingProblem::PhasingProblem(PhasingProblem&&) noexcept = default;
PhasingProblem& PhasingProblem::operator=(PhasingProblem&&) noexcept = default;

const PhaserSettings& PhasingProblem::settings() const {
    return m_impl->settings;
}
const std::vector<double>& PhasingProblem::q() const {
    return m_impl->grid.q();
}
const std::vector<double>& PhasingProblem::r() const {
    return m_impl->grid.r();
}
int PhasingProblem::amplitudeOrder() const {
    return m_impl->grid.amplitudeOrder();
}
int PhasingProblem::intensityOrder() const {
    return m_impl->grid.intensityOrder();
}
double PhasingProblem::diameterAngstrom() const {
    return m_impl->grid.diameterAngstrom();
}

PhasingQuality assess(const PhasingProblem& problem, const SphericalDensity& density) {
    const PhasingDomain& domain = problem.impl().full;
    if (density.maxOrder != problem.amplitudeOrder() || density.r.size() != problem.r().size() ||
        density.lm.shape() != Array<double, 3>::Shape{density.r.size(), lmCount(density.maxOrder), 2})
        throw Error(ErrorCode::badInput,
                    fmt::format("phasing: a density of order {} on {} radii was given, expected order {} on {} radii",
                                density.maxOrder, density.r.size(), problem.amplitudeOrder(), problem.r().size()));
    const InvariantTarget& target = domain.target(problem.impl().allShells());
    const Array<double, 3> rho = domain.space.compress(density);
    MagnitudeStep step(domain.space);
    PhasingQuality quality;
    quality.residualPerOrder.resize(static_cast<std::size_t>(problem.intensityOrder()) + 1);
    const std::vector<double> perOrder = step.residualPerOrder(target, rho);
    for (std::size_t i = 0; i < perOrder.size(); ++i) {
        const InvariantTarget::Order& order = target.orders()[i];
        quality.residualPerOrder[static_cast<std::size_t>(order.l)] = perOrder[i];
        if (order.held)
            quality.freeResidual = perOrder[i];
        else
            quality.residual += perOrder[i] * order.norm / target.norm();
    }
    quality.magnitudeError = step.magnitudeError(target, rho);
    return quality;
}

} // namespace fxs
