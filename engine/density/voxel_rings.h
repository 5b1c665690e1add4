#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fxs {

/// The voxels of a cubic grid sorted into rings about the z axis: all voxels of a ring have the same radius and height,
/// so they share Legendre functions and radial values, and only e^{imφ} differs. What makes sums over voxels in
/// harmonics cheap. Units:   half voxels, which makes radii exact integers. Owns:    its tables: O(n²) for the planes'
/// rings, 16 bytes a ring. Threads: immutable once built.
class VoxelRings {
public:
    /// n voxels an edge; origin in half voxels from the grid's centre; rings beyond maxRadius (half voxels) are left
    /// out.
    VoxelRings(std::size_t n, const std::array<int, 3>& origin, double maxRadius);

    struct Ring {
        std::uint64_t radiusSquared; ///< half voxels squared
        std::int32_t height;         ///< half voxels above the origin
        std::uint32_t planeRing;     ///< which ring of the plane
    };
    struct Point {
        std::size_t offset; ///< x + n y
        double cosPhi, sinPhi;
    };

    const std::vector<Ring>& rings() const { return m_rings; } ///< by rising radius, then height
    const Point* pointsBegin(const Ring& ring) const { return m_points.data() + m_first[ring.planeRing]; }
    const Point* pointsEnd(const Ring& ring) const { return m_points.data() + m_first[ring.planeRing + 1]; }
    /// Offset of the ring's plane in values [z][y][x].
    std::size_t planeOffset(const Ring& ring) const;

    /// Groups of rings of equal radius: [groups()[i], groups()[i + 1]).
    const std::vector<std::size_t>& groups() const { return m_groups; }
    double radius(std::size_t group) const; ///< half voxels

private:
    std::size_t m_n;
    int m_originZ;
    std::vector<Point> m_points;
    std::vector<std::size_t> m_first;
    std::vector<Ring> m_rings;
    std::vector<std::size_t> m_groups;
};

} // namespace fxs
