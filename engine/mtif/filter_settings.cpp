#include "engine/mtif/filter_settings.h"

#include <fmt/format.h>

namespace fxs {

const SettingsDescription<FilterSettings>& FilterSettings::description() {
    using S = FilterSettings;
    static const auto d =
        SettingsDescription<S>("filter", "Filtering (M-TIF)")
            .add(&S::diameter, {.key = "diameter",
                                .label = "Particle diameter",
                                .unit = "Å",
                                .help = "Largest extent of the particle. Ten per cent too small costs much, too large "
                                        "little. Not given: estimated from P(r) and a scan, which is reported.",
                                .group = "Particle",
                                .minimum = 0,
                                .maximum = 1e5,
                                .minimumExclusive = true})
            .add(&S::particles, {.key = "particles",
                                 .label = "Particles per shot",
                                 .help = "Effective number of particles in the beam, a real number: the scale of B_l "
                                         "against the mean image squared. Not given: what the file says, else 1.",
                                 .group = "Particle",
                                 .minimum = 0,
                                 .minimumExclusive = true})
            .add(&S::maxOrder,
                 {.key = "max-order",
                  .label = "Highest order",
                  .help = "Highest l of the Legendre coefficients; an odd number means the even one "
                          "below. All that the particle has are fitted; this cuts what is given out. Not given: "
                          "q_max times the diameter.",
                  .group = "Grid",
                  .minimum = 2,
                  .maximum = 400})
            .add(&S::qGrid, {.key = "q-grid",
                             .label = "Output shells",
                             .help = "Number of q shells of the coefficients. Not given: the fewest whose spacing is "
                                     "at most π divided by the diameter.",
                             .group = "Grid",
                             .minimum = 2,
                             .maximum = 2000})
            .add(&S::tikhonov, {.key = "tikhonov",
                                .label = "Tikhonov weight",
                                .help = "Regularisation of the Legendre fit, in units in which rows and unknowns are "
                                        "scaled alike. 0 leaves it out of the first pass.",
                                .group = "Regularisation",
                                .minimum = 0,
                                .maximum = 10,
                                .advanced = true})
            .add(&S::extraTerms, {.key = "extra-terms",
                                  .label = "Extra Hankel terms",
                                  .help = "Terms in q beyond the zeros of j_l up to q_max times the diameter. Not "
                                          "given: 2 to 4 for each order, by cross-validation between the half sets.",
                                  .group = "Regularisation",
                                  .minimum = 0,
                                  .maximum = 20,
                                  .advanced = true})
            .add(&S::rankThreshold, {.key = "rank-threshold",
                                     .label = "Rank threshold",
                                     .help = "Eigenvalues of an order are kept above this many times the largest one "
                                             "of the half-set difference.",
                                     .group = "Regularisation",
                                     .minimum = 0,
                                     .maximum = 100,
                                     .advanced = true})
            .add(&S::iterations, {.key = "iterations",
                                  .label = "Passes at most",
                                  .help = "How often the three tiers run; they end earlier when B_l stands still.",
                                  .group = "Regularisation",
                                  .minimum = 1,
                                  .maximum = 50,
                                  .advanced = true})
            .add(&S::tolerance, {.key = "tolerance",
                                 .label = "Tolerance",
                                 .help = "Relative change of B_l below which the passes end.",
                                 .group = "Regularisation",
                                 .minimum = 0,
                                 .maximum = 1,
                                 .advanced = true})
            .add(&S::guardOrders, {.key = "guard-orders",
                                   .label = "Guard orders",
                                   .help = "Even orders fitted above the highest one and thrown away, so that what "
                                           "lies above does not fall into the last ones.",
                                   .group = "Regularisation",
                                   .minimum = 0,
                                   .maximum = 20,
                                   .advanced = true})
            .add(&S::oddOrders, {.key = "odd-orders",
                                 .label = "Check odd orders",
                                 .help = "Fit all l once and report odd against even: a sign of errors in the geometry "
                                         "or the wavelength. For curved data only.",
                                 .group = "Regularisation",
                                 .advanced = true});
    return d;
}

std::vector<Problem> FilterSettings::validate() const {
    return description().check(*this);
}

} // namespace fxs
