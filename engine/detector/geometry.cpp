#include "engine/detector/geometry.h"

#include "engine/core/parallel.h"
#include "engine/detector/mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fxs {

namespace {

Vector3 cross(const Vector3& a, const Vector3& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double dot(const Vector3& a, const Vector3& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

bool isFinite(const Vector3& v) {
    return std::isfinite(v[0]) && std::isfinite(v[1]) && std::isfinite(v[2]);
}

void checkAreas(const DetectorGeometry& geometry, std::vector<Problem>& problems) {
    Array<std::uint8_t, 3> taken(geometry.frameShape());
    for (std::size_t i = 0; i < geometry.panels.size(); ++i) {
        const PanelArea area = geometry.area(i);
        const std::string name = geometry.panels[i].name.empty() ? fmt::format("{}", i) : geometry.panels[i].name;
        if (area.slow == 0 || area.fast == 0 || area.slab >= geometry.slabCount() ||
            area.firstSlow + area.slow > geometry.slow || area.firstFast + area.fast > geometry.fast) {
            problems.push_back(
                {"geometry",
                 fmt::format(
                     "panel {} covers ss {} to {}, fs {} to {} of slab {}, frames are {} x {} x {} (slab x slow "
                     "x fast)",
                     name, area.firstSlow, area.firstSlow + area.slow, area.firstFast, area.firstFast + area.fast,
                     area.slab, geometry.slabCount(), geometry.slow, geometry.fast)});
            continue;
        }
        bool twice = false;
        for (std::size_t s = 0; s < area.slow; ++s)
            for (std::size_t f = 0; f < area.fast; ++f)
                twice |= taken.data()[geometry.pixelIndex(area, s, f)]++ != 0;
        if (twice)
            problems.push_back({"geometry", fmt::format("panel {} has pixels that another panel has too", name)});
    }
}

bool hasAreas(const DetectorGeometry& geometry) {
    return geometry.slabCount() != geometry.panels.size() ||
           std::ranges::any_of(geometry.panels, [](const Panel& panel) { return panel.area.has_value(); });
}

} // namespace

double polarisationFactor(const Vector3& place, const Polarisation& polarisation) {
    const double c = std::cos(polarisation.planeRadian), s = std::sin(polarisation.planeRadian);
    const double along = place[0] * c + place[1] * s, across = place[1] * c - place[0] * s;
    const double r2 = dot(place, place), p = polarisation.degree;
    return (1 + p) / 2 * (1 - along * along / r2) + (1 - p) / 2 * (1 - across * across / r2);
}

DetectorGeometry DetectorGeometry::singlePanel(std::size_t slow, std::size_t fast, double distanceMetre,
                                               double pixelSizeMetre, std::array<double, 2> centre,
                                               double wavelengthAngstrom) {
    DetectorGeometry geometry;
    geometry.slow = slow;
    geometry.fast = fast;
    geometry.wavelengthAngstrom = wavelengthAngstrom;
    geometry.panels.push_back({{-centre[0] * pixelSizeMetre, -centre[1] * pixelSizeMetre, distanceMetre},
                               {pixelSizeMetre, 0, 0},
                               {0, pixelSizeMetre, 0}});
    return geometry;
}

std::vector<Problem> DetectorGeometry::check() const {
    std::vector<Problem> problems;
    if (panels.empty() || slow == 0 || fast == 0)
        problems.push_back(
            {"geometry", fmt::format("the detector has {} panels of {} x {} pixels, expected at least one pixel",
                                     panels.size(), slow, fast)});
    if (!(wavelengthAngstrom > 0) || !std::isfinite(wavelengthAngstrom))
        problems.push_back(
            {"wavelength", fmt::format("the wavelength is {} Å, expected a positive number: without it pixels of a "
                                       "detector have no q",
                                       wavelengthAngstrom)});
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const Panel& panel = panels[i];
        const Vector3 normal = cross(panel.fastStep, panel.slowStep);
        if (!isFinite(panel.corner) || !isFinite(panel.fastStep) || !isFinite(panel.slowStep))
            problems.push_back({"geometry", fmt::format("panel {} has a place or step that is not finite", i)});
        else if (!(dot(normal, normal) > 0))
            problems.push_back(
                {"pixel-size", fmt::format("the pixels of panel {} have no area, expected a positive pixel size", i)});
        else if (dot(normal, panel.corner) == 0)
            problems.push_back(
                {"distance",
                 fmt::format("the plane of panel {} goes through the sample, expected a positive distance", i)});
    }
    if (slow != 0 && fast != 0 && hasAreas(*this))
        checkAreas(*this, problems);
    return problems;
}

std::optional<std::size_t> DetectorGeometry::panelAt(std::size_t slab, std::size_t frameSlow,
                                                     std::size_t frameFast) const {
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const PanelArea a = area(i);
        if (a.slab == slab && frameSlow >= a.firstSlow && frameSlow < a.firstSlow + a.slow &&
            frameFast >= a.firstFast && frameFast < a.firstFast + a.fast)
            return i;
    }
    return std::nullopt;
}

Vector3 DetectorGeometry::place(std::size_t index, double slowPixel, double fastPixel) const {
    const Panel& panel = panels[index];
    Vector3 place;
    for (std::size_t i = 0; i < 3; ++i)
        place[i] = panel.corner[i] + slowPixel * panel.slowStep[i] + fastPixel * panel.fastStep[i];
    return place;
}

DetectorGeometry DetectorGeometry::moved(const Vector3& byMetre) const {
    DetectorGeometry out = *this;
    for (Panel& panel : out.panels)
        for (std::size_t i = 0; i < 3; ++i)
            panel.corner[i] += byMetre[i];
    return out;
}

double DetectorGeometry::meanDistance() const {
    double sum = 0, pixels = 0;
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const PanelArea a = area(i);
        const double weight = static_cast<double>(a.slow * a.fast);
        sum += weight * place(i, static_cast<double>(a.slow) / 2, static_cast<double>(a.fast) / 2)[2];
        pixels += weight;
    }
    return pixels > 0 ? sum / pixels : 0;
}

PixelView DetectorGeometry::view(std::size_t index, double slowPixel, double fastPixel) const {
    const Panel& panel = panels[index];
    const Vector3 place = this->place(index, slowPixel, fastPixel);
    const double across = std::hypot(place[0], place[1]), r2 = dot(place, place), r = std::sqrt(r2);
    PixelView out;
    out.q = 4 * std::numbers::pi * std::sin(std::atan2(across, place[2]) / 2) / wavelengthAngstrom;
    out.phi = std::atan2(place[1], place[0]);
    if (out.phi < 0)
        out.phi += 2 * std::numbers::pi;
    if (out.phi >= 2 * std::numbers::pi) // a tiny negative azimuth rounds up to the full circle
        out.phi = 0;
    // A pixel of area a whose normal makes the angle i with the line of sight covers a cos(i)/r^2; at the foot of the
    // perpendicular, at distance d, it covers a/d^2. With d = r cos(i), the quotient is cos^3(i).
    const Vector3 normal = cross(panel.fastStep, panel.slowStep);
    const double cosine = std::abs(dot(normal, place)) / (std::sqrt(dot(normal, normal)) * r);
    out.solidAngle = cosine * cosine * cosine;
    return out;
}

Array<std::uint8_t, 3> coveredPixels(const DetectorGeometry& geometry) {
    if (!hasAreas(geometry))
        return {};
    Array<std::uint8_t, 3> covered(geometry.frameShape());
    for (std::size_t i = 0; i < geometry.panels.size(); ++i) {
        const PanelArea area = geometry.area(i);
        for (std::size_t s = 0; s < area.slow; ++s)
            std::fill_n(covered.data() + geometry.pixelIndex(area, s, 0), area.fast, std::uint8_t{1});
    }
    return std::ranges::find(covered.span(), 0) == covered.span().end() ? Array<std::uint8_t, 3>() : std::move(covered);
}

PixelMap pixelMap(const DetectorGeometry& geometry, const TaskContext& task,
                  const std::optional<Polarisation>& polarisation) {
    throwIfFatal(geometry.check());
    const auto shape = geometry.frameShape();
    PixelMap map;
    map.covered = coveredPixels(geometry);
    const auto filled = [&](float value) {
        auto array = Array<float, 3>::uninitialised(shape);
        if (!map.covered.empty())
            std::ranges::fill(array.span(), value);
        return array;
    };
    map.q = filled(0);
    map.phi = filled(0);
    map.solidAngle = filled(1);
    if (polarisation)
        map.polarisation = filled(1);
    for (std::size_t panel = 0; panel < geometry.panels.size(); ++panel) {
        const PanelArea area = geometry.area(panel);
        parallelFor(area.slow, 16, task, [&](const tbb::blocked_range<std::size_t>& rows) {
            for (std::size_t s = rows.begin(); s != rows.end(); ++s)
                for (std::size_t f = 0; f < area.fast; ++f) {
                    const double slowAt = static_cast<double>(s) + 0.5, fastAt = static_cast<double>(f) + 0.5;
                    const PixelView view = geometry.view(panel, slowAt, fastAt);
                    const std::size_t at = geometry.pixelIndex(area, s, f);
                    map.q.data()[at] = static_cast<float>(view.q);
                    map.phi.data()[at] = static_cast<float>(view.phi);
                    map.solidAngle.data()[at] = static_cast<float>(view.solidAngle);
                    if (polarisation)
                        map.polarisation.data()[at] = static_cast<float>(
                            polarisationFactor(geometry.place(panel, slowAt, fastAt), *polarisation));
                }
        });
    }
    return map;
}

QCoverage qCoverage(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const TaskContext& task) {
    requireMaskFits(mask, geometry.slabCount(), geometry.slow, geometry.fast);
    const PixelMap map = pixelMap(geometry, task);
    constexpr std::size_t kSectors = 36;
    std::array<double, kSectors> low, high;
    low.fill(std::numeric_limits<double>::infinity());
    high.fill(-1);
    const auto q = map.q.span(), phi = map.phi.span();
    for (std::size_t i = 0; i < q.size(); ++i) {
        if ((!mask.empty() && mask.data()[i] == 0) || (!map.covered.empty() && map.covered.data()[i] == 0))
            continue;
        const auto sector =
            std::min(kSectors - 1, static_cast<std::size_t>(phi[i] * (kSectors / (2 * std::numbers::pi))));
        low[sector] = std::min(low[sector], double{q[i]});
        high[sector] = std::max(high[sector], double{q[i]});
    }
    QCoverage out{std::ranges::min(low), std::ranges::max(high), 0, std::numeric_limits<double>::infinity()};
    for (std::size_t i = 0; i < kSectors; ++i) {
        if (high[i] < 0)
            continue; // behind the detector's edge
        out.innerFull = std::max(out.innerFull, low[i]);
        out.outerFull = std::min(out.outerFull, high[i]);
    }
    return out;
}

} // namespace fxs
