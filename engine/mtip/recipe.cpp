#include "engine/mtip/recipe.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fxs {

namespace {

// From first to last over `cycles`.
double along(double first, double last, int cycle, int cycles) {
    return cycles > 1 ? first + (last - first) * cycle / (cycles - 1) : last;
}

// q_cut / q_max of a cycle: from start to 1 in `growing` equal steps, then 1.
double march(double start, int cycle, int growing) {
    return cycle >= growing ? 1.0 : start + (1 - start) * cycle / growing;
}

} // namespace

int PhasingRecipe::iterationCount() const {
    int count = 0;
    for (const PhasingStep& step : steps)
        if (step.method != PhasingMethod::shrinkWrap && step.method != PhasingMethod::symmetrise)
            count += step.iterations;
    return count;
}

PhasingRecipe basicRecipe(double marchStart, double blurScale) {
    constexpr int cycles = 12, growing = 9;
    PhasingRecipe recipe;
    recipe.name = "basic";
    for (int cycle = 0; cycle < cycles; ++cycle) {
        const double cut = march(marchStart, cycle, growing);
        recipe.steps.push_back({.method = PhasingMethod::raar, .iterations = 60, .cut = cut, .beta = 0.9});
        recipe.steps.push_back({.method = PhasingMethod::errorReduction, .iterations = 10, .cut = cut});
        recipe.steps.push_back({.method = PhasingMethod::shrinkWrap,
                                .cut = cut,
                                .blurAngstrom = blurScale * along(25, 12, cycle, cycles),
                                .threshold = 0.2});
    }
    recipe.steps.push_back({.method = PhasingMethod::errorReduction, .iterations = 60});
    return recipe;
}

PhasingRecipe polished(PhasingRecipe recipe, int lbfgsIterations) {
    recipe.name += "+polish";
    recipe.steps.push_back({.method = PhasingMethod::lbfgs, .iterations = lbfgsIterations});
    return recipe;
}

PhasingRecipe withSymmetry(PhasingRecipe recipe, double marchStart, double retryStart, double blurScale) {
    constexpr int cycles = 8, growing = 6;
    constexpr double stalled =
        1e-5; // e_B: noise-free, a march that succeeds ends a decade below, one that does not a decade above
    recipe.name += "+symmetry";
    for (const auto& [start, onlyAbove] : {std::pair{marchStart, 0.0}, std::pair{retryStart, stalled}}) {
        recipe.steps.push_back({.method = PhasingMethod::symmetrise, .onlyIfResidualAbove = onlyAbove});
        for (int cycle = 0; cycle < cycles; ++cycle) {
            const double cut = march(start, cycle, growing);
            recipe.steps.push_back({.method = PhasingMethod::raar, .iterations = 40, .cut = cut, .beta = 0.9});
            recipe.steps.push_back({.method = PhasingMethod::lbfgs, .iterations = 40, .cut = cut});
            recipe.steps.push_back({.method = PhasingMethod::shrinkWrap,
                                    .cut = cut,
                                    .blurAngstrom = blurScale * along(18, 12, cycle, cycles),
                                    .threshold = 0.2});
        }
        recipe.steps.push_back({.method = PhasingMethod::lbfgs, .iterations = 200});
    }
    return recipe;
}

PhasingRecipe asymmetricRecipe(double blurScale) {
    constexpr int cycles = 12, growing = 9;
    PhasingRecipe recipe;
    recipe.name = "asymmetric";
    recipe.weightPower = 1;
    for (int cycle = 0; cycle < cycles; ++cycle) {
        const double cut = march(0.8, cycle, growing);
        recipe.steps.push_back({.method = PhasingMethod::rrr, .iterations = 40, .cut = cut, .beta = 0.5});
        recipe.steps.push_back({.method = PhasingMethod::lbfgs, .iterations = 40, .cut = cut});
        recipe.steps.push_back({.method = PhasingMethod::shrinkWrap,
                                .cut = cut,
                                .blurAngstrom = blurScale * along(25, 12, cycle, cycles),
                                .threshold = 0.2});
    }
    recipe.steps.push_back({.method = PhasingMethod::lbfgs, .iterations = 300});
    return recipe;
}

PhasingRecipe refinementRecipe(double weightPower, double blurScale) {
    PhasingRecipe recipe;
    recipe.name = "refinement";
    recipe.weightPower = weightPower;
    recipe.steps.push_back({.method = PhasingMethod::shrinkWrap, .blurAngstrom = 12 * blurScale, .threshold = 0.2});
    for (int cycle = 0; cycle < 2; ++cycle) {
        recipe.steps.push_back({.method = PhasingMethod::rrr, .iterations = 30, .beta = 0.5});
        recipe.steps.push_back({.method = PhasingMethod::lbfgs, .iterations = 40});
    }
    recipe.steps.push_back({.method = PhasingMethod::lbfgs, .iterations = 300});
    return recipe;
}

double blurScaleFor(double qMax) {
    constexpr double referenceQ = 0.15;
    return qMax > 0 ? referenceQ / qMax : 1.0;
}

} // namespace fxs
