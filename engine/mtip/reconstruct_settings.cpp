#include "engine/mtip/reconstruct_settings.h"

namespace fxs {

const SettingsDescription<ReconstructSettings>& ReconstructSettings::description() {
    using S = ReconstructSettings;
    static const auto d =
        SettingsDescription<S>("reconstruct", "Phasing (M-TIP)")
            .add(&S::restarts, {.key = "restarts",
                                .label = "Restarts",
                                .help = "Independent runs from random densities. The best two thirds are averaged; "
                                        "particles without symmetry want 12 or more.",
                                .group = "Phasing",
                                .minimum = 1,
                                .maximum = 1000})
            .add(&S::seed,
                 {.key = "seed",
                  .label = "Seed",
                  .help = "Restart k begins from random numbers of seed + k: the same seed gives the same result.",
                  .group = "Phasing",
                  .minimum = 0})
            .add(&S::symmetry,
                 {.key = "symmetry",
                  .label = "Symmetry",
                  .help = "Point group imposed once an unsymmetrised run has converged: C1 (none), C2 ..., "
                          "D2 ...; auto tries several and keeps what explains the data best.",
                  .group = "Phasing"})
            .add(&S::recipe,
                 {.key = "recipe",
                  .label = "Recipe",
                  .help = "polished: projections, then gradient descent on the invariants. basic: projections "
                          "only. asymmetric: longer, for particles without symmetry, with a refined average.",
                  .group = "Phasing",
                  .type = SettingType::choice,
                  .choices = {"polished", "basic", "asymmetric"}})
            .add(&S::diameter, {.key = "diameter",
                                .label = "Diameter",
                                .unit = "Å",
                                .help = "Largest extent of the particle; taken from the coefficients if not given.",
                                .group = "Particle",
                                .minimum = 0,
                                .minimumExclusive = true})
            .add(&S::weight,
                 {.key = "molecular-weight",
                  .label = "Molecular weight",
                  .unit = "Da",
                  .help = "Bounds the density from above by its mean over 1.21 Å³ a dalton; helps particles "
                          "without symmetry.",
                  .group = "Particle",
                  .minimum = 0,
                  .minimumExclusive = true,
                  .advanced = true})
            .add(&S::qMax, {.key = "q-max",
                            .label = "Highest q",
                            .unit = "1/Å",
                            .help = "Phase only up to here; all shells of the coefficients if not given.",
                            .group = "Particle",
                            .minimum = 0,
                            .minimumExclusive = true})
            .add(&S::freeOrder,
                 {.key = "free-order",
                  .label = "Free order",
                  .help = "An even order left out of the fit; how well the result predicts it is a residual "
                          "that phasing cannot flatter.",
                  .group = "Judging",
                  .minimum = 2,
                  .maximum = 200,
                  .advanced = true})
            .add(&S::halfSets,
                 {.key = "half-sets",
                  .label = "Half sets",
                  .help = "For the half-set FSC. independent: each half is phased on its own; refined: from "
                          "the common result, which is faster and flatters; none: not at all.",
                  .group = "Judging",
                  .type = SettingType::choice,
                  .choices = {"independent", "refined", "none"}})
            .add(&S::reference, {.key = "reference",
                                 .label = "Reference structure",
                                 .help = "A PDB or mmCIF file that the result is compared with at the end.",
                                 .group = "Judging",
                                 .type = SettingType::file})
            .add(&S::mapSpacing, {.key = "map-spacing",
                                  .label = "Voxel size",
                                  .unit = "Å",
                                  .help = "Of the density map; a sixth of the resolution if not given.",
                                  .group = "Output",
                                  .minimum = 0,
                                  .minimumExclusive = true,
                                  .advanced = true});
    return d;
}

std::vector<Problem> ReconstructSettings::validate() const {
    std::vector<Problem> problems = description().check(*this);
    if (!scansSymmetry()) {
        try {
            PointGroup::parse(symmetry);
        } catch (const Error& error) {
            problems.push_back({"symmetry", error.message(), true});
        }
    }
    if (freeOrder && *freeOrder % 2 != 0)
        problems.push_back({"free-order", "odd orders carry nothing to predict: the free order must be even", true});
    if (recipe == "asymmetric" && symmetry != "C1")
        problems.push_back(
            {"recipe", "the asymmetric recipe imposes no symmetry; " + symmetry + " is tried after it", false});
    return problems;
}

PointGroup ReconstructSettings::group() const {
    return scansSymmetry() ? PointGroup{} : PointGroup::parse(symmetry);
}

PhasingRecipe recipeOf(const ReconstructSettings& settings, const PointGroup& group, double qMax) {
    const double blurScale = blurScaleFor(qMax);
    const bool asymmetric = settings.recipe == "asymmetric";
    PhasingRecipe recipe = asymmetric ? asymmetricRecipe(blurScale) : basicRecipe(0.6, blurScale);
    // A polished start lets the symmetric march end where the data lead: GroEL at 42 Å, mean FSC 0.999 in place of 0.978.
    if (settings.recipe == "polished")
        recipe = polished(std::move(recipe));
    return group.isTrivial() ? recipe : withSymmetry(std::move(recipe), 0.5, 0.35, blurScale);
}

} // namespace fxs
