#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/detector/pixel_placement.h"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace fxs {

/// Shapes drawn on a picture, in the picture's coordinates.
struct RectangleShape {
    PicturePoint from, to; ///< opposite corners, in any order; edges belong to it
};
struct EllipseShape {
    PicturePoint centre;
    double radiusX = 0, radiusY = 0; ///< along the picture's axes
};
/// Closed by itself; where it crosses itself, inside is what an odd number of edges encloses.
struct PolygonShape {
    std::vector<PicturePoint> corners;
};
/// What a round brush covers on its way; its radius along each axis, in that axis' unit. The pixels under the way itself always
/// belong to it, however thin it is.
struct StrokeShape {
    std::vector<PicturePoint> path;
    double radiusX = 0, radiusY = 0;
};
using MaskShape = std::variant<RectangleShape, EllipseShape, PolygonShape, StrokeShape>;

/// Whether a point is inside; the definition that rasterising follows.
bool contains(const MaskShape& shape, PicturePoint point);

/// Pixels [first, first + count) in the order of memory, [slab][ss][fs].
struct PixelRun {
    std::size_t first = 0, count = 0;
    bool operator==(const PixelRun&) const = default;
};
/// Ascending, apart from each other: a set of pixels in little memory.
using PixelRuns = std::vector<PixelRun>;

std::size_t countPixels(const PixelRuns& runs);

/// The pixels whose centre is inside the shape (of a stroke, those under its way too).
/// Cost:    proportional to the pixels in the shape's bounding box.
PixelRuns pixelsIn(const PixelPlacement& placement, const MaskShape& shape);

/// For each panel that has some of the pixels, a block that holds them; for finding out what of a picture to draw again.
/// Cost:    runs times panels.
std::vector<PixelBlock> blocksOf(const PixelPlacement& placement, const PixelRuns& pixels);

/// Pixels of a frame with a value below `low` or above `high`; one of them may be absent. Values that are not finite are outside too.
PixelRuns pixelsOutside(View<const float, 3> frame, std::optional<double> low, std::optional<double> high);
/// The outermost `width` pixels of every panel.
PixelRuns panelEdges(const PixelPlacement& placement, std::size_t width);
/// Pixels where two masks of one shape differ.
PixelRuns differences(View<const std::uint8_t, 3> a, View<const std::uint8_t, 3> b);
/// What a mask leaves out: its zeros.
PixelRuns maskedPixels(View<const std::uint8_t, 3> mask);

/// A mask (1 = valid) whose left-out areas are larger by `pixels` in each direction (squares, within each slab), or smaller where
/// `pixels` is negative. Where slabs end, nothing grows in from outside and nothing shrinks from there.
/// Cost:    about 10 ns a pixel, whatever the distance.
Array<std::uint8_t, 3> grownMask(View<const std::uint8_t, 3> mask, int pixels, const TaskContext& task);

/// Sets the pixels of `runs` to `value` (0 or 1) and returns those that were otherwise.
PixelRuns setPixels(View<std::uint8_t, 3> mask, const PixelRuns& runs, std::uint8_t value);
/// Turns every pixel of `runs` over: done twice, nothing has changed. This is what undo needs.
void flipPixels(View<std::uint8_t, 3> mask, const PixelRuns& runs);
/// Both together: a pixel is in it where it is in one of them.
PixelRuns united(const PixelRuns& a, const PixelRuns& b);

} // namespace fxs
