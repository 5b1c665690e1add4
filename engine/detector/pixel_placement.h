#pragma once

#include "engine/detector/geometry.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace fxs {

/// A place in a picture, in the picture's own unit (pixels, metres, 1/Å, degrees: whatever its axes say).
struct PicturePoint {
    double x = 0, y = 0;
};

/// A rectangle of a picture, low <= high.
struct PictureBox {
    PicturePoint low, high;
};

/// A pixel of a raw frame [slab][ss][fs].
struct RawPixel {
    std::size_t slab = 0, slow = 0, fast = 0;
    bool operator==(const RawPixel&) const = default;
};
/// A block [first, end) of one panel's own pixels.
struct PixelBlock {
    std::size_t panel = 0, slowFirst = 0, slowEnd = 0, fastFirst = 0, fastEnd = 0;
};

/// Where the pixels of a raw frame [slab][ss][fs] are in the picture that a person sees them in, and the other way round. A mask is
/// drawn on the picture and kept in raw pixels; this is what lies between. Panels are rectangles of slabs (PanelArea); a panel's
/// own pixels count from its first.
/// Shape:   raw pixels [slab][ss][fs]. Polar images are one slab and one panel: [1][q][phi].
/// Threads: const calls are free.
class PixelPlacement {
public:
    using Shape = std::array<std::size_t, 3>;

    /// Throws: Error(badInput) for an area outside the shape.
    PixelPlacement(const Shape& shape, std::vector<PanelArea> areas);
    virtual ~PixelPlacement() = default;

    const Shape& shape() const { return m_shape; }
    std::size_t pixelCount() const { return m_shape[0] * m_shape[1] * m_shape[2]; }
    const std::vector<PanelArea>& areas() const { return m_areas; }
    std::size_t indexOf(const RawPixel& p) const { return (p.slab * m_shape[1] + p.slow) * m_shape[2] + p.fast; }
    /// The raw pixel that is a panel's own.
    RawPixel rawPixel(std::size_t panel, std::size_t slow, std::size_t fast) const {
        const PanelArea& area = m_areas[panel];
        return {area.slab, area.firstSlow + slow, area.firstFast + fast};
    }

    /// The centre of a panel's pixel; slow and fast need not be whole (0 is the first pixel's centre).
    virtual PicturePoint place(std::size_t panel, double slow, double fast) const = 0;
    /// Blocks that hold every pixel whose centre is in the box, and possibly others; each pixel at most once.
    virtual std::vector<PixelBlock> blocksIn(const PictureBox& box) const = 0;
    /// What a block of a panel's pixels covers in the picture: a box that holds it.
    virtual PictureBox boxOf(const PixelBlock& block) const = 0;
    /// The pixel under a point; where panels overlap the last one. nullopt: there is none.
    virtual std::optional<RawPixel> pixelAt(PicturePoint point) const = 0;
    /// The pixel of one panel under a point, whatever lies over it.
    virtual std::optional<RawPixel> pixelOf(std::size_t panel, PicturePoint point) const { return pixelAt(point); }
    /// A typical pixel's width and height in the picture's units: what a brush of one pixel is wide and high.
    virtual PicturePoint pixelSize() const = 0;

private:
    Shape m_shape;
    std::vector<PanelArea> m_areas;
};

/// A panel in a picture: where the centre of its first pixel is, the steps to the next pixel, and which pixels it has (absent: the
/// slab of its own index).
struct PlacedPanel {
    PicturePoint first, slowStep, fastStep;
    std::optional<PanelArea> area = {};
};

/// Flat panels, each shifted, turned or mirrored: detectors as assembled, or their panels one above the other.
/// Throws:  Error(badInput) for an area outside the shape.
std::unique_ptr<PixelPlacement> placePanels(const PixelPlacement::Shape& shape, std::vector<PlacedPanel> panels);
/// Frames as they are stored: fs along x, ss along y, slab after slab upwards; the centre of the first pixel is at `first`.
std::unique_ptr<PixelPlacement> placeStacked(const PixelPlacement::Shape& shape, PicturePoint first = {});
/// The detector in its plane (metres times `perMetre`, looking against the beam, which is at 0,0).
std::unique_ptr<PixelPlacement> placeDetector(const DetectorGeometry& geometry, double perMetre = 1);

/// Rings against azimuth: phi in degrees along x (bin k at 360 k / phiCount), q along y, drawn with evenly spaced rows.
std::unique_ptr<PixelPlacement> placeRings(std::span<const double> q, std::size_t phiCount);
/// The same rings as a diffraction pattern: q_x and q_y in 1/Å.
std::unique_ptr<PixelPlacement> placeDisk(std::span<const double> q, std::size_t phiCount);

} // namespace fxs
