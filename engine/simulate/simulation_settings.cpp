#include "engine/model/experiment.h"
#include "engine/simulate/simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>

namespace fxs {

const SettingsDescription<SimulationSettings>& SimulationSettings::description() {
    using S = SimulationSettings;
    static const auto d =
        SettingsDescription<S>("simulate", "Simulation")
            .add(&S::images, {.key = "images",
                              .label = "Images",
                              .help = "How many diffraction images the run has.",
                              .group = "Run",
                              .minimum = 1,
                              .maximum = 1e9})
            .add(&S::particles, {.key = "particles",
                                 .label = "Particles per shot",
                                 .help = "Particles hit by every pulse; they scatter incoherently.",
                                 .group = "Run",
                                 .minimum = 1,
                                 .maximum = 100000})
            .add(&S::photonEnergy,
                 {.key = "photon-energy",
                  .label = "Photon energy",
                  .unit = "eV",
                  .help = "Sets the wavelength and with it the curvature of the Ewald sphere; 0 makes a flat "
                          "sphere, on purpose.",
                  .group = "Beam",
                  .minimum = 0,
                  .maximum = 1e6})
            .add(&S::qMin, {.key = "q-min",
                            .label = "Lowest q",
                            .unit = "1/Å",
                            .help = "Inner edge of the first ring.",
                            .group = "Grid",
                            .minimum = 0})
            .add(&S::qMax, {.key = "q-max",
                            .label = "Highest q",
                            .unit = "1/Å",
                            .help = "Outer edge of the last ring; 2π/q is the resolution.",
                            .group = "Grid",
                            .minimum = 0,
                            .maximum = 10,
                            .minimumExclusive = true})
            .add(&S::qBins, {.key = "q-bins",
                             .label = "Rings",
                             .help = "Rings between the lowest and the highest q.",
                             .group = "Grid",
                             .minimum = 1,
                             .maximum = 10000})
            .add(&S::phiBins,
                 {.key = "phi-bins",
                  .label = "Azimuths",
                  .help = "Azimuths on every ring; twice the highest q times the diameter, and more, resolve it all.",
                  .group = "Grid",
                  .minimum = 4,
                  .maximum = 65536})
            .add(&S::photons,
                 {.key = "photons",
                  .label = "Photons per image",
                  .help = "Mean number of photons in a whole image, background included; without it images are "
                          "noise-free.",
                  .group = "Noise",
                  .minimum = 0,
                  .maximum = 1e15,
                  .minimumExclusive = true})
            .add(&S::background,
                 {.key = "background",
                  .label = "Background",
                  .help = "An isotropic background, the same in every bin, as a fraction of the mean signal.",
                  .group = "Noise",
                  .minimum = 0,
                  .maximum = 1e6})
            .add(&S::solvent,
                 {.key = "solvent",
                  .label = "Solvent density",
                  .unit = "electrons/Å³",
                  .help = "Electron density of the solvent that the atoms displace: 0 for vacuum, 0.334 for water. "
                          "Hydrogens that the structure file leaves out displace none.",
                  .group = "Particle",
                  .minimum = 0,
                  .maximum = 5})
            .add(&S::seed,
                 {.key = "seed",
                  .label = "Seed",
                  .help = "Random numbers of orientations and photons follow from it: the same seed, the same images.",
                  .group = "Run",
                  .minimum = 0});
    return d;
}

std::vector<Problem> SimulationSettings::validate() const {
    auto problems = description().check(*this);
    if (!(qMin < qMax))
        problems.push_back({"q-min", fmt::format("q-min is {} 1/Å, expected less than q-max ({} 1/Å)", qMin, qMax)});
    if (photonEnergy > 0) {
        const double reachable = 4 * std::numbers::pi / wavelengthAngstrom();
        if (qMax > reachable)
            problems.push_back({"q-max", fmt::format("q-max is {} 1/Å, expected at most 4π/λ = {:.4g} 1/Å at {} eV",
                                                     qMax, reachable, photonEnergy)});
    }
    return problems;
}

PolarGrid SimulationSettings::grid() const {
    return PolarGrid::uniform(qMin, qMax, static_cast<std::size_t>(qBins), static_cast<std::size_t>(phiBins));
}

} // namespace fxs
