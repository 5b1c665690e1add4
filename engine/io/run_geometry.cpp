#include "engine/io/run_geometry.h"

#include "engine/detector/mask.h"
#include "engine/io/geometry_input.h"
#include "engine/io/mask_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fxs {

DetectorGeometry geometryOf(const RunInfo& run, const InputSettings& settings) {
    if (run.polarGrid)
        throw Error(ErrorCode::internal, "a run of polar images has no detector geometry");
    const double wavelength = run.experiment.wavelengthKnown ? run.experiment.wavelengthAngstrom : 0;
    if (run.geometry || !settings.geometry.empty()) {
        DetectorGeometry geometry =
            run.geometry ? *run.geometry : readGeometryFile(settings.geometry, geometryDefaults(run));
        if (settings.wavelengthAngstrom())
            geometry.wavelengthAngstrom = *settings.wavelengthAngstrom();
        else if (!(geometry.wavelengthAngstrom > 0))
            geometry.wavelengthAngstrom = wavelength;
        // The files' own geometry, with the detector at another distance, if the user says so.
        if (settings.distance)
            geometry = geometry.moved({0, 0, *settings.distance - geometry.meanDistance()});
        const bool another = settings.pixelSize || !settings.centre.empty();
        if (geometry.panels.size() > 1 && another)
            throw Error(ErrorCode::badSettings,
                        fmt::format("pixel size and centre describe one panel only; the run's files give a geometry of "
                                    "{} panels, which --geometry can replace",
                                    geometry.panels.size()));
        if (!another) {
            throwIfFatal(geometry.check());
            return geometry;
        }
    }
    std::string missing;
    const auto require = [&](bool there, const char* option) {
        if (!there)
            missing += fmt::format("{}{}", missing.empty() ? "" : ", ", option);
    };
    require(wavelength > 0, "--wavelength (Å) or --photon-energy (eV)");
    require(run.distanceMetre.has_value(), "--distance (m)");
    require(run.pixelSizeMetre.has_value(), "--pixel-size (m)");
    if (!missing.empty())
        throw Error(ErrorCode::badSettings, fmt::format("{} does not say all of the detector's geometry; missing: {}",
                                                        run.files.empty() ? "the run" : run.files[0], missing));
    if (run.panels != 1)
        throw Error(ErrorCode::badSettings,
                    fmt::format("the run has {} panels; distance, pixel size and centre describe one only, "
                                "--geometry gives the others",
                                run.panels));
    const std::array<double, 2> middle{static_cast<double>(run.fast) / 2, static_cast<double>(run.slow) / 2};
    auto geometry = DetectorGeometry::singlePanel(run.slow, run.fast, *run.distanceMetre, *run.pixelSizeMetre,
                                                  run.centrePixel.value_or(middle), wavelength);
    throwIfFatal(geometry.check());
    return geometry;
}

namespace {

template <std::size_t N>
void combine(Array<std::uint8_t, N>& mask, const std::array<std::size_t, N>& shape, const MaskFile& file,
             MaskMeaning meaning, const std::string& name, RunInfo& run) {
    const h5::Extent expected(shape.begin(), shape.end());
    if (!sameMaskShape(file.shape, expected))
        throw Error(ErrorCode::badInput, fmt::format("the mask {} is {}, expected {} as the run", name,
                                                     fmt::join(file.shape, " x "), fmt::join(expected, " x ")));
    const auto valid = validity(file.values, meaning);
    if (mask.empty()) {
        mask = Array<std::uint8_t, N>::uninitialised(shape);
        std::ranges::copy(valid, mask.data());
    } else {
        for (std::size_t i = 0; i < valid.size(); ++i)
            mask.data()[i] &= valid[i];
    }
    const auto left = std::ranges::count(mask.span(), 1);
    if (left == 0)
        throw Error(ErrorCode::badInput,
                    fmt::format("the mask {} leaves no valid pixel; --mask-meaning says what its numbers mean", name));
    run.metadata.emplace_back("mask",
                              fmt::format("{}: {:.1f} % of the pixels are valid", name,
                                          100.0 * static_cast<double>(left) / static_cast<double>(valid.size())));
}

} // namespace

void applyMaskFile(const InputSettings& settings, RunInfo& run) {
    if (settings.mask.empty())
        return;
    const MaskFile file = readMaskFile(settings.mask);
    const MaskMeaning meaning = settings.maskMeaning == "auto" ? file.usualMeaning : maskMeaning(settings.maskMeaning);
    if (run.polarGrid)
        combine<2>(run.polarMask, {run.polarGrid->qCount(), run.polarGrid->phiCount}, file, meaning, settings.mask,
                   run);
    else
        combine<3>(run.frameMask, {run.panels, run.slow, run.fast}, file, meaning, settings.mask, run);
}

} // namespace fxs
