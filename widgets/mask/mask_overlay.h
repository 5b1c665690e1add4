#pragma once

#include "widgets/background/background.h"
#include "widgets/canvas/canvas_layer.h"
#include "widgets/mask/mask_model.h"

#include <QColor>
#include <QImage>
#include <QObject>
#include <QPointer>
#include <cstdint>
#include <memory>
#include <vector>

namespace fxs::ui {

/// How a picture's pixels lie: their number and the centres of the first and last ones.
struct PictureGrid {
    std::size_t columns = 0, rows = 0;
    double xFirst = 0, xLast = 1, yFirst = 0, yLast = 1;
    bool operator==(const PictureGrid&) const = default;
};

/// The raw pixel under every pixel of a picture, row by row; -1: none. Any thread. Cost: one look-up a pixel of the picture.
std::vector<std::int32_t> rawPixelsUnder(const PictureGrid& grid, const PixelPlacement& placement);

/// The drawn mask over one picture, as a tint. It follows the model by the pixels that changed, the picture by its zoom.
/// Threads: GUI thread; the table of raw pixels is made in the background, once a picture's shape and placement.
class MaskOverlay : public QObject, public CanvasDrawing {
    Q_OBJECT

public:
    MaskOverlay(MaskModel& model, CanvasLayer& layer, Background& background);
    ~MaskOverlay() override;

    /// Null: nothing is drawn.
    void setPlacement(std::shared_ptr<const PixelPlacement> placement);
    const std::shared_ptr<const PixelPlacement>& placement() const { return m_placement; }
    /// It is there for the picture as it is now.
    bool isReady() const { return !m_levels.empty(); }
    void paint(QPainter& painter, const CanvasLayer& layer) const override;

private:
    void followPicture();
    void takeTable(std::shared_ptr<const std::vector<std::int32_t>> table, const PictureGrid& grid);
    void refreshAll();
    void refresh(const PixelRuns& pixels);
    void refreshBox(std::size_t firstColumn, std::size_t endColumn, std::size_t firstRow, std::size_t endRow);

    MaskModel& m_model;
    QPointer<CanvasLayer> m_layer; ///< may go before this, with its picture
    LatestWork m_work;
    std::shared_ptr<const PixelPlacement> m_placement, m_askedPlacement;
    PictureGrid m_grid, m_askedGrid;
    std::shared_ptr<const std::vector<std::int32_t>> m_table;
    std::vector<QImage> m_levels; ///< the tint; each next one half as fine
    QRgb m_tint = 0;
};

} // namespace fxs::ui
