#include "app/fxs/run_description.h"

#include <fmt/format.h>

#include <algorithm>

namespace fxs::app {

namespace {

template <std::size_t N>
double validFraction(const Array<std::uint8_t, N>& mask) {
    if (mask.empty())
        return 1;
    const auto values = mask.span();
    return static_cast<double>(std::count_if(values.begin(), values.end(), [](auto v) { return v != 0; })) /
           static_cast<double>(values.size());
}

std::string line(const std::string& name, const std::string& value) {
    return fmt::format("  {:<12} {}\n", name, value);
}

std::string wavelengthText(const Experiment& experiment) {
    if (!experiment.wavelengthKnown)
        return "not known (a flat Ewald sphere is assumed)";
    if (experiment.wavelengthAngstrom == 0)
        return "0, a flat Ewald sphere";
    return fmt::format("{:.6g} Å ({:.6g} eV)", experiment.wavelengthAngstrom,
                       kEvAngstrom / experiment.wavelengthAngstrom);
}

std::string shapeText(const RunInfo& info) {
    if (info.polarGrid)
        return fmt::format("{} rings x {} azimuths, q {:.4g} to {:.4g} 1/Å", info.polarGrid->qCount(),
                           info.polarGrid->phiCount, info.polarGrid->q.front(), info.polarGrid->q.back());
    return fmt::format("{} panel{} of {} x {} pixels", info.panels, info.panels == 1 ? "" : "s", info.slow, info.fast);
}

} // namespace

Json describeRun(const RunInfo& info) {
    Json run;
    run["layout"] = info.layout;
    run["reason"] = info.reason;
    run["files"] = info.files;
    run["frames"] = info.frameCount ? Json(*info.frameCount) : Json();
    run["type"] = info.valueType;
    if (info.polarGrid)
        run["polar"] = {{"rings", info.polarGrid->qCount()},
                        {"azimuths", info.polarGrid->phiCount},
                        {"q", info.polarGrid->q},
                        {"valid_fraction", validFraction(info.polarMask)}};
    else
        run["frame"] = {{"panels", info.panels},
                        {"slow", info.slow},
                        {"fast", info.fast},
                        {"valid_fraction", validFraction(info.frameMask)}};
    const Experiment& e = info.experiment;
    run["wavelength_angstrom"] = e.wavelengthKnown ? Json(e.wavelengthAngstrom) : Json();
    run["particles_per_shot"] = e.particlesKnown ? Json(e.particlesPerShot) : Json();
    run["photons_per_unit"] = e.photonsPerUnit > 0 ? Json(e.photonsPerUnit) : Json();
    run["distance_m"] = info.distanceMetre ? Json(*info.distanceMetre) : Json();
    run["pixel_size_m"] = info.pixelSizeMetre ? Json(*info.pixelSizeMetre) : Json();
    run["metadata"] = Json::object();
    for (const auto& [name, value] : info.metadata)
        run["metadata"][name] = value;
    run["problems"] = Json::array();
    for (const Problem& problem : info.problems)
        run["problems"].push_back({{"key", problem.key}, {"message", problem.message}, {"fatal", problem.fatal}});
    return run;
}

std::string runText(const RunInfo& info) {
    std::string text;
    for (const std::string& file : info.files)
        text += file + "\n";
    text += line("layout", fmt::format("{}: {}", info.layout, info.reason));
    text += line("frames", info.frameCount ? fmt::format("{}", *info.frameCount) : "not known yet");
    text += line("shape", shapeText(info));
    text += line("type", info.valueType);
    text += line("wavelength", wavelengthText(info.experiment));
    if (info.experiment.particlesKnown)
        text += line("particles", fmt::format("{} a shot", info.experiment.particlesPerShot));
    if (info.experiment.photonsPerUnit > 0)
        text += line("photons", fmt::format("{} per unit of intensity", info.experiment.photonsPerUnit));
    if (info.distanceMetre)
        text += line("distance", fmt::format("{} m", *info.distanceMetre));
    if (info.pixelSizeMetre)
        text += line("pixel size", fmt::format("{} m", *info.pixelSizeMetre));
    const bool masked = info.polarGrid ? !info.polarMask.empty() : !info.frameMask.empty();
    const double valid = info.polarGrid ? validFraction(info.polarMask) : validFraction(info.frameMask);
    text += line("mask", masked ? fmt::format("{:.2f} % valid", 100 * valid) : "none");
    for (const auto& [name, value] : info.metadata)
        text += line(name, value);
    for (const Problem& problem : info.problems)
        text += line(problem.fatal ? "problem" : "note", problem.message);
    text.pop_back();
    return text;
}

} // namespace fxs::app
