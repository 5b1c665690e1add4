#include "engine/density/voxel_rings.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace fxs {

VoxelRings::VoxelRings(std::size_t n, const std::array<int, 3>& origin, double maxRadius)
    : m_n(n), m_originZ(origin[2]) {
    const int edge = static_cast<int>(n);
    const auto coordinate = [&](int index, int axis) { return std::int64_t{2} * index - (edge - 1) - origin[axis]; };

    struct PlanePoint {
        std::uint64_t radiusSquared;
        std::size_t offset;
        std::int64_t x, y;
    };
    std::vector<PlanePoint> plane;
    plane.reserve(n * n);
    const double limit = maxRadius * maxRadius;
    for (int j = 0; j < edge; ++j) {
        for (int i = 0; i < edge; ++i) {
            const std::int64_t x = coordinate(i, 0), y = coordinate(j, 1);
            const auto squared = static_cast<std::uint64_t>(x * x + y * y);
            if (static_cast<double>(squared) <= limit)
                plane.push_back({squared, static_cast<std::size_t>(i) + n * static_cast<std::size_t>(j), x, y});
        }
    }
    std::sort(plane.begin(), plane.end(), [](const PlanePoint& a, const PlanePoint& b) {
        return std::tie(a.radiusSquared, a.offset) < std::tie(b.radiusSquared, b.offset);
    });

    std::vector<std::uint64_t> planeRadii;
    m_points.reserve(plane.size());
    for (const PlanePoint& p : plane) {
        if (planeRadii.empty() || planeRadii.back() != p.radiusSquared) {
            planeRadii.push_back(p.radiusSquared);
            m_first.push_back(m_points.size());
        }
        const double rho = std::sqrt(static_cast<double>(p.radiusSquared));
        m_points.push_back(
            {p.offset, rho > 0 ? static_cast<double>(p.x) / rho : 1.0, rho > 0 ? static_cast<double>(p.y) / rho : 0.0});
    }
    m_first.push_back(m_points.size());

    for (int k = 0; k < edge; ++k) {
        const std::int64_t z = coordinate(k, 2);
        for (std::size_t ring = 0; ring < planeRadii.size(); ++ring) {
            const std::uint64_t squared = planeRadii[ring] + static_cast<std::uint64_t>(z * z);
            if (static_cast<double>(squared) <= limit)
                m_rings.push_back({squared, static_cast<std::int32_t>(z), static_cast<std::uint32_t>(ring)});
        }
    }
    std::sort(m_rings.begin(), m_rings.end(), [](const Ring& a, const Ring& b) {
        return std::tie(a.radiusSquared, a.height) < std::tie(b.radiusSquared, b.height);
    });
    for (std::size_t i = 0; i < m_rings.size(); ++i)
        if (i == 0 || m_rings[i].radiusSquared != m_rings[i - 1].radiusSquared)
            m_groups.push_back(i);
    m_groups.push_back(m_rings.size());
}

std::size_t VoxelRings::planeOffset(const Ring& ring) const {
    const int index = (ring.height + m_originZ + static_cast<int>(m_n) - 1) / 2;
    return static_cast<std::size_t>(index) * m_n * m_n;
}

double VoxelRings::radius(std::size_t group) const {
    return std::sqrt(static_cast<double>(m_rings[m_groups[group]].radiusSquared));
}

} // namespace fxs
