#include "engine/mtip/phaser.h"

#include "engine/core/error.h"
#include "engine/density/symmetry.h"
#include "engine/math/legendre.h"
#include "engine/mtip/invariant_residual.h"
#include "engine/mtip/iterations.h"
#include "engine/mtip/lbfgs.h"
#include "engine/mtip/phasing_problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace fxs {

namespace {

constexpr double kStateVersion = 1;

/// The moving parts inside one space.
struct Engine {
    const PhasingDomain& domain;
    PhasingIteration iteration;
    InvariantResidual residual;
    BoundedLbfgs optimiser;
    std::vector<double> start, upper;

    Engine(const PhasingDomain& d, double upperBound) : domain(d), iteration(d.space, upperBound), residual(d.space) {
        const std::size_t points = iteration.support().size();
        optimiser.reserve(points);
        start.reserve(points);
        upper.reserve(points);
    }

    BoundedLbfgs::Objective objective(const InvariantTarget& target) {
        return [this, &target](std::span<const double> x, std::span<double> gradient) {
            return residual.evaluate(target, x, gradient);
        };
    }

    void startOptimiser(const InvariantTarget& target, double upperBound) {
        residual.setSupport(iteration.support());
        start.resize(residual.variableCount());
        residual.gather(iteration.clampedField(), start);
        upper.resize(std::isfinite(upperBound) ? start.size() : 0);
        if (!upper.empty())
            residual.upperBounds(upperBound, upper);
        optimiser.start(start, upper, objective(target));
    }

    void endOptimiser() {
        residual.spread(optimiser.x(), iteration.density());
        iteration.setRelaxed(false);
    }
};

void append(std::vector<double>& out, View<const double, 3> values) {
    out.insert(out.end(), values.data(), values.data() + values.size());
}

void take(std::span<const double>& state, std::span<double> values) {
    if (state.size() < values.size())
        throw Error(ErrorCode::badInput,
                    fmt::format("phasing state: {} values are left, expected {}", state.size(), values.size()));
    std::copy_n(state.begin(), values.size(), values.begin());
    state = state.subspan(values.size());
}

} // namespace

struct Phaser::Impl {
    std::shared_ptr<const PhasingProblem> problem;
    std::uint64_t seed;
    double upperBound;
    std::unique_ptr<Engine> full, symmetric;
    bool inside = false;     ///< of the point group
    bool optimising = false; ///< an L-BFGS step is under way
    std::size_t step = 0;    ///< of the recipe
    int inStep = 0, done = 0;
    double lastResidual = 1, residualBefore = 0, bestResidual = HUGE_VAL;
    std::optional<SphericalDensity> trunk; ///< oriented, unsymmetrised: where every symmetric march begins
    std::optional<Array<double, 3>> best;  ///< of the marches so far
    std::vector<float> convergence;

    Impl(std::shared_ptr<const PhasingProblem> p, std::uint64_t s) : problem(std::move(p)), seed(s) {
        const PhasingProblem::Impl& shared = problem->impl();
        upperBound = shared.settings.maxDensity.value_or(HUGE_VAL);
        full = std::make_unique<Engine>(shared.full, upperBound);
        if (shared.symmetric)
            symmetric = std::make_unique<Engine>(*shared.symmetric, upperBound);
        convergence.reserve(static_cast<std::size_t>(shared.settings.recipe.iterationCount()));
    }

    const PhasingProblem::Impl& shared() const { return problem->impl(); }
    const std::vector<PhasingStep>& steps() const { return shared().settings.recipe.steps; }
    Engine& engine() const { return inside ? *symmetric : *full; }
    const InvariantTarget& target(double cut) const { return engine().domain.target(shared().shellsOf(cut)); }

    void startFrom(const SphericalDensity& density);
    void iterate(const PhasingStep& s);
    void endStep();
    void enterSymmetry(const PhasingStep& s, const TaskContext& task);
    void endMarch();
    void passOver();
    Array<double, 3> estimate() const;
    SphericalDensity expanded(View<const double, 3> rho) const { return engine().domain.space.expand(rho); }
    PhaserResult result(bool early);
};

void Phaser::Impl::startFrom(const SphericalDensity& density) {
    assess(*problem, density); // refuses another grid
    PhasingIteration& iteration = full->iteration;
    iteration.setBall(shared().startRadius());
    const Array<double, 3> rho = full->domain.space.compress(density);
    MagnitudeStep magnitude(full->domain.space);
    const double scale = magnitude.scaleTo(full->domain.target(shared().allShells()), rho);
    for (std::size_t i = 0; i < rho.size(); ++i)
        iteration.density().data()[i] = scale * rho.data()[i];
}

void Phaser::Impl::iterate(const PhasingStep& s) {
    Engine& e = engine();
    const InvariantTarget& aim = target(s.cut);
    if (s.method != PhasingMethod::lbfgs) {
        lastResidual = e.iteration.iterate(s.method, s.beta, aim);
    } else {
        if (!optimising)
            e.startOptimiser(aim, upperBound);
        optimising = true;
        const bool moved = e.optimiser.step(e.objective(aim));
        lastResidual = e.optimiser.value();
        if (!moved) { // nothing left to gain: the rest of the step counts as done
            done += s.iterations - inStep - 1;
            inStep = s.iterations - 1;
        }
    }
    ++done;
    ++inStep;
    convergence.push_back(static_cast<float>(lastResidual));
    if (inStep >= s.iterations)
        endStep();
}

void Phaser::Impl::endStep() {
    if (optimising)
        engine().endOptimiser();
    optimising = false;
    ++step;
    inStep = 0;
}

Array<double, 3> Phaser::Impl::estimate() const {
    if (!optimising)
        return engine().iteration.estimate();
    // A working copy: asking must not disturb the iteration.
    InvariantResidual residual(engine().domain.space);
    residual.setSupport(std::as_const(engine().iteration).support());
    Array<double, 3> rho = engine().domain.space.makeDensity();
    residual.spread(engine().optimiser.x(), rho);
    return rho;
}

// The march that ends here is kept if it explains the data better than those before.
void Phaser::Impl::endMarch() {
    if (!inside)
        return;
    Array<double, 3> rho = estimate(), slope = engine().domain.space.makeDensity();
    const double residual = engine().residual.evaluate(target(1), rho, slope);
    if (residual < bestResidual) {
        bestResidual = residual;
        best = std::move(rho);
    }
}

void Phaser::Impl::passOver() {
    do {
        const PhasingStep& s = steps()[step];
        if (s.method != PhasingMethod::shrinkWrap && s.method != PhasingMethod::symmetrise)
            done += s.iterations;
        ++step;
    } while (step < steps().size() && steps()[step].method != PhasingMethod::symmetrise);
}

void Phaser::Impl::enterSymmetry(const PhasingStep& s, const TaskContext& task) {
    if (!symmetric)
        return passOver();
    if (inside) {
        endMarch();
        inside = false; // until the next march has begun: a Stop in between repeats nothing
        if (bestResidual <= s.onlyIfResidualAbove) {
            inside = true;
            return passOver();
        }
        inside = true;
    } else {
        const PointGroup& group = shared().settings.symmetry;
        trunk = orientForSymmetry(expanded(estimate()), group.fold, group.dihedral, task).density;
        residualBefore = assess(*problem, *trunk).residual;
    }
    inside = true;
    PhasingIteration& iteration = engine().iteration;
    iteration.setBall(shared().startRadius());
    const Array<double, 3> rho = engine().domain.space.compress(*trunk);
    std::copy_n(rho.data(), rho.size(), iteration.density().data());
    iteration.setRelaxed(false);
    ++step;
}

PhaserResult Phaser::Impl::result(bool early) {
    PhaserResult out;
    endMarch();
    out.density = inside && best ? expanded(*best) : expanded(estimate());
    out.seed = seed;
    out.quality = assess(*problem, out.density);
    out.convergence = convergence;
    out.symmetry = inside ? shared().settings.symmetry : PointGroup{};
    out.residualBeforeSymmetry = residualBefore;
    out.iterations = static_cast<int>(convergence.size());
    out.finishedEarly = early;
    return out;
}

Phaser::Phaser(std::shared_ptr<const PhasingProblem> problem, std::uint64_t seed)
    : m_impl(std::make_unique<Impl>(std::move(problem), seed)) {
    const PhasingProblem::Impl& shared = m_impl->shared();
    m_impl->full->iteration.startRandom(seed, shared.startRadius(), shared.full.target(shared.allShells()));
}

Phaser::Phaser(std::shared_ptr<const PhasingProblem> problem, std::uint64_t seed, const SphericalDensity& start)
    : m_impl(std::make_unique<Impl>(std::move(problem), seed)) {
    m_impl->startFrom(start);
}

Phaser::~Phaser() = default;
Phaser::Phaser(Phaser&&) noexcept = default;
Phaser& Phaser::operator=(Phaser&&) noexcept = default;

PhaserResult Phaser::run(const TaskContext& task, const Observer& observer) {
    Impl& impl = *m_impl;
    while (impl.step < impl.steps().size()) {
        task.checkpoint();
        if (task.finishRequested())
            return impl.result(true);
        const PhasingStep& step = impl.steps()[impl.step];
        switch (step.method) {
        case PhasingMethod::shrinkWrap:
            impl.engine().iteration.shrinkWrap(step.blurAngstrom, step.threshold);
            ++impl.step;
            break;
        case PhasingMethod::symmetrise:
            impl.enterSymmetry(step, task);
            break;
        default:
            impl.iterate(step);
            if (observer)
                observer(*this);
        }
    }
    return impl.result(false);
}

std::uint64_t Phaser::seed() const {
    return m_impl->seed;
}
int Phaser::iteration() const {
    return m_impl->done;
}
int Phaser::iterationCount() const {
    return m_impl->shared().settings.recipe.iterationCount();
}
double Phaser::residual() const {
    return m_impl->lastResidual;
}
const std::vector<float>& Phaser::convergence() const {
    return m_impl->convergence;
}
SphericalDensity Phaser::currentDensity() const {
    return m_impl->expanded(m_impl->estimate());
}

double Phaser::qCut() const {
    const auto& steps = m_impl->steps();
    const double cut = steps[std::min(m_impl->step, steps.size() - 1)].cut;
    return static_cast<double>(m_impl->shared().shellsOf(cut)) * m_impl->shared().grid.dq();
}

std::vector<double> Phaser::save() const {
    const Impl& s = *m_impl;
    const PhasingIteration& iteration = s.engine().iteration;
    std::vector<double> out{kStateVersion,
                            static_cast<double>(s.seed >> 32),
                            static_cast<double>(s.seed & 0xffffffffu),
                            static_cast<double>(s.steps().size()),
                            static_cast<double>(s.shared().allShells()),
                            static_cast<double>(s.step),
                            static_cast<double>(s.inStep),
                            static_cast<double>(s.done),
                            s.lastResidual,
                            s.residualBefore,
                            s.bestResidual,
                            s.inside ? 1.0 : 0.0,
                            s.optimising ? 1.0 : 0.0,
                            iteration.isRelaxed() ? 1.0 : 0.0,
                            s.trunk ? 1.0 : 0.0,
                            s.best ? 1.0 : 0.0,
                            static_cast<double>(s.convergence.size())};
    out.insert(out.end(), s.convergence.begin(), s.convergence.end());
    append(out, iteration.density());
    append(out, iteration.lastStep());
    append(out, iteration.support());
    if (s.trunk)
        append(out, s.trunk->lm.view());
    if (s.best)
        append(out, s.best->view());
    if (s.optimising)
        s.engine().optimiser.save(out);
    return out;
}

void Phaser::restore(const std::vector<double>& saved) {
    Impl& s = *m_impl;
    constexpr std::size_t header = 17;
    std::span<const double> state(saved);
    if (state.size() < header || state[0] != kStateVersion || state[3] != static_cast<double>(s.steps().size()) ||
        state[4] != static_cast<double>(s.shared().allShells()) || (state[11] != 0 && !s.symmetric) ||
        !(state[5] >= 0 && state[5] <= state[3]) || !(state[16] >= 0 && state[16] <= static_cast<double>(state.size())))
        throw Error(ErrorCode::badInput,
                    fmt::format("phasing state of {} values is not of this problem and recipe", state.size()));
    s.seed = (static_cast<std::uint64_t>(state[1]) << 32) | static_cast<std::uint64_t>(state[2]);
    s.step = static_cast<std::size_t>(state[5]);
    s.inStep = static_cast<int>(state[6]);
    s.done = static_cast<int>(state[7]);
    s.lastResidual = state[8];
    s.residualBefore = state[9];
    s.bestResidual = state[10];
    s.inside = state[11] != 0;
    s.optimising = state[12] != 0;
    const bool relaxed = state[13] != 0, hasTrunk = state[14] != 0, hasBest = state[15] != 0;
    const auto points = static_cast<std::size_t>(state[16]);
    state = state.subspan(header);
    std::vector<double> convergence(points);
    take(state, convergence);
    s.convergence.assign(convergence.begin(), convergence.end());
    Engine& engine = s.engine();
    take(state, engine.iteration.density().span());
    take(state, engine.iteration.lastStep().span());
    take(state, engine.iteration.support().span());
    engine.iteration.setRelaxed(relaxed);
    s.trunk.reset();
    s.best.reset();
    if (hasTrunk) {
        s.trunk = s.full->domain.space.expand(s.full->domain.space.makeDensity());
        take(state, s.trunk->lm.span());
    }
    if (hasBest) {
        s.best = s.symmetric->domain.space.makeDensity();
        take(state, s.best->span());
    }
    if (s.optimising) {
        engine.residual.setSupport(engine.iteration.support());
        state = engine.optimiser.restore(state);
    }
}

} // namespace fxs
