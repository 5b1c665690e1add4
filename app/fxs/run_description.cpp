#include "app/fxs/run_description.h"

#include "engine/detector/geometry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

Json listOf(const std::vector<Problem>& problems) {
    Json list = Json::array();
    for (const Problem& problem : problems)
        list.push_back({{"key", problem.key}, {"message", problem.message}, {"fatal", problem.fatal}});
    return list;
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
    run["centre_pixel"] = info.centrePixel ? Json(*info.centrePixel) : Json();
    run["geometry_panels"] = info.geometry ? Json(info.geometry->panels.size()) : Json();
    run["columns"] = Json::array();
    for (const ColumnInfo& column : info.columns)
        run["columns"].push_back(
            {{"name", column.name}, {"unit", column.unit}, {"path", column.path}, {"text", column.text}});
    run["metadata"] = Json::object();
    for (const auto& [name, value] : info.metadata) {
        // A name that comes twice ("guessed") keeps both.
        Json& at = run["metadata"][name];
        at = at.is_null() ? Json(value) : Json(at.get<std::string>() + "; " + value);
    }
    run["problems"] = listOf(info.problems);
    return run;
}

std::string runText(const RunInfo& info) {
    std::string text;
    for (const RunLine& l : describe(info))
        text += line(l.name, l.text);
    text.pop_back();
    return text;
}

Json describeContents(const FileSummary& file) {
    Json list = Json::array();
    for (const ContentEntry& entry : file.contents)
        list.push_back({{"path", entry.path}, {"type", entry.type}, {"shape", entry.shape}, {"detail", entry.detail}});
    return list;
}

std::string contentsText(const FileSummary& file, std::size_t mostLines) {
    std::string text = "the file holds\n";
    for (std::size_t i = 0; i < std::min(file.contents.size(), mostLines); ++i) {
        const ContentEntry& entry = file.contents[i];
        const std::string shape = entry.shape.empty() ? "" : fmt::format(" {}", fmt::join(entry.shape, " x "));
        text += fmt::format("  {:<44} {}{}{}\n", entry.path, entry.type, shape,
                            entry.detail.empty() ? "" : ", " + entry.detail);
    }
    if (file.contents.size() > mostLines || file.contentsCut)
        text += fmt::format("  ... {}{} more\n", file.contentsCut ? "at least " : "",
                            file.contents.size() - std::min(file.contents.size(), mostLines));
    text.pop_back();
    return text;
}

Json describeSurvey(const FrameSurvey& survey) {
    return {{"frames", survey.frames},
            {"smallest", survey.smallest},
            {"largest", survey.largest},
            {"mean", survey.mean},
            {"problems", listOf(survey.problems)}};
}

std::string surveyText(const FrameSurvey& survey) {
    std::string text = line("values", fmt::format("{:g} to {:g}, mean {:g} (valid pixels of {} frames)",
                                                  survey.smallest, survey.largest, survey.mean, survey.frames));
    for (const Problem& problem : survey.problems)
        text += line("note", problem.message);
    text.pop_back();
    return text;
}

} // namespace fxs::app
