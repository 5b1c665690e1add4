#pragma once

#include "engine/backend/frame_browser.h"
#include "widgets/background/background.h"
#include "widgets/mask/mask_model.h"

#include <QWidget>
#include <memory>
#include <vector>

class QButtonGroup;
class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QToolButton;
class QUndoStack;

namespace fxs::ui {

class BrushTool;
class CanvasLayer;
class CanvasTool;
class HeatMap;
class MaskOverlay;
struct MaskToolTarget;

/// The tools for drawing a mask on pictures of a run: a panel beside them. What is drawn goes to the MaskModel as undoable steps; the
/// mask is seen over every picture. It reads and writes no file: it asks by signals.
/// Each picture (addCanvas) has its own placement: the same raw pixels as assembled, as rings, as a pattern.
/// While the panel is hidden the mouse belongs to the pictures.
class MaskEditor : public QWidget {
    Q_OBJECT

public:
    enum class Tool { none, rectangle, ellipse, polygon, brush };
    static constexpr int kToolCount = 5;

    MaskEditor(MaskModel& model, QUndoStack& undo, Background& background, QWidget* parent = nullptr);
    ~MaskEditor() override;

    /// Shows the mask over a picture and lets it be drawn there. The map must outlive the editor or take it along as its parent.
    CanvasLayer* addCanvas(HeatMap* map);
    /// How the raw pixels lie in that picture; null: nothing is drawn there.
    void setPlacement(HeatMap* map, std::shared_ptr<const PixelPlacement> placement);
    /// The frame that thresholds look at. Null: none.
    void setFrame(std::shared_ptr<const BrowsedFrame> frame);

    void setTool(Tool tool);
    Tool tool() const { return m_tool; }
    /// Draw to mask (true) or to take the mask away.
    void setMasking(bool masking);
    bool isMasking() const;
    void setBrushSize(int pixels);
    int brushSize() const;
    /// A mask that the app has read from a file, on loadRequested.
    void takeLoaded(const Array<std::uint8_t, 3>& mask, bool combine, const QString& name);
    /// What became of loading or saving, in one line.
    void setMessage(const QString& message, bool isError = false);
    /// Results of background work are all there.
    bool isIdle() const { return !m_work.isBusy(); }

Q_SIGNALS:
    /// combine: masked where either masks; else the file's takes the place of what was drawn.
    void loadRequested(const QString& file, bool combine);
    void saveRequested(const QString& file);
    void toolChanged(fxs::ui::MaskEditor::Tool tool);

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Canvas;
    QWidget* makeTools();
    QWidget* makeThreshold();
    QWidget* makeWhole();
    QWidget* makeFiles(QUndoStack& undo);
    MaskToolTarget target();
    Canvas* canvasOf(const CanvasLayer* layer);
    void takeShape(CanvasLayer& layer, const MaskShape& shape, bool other);
    void applyThreshold();
    void maskEdges();
    void grow(int pixels);
    void handToolOut();
    void chooseFile(bool load);
    void showCounts();
    void applyTheme();

    MaskModel& m_model;
    LatestWork m_work;
    std::vector<std::unique_ptr<Canvas>> m_canvases;
    std::vector<std::unique_ptr<CanvasTool>> m_tools; ///< by Tool, the first null
    BrushTool* m_brush = nullptr;
    Tool m_tool = Tool::rectangle;
    std::shared_ptr<const BrowsedFrame> m_frame;

    QButtonGroup *m_toolButtons, *m_modeButtons;
    QSpinBox *m_brushSize, *m_edgeWidth, *m_growBy;
    QCheckBox *m_useBelow, *m_useAbove, *m_combine;
    QDoubleSpinBox *m_below, *m_above;
    QPushButton* m_threshold;
    QToolButton *m_undoButton, *m_redoButton;
    QLabel *m_counts, *m_message;
};

} // namespace fxs::ui
