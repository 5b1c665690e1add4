#include "engine/io/input_settings.h"

#include "engine/detector/geometry_file.h"
#include "engine/model/experiment.h"

#include <fmt/format.h>

namespace fxs {

const SettingsDescription<InputSettings>& InputSettings::description() {
    using S = InputSettings;
    static const auto d =
        SettingsDescription<S>("input", "Input")
            .add(&S::wavelength,
                 {.key = "wavelength",
                  .label = "Wavelength",
                  .unit = "Å",
                  .help = "Wavelength of the beam; 0 means a flat Ewald sphere, on purpose. Wins over the file's.",
                  .group = "Beam",
                  .minimum = 0,
                  .maximum = 1000})
            .add(&S::photonEnergy, {.key = "photon-energy",
                                    .label = "Photon energy",
                                    .unit = "eV",
                                    .help = "Another way to say the wavelength.",
                                    .group = "Beam",
                                    .minimum = 0,
                                    .minimumExclusive = true})
            .add(&S::distance, {.key = "distance",
                                .label = "Distance",
                                .unit = "m",
                                .help = "From the sample to the detector, along the beam. Wins over the file's.",
                                .group = "Detector",
                                .minimum = 0,
                                .minimumExclusive = true})
            .add(&S::pixelSize, {.key = "pixel-size",
                                 .label = "Pixel size",
                                 .unit = "m",
                                 .help = "Side of a square pixel, e.g. 75e-6. Wins over the file's.",
                                 .group = "Detector",
                                 .minimum = 0,
                                 .minimumExclusive = true})
            .add(&S::centre,
                 {.key = "centre",
                  .label = "Beam centre",
                  .unit = "pixel",
                  .help =
                      "Where the beam meets the detector: fast,slow in pixels, counted from the outer corner of the "
                      "first pixel (the first pixel's centre is 0.5,0.5). Empty: the file's, else the middle.",
                  .group = "Detector"})
            .add(&S::geometry,
                 {.key = "geometry",
                  .label = "Geometry file",
                  .help = "A file with the detector's geometry, in place of distance, pixel size and centre.",
                  .group = "Detector",
                  .type = SettingType::file})
            .add(
                &S::mask,
                {.key = "mask",
                 .label = "Mask file",
                 .help = "Pixels to leave out, in raw pixel coordinates: .npy, or .h5 with :/path/of/dataset after it.",
                 .group = "Mask",
                 .type = SettingType::file})
            .add(&S::maskMeaning,
                 {.key = "mask-meaning",
                  .label = "Meaning of the mask",
                  .help = "What the mask file's numbers mean. auto: CXI bits in a CXI file, else one is valid.",
                  .group = "Mask",
                  .type = SettingType::choice,
                  .choices = {"auto", "one-is-valid", "zero-is-valid", "cxi"},
                  .advanced = true})
            .add(&S::dataset,
                 {.key = "dataset",
                  .label = "Dataset of frames",
                  .help = "Path of the frames inside the HDF5 file, where the layout alone does not say it.",
                  .group = "File",
                  .advanced = true})
            .add(&S::saturation,
                 {.key = "saturation",
                  .label = "Saturation",
                  .help = "Raw value from which a pixel counts as saturated and is masked in that frame.",
                  .group = "Mask",
                  .advanced = true})
            .add(&S::photonsPerUnit,
                 {.key = "photons-per-unit",
                  .label = "Photons per unit",
                  .help = "Photons per unit of intensity (1 for counted photons). Given, the noise of counting "
                          "is taken out of the correlation.",
                  .group = "Beam",
                  .minimum = 0})
            .add(&S::polarity,
                 {.key = "polarity",
                  .label = "Ewald sphere counted",
                  .help = "Which way the out-of-plane component of q is counted; auto takes what the file says.",
                  .group = "Beam",
                  .type = SettingType::choice,
                  .choices = {"auto", "against", "along"},
                  .advanced = true});
    return d;
}

std::vector<Problem> InputSettings::validate() const {
    auto problems = description().check(*this);
    if (wavelength && photonEnergy)
        problems.push_back({"photon-energy", "wavelength and photon-energy are both given, expected one of them"});
    try {
        (void)centrePixel();
    } catch (const Error& error) {
        problems.push_back({"centre", error.message()});
    }
    if (!geometry.empty() && (distance || pixelSize || !centre.empty()))
        problems.push_back(
            {"geometry", "a geometry file and distance, pixel-size or centre are both given, expected one of them"});
    return problems;
}

std::optional<std::array<double, 2>> InputSettings::centrePixel() const {
    return centre.empty() ? std::nullopt : std::optional(parseCentre(centre));
}

std::optional<double> InputSettings::wavelengthAngstrom() const {
    if (wavelength)
        return wavelength;
    if (photonEnergy && *photonEnergy > 0)
        return kEvAngstrom / *photonEnergy;
    return std::nullopt;
}

const SettingsDescription<PolarSettings>& PolarSettings::description() {
    using S = PolarSettings;
    static const auto d =
        SettingsDescription<S>("polar", "Polar grid")
            .add(&S::qMin,
                 {.key = "q-min",
                  .label = "Lowest q",
                  .unit = "1/Å",
                  .help =
                      "Inner edge of the first ring (q = 4 pi sin(theta)/lambda). Not given: what the detector sees.",
                  .group = "Grid",
                  .minimum = 0})
            .add(&S::qMax, {.key = "q-max",
                            .label = "Highest q",
                            .unit = "1/Å",
                            .help = "Outer edge of the last ring. Not given: the edge of the detector.",
                            .group = "Grid",
                            .minimum = 0,
                            .minimumExclusive = true})
            .add(&S::qBins, {.key = "q-bins",
                             .label = "Rings",
                             .help = "Number of rings, for raw frames.",
                             .group = "Grid",
                             .minimum = 1,
                             .maximum = 4096})
            .add(&S::phiBins,
                 {.key = "phi-bins",
                  .label = "Azimuths",
                  .help = "Azimuths on each ring, for raw frames; at least twice the highest order wanted.",
                  .group = "Grid",
                  .minimum = 4,
                  .maximum = 16384})
            .add(&S::split,
                 {.key = "split",
                  .label = "Pixel splitting",
                  .help =
                      "Each pixel is spread over the bins that it covers, as split x split points. 1 assigns it whole "
                      "to one bin, which keeps the photon noise of bins independent.",
                  .group = "Grid",
                  .minimum = 1,
                  .maximum = 16,
                  .advanced = true})
            .add(&S::solidAngle,
                 {.key = "solid-angle",
                  .label = "Correct for solid angle",
                  .help = "Divide each pixel by the solid angle that it covers, relative to the beam centre's.",
                  .group = "Grid",
                  .advanced = true})
            .add(&S::polarisation,
                 {.key = "polarisation",
                  .label = "Polarisation",
                  .help = "Degree of polarisation that each pixel is corrected for: 1 linear in the plane below (most "
                          "X-ray lasers and undulators), 0 unpolarised, -1 across. Not given: no correction.",
                  .group = "Grid",
                  .minimum = -1,
                  .maximum = 1,
                  .advanced = true})
            .add(&S::polarisationPlane, {.key = "polarisation-plane",
                                         .label = "Plane of polarisation",
                                         .unit = "degree",
                                         .help = "Where the electric field points: 0 horizontal (the detector's x), 90 "
                                                 "vertical.",
                                         .group = "Grid",
                                         .minimum = -180,
                                         .maximum = 180,
                                         .advanced = true});
    return d;
}

std::vector<Problem> PolarSettings::validate() const {
    auto problems = description().check(*this);
    if (qMin && qMax && *qMin >= *qMax)
        problems.push_back({"q-max", fmt::format("q-max is {} 1/Å, expected more than q-min ({} 1/Å)", *qMax, *qMin)});
    return problems;
}

} // namespace fxs
