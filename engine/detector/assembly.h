#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/detector/geometry.h"
#include "engine/detector/pixel_placement.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace fxs {

/// The picture of a detector with all panels where they are, as seen against the beam: x to the right, y up, along the beam onto
/// the plane across it (as hdfsee and silx show detectors). For each pixel of the picture: which raw pixel lies under its centre.
/// Where panels overlap, the later panel is in front.
/// Units:   millimetres, the beam at (0, 0); for the stacked layout raw pixels, the first one's centre at (0, 0).
/// Shape:   pictures [row][column], row 0 at the bottom; frames [slab][ss][fs].
/// Grid:    as fine as the smallest pixel pitch of any panel, so that a panel parallel to the axes loses no pixel (a turned one
///          may lose a few to the grid: ask placement() for exact places). Coarser where the picture would exceed kMostPixels.
/// Owns:    the table, 4 bytes a picture pixel. Immutable. Threads: all const calls are free, parallel inside.
/// Throws:  Error(badInput) for a geometry without a panel that can be seen; Stopped.
/// Cost:    the table about 1 ns a picture pixel and core; a picture of 4 megapixels about 10 ms on one core.
class Assembly {
public:
    static constexpr std::size_t kMostPixels = 64'000'000;

    Assembly(const DetectorGeometry& geometry, const TaskContext& task);
    /// Frames without a geometry: fs along x, ss along y, slab above slab.
    static Assembly stacked(const std::array<std::size_t, 3>& frameShape, const TaskContext& task);

    std::size_t rows() const { return m_pixel.extent(0); }
    std::size_t columns() const { return m_pixel.extent(1); }
    /// Centres of the first and last picture pixels, mm (stacked: pixels).
    double xFirst() const { return m_xFirst; }
    double yFirst() const { return m_yFirst; }
    double xLast() const { return m_xFirst + static_cast<double>(columns() - 1) * m_step; }
    double yLast() const { return m_yFirst + static_cast<double>(rows() - 1) * m_step; }
    double step() const { return m_step; }
    /// False: stacked.
    bool isPhysical() const { return m_geometry.has_value(); }
    /// Null for the stacked layout.
    const DetectorGeometry* geometry() const { return m_geometry ? &*m_geometry : nullptr; }
    const std::array<std::size_t, 3>& frameShape() const { return m_placement->shape(); }

    /// [row][column]: index of the raw pixel in its frame, (slab * ss count + ss) * fs count + fs; -1: no panel is there.
    View<const std::int32_t, 2> pixels() const { return m_pixel; }
    /// Exact places of raw pixels in the same coordinates, and back.
    const std::shared_ptr<const PixelPlacement>& placement() const { return m_placement; }
    /// What a point of the picture sees, exactly (between pixel centres too); nullopt: no panel is there, or stacked.
    std::optional<PixelView> view(PicturePoint point) const;
    /// Corners of a panel's pixel in the picture, in order around it.
    std::array<PicturePoint, 4> outline(std::size_t panel, std::size_t slow, std::size_t fast) const;

    /// A frame as a picture, NaN where no panel is.
    /// mask: [slab][ss][fs], 0 becomes NaN too; empty: none.
    /// Throws: Error(badInput) for a frame or mask of another shape; Stopped.
    Array<float, 2> assemble(View<const float, 3> frame, const TaskContext& task,
                             View<const std::uint8_t, 3> mask = {}) const;

private:
    Assembly() = default;
    void makeGrid(const TaskContext& task);
    void fillRow(std::size_t row);

    std::optional<DetectorGeometry> m_geometry;
    std::shared_ptr<const PixelPlacement> m_placement;
    double m_xFirst = 0, m_yFirst = 0, m_step = 1;
    Array<std::int32_t, 2> m_pixel;
};

} // namespace fxs
