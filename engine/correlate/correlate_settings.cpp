#include "engine/correlate/correlate_settings.h"

namespace fxs {

const SettingsDescription<CorrelateSettings>& CorrelateSettings::description() {
    using S = CorrelateSettings;
    static const auto d =
        SettingsDescription<S>("correlate", "Correlation")
            .add(&S::diameterAngstrom,
                 {.key = "diameter",
                  .label = "Particle diameter",
                  .unit = "Å",
                  .help =
                      "Largest distance within the particle. Limits the harmonics of each ring to m ≤ qD + 4, which "
                      "makes "
                      "the correlation faster and a mask's fit well-conditioned. Without it all harmonics are kept.",
                  .group = "Particle",
                  .minimum = 0,
                  .maximum = 1e5,
                  .minimumExclusive = true})
            .add(&S::particlesPerShot, {.key = "particles",
                                        .label = "Particles a shot",
                                        .help = "Effective number of particles in each image; need not be whole. "
                                                "Without it the run's own number is used.",
                                        .group = "Particle",
                                        .minimum = 0,
                                        .maximum = 1e9,
                                        .minimumExclusive = true})
            .add(&S::maxHarmonic,
                 {.key = "max-harmonic",
                  .label = "Highest harmonic",
                  .help =
                      "Highest circular harmonic m of C2 over Δφ that is kept. Without it all that the azimuths carry.",
                  .group = "Harmonics",
                  .minimum = 2,
                  .maximum = 100000})
            .add(&S::parity, {.key = "parity",
                              .label = "Parity",
                              .help = "even keeps the part of C2 even in Δφ, all there is for randomly oriented "
                                      "particles; full keeps the odd "
                                      "part too, as a diagnostic, for twice the work.",
                              .group = "Harmonics",
                              .type = SettingType::choice,
                              .choices = {"even", "full"}})
            .add(&S::maskMethod,
                 {.key = "mask-method",
                  .label = "Mask correction",
                  .help = "fit: least-squares harmonics of each ring's valid part, exact for band-limited rings; "
                          "ratio: ratio of "
                          "the sums of data and mask correlations; auto: fit wherever it is well-conditioned.",
                  .group = "Mask",
                  .type = SettingType::choice,
                  .choices = {"auto", "fit", "ratio"},
                  .advanced = true})
            .add(&S::difference,
                 {.key = "difference",
                  .label = "Subtract the mean image",
                  .help = "Difference correlation: of each image without the mean image of its block of frames, so "
                          "that a static background that is not uniform leaves no trace. Rings keep their means.",
                  .group = "Background"})
            .add(&S::interImage,
                 {.key = "inter-image",
                  .label = "Subtract the inter-image correlation",
                  .help = "The correlation of neighbouring images is taken for the systematic background and "
                          "subtracted; it follows drifts from image to image, for more noise than the mean image.",
                  .group = "Background"})
            .add(&S::doublePrecision, {.key = "double",
                                       .label = "Double precision",
                                       .help = "Transforms and products in double precision: slower, to compare with.",
                                       .group = "Computing",
                                       .advanced = true})
            .add(&S::batchFrames,
                 {.key = "batch",
                  .label = "Frames a block",
                  .help = "Frames correlated at a time. Results of different block sizes agree to rounding only.",
                  .group = "Computing",
                  .minimum = 16,
                  .maximum = 8192,
                  .advanced = true});
    return d;
}

std::vector<Problem> CorrelateSettings::validate() const {
    auto problems = description().check(*this);
    if (difference && interImage)
        problems.push_back({"inter-image", "difference and inter-image are both given, expected one of them"});
    return problems;
}

} // namespace fxs
