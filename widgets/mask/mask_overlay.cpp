#include "widgets/mask/mask_overlay.h"

#include "widgets/plot/heat_map.h"
#include "widgets/plot/plot_library.h"

#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

/// Past this many runs, looking each one up costs more than drawing all anew.
constexpr std::size_t kManyRuns = 20000;
/// No smaller level than this many pixels is kept.
constexpr int kSmallest = 256;

PictureGrid gridOf(const PicturePtr& p) {
    return p ? PictureGrid{p->columns, p->rows, p->xFirst, p->xLast, p->yFirst, p->yLast} : PictureGrid{};
}

double stepOf(double first, double last, std::size_t n) {
    return n > 1 ? (last - first) / static_cast<double>(n - 1) : 1;
}

/// Indices [first, end) of a line of n pixels that [low, high] touches.
std::pair<std::size_t, std::size_t> touched(double low, double high, double first, double step, std::size_t n) {
    double from = (low - first) / step, to = (high - first) / step;
    if (from > to)
        std::swap(from, to);
    const auto limit = [n](double v) { return static_cast<std::size_t>(std::clamp(v, 0.0, static_cast<double>(n))); };
    return {limit(std::floor(from - 0.5)), limit(std::ceil(to + 0.5) + 1)};
}

/// Seen on the colours of the map and letting them through.
QRgb tintOn(ColourMap map) {
    return map == ColourMap::magma ? qRgba(0, 120, 134, 150) : qRgba(150, 8, 24, 150); // premultiplied
}

} // namespace

std::vector<std::int32_t> rawPixelsUnder(const PictureGrid& grid, const PixelPlacement& placement) {
    std::vector<std::int32_t> table(grid.columns * grid.rows, -1);
    const double dx = stepOf(grid.xFirst, grid.xLast, grid.columns), dy = stepOf(grid.yFirst, grid.yLast, grid.rows);
    // Panel by panel, each in its own box: asking all of many panels about every point would take seconds.
    for (std::size_t panel = 0; panel < placement.areas().size(); ++panel) {
        const PanelArea& area = placement.areas()[panel];
        const PictureBox box = placement.boxOf({panel, 0, area.slow, 0, area.fast});
        const auto [firstColumn, endColumn] = touched(box.low.x, box.high.x, grid.xFirst, dx, grid.columns);
        const auto [firstRow, endRow] = touched(box.low.y, box.high.y, grid.yFirst, dy, grid.rows);
        for (std::size_t row = firstRow; row < endRow; ++row)
            for (std::size_t column = firstColumn; column < endColumn; ++column)
                if (const auto raw = placement.pixelOf(panel, {grid.xFirst + static_cast<double>(column) * dx,
                                                               grid.yFirst + static_cast<double>(row) * dy}))
                    table[row * grid.columns + column] = static_cast<std::int32_t>(placement.indexOf(*raw));
    }
    return table;
}

MaskOverlay::MaskOverlay(MaskModel& model, CanvasLayer& layer, Background& background)
    : m_model(model), m_layer(&layer), m_work(background) {
    m_layer->addDrawing(this);
    connect(&m_model, &MaskModel::wasReset, this, &MaskOverlay::refreshAll);
    connect(&m_model, &MaskModel::changed, this, &MaskOverlay::refresh);
    connect(m_layer->map()->plot(), &QCustomPlot::afterReplot, this, &MaskOverlay::followPicture);
}

MaskOverlay::~MaskOverlay() {
    if (m_layer)
        m_layer->removeDrawing(this);
}

void MaskOverlay::setPlacement(std::shared_ptr<const PixelPlacement> placement) {
    if (placement == m_placement)
        return;
    m_placement = std::move(placement);
    m_table.reset();
    m_levels.clear();
    if (m_layer)
        m_layer->update();
    followPicture();
}

void MaskOverlay::followPicture() {
    if (!m_layer)
        return;
    const PictureGrid grid = gridOf(m_layer->map()->picture());
    if (!m_placement || grid.columns == 0)
        return;
    if (const QRgb tint = tintOn(m_layer->map()->colourMap()); tint != m_tint) {
        m_tint = tint;
        refreshAll();
    }
    if (m_askedPlacement == m_placement && m_askedGrid == grid)
        return;
    m_askedPlacement = m_placement;
    m_askedGrid = grid;
    m_work.submit([this, placement = m_placement, grid]() -> std::function<void()> {
        auto table = std::make_shared<const std::vector<std::int32_t>>(rawPixelsUnder(grid, *placement));
        return [this, table, grid, placement] {
            if (placement == m_placement)
                takeTable(table, grid);
        };
    });
}

void MaskOverlay::takeTable(std::shared_ptr<const std::vector<std::int32_t>> table, const PictureGrid& grid) {
    m_table = std::move(table);
    m_grid = grid;
    m_levels.clear();
    for (int w = static_cast<int>(grid.columns), h = static_cast<int>(grid.rows);; w = (w + 1) / 2, h = (h + 1) / 2) {
        m_levels.emplace_back(w, h, QImage::Format_ARGB32_Premultiplied);
        if (w <= kSmallest && h <= kSmallest)
            break;
    }
    refreshAll();
}

void MaskOverlay::refreshAll() {
    if (!m_layer)
        return;
    if (!m_levels.empty() && m_placement && m_model.shape() == m_placement->shape())
        refreshBox(0, m_grid.columns, 0, m_grid.rows);
    m_layer->update();
}

void MaskOverlay::refresh(const PixelRuns& pixels) {
    if (!m_layer || m_levels.empty() || m_model.shape() != m_placement->shape())
        return;
    if (pixels.size() > kManyRuns) {
        refreshAll();
        return;
    }
    const double dx = stepOf(m_grid.xFirst, m_grid.xLast, m_grid.columns),
                 dy = stepOf(m_grid.yFirst, m_grid.yLast, m_grid.rows);
    for (const PixelBlock& block : blocksOf(*m_placement, pixels)) {
        const PictureBox box = m_placement->boxOf(block);
        const auto [firstColumn, endColumn] = touched(box.low.x, box.high.x, m_grid.xFirst, dx, m_grid.columns);
        const auto [firstRow, endRow] = touched(box.low.y, box.high.y, m_grid.yFirst, dy, m_grid.rows);
        refreshBox(firstColumn, endColumn, firstRow, endRow);
        m_layer->updateBox({{box.low.x - std::abs(dx), box.low.y - std::abs(dy)},
                            {box.high.x + std::abs(dx), box.high.y + std::abs(dy)}});
    }
}

void MaskOverlay::refreshBox(std::size_t firstColumn, std::size_t endColumn, std::size_t firstRow, std::size_t endRow) {
    const std::uint8_t* drawn = m_model.drawn().data();
    for (std::size_t row = firstRow; row < endRow; ++row) {
        auto* line = reinterpret_cast<QRgb*>(m_levels[0].scanLine(static_cast<int>(row)));
        const std::int32_t* table = m_table->data() + row * m_grid.columns;
        for (std::size_t column = firstColumn; column < endColumn; ++column)
            line[column] = table[column] >= 0 && drawn[table[column]] == 0 ? m_tint : 0;
    }
    int left = static_cast<int>(firstColumn), right = static_cast<int>(endColumn);
    int top = static_cast<int>(firstRow), bottom = static_cast<int>(endRow);
    for (std::size_t level = 1; level < m_levels.size(); ++level) {
        left /= 2;
        top /= 2;
        right = (right + 1) / 2;
        bottom = (bottom + 1) / 2;
        const QImage& fine = m_levels[level - 1];
        for (int y = top; y < bottom; ++y) {
            auto* line = reinterpret_cast<QRgb*>(m_levels[level].scanLine(y));
            const auto* a = reinterpret_cast<const QRgb*>(fine.constScanLine(2 * y));
            const auto* b = reinterpret_cast<const QRgb*>(fine.constScanLine(std::min(2 * y + 1, fine.height() - 1)));
            for (int x = left; x < right; ++x) {
                const int second = std::min(2 * x + 1, fine.width() - 1);
                line[x] = a[2 * x] | b[2 * x] | a[second] | b[second];
            }
        }
    }
}

void MaskOverlay::paint(QPainter& painter, const CanvasLayer& layer) const {
    if (m_levels.empty() || m_model.isEmpty() || m_model.drawnCount() == 0)
        return;
    const double dx = stepOf(m_grid.xFirst, m_grid.xLast, m_grid.columns),
                 dy = stepOf(m_grid.yFirst, m_grid.yLast, m_grid.rows);
    const QPointF first = layer.toWidget({m_grid.xFirst - 0.5 * dx, m_grid.yFirst - 0.5 * dy});
    const QPointF last = layer.toWidget({m_grid.xLast + 0.5 * dx, m_grid.yLast + 0.5 * dy});
    double sx = (last.x() - first.x()) / static_cast<double>(m_grid.columns),
           sy = (last.y() - first.y()) / static_cast<double>(m_grid.rows);
    // Where several pixels of the picture fall on one of the screen, one that is masked is seen: single dead pixels do not vanish.
    std::size_t level = 0;
    for (; level + 1 < m_levels.size() && std::max(std::abs(sx), std::abs(sy)) < 0.999; ++level) {
        sx *= 2;
        sy *= 2;
    }
    painter.save();
    painter.setTransform(QTransform(sx, 0, 0, sy, first.x(), first.y()), true);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(0, 0, m_levels[level]);
    painter.restore();
}

} // namespace fxs::ui
