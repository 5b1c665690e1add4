#include "engine/detector/refine_geometry.h"

#include "engine/detector/ring_pixels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numbers>

namespace fxs {

namespace {

constexpr std::size_t kFewestPixels = 200;

std::vector<double> parseRings(const std::string& text) {
    std::vector<double> out;
    const char* at = text.data();
    const char* end = at + text.size();
    while (true) {
        while (at != end && (*at == ' ' || *at == ',' || *at == ';'))
            ++at;
        if (at == end)
            break;
        double value = 0;
        const auto [next, ec] = std::from_chars(at, end, value);
        if (ec != std::errc{} || !(value > 0) || !std::isfinite(value))
            throw Error(ErrorCode::badSettings,
                        fmt::format("rings is \"{}\", expected positive numbers in 1/Å (e.g. 0.1076, 0.2152)", text));
        out.push_back(value);
        at = next;
    }
    std::ranges::sort(out);
    return out;
}

/// Distinct h² + k² + l² up to a limit, of the reflections that a lattice allows.
std::vector<int> cubicSums(int limit, const std::function<bool(int, int, int)>& allowed) {
    std::vector<int> out;
    for (int h = 0; h * h <= limit; ++h)
        for (int k = 0; k <= h; ++k)
            for (int l = 0; l <= k; ++l)
                if (const int sum = h * h + k * k + l * l; sum > 0 && sum <= limit && allowed(h, k, l))
                    out.push_back(sum);
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

bool faceCentred(int h, int k, int l) {
    return h % 2 == k % 2 && k % 2 == l % 2;
}
bool diamond(int h, int k, int l) {
    return faceCentred(h, k, l) && (h % 2 == 1 || (h + k + l) % 4 == 0);
}

double tangentOf(double q, double wavelength) {
    return std::tan(2 * std::asin(std::min(1.0, q * wavelength / (4 * std::numbers::pi))));
}
double qOf(double tangent, double wavelength) {
    return 4 * std::numbers::pi / wavelength * std::sin(std::atan(tangent) / 2);
}

QuadrantProfiles quadrants(const RingPixels& pixels, const std::array<double, 2>& shift, double stretch,
                           double wavelength) {
    constexpr std::size_t kBins = 200;
    QuadrantProfiles out;
    std::vector<double> q(pixels.size());
    std::vector<std::uint8_t> quadrant(pixels.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const double x = pixels.x[i] - shift[0], y = pixels.y[i] - shift[1];
        q[i] = qOf(std::hypot(x, y) / (pixels.z[i] + stretch), wavelength);
        const double turns = std::atan2(y, x) / (std::numbers::pi / 2); // -2 ... 2
        quadrant[i] = static_cast<std::uint8_t>(static_cast<int>(std::floor(turns + 4.5)) % 4);
    }
    const auto [low, high] = std::ranges::minmax_element(q);
    const double first = *low, step = (*high - *low) / kBins;
    for (std::size_t b = 0; b < kBins; ++b)
        out.q.push_back(first + (static_cast<double>(b) + 0.5) * step);
    for (std::size_t k = 0; k < 4; ++k) {
        out.intensity[k].assign(kBins, 0);
        out.count[k].assign(kBins, 0);
    }
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const auto b = std::min(kBins - 1, static_cast<std::size_t>((q[i] - first) / std::max(step, 1e-300)));
        out.intensity[quadrant[i]][b] += pixels.intensity[i];
        out.count[quadrant[i]][b] += 1;
    }
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t b = 0; b < kBins; ++b)
            if (out.count[k][b] > 0)
                out.intensity[k][b] /= out.count[k][b];
    return out;
}

void doubt(GeometryRefinement& out, const char* key, std::string message) {
    out.problems.push_back({key, std::move(message), false});
}

/// Metres along x and y as steps of the first panel's pixels.
std::array<double, 2> inPixels(const DetectorGeometry& geometry, const std::array<double, 2>& metre) {
    const Panel& p = geometry.panels.front();
    const double determinant = p.fastStep[0] * p.slowStep[1] - p.fastStep[1] * p.slowStep[0];
    if (determinant == 0)
        return {};
    return {(metre[0] * p.slowStep[1] - metre[1] * p.slowStep[0]) / determinant,
            (metre[1] * p.fastStep[0] - metre[0] * p.fastStep[1]) / determinant};
}

void refineCentre(GeometryRefinement& out, const RingPixels& pixels, const RefineSettings& settings,
                  const TaskContext& task) {
    const CentreFit fit = findCentre(pixels, settings.search * pixels.pixelSize, task);
    if (fit.atEdge)
        doubt(out, "search", "the best centre lies at the edge of what was searched; search farther");
    if (!fit.converged)
        doubt(out, "centre", "the centre did not settle; the rings may be too weak, or the mask may miss bad pixels");
    if (!std::isfinite(fit.error[0]) || fit.error[0] == 0 || std::max(fit.error[0], fit.error[1]) > pixels.pixelSize)
        doubt(out, "centre", "the rings tell the centre to no better than a pixel");
    out.centreShift = fit.shift;
    out.centreError = fit.error;
    out.centreShiftPixel = inPixels(out.given, fit.shift);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        // Each axis by itself, added as independent errors are.
        const auto unit = inPixels(out.given, {axis == 0 ? fit.error[0] : 0.0, axis == 1 ? fit.error[1] : 0.0});
        for (std::size_t i = 0; i < 2; ++i)
            out.centreErrorPixel[i] = std::hypot(out.centreErrorPixel[i], unit[i]);
    }
    out.centreRefined = true;
    out.proposed = out.given.moved({-fit.shift[0], -fit.shift[1], 0});
}

void refineDistance(GeometryRefinement& out, const RingPixels& pixels, const std::vector<double>& ringsQ) {
    const double wavelength = out.given.wavelengthAngstrom, distance = out.distanceGiven;
    std::vector<double> tangents;
    for (const double q : ringsQ)
        tangents.push_back(tangentOf(q, wavelength));
    const RoundnessFit fit = fitRoundness(pixels, out.centreShift, pixels.pixelSize);
    const auto found = findRings(fit.profile, distance, tangents);
    if (found.empty()) {
        doubt(out, "rings", "none of the known rings was found in the radial profile; the distance stays");
        return;
    }
    // found = expected * distance' / distance for each ring: the weighted mean of the quotients.
    double sum = 0, weight = 0, chi2 = 0;
    const auto weightOf = [](const RingMatch& r) { return std::pow(r.expected / r.error, 2); };
    for (const RingMatch& ring : found) {
        sum += weightOf(ring) * ring.found / ring.expected;
        weight += weightOf(ring);
    }
    const double scale = sum / weight;
    for (const RingMatch& ring : found)
        chi2 += weightOf(ring) * std::pow(ring.found / ring.expected - scale, 2);
    // Rings that disagree by more than their own errors say that the errors are larger.
    const double excess = found.size() > 1 ? std::max(1.0, chi2 / static_cast<double>(found.size() - 1)) : 1.0;
    out.distance = distance * scale;
    out.distanceError = distance * std::sqrt(excess / weight);
    out.distanceRefined = true;
    if (found.size() == 1)
        doubt(out, "rings", "only one of the known rings was found: if it is another one, the distance is wrong");
    for (const RingMatch& ring : found)
        out.rings.push_back({qOf(ring.expected, wavelength), qOf(ring.found, wavelength),
                             qOf(ring.found / scale, wavelength),
                             qOf(ring.found + ring.error, wavelength) - qOf(ring.found, wavelength)});
    out.proposed = out.proposed.moved({0, 0, out.distance - distance});
}

} // namespace

const SettingsDescription<RefineSettings>& RefineSettings::description() {
    using S = RefineSettings;
    static const auto d =
        SettingsDescription<S>("refine", "Geometry refinement")
            .add(&S::centre, {.key = "refine-centre",
                              .label = "Refine the centre",
                              .help = "Find the place of the beam that makes the rings of the mean frame round."})
            .add(&S::search,
                 {.key = "search",
                  .label = "Search the centre within",
                  .unit = "pixel",
                  .help = "How far the beam may be from where the geometry has it. 0: only improve what is there.",
                  .minimum = 0,
                  .maximum = 500})
            .add(&S::calibrant, {.key = "calibrant",
                                 .label = "Calibrant",
                                 .help = "A powder whose rings are in the data: agbh, lab6, ceo2 or si. Gives the "
                                         "distance."})
            .add(&S::rings, {.key = "rings",
                             .label = "Known rings",
                             .unit = "1/Å",
                             .help = "q of rings that are in the data, separated by commas. Gives the distance."})
            .add(&S::qMin, {.key = "refine-q-min",
                            .label = "Lowest q",
                            .unit = "1/Å",
                            .help = "Pixels below are left out: the beam stop's shadow and edge.",
                            .minimum = 0})
            .add(&S::qMax, {.key = "refine-q-max",
                            .label = "Highest q",
                            .unit = "1/Å",
                            .help = "Pixels above are left out.",
                            .minimum = 0,
                            .minimumExclusive = true})
            .add(&S::polarisation, {.key = "refine-polarisation",
                                    .label = "Polarisation",
                                    .help = "Degree of horizontal polarisation that the rings are corrected for while "
                                            "they are compared: 1 horizontal, 0 none, -1 vertical.",
                                    .minimum = -1,
                                    .maximum = 1,
                                    .advanced = true});
    return d;
}

std::vector<Problem> RefineSettings::validate() const {
    auto problems = description().check(*this);
    try {
        parseRings(rings);
        if (!calibrant.empty())
            calibrantRings(calibrant, 1);
    } catch (const Error& error) {
        problems.push_back({"rings", error.message()});
    }
    if (!centre && rings.empty() && calibrant.empty())
        problems.push_back({"rings", "neither the centre nor a known ring is given: there is nothing to refine"});
    if (qMin && qMax && *qMin >= *qMax)
        problems.push_back({"refine-q-max",
                            fmt::format("refine-q-max is {} 1/Å, expected more than refine-q-min ({})", *qMax, *qMin)});
    return problems;
}

std::vector<double> calibrantRings(const std::string& name, double qMax) {
    std::vector<double> out;
    if (name == "agbh") {
        for (int n = 1; 2 * std::numbers::pi * n / 58.380 <= qMax; ++n)
            out.push_back(2 * std::numbers::pi * n / 58.380);
        return out;
    }
    struct Cubic {
        double a;
        std::function<bool(int, int, int)> allowed;
    };
    const std::map<std::string, Cubic> cubic{{"lab6", {4.15689, [](int, int, int) { return true; }}},
                                             {"ceo2", {5.4111, faceCentred}},
                                             {"si", {5.43102, diamond}}};
    const auto it = cubic.find(name);
    if (it == cubic.end())
        throw Error(ErrorCode::badSettings,
                    fmt::format("the calibrant is \"{}\", expected agbh, lab6, ceo2 or si", name));
    const double unit = 2 * std::numbers::pi / it->second.a;
    for (const int sum : cubicSums(static_cast<int>(std::min(1e4, qMax * qMax / (unit * unit))), it->second.allowed))
        out.push_back(unit * std::sqrt(static_cast<double>(sum)));
    return out;
}

GeometryRefinement refineGeometry(const DetectorGeometry& geometry, View<const float, 3> meanFrame,
                                  View<const std::uint8_t, 3> mask, const RefineSettings& settings,
                                  const TaskContext& task) {
    throwIfFatal(settings.validate());
    const double qMax = settings.qMax.value_or(std::numeric_limits<double>::infinity());
    const RingPixels pixels =
        ringPixels(geometry, meanFrame, mask, settings.qMin.value_or(0), qMax, {settings.polarisation, 0}, task);
    if (pixels.size() < kFewestPixels)
        throw Error(ErrorCode::badInput, fmt::format("{} pixels are valid and within the q range, expected at least {}",
                                                     pixels.size(), kFewestPixels));
    if (std::ranges::all_of(pixels.intensity, [&](double v) { return v == pixels.intensity.front(); }))
        throw Error(ErrorCode::badInput, "every pixel of the mean frame has the same value: there is no ring in it");
    GeometryRefinement out;
    out.given = out.proposed = geometry;
    out.distance = out.distanceGiven = pixels.distance;
    const RoundnessFit before = fitRoundness(pixels, {0, 0}, pixels.pixelSize);
    out.meritGiven = out.merit = before.merit;
    out.profilesGiven = quadrants(pixels, {0, 0}, 0, geometry.wavelengthAngstrom);
    if (settings.centre)
        refineCentre(out, pixels, settings, task);
    std::vector<double> rings = parseRings(settings.rings);
    if (!settings.calibrant.empty())
        std::ranges::copy(calibrantRings(settings.calibrant, out.profilesGiven.q.back() * 1.25),
                          std::back_inserter(rings));
    std::ranges::sort(rings);
    if (!rings.empty())
        refineDistance(out, pixels, rings);
    const RoundnessFit after = fitRoundness(pixels, out.centreShift, pixels.pixelSize);
    out.merit = after.merit;
    out.pixelsUsed = after.pixels;
    out.profiles = quadrants(pixels, out.centreShift, out.distance - out.distanceGiven, geometry.wavelengthAngstrom);
    return out;
}

} // namespace fxs
