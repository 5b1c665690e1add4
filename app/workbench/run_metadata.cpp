#include "app/workbench/run_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs::app {

namespace {

/// As many digits as people want to read; the engine takes the file's own number, not this text.
std::string number(double value) {
    return fmt::format("{:.6g}", value);
}

} // namespace

std::map<std::string, std::map<std::string, std::string>> foundSettings(const RunInfo& run) {
    std::map<std::string, std::map<std::string, std::string>> found;
    auto& input = found["input"];
    if (run.experiment.wavelengthKnown) {
        input["wavelength"] = number(run.experiment.wavelengthAngstrom);
        if (run.experiment.wavelengthAngstrom > 0)
            input["photon-energy"] = number(kEvAngstrom / run.experiment.wavelengthAngstrom);
    }
    if (run.distanceMetre)
        input["distance"] = number(*run.distanceMetre);
    if (run.pixelSizeMetre)
        input["pixel-size"] = number(*run.pixelSizeMetre);
    if (run.centrePixel)
        input["centre"] = number((*run.centrePixel)[0]) + "," + number((*run.centrePixel)[1]);
    if (run.experiment.photonsPerUnit > 0)
        input["photons-per-unit"] = number(run.experiment.photonsPerUnit);
    if (run.polarGrid && !run.polarGrid->q.empty()) {
        auto& polar = found["polar"];
        // The settings mean edges of rings, the grid has their centres.
        const std::vector<double>& q = run.polarGrid->q;
        const double inner = q.size() > 1 ? (q[1] - q[0]) / 2 : q.front();
        const double outer = q.size() > 1 ? (q.back() - q[q.size() - 2]) / 2 : q.front();
        polar["q-min"] =
            number(std::abs(q.front() - inner) < 1e-9 * q.front() ? 0.0 : std::max(0.0, q.front() - inner));
        polar["q-max"] = number(q.back() + outer);
        polar["q-bins"] = std::to_string(run.polarGrid->qCount());
        polar["phi-bins"] = std::to_string(run.polarGrid->phiCount);
    }
    if (run.experiment.particlesKnown) {
        const std::string particles = number(run.experiment.particlesPerShot);
        found["correlate"]["particles"] = particles;
        found["filter"]["particles"] = particles;
    }
    return found;
}

} // namespace fxs::app
