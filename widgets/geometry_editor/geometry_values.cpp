#include "widgets/geometry_editor/geometry_values.h"

#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

double lengthOf(const Vector3& v) {
    return std::hypot(v[0], v[1], v[2]);
}

/// One panel square to the beam, its fast axis along x and slow axis along y, of square pixels.
bool isFacing(const DetectorGeometry& geometry) {
    if (geometry.panels.size() != 1 || geometry.area(0) != PanelArea{0, 0, 0, geometry.slow, geometry.fast})
        return false;
    const Panel& p = geometry.panels.front();
    const double hair = 1e-9 * lengthOf(p.fastStep);
    return p.fastStep[0] > 0 && std::abs(p.fastStep[1]) < hair && std::abs(p.fastStep[2]) < hair &&
           std::abs(p.slowStep[0]) < hair && std::abs(p.slowStep[2]) < hair &&
           std::abs(p.slowStep[1] - p.fastStep[0]) < hair;
}

std::array<double, 2> middleOf(const DetectorGeometry& geometry) {
    std::array<double, 2> sum{};
    for (std::size_t p = 0; p < geometry.panels.size(); ++p) {
        const PanelArea area = geometry.area(p);
        const Vector3 centre =
            geometry.place(p, 0.5 * static_cast<double>(area.slow), 0.5 * static_cast<double>(area.fast));
        sum[0] += centre[0];
        sum[1] += centre[1];
    }
    const auto n = static_cast<double>(std::max<std::size_t>(geometry.panels.size(), 1));
    return {sum[0] / n, sum[1] / n};
}

/// picture = first + perMetre * metre, by least squares; the largest residual.
struct Line {
    double first = 0, perMetre = 0, residual = 0;
};
std::optional<Line> fitLine(const std::vector<std::array<double, 2>>& points) {
    double meanX = 0, meanY = 0, xx = 0, xy = 0;
    for (const auto& [x, y] : points) {
        meanX += x / static_cast<double>(points.size());
        meanY += y / static_cast<double>(points.size());
    }
    for (const auto& [x, y] : points) {
        xx += (x - meanX) * (x - meanX);
        xy += (x - meanX) * (y - meanY);
    }
    if (!(xx > 0))
        return std::nullopt;
    Line line{meanY - xy / xx * meanX, xy / xx, 0};
    for (const auto& [x, y] : points)
        line.residual = std::max(line.residual, std::abs(line.first + line.perMetre * x - y));
    return line;
}

} // namespace

GeometryValues valuesOf(const DetectorGeometry& geometry) {
    GeometryValues values;
    if (geometry.panels.empty())
        return values;
    values.facing = isFacing(geometry);
    values.wavelengthAngstrom = geometry.wavelengthAngstrom;
    values.pixelSizeMetre = lengthOf(geometry.panels.front().fastStep);
    values.distanceMetre = geometry.meanDistance();
    if (values.facing) {
        const Vector3& corner = geometry.panels.front().corner;
        values.position = {-corner[0] / values.pixelSizeMetre, -corner[1] / values.pixelSizeMetre};
    } else {
        const auto middle = middleOf(geometry);
        values.position = {1000 * middle[0], 1000 * middle[1]};
    }
    return values;
}

DetectorGeometry withValues(const DetectorGeometry& geometry, const GeometryValues& values) {
    if (isFacing(geometry)) {
        auto out = DetectorGeometry::singlePanel(geometry.slow, geometry.fast, values.distanceMetre,
                                                 values.pixelSizeMetre, values.position, values.wavelengthAngstrom);
        out.panels.front().name = geometry.panels.front().name;
        return out;
    }
    const auto middle = middleOf(geometry);
    DetectorGeometry out = geometry.moved({values.position[0] / 1000 - middle[0], values.position[1] / 1000 - middle[1],
                                           values.distanceMetre - geometry.meanDistance()});
    out.wavelengthAngstrom = values.wavelengthAngstrom;
    return out;
}

std::optional<PicturePlane> planeOf(const PixelPlacement& placement, const DetectorGeometry& geometry) {
    if (placement.shape() != geometry.frameShape())
        return std::nullopt;
    std::vector<std::array<double, 2>> xs, ys;
    for (std::size_t p = 0; p < geometry.panels.size(); ++p) {
        // The picture may have other panels than the geometry (slabs, where those are rectangles of them): pixels are the same.
        const PanelArea area = geometry.area(p);
        for (const double slow : {0.0, static_cast<double>(area.slow)})
            for (const double fast : {0.0, static_cast<double>(area.fast)}) {
                const auto shown = std::ranges::find_if(placement.areas(), [&](const PanelArea& a) {
                    return a.slab == area.slab && a.firstSlow <= area.firstSlow && a.firstFast <= area.firstFast &&
                           a.firstSlow + a.slow >= area.firstSlow + area.slow &&
                           a.firstFast + a.fast >= area.firstFast + area.fast;
                });
                if (shown == placement.areas().end())
                    return std::nullopt;
                const Vector3 place = geometry.place(p, slow, fast);
                const PicturePoint at =
                    placement.place(static_cast<std::size_t>(shown - placement.areas().begin()),
                                    static_cast<double>(area.firstSlow - shown->firstSlow) + slow - 0.5,
                                    static_cast<double>(area.firstFast - shown->firstFast) + fast - 0.5);
                xs.push_back({place[0], at.x});
                ys.push_back({place[1], at.y});
            }
    }
    const auto x = fitLine(xs), y = fitLine(ys);
    const PicturePoint pixel = placement.pixelSize();
    if (!x || !y || x->residual > pixel.x || y->residual > pixel.y)
        return std::nullopt;
    return PicturePlane{{x->first, y->first}, x->perMetre, y->perMetre};
}

} // namespace fxs::ui
