#include "engine/detector/geometry.h"
#include "engine/io/inspect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace fxs {

namespace {

constexpr std::size_t kShownFiles = 4, kShownColumns = 24;

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

template <std::size_t N>
std::string maskText(const Array<std::uint8_t, N>& mask) {
    if (mask.empty())
        return "none";
    const auto valid = std::ranges::count_if(mask.span(), [](auto v) { return v != 0; });
    return fmt::format("{:.2f} % valid", 100.0 * static_cast<double>(valid) / static_cast<double>(mask.size()));
}

std::string filesText(const std::vector<std::string>& files) {
    if (files.size() == 1)
        return files.front();
    const auto shown =
        std::vector(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(std::min(files.size(), kShownFiles)));
    return fmt::format("{}: {}{}", files.size(), fmt::join(shown, ", "), files.size() > kShownFiles ? ", ..." : "");
}

std::string columnsText(const std::vector<ColumnInfo>& columns) {
    std::vector<std::string> names;
    for (const ColumnInfo& column : columns) {
        if (names.size() == kShownColumns) {
            names.push_back(fmt::format("... ({} in all)", columns.size()));
            break;
        }
        names.push_back(column.unit.empty() ? column.name : fmt::format("{} ({})", column.name, column.unit));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string geometryText(const DetectorGeometry& geometry) {
    double nearest = geometry.panels.empty() ? 0 : geometry.panels[0].corner[2], farthest = nearest;
    for (const Panel& panel : geometry.panels) {
        nearest = std::min(nearest, panel.corner[2]);
        farthest = std::max(farthest, panel.corner[2]);
    }
    return fmt::format("{} panel{}, corners {:.4g} to {:.4g} m along the beam", geometry.panels.size(),
                       geometry.panels.size() == 1 ? "" : "s", nearest, farthest);
}

} // namespace

std::vector<RunLine> describe(const RunInfo& info) {
    std::vector<RunLine> lines;
    const auto add = [&](const std::string& name, const std::string& text) { lines.push_back({name, text}); };
    add(info.files.size() == 1 ? "file" : "files", filesText(info.files));
    add("layout", fmt::format("{}: {}", info.layout, info.reason));
    add("frames", info.frameCount ? fmt::format("{}", *info.frameCount) : "not known yet");
    add("shape", shapeText(info));
    add("type", info.valueType);
    add("wavelength", wavelengthText(info.experiment));
    if (info.experiment.particlesKnown)
        add("particles", fmt::format("{} a shot", info.experiment.particlesPerShot));
    if (info.experiment.photonsPerUnit > 0)
        add("photons", fmt::format("{} per unit of intensity", info.experiment.photonsPerUnit));
    if (info.distanceMetre)
        add("distance", fmt::format("{:.6g} m", *info.distanceMetre));
    if (info.pixelSizeMetre)
        add("pixel size", fmt::format("{:.6g} m", *info.pixelSizeMetre));
    if (info.centrePixel)
        add("centre",
            fmt::format("{:.6g}, {:.6g} pixels (fast, slow)", (*info.centrePixel)[0], (*info.centrePixel)[1]));
    if (info.geometry)
        add("places", geometryText(*info.geometry));
    add("mask", info.polarGrid ? maskText(info.polarMask) : maskText(info.frameMask));
    if (!info.columns.empty())
        add("columns", columnsText(info.columns));
    for (const auto& [name, value] : info.metadata)
        add(name, value);
    for (const Problem& problem : info.problems)
        lines.push_back({problem.fatal ? "problem" : "note", problem.message,
                         problem.fatal ? RunLine::Kind::problem : RunLine::Kind::note});
    return lines;
}

} // namespace fxs
