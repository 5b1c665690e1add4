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

} // namespace

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
    return problems;
}

PixelView DetectorGeometry::view(std::size_t index, double slowPixel, double fastPixel) const {
    const Panel& panel = panels[index];
    Vector3 place;
    for (std::size_t i = 0; i < 3; ++i)
        place[i] = panel.corner[i] + slowPixel * panel.slowStep[i] + fastPixel * panel.fastStep[i];
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

PixelMap pixelMap(const DetectorGeometry& geometry, const TaskContext& task) {
    throwIfFatal(geometry.check());
    const std::array<std::size_t, 3> shape{geometry.panels.size(), geometry.slow, geometry.fast};
    PixelMap map{Array<float, 3>::uninitialised(shape), Array<float, 3>::uninitialised(shape),
                 Array<float, 3>::uninitialised(shape)};
    parallelFor(shape[0] * shape[1], 16, task, [&](const tbb::blocked_range<std::size_t>& rows) {
        for (std::size_t row = rows.begin(); row != rows.end(); ++row)
            for (std::size_t f = 0; f < shape[2]; ++f) {
                const std::size_t panel = row / shape[1], s = row % shape[1];
                const PixelView view = geometry.view(panel, static_cast<double>(s) + 0.5, static_cast<double>(f) + 0.5);
                map.q(panel, s, f) = static_cast<float>(view.q);
                map.phi(panel, s, f) = static_cast<float>(view.phi);
                map.solidAngle(panel, s, f) = static_cast<float>(view.solidAngle);
            }
    });
    return map;
}

QCoverage qCoverage(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const TaskContext& task) {
    requireMaskFits(mask, geometry.panels.size(), geometry.slow, geometry.fast);
    const PixelMap map = pixelMap(geometry, task);
    constexpr std::size_t kSectors = 36;
    std::array<double, kSectors> low, high;
    low.fill(std::numeric_limits<double>::infinity());
    high.fill(-1);
    const auto q = map.q.span(), phi = map.phi.span();
    for (std::size_t i = 0; i < q.size(); ++i) {
        if (!mask.empty() && mask.data()[i] == 0)
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
