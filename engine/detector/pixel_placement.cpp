#include "engine/detector/pixel_placement.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs {

namespace {

/// Whole indices [first, end) of 0 ... count - 1 that are in [low, high].
std::pair<std::size_t, std::size_t> indicesIn(double low, double high, std::size_t count) {
    const double last = static_cast<double>(count) - 1;
    // A hair more than asked: rounding must not lose a pixel that lies on the edge.
    const double first = std::ceil(std::max(low - 1e-6, 0.0)), end = std::floor(std::min(high + 1e-6, last));
    if (!(first <= end))
        return {0, 0};
    return {static_cast<std::size_t>(first), static_cast<std::size_t>(end) + 1};
}

std::optional<std::size_t> nearestIndex(double at, std::size_t count) {
    const double nearest = std::floor(at + 0.5);
    if (!(nearest >= 0 && nearest < static_cast<double>(count)))
        return std::nullopt;
    return static_cast<std::size_t>(nearest);
}

std::vector<PanelArea> areasOf(const PixelPlacement::Shape& shape, const std::vector<PlacedPanel>& panels) {
    std::vector<PanelArea> areas;
    for (std::size_t i = 0; i < panels.size(); ++i)
        areas.push_back(panels[i].area.value_or(PanelArea{i, 0, 0, shape[1], shape[2]}));
    return areas;
}

std::vector<PanelArea> whole(const PixelPlacement::Shape& shape) {
    return {{0, 0, 0, shape[1], shape[2]}};
}

/// Around the outer corners of a block whose pixels lie on straight lines.
PictureBox boxAround(const PixelPlacement& placement, const PixelBlock& b) {
    PictureBox box{{1e300, 1e300}, {-1e300, -1e300}};
    for (const double slow : {static_cast<double>(b.slowFirst) - 0.5, static_cast<double>(b.slowEnd) - 0.5})
        for (const double fast : {static_cast<double>(b.fastFirst) - 0.5, static_cast<double>(b.fastEnd) - 0.5}) {
            const PicturePoint p = placement.place(b.panel, slow, fast);
            box.low = {std::min(box.low.x, p.x), std::min(box.low.y, p.y)};
            box.high = {std::max(box.high.x, p.x), std::max(box.high.y, p.y)};
        }
    return box;
}

class Panels : public PixelPlacement {
public:
    Panels(const Shape& shape, std::vector<PlacedPanel> panels)
        : PixelPlacement(shape, areasOf(shape, panels)), m_panels(std::move(panels)) {}

    PicturePoint place(std::size_t panel, double slow, double fast) const override {
        const PlacedPanel& p = m_panels[panel];
        return {p.first.x + slow * p.slowStep.x + fast * p.fastStep.x,
                p.first.y + slow * p.slowStep.y + fast * p.fastStep.y};
    }

    std::vector<PixelBlock> blocksIn(const PictureBox& box) const override {
        std::vector<PixelBlock> out;
        for (std::size_t panel = 0; panel < m_panels.size(); ++panel) {
            double slowLow = 1e300, slowHigh = -1e300, fastLow = 1e300, fastHigh = -1e300;
            bool flat = true;
            for (const PicturePoint corner :
                 {box.low, box.high, PicturePoint{box.low.x, box.high.y}, PicturePoint{box.high.x, box.low.y}}) {
                const auto at = invert(m_panels[panel], corner);
                if (!at) {
                    flat = false; // seen edge on: every pixel may be in the box
                    break;
                }
                slowLow = std::min(slowLow, at->first);
                slowHigh = std::max(slowHigh, at->first);
                fastLow = std::min(fastLow, at->second);
                fastHigh = std::max(fastHigh, at->second);
            }
            if (!flat) {
                out.push_back({panel, 0, areas()[panel].slow, 0, areas()[panel].fast});
                continue;
            }
            const auto [slowFirst, slowEnd] = indicesIn(slowLow, slowHigh, areas()[panel].slow);
            const auto [fastFirst, fastEnd] = indicesIn(fastLow, fastHigh, areas()[panel].fast);
            if (slowFirst < slowEnd && fastFirst < fastEnd)
                out.push_back({panel, slowFirst, slowEnd, fastFirst, fastEnd});
        }
        return out;
    }

    PictureBox boxOf(const PixelBlock& block) const override { return boxAround(*this, block); }

    std::optional<RawPixel> pixelAt(PicturePoint point) const override {
        for (std::size_t panel = m_panels.size(); panel-- > 0;)
            if (const auto pixel = pixelOf(panel, point))
                return pixel;
        return std::nullopt;
    }

    std::optional<RawPixel> pixelOf(std::size_t panel, PicturePoint point) const override {
        const auto at = invert(m_panels[panel], point);
        if (!at)
            return std::nullopt;
        const auto slow = nearestIndex(at->first, areas()[panel].slow);
        const auto fast = nearestIndex(at->second, areas()[panel].fast);
        return slow && fast ? std::optional(rawPixel(panel, *slow, *fast)) : std::nullopt;
    }

    PicturePoint pixelSize() const override {
        if (m_panels.empty())
            return {1, 1};
        const PlacedPanel& p = m_panels.front();
        const double width = std::hypot(p.fastStep.x, p.fastStep.y);
        return {width, width}; // panels are turned any way, so that a brush is round
    }

private:
    /// {slow, fast} of a point in the plane of a panel; nullopt where the panel is seen edge on.
    static std::optional<std::pair<double, double>> invert(const PlacedPanel& p, PicturePoint point) {
        const double det = p.slowStep.x * p.fastStep.y - p.slowStep.y * p.fastStep.x;
        const double scale = std::hypot(p.slowStep.x, p.slowStep.y) * std::hypot(p.fastStep.x, p.fastStep.y);
        if (!(std::abs(det) > 1e-9 * scale))
            return std::nullopt;
        const double x = point.x - p.first.x, y = point.y - p.first.y;
        return std::pair{(x * p.fastStep.y - y * p.fastStep.x) / det, (y * p.slowStep.x - x * p.slowStep.y) / det};
    }

    std::vector<PlacedPanel> m_panels;
};

class Rings : public PixelPlacement {
public:
    Rings(std::span<const double> q, std::size_t phiCount)
        : PixelPlacement({1, q.size(), phiCount}, whole({1, q.size(), phiCount})), m_first(q.empty() ? 0 : q.front()),
          m_step(q.size() > 1 ? (q.back() - q.front()) / static_cast<double>(q.size() - 1) : 1),
          m_degrees(360.0 / static_cast<double>(phiCount)) {}

    PicturePoint place(std::size_t, double slow, double fast) const override {
        return {fast * m_degrees, m_first + slow * m_step};
    }
    std::vector<PixelBlock> blocksIn(const PictureBox& box) const override {
        const auto [slowFirst, slowEnd] =
            indicesIn((box.low.y - m_first) / m_step, (box.high.y - m_first) / m_step, shape()[1]);
        const auto [fastFirst, fastEnd] = indicesIn(box.low.x / m_degrees, box.high.x / m_degrees, shape()[2]);
        if (slowFirst == slowEnd || fastFirst == fastEnd)
            return {};
        return {{0, slowFirst, slowEnd, fastFirst, fastEnd}};
    }
    PictureBox boxOf(const PixelBlock& block) const override { return boxAround(*this, block); }
    std::optional<RawPixel> pixelAt(PicturePoint point) const override {
        const auto slow = nearestIndex((point.y - m_first) / m_step, shape()[1]);
        const auto fast = nearestIndex(point.x / m_degrees, shape()[2]);
        return slow && fast ? std::optional(RawPixel{0, *slow, *fast}) : std::nullopt;
    }
    PicturePoint pixelSize() const override { return {m_degrees, m_step}; }

private:
    double m_first, m_step, m_degrees;
};

class Disk : public PixelPlacement {
public:
    Disk(std::span<const double> q, std::size_t phiCount)
        : PixelPlacement({1, q.size(), phiCount}, whole({1, q.size(), phiCount})), m_q(q.begin(), q.end()),
          m_halfStep(q.size() > 1 ? (q.back() - q.front()) / static_cast<double>(q.size() - 1) / 2 : 0.5) {}

    PicturePoint place(std::size_t, double slow, double fast) const override {
        const double last = static_cast<double>(m_q.size() - 1);
        const auto below = static_cast<std::size_t>(std::clamp(std::floor(slow), 0.0, std::max(last - 1, 0.0)));
        const std::size_t above = std::min(below + 1, m_q.size() - 1);
        const double q = m_q[below] + (slow - static_cast<double>(below)) * (m_q[above] - m_q[below]);
        const double phi = 2 * std::numbers::pi * fast / static_cast<double>(shape()[2]);
        return {q * std::cos(phi), q * std::sin(phi)};
    }
    std::vector<PixelBlock> blocksIn(const PictureBox& box) const override {
        const double nearX = std::max({box.low.x, -box.high.x, 0.0}), nearY = std::max({box.low.y, -box.high.y, 0.0});
        const double farX = std::max(std::abs(box.low.x), std::abs(box.high.x)),
                     farY = std::max(std::abs(box.low.y), std::abs(box.high.y));
        const double hair = 1e-6 * m_halfStep;
        const auto first = std::lower_bound(m_q.begin(), m_q.end(), std::hypot(nearX, nearY) - hair);
        const auto end = std::upper_bound(m_q.begin(), m_q.end(), std::hypot(farX, farY) + hair);
        if (first >= end)
            return {};
        return {{0, static_cast<std::size_t>(first - m_q.begin()), static_cast<std::size_t>(end - m_q.begin()), 0,
                 shape()[2]}};
    }
    PictureBox boxOf(const PixelBlock& block) const override {
        const double edge = m_q[block.slowEnd - 1] + m_halfStep; // whole circles: blocks are small where it matters
        return {{-edge, -edge}, {edge, edge}};
    }
    std::optional<RawPixel> pixelAt(PicturePoint point) const override {
        const double radius = std::hypot(point.x, point.y);
        if (m_q.empty() || radius < m_q.front() - m_halfStep || radius >= m_q.back() + m_halfStep)
            return std::nullopt;
        const auto above = std::lower_bound(m_q.begin(), m_q.end(), radius);
        auto slow = static_cast<std::size_t>(
            std::min<std::ptrdiff_t>(above - m_q.begin(), static_cast<std::ptrdiff_t>(m_q.size()) - 1));
        if (slow > 0 && radius - m_q[slow - 1] < m_q[slow] - radius)
            --slow;
        const double turn = std::atan2(point.y, point.x) / (2 * std::numbers::pi);
        const double bins = static_cast<double>(shape()[2]);
        return RawPixel{0, slow,
                        static_cast<std::size_t>(std::lround((turn < 0 ? turn + 1 : turn) * bins)) % shape()[2]};
    }
    PicturePoint pixelSize() const override { return {2 * m_halfStep, 2 * m_halfStep}; }

private:
    std::vector<double> m_q;
    double m_halfStep;
};

} // namespace

PixelPlacement::PixelPlacement(const Shape& shape, std::vector<PanelArea> areas)
    : m_shape(shape), m_areas(std::move(areas)) {
    for (std::size_t i = 0; i < m_areas.size(); ++i) {
        const PanelArea& area = m_areas[i];
        if (area.slab >= shape[0] || area.firstSlow + area.slow > shape[1] || area.firstFast + area.fast > shape[2])
            throw Error(ErrorCode::badInput, fmt::format("panel {} lies outside the frame of {} x {} x {} pixels", i,
                                                         shape[0], shape[1], shape[2]));
    }
}

std::unique_ptr<PixelPlacement> placePanels(const PixelPlacement::Shape& shape, std::vector<PlacedPanel> panels) {
    return std::make_unique<Panels>(shape, std::move(panels));
}

std::unique_ptr<PixelPlacement> placeStacked(const PixelPlacement::Shape& shape, PicturePoint first) {
    std::vector<PlacedPanel> panels;
    for (std::size_t p = 0; p < shape[0]; ++p)
        panels.push_back({{first.x, first.y + static_cast<double>(p * shape[1])}, {0, 1}, {1, 0}, {}});
    return placePanels(shape, std::move(panels));
}

std::unique_ptr<PixelPlacement> placeDetector(const DetectorGeometry& geometry, double perMetre) {
    std::vector<PlacedPanel> panels;
    for (std::size_t i = 0; i < geometry.panels.size(); ++i) {
        const Panel& panel = geometry.panels[i];
        const auto point = [&](const Vector3& v) { return PicturePoint{v[0] * perMetre, v[1] * perMetre}; };
        PlacedPanel placed{point(panel.corner), point(panel.slowStep), point(panel.fastStep), geometry.area(i)};
        placed.first.x += 0.5 * (placed.slowStep.x + placed.fastStep.x);
        placed.first.y += 0.5 * (placed.slowStep.y + placed.fastStep.y);
        panels.push_back(placed);
    }
    return placePanels(geometry.frameShape(), std::move(panels));
}

std::unique_ptr<PixelPlacement> placeRings(std::span<const double> q, std::size_t phiCount) {
    return std::make_unique<Rings>(q, phiCount);
}

std::unique_ptr<PixelPlacement> placeDisk(std::span<const double> q, std::size_t phiCount) {
    return std::make_unique<Disk>(q, phiCount);
}

} // namespace fxs
