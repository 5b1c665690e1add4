#include "engine/detector/mask_shapes.h"

#include "engine/core/error.h"
#include "engine/core/parallel.h"

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

double squaredDistance(PicturePoint p, PicturePoint a, PicturePoint b) {
    const double dx = b.x - a.x, dy = b.y - a.y;
    const double length = dx * dx + dy * dy;
    const double along = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0.0;
    const double x = p.x - a.x - along * dx, y = p.y - a.y - along * dy;
    return x * x + y * y;
}

bool inside(const RectangleShape& r, PicturePoint p) {
    return p.x >= std::min(r.from.x, r.to.x) && p.x <= std::max(r.from.x, r.to.x) &&
           p.y >= std::min(r.from.y, r.to.y) && p.y <= std::max(r.from.y, r.to.y);
}

bool inside(const EllipseShape& e, PicturePoint p) {
    if (!(e.radiusX > 0 && e.radiusY > 0))
        return false;
    const double x = (p.x - e.centre.x) / e.radiusX, y = (p.y - e.centre.y) / e.radiusY;
    return x * x + y * y <= 1;
}

bool inside(const PolygonShape& polygon, PicturePoint p) {
    bool in = false;
    const auto& c = polygon.corners;
    for (std::size_t i = 0, j = c.size() - 1; i < c.size(); j = i++)
        // An edge counts its lower end and not its upper one, so that a corner is crossed once.
        if ((c[i].y > p.y) != (c[j].y > p.y) && p.x < (c[j].x - c[i].x) * (p.y - c[i].y) / (c[j].y - c[i].y) + c[i].x)
            in = !in;
    return in;
}

bool inside(const StrokeShape& stroke, PicturePoint p) {
    if (!(stroke.radiusX > 0 && stroke.radiusY > 0) || stroke.path.empty())
        return false;
    // In units of the radii the brush is round.
    const auto scaled = [&](PicturePoint at) { return PicturePoint{at.x / stroke.radiusX, at.y / stroke.radiusY}; };
    const PicturePoint at = scaled(p);
    PicturePoint from = scaled(stroke.path[0]);
    if (squaredDistance(at, from, from) <= 1)
        return true;
    for (std::size_t i = 1; i < stroke.path.size(); ++i) {
        const PicturePoint to = scaled(stroke.path[i]);
        if (squaredDistance(at, from, to) <= 1)
            return true;
        from = to;
    }
    return false;
}

PictureBox boxOf(const std::vector<PicturePoint>& points, double marginX = 0, double marginY = 0) {
    PictureBox box{{1e300, 1e300}, {-1e300, -1e300}};
    for (const PicturePoint& p : points) {
        box.low = {std::min(box.low.x, p.x - marginX), std::min(box.low.y, p.y - marginY)};
        box.high = {std::max(box.high.x, p.x + marginX), std::max(box.high.y, p.y + marginY)};
    }
    return box;
}

PictureBox bounds(const MaskShape& shape) {
    if (const auto* r = std::get_if<RectangleShape>(&shape))
        return boxOf({r->from, r->to});
    if (const auto* e = std::get_if<EllipseShape>(&shape))
        return {{e->centre.x - e->radiusX, e->centre.y - e->radiusY},
                {e->centre.x + e->radiusX, e->centre.y + e->radiusY}};
    if (const auto* p = std::get_if<PolygonShape>(&shape))
        return boxOf(p->corners);
    const auto& s = std::get<StrokeShape>(shape);
    return boxOf(s.path, s.radiusX, s.radiusY);
}

void append(PixelRuns& runs, std::size_t index) {
    if (!runs.empty() && runs.back().first + runs.back().count == index)
        ++runs.back().count;
    else
        runs.push_back({index, 1});
}

/// Joins what touches or overlaps.
PixelRuns joined(const PixelRuns& sorted) {
    PixelRuns out;
    for (const PixelRun& run : sorted) {
        if (!out.empty() && run.first <= out.back().first + out.back().count)
            out.back().count = std::max(out.back().count, run.first + run.count - out.back().first);
        else
            out.push_back(run);
    }
    return out;
}

PixelRuns ordered(PixelRuns runs) {
    if (!std::ranges::is_sorted(runs, {}, &PixelRun::first))
        std::ranges::sort(runs, {}, &PixelRun::first);
    return joined(runs);
}

/// The pixels with take(index) for index = 0 ... n - 1.
template <class Take>
PixelRuns collect(std::size_t n, Take take) {
    PixelRuns runs;
    for (std::size_t i = 0; i < n; ++i)
        if (take(i))
            append(runs, i);
    return runs;
}

/// Pixels under a way, sampled at a third of a pixel, so that none of them is stepped over.
PixelRuns pixelsUnder(const PixelPlacement& placement, const std::vector<PicturePoint>& path) {
    std::vector<std::size_t> found;
    const auto take = [&](PicturePoint point) {
        if (const auto pixel = placement.pixelAt(point))
            found.push_back(placement.indexOf(*pixel));
    };
    const PicturePoint size = placement.pixelSize();
    constexpr double kMostSteps = 1e5; // a way far beyond any detector, not one on it
    for (std::size_t i = 0; i < path.size(); ++i) {
        take(path[i]);
        if (i == 0)
            continue;
        const double dx = path[i].x - path[i - 1].x, dy = path[i].y - path[i - 1].y;
        const double steps = std::min(std::ceil(3 * std::hypot(dx / size.x, dy / size.y)), kMostSteps);
        for (double k = 1; k < steps; ++k)
            take({path[i - 1].x + dx * k / steps, path[i - 1].y + dy * k / steps});
    }
    std::ranges::sort(found);
    PixelRuns runs;
    for (std::size_t i = 0; i < found.size(); ++i)
        if (i == 0 || found[i] != found[i - 1])
            append(runs, found[i]);
    return runs;
}

} // namespace

bool contains(const MaskShape& shape, PicturePoint point) {
    return std::visit([&](const auto& s) { return inside(s, point); }, shape);
}

std::size_t countPixels(const PixelRuns& runs) {
    std::size_t n = 0;
    for (const PixelRun& run : runs)
        n += run.count;
    return n;
}

PixelRuns pixelsIn(const PixelPlacement& placement, const MaskShape& shape) {
    PixelRuns runs;
    for (const PixelBlock& block : placement.blocksIn(bounds(shape)))
        for (std::size_t slow = block.slowFirst; slow < block.slowEnd; ++slow) {
            const std::size_t row = placement.indexOf(placement.rawPixel(block.panel, slow, 0));
            for (std::size_t fast = block.fastFirst; fast < block.fastEnd; ++fast)
                if (contains(shape, placement.place(block.panel, static_cast<double>(slow), static_cast<double>(fast))))
                    append(runs, row + fast);
        }
    runs = ordered(std::move(runs)); // panels need not be in the order of memory
    if (const auto* stroke = std::get_if<StrokeShape>(&shape))
        return united(runs, pixelsUnder(placement, stroke->path));
    return runs;
}

namespace {

/// Widens a block by those pixels of a slab's row [first, end) that the panel has.
void widen(PixelBlock& block, const PanelArea& area, std::size_t slow, std::size_t first, std::size_t end) {
    first = std::max(first, area.firstFast);
    end = std::min(end, area.firstFast + area.fast);
    if (slow < area.firstSlow || slow >= area.firstSlow + area.slow || first >= end)
        return;
    const std::size_t ownSlow = slow - area.firstSlow;
    const bool none = block.slowFirst >= block.slowEnd;
    block.slowFirst = none ? ownSlow : std::min(block.slowFirst, ownSlow);
    block.slowEnd = none ? ownSlow + 1 : std::max(block.slowEnd, ownSlow + 1);
    block.fastFirst = none ? first - area.firstFast : std::min(block.fastFirst, first - area.firstFast);
    block.fastEnd = none ? end - area.firstFast : std::max(block.fastEnd, end - area.firstFast);
}

} // namespace

std::vector<PixelBlock> blocksOf(const PixelPlacement& placement, const PixelRuns& pixels) {
    const auto [slabs, slows, fasts] = placement.shape();
    std::vector<PixelBlock> out;
    for (std::size_t panel = 0; panel < placement.areas().size(); ++panel) {
        const PanelArea& area = placement.areas()[panel];
        PixelBlock block{panel, 0, 0, 0, 0};
        const std::size_t slabFirst = area.slab * slows * fasts, slabEnd = slabFirst + slows * fasts;
        for (const PixelRun& run : pixels) {
            const std::size_t first = std::max(run.first, slabFirst), end = std::min(run.first + run.count, slabEnd);
            if (first >= end)
                continue;
            const std::size_t firstRow = (first - slabFirst) / fasts, lastRow = (end - 1 - slabFirst) / fasts;
            widen(block, area, firstRow, (first - slabFirst) % fasts,
                  firstRow == lastRow ? (end - 1 - slabFirst) % fasts + 1 : fasts);
            if (firstRow != lastRow)
                widen(block, area, lastRow, 0, (end - 1 - slabFirst) % fasts + 1);
            for (std::size_t row = std::max(firstRow + 1, area.firstSlow);
                 row < std::min(lastRow, area.firstSlow + area.slow); ++row)
                widen(block, area, row, 0, fasts);
        }
        if (block.slowFirst < block.slowEnd)
            out.push_back(block);
    }
    return out;
}

PixelRuns pixelsOutside(View<const float, 3> frame, std::optional<double> low, std::optional<double> high) {
    const float* values = frame.data();
    return collect(frame.size(), [&](std::size_t i) {
        const double v = static_cast<double>(values[i]);
        return !std::isfinite(v) || (low && v < *low) || (high && v > *high);
    });
}

PixelRuns panelEdges(const PixelPlacement& placement, std::size_t width) {
    PixelRuns runs;
    if (width == 0)
        return runs;
    for (std::size_t panel = 0; panel < placement.areas().size(); ++panel) {
        const PanelArea& area = placement.areas()[panel];
        for (std::size_t slow = 0; slow < area.slow; ++slow) {
            const std::size_t row = placement.indexOf(placement.rawPixel(panel, slow, 0));
            if (slow < width || slow + width >= area.slow || 2 * width >= area.fast) {
                runs.push_back({row, area.fast});
            } else {
                runs.push_back({row, width});
                runs.push_back({row + area.fast - width, width});
            }
        }
    }
    return ordered(std::move(runs));
}

PixelRuns differences(View<const std::uint8_t, 3> a, View<const std::uint8_t, 3> b) {
    if (a.shape() != b.shape())
        throw Error(ErrorCode::badInput, "two masks of different shapes are compared");
    return collect(a.size(), [x = a.data(), y = b.data()](std::size_t i) { return x[i] != y[i]; });
}

PixelRuns maskedPixels(View<const std::uint8_t, 3> mask) {
    return collect(mask.size(), [m = mask.data()](std::size_t i) { return m[i] == 0; });
}

namespace {

/// out[i] = any of in[i - reach ... i + reach] equals `what`, along one line of `n` values `step` apart.
void spread(const std::uint8_t* in, std::uint8_t* out, std::size_t n, std::size_t step, std::size_t reach,
            std::uint8_t what) {
    std::size_t last = 0; // one after the last value that equals `what`, 0: none yet
    for (std::size_t i = 0; i < n; ++i) {
        if (in[i * step] == what)
            last = i + 1;
        out[i * step] = last != 0 && i + 1 - last <= reach ? what : std::uint8_t(1 - what);
    }
    std::size_t next = n + reach + 1;
    for (std::size_t i = n; i-- > 0;) {
        if (in[i * step] == what)
            next = i;
        if (next - i <= reach)
            out[i * step] = what;
    }
}

} // namespace

Array<std::uint8_t, 3> grownMask(View<const std::uint8_t, 3> mask, int pixels, const TaskContext& task) {
    const auto [panels, slow, fast] = mask.shape();
    auto out = Array<std::uint8_t, 3>::uninitialised(mask.shape());
    std::copy_n(mask.data(), mask.size(), out.data());
    if (pixels == 0 || out.empty())
        return out;
    const auto what = static_cast<std::uint8_t>(pixels > 0 ? 0 : 1);
    const auto reach = static_cast<std::size_t>(std::abs(pixels));
    auto between = Array<std::uint8_t, 3>::uninitialised(mask.shape());
    parallelFor(panels * slow, 64, task, [&, n = fast](const tbb::blocked_range<std::size_t>& rows) {
        for (std::size_t row = rows.begin(); row != rows.end(); ++row)
            spread(mask.data() + row * n, between.data() + row * n, n, 1, reach, what);
    });
    parallelFor(panels * fast, 64, task, [&, n = slow, step = fast](const tbb::blocked_range<std::size_t>& columns) {
        for (std::size_t c = columns.begin(); c != columns.end(); ++c) {
            const std::size_t first = c / step * n * step + c % step;
            spread(between.data() + first, out.data() + first, n, step, reach, what);
        }
    });
    return out;
}

PixelRuns setPixels(View<std::uint8_t, 3> mask, const PixelRuns& runs, std::uint8_t value) {
    PixelRuns changed;
    std::uint8_t* m = mask.data();
    for (const PixelRun& run : runs)
        for (std::size_t i = run.first; i < run.first + run.count; ++i)
            if (m[i] != value) {
                m[i] = value;
                append(changed, i);
            }
    return changed;
}

void flipPixels(View<std::uint8_t, 3> mask, const PixelRuns& runs) {
    std::uint8_t* m = mask.data();
    for (const PixelRun& run : runs)
        for (std::size_t i = run.first; i < run.first + run.count; ++i)
            m[i] = m[i] == 0;
}

PixelRuns united(const PixelRuns& a, const PixelRuns& b) {
    PixelRuns all;
    std::ranges::merge(a, b, std::back_inserter(all), {}, &PixelRun::first, &PixelRun::first);
    return joined(all);
}

} // namespace fxs
