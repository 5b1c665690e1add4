#include "widgets/mask/mask_editor.h"

#include "widgets/canvas/canvas_layer.h"
#include "widgets/mask/mask_overlay.h"
#include "widgets/mask/mask_tools.h"
#include "widgets/plot/heat_map.h"
#include "widgets/theme/line_icon.h"
#include "widgets/theme/theme.h"

#include <QtWidgets>
#include <optional>

namespace fxs::ui {

namespace {

const char* const kToolIcons[MaskEditor::kToolCount] = {"pointer", "rectangle", "ellipse", "polygon", "brush"};

/// Cheap where nothing changes: counts are told at every move of the brush.
void setTextColour(QLabel& label, const QColor& colour) {
    if (label.palette().color(QPalette::WindowText) == colour)
        return;
    QPalette palette = label.palette();
    palette.setColor(QPalette::WindowText, colour);
    label.setPalette(palette);
}

/// Every value of a frame, masked or not, as [slab][ss][fs]; empty where there is no frame of the shape.
View<const float, 3> valuesOf(const BrowsedFrame& frame, const MaskModel::Shape& shape) {
    if (!frame.raw.data.empty() && frame.raw.data.size() >= shape[0] * shape[1] * shape[2])
        return {frame.raw.data.data(), shape};
    if (frame.polar.frameCount() > 0 && frame.polar.intensity.size() >= shape[0] * shape[1] * shape[2])
        return {frame.polar.intensity.data(), shape};
    return {};
}

} // namespace

struct MaskEditor::Canvas {
    CanvasLayer* layer;
    std::unique_ptr<MaskOverlay> overlay;
};

MaskEditor::MaskEditor(MaskModel& model, QUndoStack& undo, Background& background, QWidget* parent)
    : QWidget(parent), m_model(model), m_work(background) {
    setAccessibleName(tr("Mask editor"));
    m_tools.resize(kToolCount);
    m_tools[1] = std::make_unique<DragShapeTool>(DragShapeTool::Kind::rectangle, target());
    m_tools[2] = std::make_unique<DragShapeTool>(DragShapeTool::Kind::ellipse, target());
    m_tools[3] = std::make_unique<PolygonTool>(target());
    auto brush = std::make_unique<BrushTool>(target());
    m_brush = brush.get();
    m_tools[4] = std::move(brush);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 6, 8, 6);
    column->setSpacing(4);
    column->addWidget(makeTools());
    column->addWidget(makeThreshold());
    column->addWidget(makeWhole());
    column->addWidget(makeFiles(undo));
    m_counts = new QLabel;
    m_counts->setWordWrap(true);
    m_counts->setAccessibleName(tr("How many pixels are masked"));
    m_message = new QLabel;
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_message->hide();
    column->addWidget(m_counts);
    column->addWidget(m_message);
    column->addStretch(1);

    connect(&m_model, &MaskModel::changed, this, &MaskEditor::showCounts);
    connect(&m_model, &MaskModel::wasReset, this, [this] {
        for (const auto& tool : m_tools)
            if (tool)
                tool->cancel();
        m_message->hide();
        showCounts();
    });
    setTool(Tool::rectangle);
    applyTheme();
    showCounts();
}

MaskEditor::~MaskEditor() {
    for (const auto& canvas : m_canvases)
        canvas->layer->setTool(nullptr);
}

// ---- canvases and tools

CanvasLayer* MaskEditor::addCanvas(HeatMap* map) {
    auto canvas = std::make_unique<Canvas>();
    canvas->layer = new CanvasLayer(map);
    canvas->overlay = std::make_unique<MaskOverlay>(m_model, *canvas->layer, m_work.background());
    CanvasLayer* layer = canvas->layer;
    connect(layer, &QObject::destroyed, this,
            [this, layer] { std::erase_if(m_canvases, [layer](const auto& c) { return c->layer == layer; }); });
    m_canvases.push_back(std::move(canvas));
    handToolOut();
    return layer;
}

void MaskEditor::setPlacement(HeatMap* map, std::shared_ptr<const PixelPlacement> placement) {
    for (const auto& canvas : m_canvases)
        if (canvas->layer->map() == map)
            canvas->overlay->setPlacement(std::move(placement));
    handToolOut();
}

void MaskEditor::setFrame(std::shared_ptr<const BrowsedFrame> frame) {
    m_frame = std::move(frame);
    showCounts();
}

void MaskEditor::setTool(Tool tool) {
    m_tool = tool;
    m_toolButtons->button(static_cast<int>(tool))->setChecked(true);
    handToolOut();
    Q_EMIT toolChanged(tool);
}

void MaskEditor::handToolOut() {
    CanvasTool* tool = isVisible() ? m_tools[static_cast<std::size_t>(m_tool)].get() : nullptr;
    for (const auto& canvas : m_canvases)
        canvas->layer->setTool(canvas->overlay->placement() ? tool : nullptr);
}

void MaskEditor::setMasking(bool masking) {
    m_modeButtons->button(masking ? 1 : 0)->setChecked(true);
}

bool MaskEditor::isMasking() const {
    return m_modeButtons->checkedId() == 1;
}

void MaskEditor::setBrushSize(int pixels) {
    m_brushSize->setValue(pixels);
}

int MaskEditor::brushSize() const {
    return m_brushSize->value();
}

MaskEditor::Canvas* MaskEditor::canvasOf(const CanvasLayer* layer) {
    for (const auto& canvas : m_canvases)
        if (canvas->layer == layer && canvas->overlay->placement() &&
            canvas->overlay->placement()->shape() == m_model.shape())
            return canvas.get();
    return nullptr;
}

MaskToolTarget MaskEditor::target() {
    MaskToolTarget t;
    t.take = [this](CanvasLayer& layer, const MaskShape& shape, bool other) { takeShape(layer, shape, other); };
    t.beginStroke = [this](CanvasLayer&, bool other) {
        const bool valid = isMasking() == other;
        m_model.beginStroke(valid, valid ? tr("unmask by brush") : tr("mask by brush"));
    };
    t.stroke = [this](CanvasLayer& layer, const StrokeShape& part) {
        if (const Canvas* canvas = canvasOf(&layer))
            m_model.paint(pixelsIn(*canvas->overlay->placement(), part));
    };
    t.endStroke = [this] { m_model.endStroke(); };
    t.cancelStroke = [this] { m_model.cancelStroke(); };
    t.pixelSize = [this](CanvasLayer& layer) {
        const Canvas* canvas = canvasOf(&layer);
        return canvas ? canvas->overlay->placement()->pixelSize() : PicturePoint{1, 1};
    };
    return t;
}

void MaskEditor::takeShape(CanvasLayer& layer, const MaskShape& shape, bool other) {
    const Canvas* canvas = canvasOf(&layer);
    if (!canvas)
        return;
    const bool valid = isMasking() == other;
    const QString names[] = {tr("rectangle"), tr("ellipse"), tr("polygon"), tr("stroke")};
    m_model.setPixels(pixelsIn(*canvas->overlay->placement(), shape), valid,
                      (valid ? tr("unmask %1") : tr("mask %1")).arg(names[shape.index()]));
}

// ---- the whole mask

void MaskEditor::applyThreshold() {
    if (!m_frame || m_model.isEmpty())
        return;
    std::optional<double> low, high;
    if (m_useBelow->isChecked())
        low = m_below->value();
    if (m_useAbove->isChecked())
        high = m_above->value();
    m_work.submit([this, frame = m_frame, shape = m_model.shape(), low, high]() -> std::function<void()> {
        const View<const float, 3> values = valuesOf(*frame, shape);
        if (values.empty())
            return {};
        return [this, shape, runs = pixelsOutside(values, low, high)] {
            if (m_model.shape() == shape)
                m_model.setPixels(runs, false, tr("mask values"));
        };
    });
}

void MaskEditor::maskEdges() {
    // Of the first picture that shows the run: panels are the same in all of them.
    for (const auto& canvas : m_canvases)
        if (canvasOf(canvas->layer)) {
            m_model.setPixels(panelEdges(*canvas->overlay->placement(), static_cast<std::size_t>(m_edgeWidth->value())),
                              false, tr("mask panel edges"));
            return;
        }
}

void MaskEditor::grow(int pixels) {
    if (m_model.isEmpty())
        return;
    m_work.submit([this, mask = m_model.snapshot(), revision = m_model.revision(), pixels]() -> std::function<void()> {
        auto grown = std::make_shared<const Array<std::uint8_t, 3>>(grownMask(*mask, pixels, {}));
        return [this, grown, revision, pixels] {
            if (m_model.revision() == revision) // else it was drawn on meanwhile, and that counts more
                m_model.replace(*grown, pixels > 0 ? tr("grow mask") : tr("shrink mask"));
        };
    });
}

void MaskEditor::takeLoaded(const Array<std::uint8_t, 3>& mask, bool combine, const QString& name) {
    if (combine)
        m_model.combine(mask, tr("add mask %1").arg(name));
    else
        m_model.replace(mask, tr("load mask %1").arg(name));
}

// ---- what is shown

void MaskEditor::setMessage(const QString& message, bool isError) {
    const Theme theme = Theme::of(palette());
    m_message->setText(message);
    setTextColour(*m_message, isError ? theme.bad : theme.muted);
    m_message->setVisible(!message.isEmpty());
}

void MaskEditor::showCounts() {
    const bool run = !m_model.isEmpty();
    m_threshold->setEnabled(run && m_frame && (m_useBelow->isChecked() || m_useAbove->isChecked()));
    setEnabled(run);
    if (!run) {
        m_counts->setText(tr("No run is open."));
        return;
    }
    const auto n = static_cast<double>(m_model.pixelCount());
    QString text = tr("%L1 of %L2 pixels drawn as masked (%3 %)")
                       .arg(m_model.drawnCount())
                       .arg(m_model.pixelCount())
                       .arg(100 * static_cast<double>(m_model.drawnCount()) / n, 0, 'f', 1);
    const std::size_t base = m_model.pixelCount() - m_model.validCount();
    if (!m_model.base().empty())
        text += tr("; with the run's own mask %L1").arg(base);
    if (m_model.validCount() == 0)
        text = tr("Every pixel is masked: no analysis is possible.");
    m_counts->setText(text);
    const Theme theme = Theme::of(palette());
    setTextColour(*m_counts, m_model.validCount() == 0 ? theme.bad : theme.muted);
}

void MaskEditor::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    handToolOut();
}

void MaskEditor::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    handToolOut();
}

void MaskEditor::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

void MaskEditor::applyTheme() {
    for (int i = 0; i < kToolCount; ++i)
        static_cast<QToolButton*>(m_toolButtons->button(i))
            ->setIcon(lineIcon(QString::fromLatin1(kToolIcons[i]), palette()));
    m_undoButton->setIcon(lineIcon(QStringLiteral("undo"), palette()));
    m_redoButton->setIcon(lineIcon(QStringLiteral("redo"), palette()));
    showCounts();
}

} // namespace fxs::ui
