#include "engine/detector/assembly.h"

#include "engine/core/parallel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxs {

namespace {

constexpr double kMillimetrePerMetre = 1000;

/// A panel in the picture: the outer corner of its first pixel and the steps to the next, and the inverse of those.
struct FlatPanel {
    PicturePoint corner, slowStep, fastStep;
    double determinant = 0;
    bool visible = false; ///< false: seen edge on
};

FlatPanel flatten(const PixelPlacement& placement, std::size_t panel) {
    FlatPanel flat;
    const PicturePoint first = placement.place(panel, 0, 0), nextSlow = placement.place(panel, 1, 0),
                       nextFast = placement.place(panel, 0, 1);
    flat.slowStep = {nextSlow.x - first.x, nextSlow.y - first.y};
    flat.fastStep = {nextFast.x - first.x, nextFast.y - first.y};
    flat.corner = {first.x - 0.5 * (flat.slowStep.x + flat.fastStep.x),
                   first.y - 0.5 * (flat.slowStep.y + flat.fastStep.y)};
    flat.determinant = flat.slowStep.x * flat.fastStep.y - flat.slowStep.y * flat.fastStep.x;
    const double scale = std::hypot(flat.slowStep.x, flat.slowStep.y) * std::hypot(flat.fastStep.x, flat.fastStep.y);
    flat.visible = std::abs(flat.determinant) > 1e-9 * scale;
    return flat;
}

PixelBlock wholePanel(const PixelPlacement& placement, std::size_t panel) {
    return {panel, 0, placement.areas()[panel].slow, 0, placement.areas()[panel].fast};
}

/// Narrows [first, end] to where 0 <= value(0) + slope * column < limit, give or take a column.
void narrow(double atZero, double slope, double limit, double& first, double& end) {
    if (slope == 0) {
        if (!(atZero >= 0 && atZero < limit))
            end = first - 2;
        return;
    }
    double from = -atZero / slope, to = (limit - atZero) / slope;
    if (from > to)
        std::swap(from, to);
    first = std::max(first, from - 1);
    end = std::min(end, to + 1);
}

} // namespace

Assembly::Assembly(const DetectorGeometry& geometry, const TaskContext& task) : m_geometry(geometry) {
    m_placement = placeDetector(geometry, kMillimetrePerMetre);
    makeGrid(task);
}

Assembly Assembly::stacked(const std::array<std::size_t, 3>& frameShape, const TaskContext& task) {
    Assembly out;
    out.m_placement = placeStacked(frameShape);
    out.makeGrid(task);
    return out;
}

void Assembly::makeGrid(const TaskContext& task) {
    const PixelPlacement& placement = *m_placement;
    if (placement.pixelCount() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw Error(ErrorCode::badInput, fmt::format("assembling the detector: it has {} pixels, expected at most {}",
                                                     placement.pixelCount(), std::numeric_limits<std::int32_t>::max()));
    double low[2] = {1e300, 1e300}, high[2] = {-1e300, -1e300}, pitch = 1e300;
    for (std::size_t i = 0; i < placement.areas().size(); ++i) {
        const FlatPanel flat = flatten(placement, i);
        if (!flat.visible || placement.areas()[i].slow * placement.areas()[i].fast == 0)
            continue;
        pitch = std::min(
            {pitch, std::hypot(flat.slowStep.x, flat.slowStep.y), std::hypot(flat.fastStep.x, flat.fastStep.y)});
        const PictureBox box = placement.boxOf(wholePanel(placement, i));
        low[0] = std::min(low[0], box.low.x);
        low[1] = std::min(low[1], box.low.y);
        high[0] = std::max(high[0], box.high.x);
        high[1] = std::max(high[1], box.high.y);
    }
    const double wide = high[0] - low[0], tall = high[1] - low[1];
    if (!(wide > 0 && tall > 0 && std::isfinite(wide) && std::isfinite(tall)))
        throw Error(ErrorCode::badInput, fmt::format("assembling the detector: none of its {} panels can be seen along "
                                                     "the beam, expected at least one",
                                                     placement.areas().size()));
    m_step = std::max(pitch, std::sqrt(wide / static_cast<double>(kMostPixels) * tall));
    // A hair less than a whole pixel more is rounding, and must not make a line of nothing.
    const auto count = [this](double length) {
        return static_cast<std::size_t>(std::max(1.0, std::ceil(length / m_step - 1e-6)));
    };
    m_xFirst = low[0] + 0.5 * m_step;
    m_yFirst = low[1] + 0.5 * m_step;
    m_pixel = Array<std::int32_t, 2>::uninitialised({count(tall), count(wide)});
    parallelFor(rows(), 8, task, [this](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t row = range.begin(); row != range.end(); ++row)
            fillRow(row);
    });
}

void Assembly::fillRow(std::size_t row) {
    const PixelPlacement& placement = *m_placement;
    std::int32_t* line = &m_pixel(row, 0);
    std::fill_n(line, columns(), -1);
    const double y = m_yFirst + static_cast<double>(row) * m_step;
    for (std::size_t panel = 0; panel < placement.areas().size(); ++panel) {
        const FlatPanel flat = flatten(placement, panel);
        if (!flat.visible)
            continue;
        const PanelArea& area = placement.areas()[panel];
        const auto slowCount = static_cast<double>(area.slow), fastCount = static_cast<double>(area.fast);
        const double dx = m_xFirst - flat.corner.x, dy = y - flat.corner.y;
        // Along a row of the picture both pixel coordinates are linear in the column.
        const double slow = (dx * flat.fastStep.y - dy * flat.fastStep.x) / flat.determinant,
                     fast = (dy * flat.slowStep.x - dx * flat.slowStep.y) / flat.determinant;
        const double slowSlope = m_step * flat.fastStep.y / flat.determinant,
                     fastSlope = -m_step * flat.slowStep.y / flat.determinant;
        double first = 0, end = static_cast<double>(columns()) - 1;
        narrow(slow, slowSlope, slowCount, first, end);
        narrow(fast, fastSlope, fastCount, first, end);
        if (!(first <= end))
            continue;
        const auto last = static_cast<std::size_t>(end);
        for (auto column = static_cast<std::size_t>(std::max(0.0, std::floor(first))); column <= last; ++column) {
            const double s = std::floor(slow + slowSlope * static_cast<double>(column)),
                         f = std::floor(fast + fastSlope * static_cast<double>(column));
            if (s >= 0 && s < slowCount && f >= 0 && f < fastCount)
                line[column] = static_cast<std::int32_t>(placement.indexOf(
                    placement.rawPixel(panel, static_cast<std::size_t>(s), static_cast<std::size_t>(f))));
        }
    }
}

std::optional<PixelView> Assembly::view(PicturePoint point) const {
    if (!m_geometry)
        return std::nullopt;
    for (std::size_t panel = m_placement->areas().size(); panel-- > 0;) {
        const FlatPanel flat = flatten(*m_placement, panel);
        if (!flat.visible)
            continue;
        const double dx = point.x - flat.corner.x, dy = point.y - flat.corner.y;
        const double slow = (dx * flat.fastStep.y - dy * flat.fastStep.x) / flat.determinant,
                     fast = (dy * flat.slowStep.x - dx * flat.slowStep.y) / flat.determinant;
        const PanelArea& area = m_placement->areas()[panel];
        if (slow >= 0 && slow < static_cast<double>(area.slow) && fast >= 0 && fast < static_cast<double>(area.fast))
            return m_geometry->view(panel, slow, fast);
    }
    return std::nullopt;
}

std::array<PicturePoint, 4> Assembly::outline(std::size_t panel, std::size_t slow, std::size_t fast) const {
    const auto s = static_cast<double>(slow), f = static_cast<double>(fast);
    const auto at = [&](double ds, double df) { return m_placement->place(panel, s + ds, f + df); };
    return {at(-0.5, -0.5), at(-0.5, 0.5), at(0.5, 0.5), at(0.5, -0.5)};
}

Array<float, 2> Assembly::assemble(View<const float, 3> frame, const TaskContext& task,
                                   View<const std::uint8_t, 3> mask) const {
    const auto& shape = frameShape();
    if (frame.shape() != shape || !frame.isContiguous())
        throw Error(ErrorCode::badInput,
                    fmt::format("assembling a frame of {} x {} x {} pixels: the detector has {} x {} x {}",
                                frame.extent(0), frame.extent(1), frame.extent(2), shape[0], shape[1], shape[2]));
    if (!mask.empty() && (mask.shape() != shape || !mask.isContiguous()))
        throw Error(ErrorCode::badInput,
                    fmt::format("assembling a frame with a mask of {} x {} x {} pixels: the detector has {} x {} x {}",
                                mask.extent(0), mask.extent(1), mask.extent(2), shape[0], shape[1], shape[2]));
    auto picture = Array<float, 2>::uninitialised(m_pixel.shape());
    constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
    const float* values = frame.data();
    const std::uint8_t* valid = mask.empty() ? nullptr : mask.data();
    parallelFor(rows(), 32, task, [&](const tbb::blocked_range<std::size_t>& range) {
        const std::int32_t* from = &m_pixel(range.begin(), 0);
        float* to = &picture(range.begin(), 0);
        const std::size_t n = range.size() * columns();
        for (std::size_t i = 0; i < n; ++i)
            to[i] = from[i] < 0 || (valid && valid[from[i]] == 0) ? kNone : values[from[i]];
    });
    return picture;
}

} // namespace fxs
