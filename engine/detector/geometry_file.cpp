#include "engine/detector/geometry_file.h"

#include "engine/core/settings_file.h"
#include "engine/core/whole_file.h"
#include "engine/detector/geometry_crystfel.h"
#include "engine/detector/geometry_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <sstream>

namespace fxs {

const SettingsDescription<GeometrySettings>& GeometrySettings::description() {
    using S = GeometrySettings;
    static const auto d =
        SettingsDescription<S>("geometry", "Detector geometry")
            .add(&S::distance, {.key = "distance",
                                .label = "Distance",
                                .unit = "m",
                                .help = "From the sample to the detector, along the beam.",
                                .minimum = 0,
                                .minimumExclusive = true})
            .add(&S::pixelSize, {.key = "pixel-size",
                                 .label = "Pixel size",
                                 .unit = "m",
                                 .help = "Side of a square pixel.",
                                 .minimum = 0,
                                 .minimumExclusive = true})
            .add(&S::centre,
                 {.key = "centre",
                  .label = "Beam centre",
                  .unit = "pixel",
                  .help = "fast,slow, counted from the outer corner of the first pixel; empty: the middle."})
            .add(&S::slow, {.key = "slow", .label = "Pixels, slow axis", .minimum = 1, .maximum = 65536})
            .add(&S::fast, {.key = "fast", .label = "Pixels, fast axis", .minimum = 1, .maximum = 65536})
            .add(&S::wavelength,
                 {.key = "wavelength", .label = "Wavelength", .unit = "Å", .minimum = 0, .minimumExclusive = true});
    return d;
}

std::vector<Problem> GeometrySettings::validate() const {
    auto problems = description().check(*this);
    if (!distance)
        problems.push_back({"distance", "the distance is not given, expected metres"});
    if (!pixelSize)
        problems.push_back({"pixel-size", "the pixel size is not given, expected metres"});
    try {
        if (!centre.empty())
            parseCentre(centre);
    } catch (const Error& error) {
        problems.push_back({"centre", error.message()});
    }
    return problems;
}

std::array<double, 2> parseCentre(const std::string& text) {
    std::array<double, 2> out{};
    const char* at = text.data();
    const char* end = at + text.size();
    const auto skip = [&](std::string_view those) {
        while (at != end && those.find(*at) != std::string_view::npos)
            ++at;
    };
    bool fine = true;
    for (double& value : out) {
        skip(" ,;");
        const auto [next, ec] = std::from_chars(at, end, value);
        fine = fine && ec == std::errc{} && std::abs(value) < 1e7;
        at = next;
    }
    skip(" ");
    if (!fine || at != end)
        throw Error(ErrorCode::badSettings,
                    fmt::format("centre is \"{}\", expected two numbers: fast,slow in pixels (e.g. 512.5,510)", text));
    return out;
}

namespace {

std::string readText(const std::string& path) {
    std::string text = readWholeFile(path);
    if (text.find('\0') != std::string::npos)
        throw Error(ErrorCode::badInput,
                    "it is a binary file, expected a geometry: CrystFEL's .geom, pyFAI's .poni or TOML");
    return text;
}

std::size_t agree(const char* what, std::optional<int> file, std::size_t run) {
    if (!file && run == 0)
        throw Error(ErrorCode::badSettings, fmt::format("it does not say how many pixels the {} axis has", what));
    if (file && run != 0 && static_cast<std::size_t>(*file) != run)
        throw Error(ErrorCode::badSettings,
                    fmt::format("it has {} pixels along the {} axis, the run has {}", *file, what, run));
    return file ? static_cast<std::size_t>(*file) : run;
}

DetectorGeometry fromToml(const std::string& text, const std::string& path, const GeometryDefaults& run) {
    if (hasPanelTables(text))
        return panelsFromToml(text, path, run);
    const SettingSections sections = parseSettings(text, path);
    const auto section = sections.find("geometry");
    if (section == sections.end())
        throw Error(ErrorCode::badInput, "it has no section [geometry]");
    GeometrySettings settings;
    const auto& description = GeometrySettings::description();
    for (const auto& [key, value] : section->second)
        if (std::ranges::none_of(description.infos(), [&, &k = key](const SettingInfo& info) { return info.key == k; }))
            throw Error(ErrorCode::badInput, fmt::format("[geometry] has no setting {}", key));
    throwIfFatal(description.apply(settings, section->second));
    throwIfFatal(settings.validate());
    const std::size_t slow = agree("slow", settings.slow, run.slow), fast = agree("fast", settings.fast, run.fast);
    const std::array<double, 2> middle{static_cast<double>(fast) / 2, static_cast<double>(slow) / 2};
    return DetectorGeometry::singlePanel(slow, fast, *settings.distance, *settings.pixelSize,
                                         settings.centre.empty() ? middle : parseCentre(settings.centre),
                                         settings.wavelength.value_or(run.wavelengthAngstrom));
}

// ---- pyFAI

/// "Key: value" lines; # begins a comment; of a key that is there twice the last counts (pyFAI appends).
std::map<std::string, std::string> poniLines(const std::string& text) {
    std::map<std::string, std::string> out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto colon = line.find(':');
        if (line.empty() || line[0] == '#' || colon == std::string::npos)
            continue;
        const auto first = line.find_first_not_of(" \t", colon + 1);
        const auto last = line.find_last_not_of(" \t\r");
        out[line.substr(0, colon)] = first == std::string::npos ? "" : line.substr(first, last - first + 1);
    }
    return out;
}

double poniNumber(const std::map<std::string, std::string>& lines, const std::string& key,
                  std::optional<double> fallback = {}) {
    const auto it = lines.find(key);
    if (it == lines.end() || it->second == "None") {
        if (fallback)
            return *fallback;
        throw Error(ErrorCode::badInput, fmt::format("it has no line {}", key));
    }
    double value = 0;
    const auto [end, ec] = std::from_chars(it->second.data(), it->second.data() + it->second.size(), value);
    if (ec != std::errc{} || end != it->second.data() + it->second.size())
        throw Error(ErrorCode::badInput, fmt::format("{} is \"{}\", expected a number", key, it->second));
    return value;
}

/// A number after "name": in the detector's JSON.
std::optional<double> configNumber(const std::string& config, const std::string& name) {
    const auto at = config.find("\"" + name + "\"");
    const auto first = at == std::string::npos ? at : config.find_first_of("-.0123456789", at + name.size() + 2);
    if (first == std::string::npos)
        return std::nullopt;
    double value = 0;
    const auto [end, ec] = std::from_chars(config.data() + first, config.data() + config.size(), value);
    return ec == std::errc{} ? std::optional(value) : std::nullopt;
}

/// Pixels of known detectors that pyFAI names without saying their size, m: {slow, fast}.
std::optional<std::array<double, 2>> pixelOfDetector(const std::string& name) {
    static const std::map<std::string, double> sizes{
        {"Pilatus", 172e-6}, {"Eiger", 75e-6}, {"Jungfrau", 75e-6}, {"Maxipix", 55e-6}, {"Lambda", 55e-6}};
    for (const auto& [start, size] : sizes)
        if (name.starts_with(start))
            return std::array{size, size};
    return std::nullopt;
}

/// pyFAI: axis 1 is slow and points up, axis 3 goes along the beam, and the three are right-handed, so that axis 2 is -x of
/// ours; poni is where the perpendicular from the sample meets the detector, in metres from the outer corner of the first
/// pixel; the detector is then turned by rot1, rot2, rot3 about the sample (pyFAI's documentation, "Geometry"). Version
/// 2.1 says in which corner the first pixel is (orientation, as EXIF counts): 3, the usual one, is bottom left seen from
/// the sample; 1 and 2 count the slow axis downwards, 1 and 4 the fast axis the other way.
DetectorGeometry fromPoni(const std::string& text, const GeometryDefaults& run) {
    const auto lines = poniLines(text);
    const auto config = lines.find("Detector_config");
    std::optional<double> pixel1, pixel2;
    int orientation = 3;
    if (config != lines.end()) {
        pixel1 = configNumber(config->second, "pixel1");
        pixel2 = configNumber(config->second, "pixel2");
        orientation = static_cast<int>(configNumber(config->second, "orientation").value_or(3));
    }
    if (const auto detector = lines.find("Detector"); detector != lines.end() && (!pixel1 || !pixel2))
        if (const auto known = pixelOfDetector(detector->second)) {
            pixel1 = (*known)[0];
            pixel2 = (*known)[1];
        }
    if (lines.contains("PixelSize1") && lines.contains("PixelSize2")) { // version 1
        pixel1 = poniNumber(lines, "PixelSize1");
        pixel2 = poniNumber(lines, "PixelSize2");
    }
    if (!pixel1 || !pixel2 || !(*pixel1 > 0) || !(*pixel2 > 0))
        throw Error(
            ErrorCode::badInput,
            "it does not give the pixel size (Detector_config with pixel1 and pixel2, in m), and its detector is "
            "none whose pixels are known");
    if (orientation == 0)
        orientation = 3;
    if (orientation < 1 || orientation > 4)
        throw Error(ErrorCode::badInput, fmt::format("its orientation is {}, expected 1 to 4", orientation));
    DetectorGeometry geometry;
    geometry.slow = agree("slow", {}, run.slow);
    geometry.fast = agree("fast", {}, run.fast);
    const double wavelength = poniNumber(lines, "Wavelength", 0.0) * 1e10;
    geometry.wavelengthAngstrom = wavelength > 0 ? wavelength : run.wavelengthAngstrom;

    const double r1 = poniNumber(lines, "Rot1", 0.0), r2 = poniNumber(lines, "Rot2", 0.0),
                 r3 = poniNumber(lines, "Rot3", 0.0);
    const double c1 = std::cos(r1), s1 = std::sin(r1), c2 = std::cos(r2), s2 = std::sin(r2), c3 = std::cos(r3),
                 s3 = std::sin(r3);
    const auto turned = [&](double p1, double p2, double p3) {
        const double t1 = p1 * c2 * c3 + p2 * (c3 * s1 * s2 - c1 * s3) - p3 * (c1 * c3 * s2 + s1 * s3);
        const double t2 = p1 * c2 * s3 + p2 * (c1 * c3 + s1 * s2 * s3) - p3 * (c1 * s2 * s3 - c3 * s1);
        const double t3 = p1 * s2 - p2 * c2 * s1 + p3 * c1 * c2;
        return Vector3{-t2, t1, t3};
    };
    // Pixel k counted backwards covers [n - 1 - k, n - k]: the corner goes to the far end, the step turns round.
    const bool slowBack = orientation == 1 || orientation == 2, fastBack = orientation == 1 || orientation == 4;
    const double slowFrom = slowBack ? *pixel1 * static_cast<double>(geometry.slow) : 0;
    const double fastFrom = fastBack ? *pixel2 * static_cast<double>(geometry.fast) : 0;
    geometry.panels.push_back({turned(slowFrom - poniNumber(lines, "Poni1"), fastFrom - poniNumber(lines, "Poni2"),
                                      poniNumber(lines, "Distance")),
                               turned(0, fastBack ? -*pixel2 : *pixel2, 0),
                               turned(slowBack ? -*pixel1 : *pixel1, 0, 0)});
    return geometry;
}

} // namespace

GeometryFile readGeometry(const std::string& path, const GeometryDefaults& run) {
    return withContext("reading geometry " + path, [&] {
        const std::string text = readText(path);
        GeometryFile out;
        if (isCrystfelGeometry(text)) {
            out = readCrystfelGeometry(text, run);
        } else if (text.find("\nPoni1:") != std::string::npos || text.starts_with("Poni1:")) {
            out.geometry = fromPoni(text, run);
            out.format = "pyFAI";
        } else {
            out.geometry = fromToml(text, path, run);
            out.format = "TOML";
        }
        for (const Problem& problem : out.geometry.check())
            if (problem.key != "wavelength") // may still come from elsewhere
                throw Error(ErrorCode::badInput, problem.message);
        if (run.slabs != 0 && out.geometry.slabCount() != run.slabs)
            throw Error(ErrorCode::badSettings,
                        fmt::format("it has {} panels of {} x {} pixels, the run has {}", out.geometry.slabCount(),
                                    out.geometry.slow, out.geometry.fast, run.slabs));
        return out;
    });
}

DetectorGeometry readGeometryFile(const std::string& path, const GeometryDefaults& run) {
    return readGeometry(path, run).geometry;
}

} // namespace fxs
