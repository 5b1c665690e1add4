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

/// Cheap where nothing changes: counts are told at every move of the brush.
void setTextColour(QLabel& label, const QColor& colour) {
    if (label.palette().color(QPalette::WindowText) == colour)
        return;
    QPalette palette = label.palette();
    palette.setColor(QPalette::WindowText, colour);
    label.setPalette(palette);
}

constexpr int kToolCount = 5;
const char* const kToolIcons[kToolCount] = {"pointer", "rectangle", "ellipse", "polygon", "brush"};

/// A label in the panel's column, so that groups are seen without frames.
QLabel* heading(const QString& text) {
    auto* label = new QLabel(text);
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    label->setContentsMargins(0, 6, 0, 0);
    return label;
}

QPushButton* button(const QString& text, const QString& tip) {
    auto* b = new QPushButton(text);
    b->setToolTip(tip);
    b->setAccessibleName(text);
    b->setAutoDefault(false);
    return b;
}

QSpinBox* pixelBox(int low, int high, int value, const QString& tip) {
    auto* box = new QSpinBox;
    box->setRange(low, high);
    box->setValue(value);
    box->setSuffix(QStringLiteral(" px"));
    box->setToolTip(tip);
    box->setAccessibleName(tip);
    box->setKeyboardTracking(false);
    return box;
}

QHBoxLayout* row(std::initializer_list<QWidget*> widgets) {
    auto* layout = new QHBoxLayout;
    layout->setSpacing(4);
    for (QWidget* w : widgets)
        layout->addWidget(w);
    return layout;
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

// ---- the panel

QWidget* MaskEditor::makeTools() {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    const QString names[kToolCount] = {tr("Look"), tr("Rectangle"), tr("Ellipse"), tr("Polygon"), tr("Brush")};
    const QString tips[kToolCount] = {
        tr("Look: the mouse moves the cursor and draws nothing"),
        tr("Rectangle: drag from corner to corner. Shift: a square. Ctrl: unmask instead. Esc gives up"),
        tr("Ellipse: drag from corner to corner of its box. Shift: a circle. Ctrl: unmask instead. Esc gives up"),
        tr("Polygon: click corner by corner; double click, Enter or the first corner closes it. Backspace takes a "
           "corner back"),
        tr("Brush: paint with the left button. Ctrl: unmask instead. Esc takes the stroke back")};
    m_toolButtons = new QButtonGroup(this);
    auto* line = new QHBoxLayout;
    line->setSpacing(2);
    for (int i = 0; i < kToolCount; ++i) {
        auto* b = new QToolButton;
        b->setCheckable(true);
        b->setAutoRaise(true);
        b->setIconSize(QSize(20, 20));
        b->setToolTip(tips[i]);
        b->setAccessibleName(names[i]);
        b->setFocusPolicy(Qt::StrongFocus);
        m_toolButtons->addButton(b, i);
        line->addWidget(b);
    }
    line->addStretch(1);
    connect(m_toolButtons, &QButtonGroup::idClicked, this, [this](int id) { setTool(static_cast<Tool>(id)); });

    m_modeButtons = new QButtonGroup(this);
    auto* mask = new QRadioButton(tr("Mask"));
    auto* unmask = new QRadioButton(tr("Unmask"));
    mask->setToolTip(tr("Draw to leave pixels out"));
    unmask->setToolTip(tr("Draw to take pixels back in (holding Ctrl does the same for one shape)"));
    for (QRadioButton* b : {mask, unmask})
        b->setAccessibleName(b->text());
    mask->setChecked(true);
    m_modeButtons->addButton(mask, 1);
    m_modeButtons->addButton(unmask, 0);

    m_brushSize = pixelBox(1, 999, 10, tr("Width of the brush, in raw pixels"));
    connect(m_brushSize, &QSpinBox::valueChanged, this, [this](int size) { m_brush->setSize(size); });
    auto* label = new QLabel(tr("Brush"));
    label->setBuddy(m_brushSize);
    column->addWidget(heading(tr("Draw")));
    column->addLayout(line);
    column->addLayout(row({mask, unmask}));
    column->addLayout(row({label, m_brushSize}));
    return box;
}

QWidget* MaskEditor::makeThreshold() {
    auto* box = new QWidget;
    auto* column = new QGridLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    const auto value = [](const QString& tip, double start) {
        auto* spin = new QDoubleSpinBox;
        spin->setRange(-1e12, 1e12);
        spin->setDecimals(3);
        spin->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
        spin->setValue(start);
        spin->setToolTip(tip);
        spin->setAccessibleName(tip);
        spin->setMinimumWidth(90);
        return spin;
    };
    m_useBelow = new QCheckBox(tr("below"));
    m_useAbove = new QCheckBox(tr("above"));
    m_below = value(tr("Mask pixels with less than this in the frame shown (unit of the raw values)"), 0);
    m_above = value(tr("Mask pixels with more than this in the frame shown (unit of the raw values)"), 65535);
    m_threshold = button(tr("Mask these values"),
                         tr("Masks pixels of the frame shown with values beyond the limits ticked, and values "
                            "that are not numbers"));
    for (const auto& [check, spin] : {std::pair{m_useBelow, m_below}, {m_useAbove, m_above}}) {
        check->setToolTip(spin->toolTip());
        spin->setEnabled(false);
        connect(check, &QCheckBox::toggled, spin, &QWidget::setEnabled);
        connect(check, &QCheckBox::toggled, this, &MaskEditor::showCounts);
    }
    connect(m_threshold, &QPushButton::clicked, this, &MaskEditor::applyThreshold);
    column->addWidget(heading(tr("Values of this frame")), 0, 0, 1, 2);
    column->addWidget(m_useBelow, 1, 0);
    column->addWidget(m_below, 1, 1);
    column->addWidget(m_useAbove, 2, 0);
    column->addWidget(m_above, 2, 1);
    column->addWidget(m_threshold, 3, 0, 1, 2);
    column->setColumnStretch(1, 1);
    return box;
}

QWidget* MaskEditor::makeWhole() {
    auto* box = new QWidget;
    auto* column = new QGridLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    auto* edges = button(tr("Panel edges"), tr("Masks the outermost pixels of every panel"));
    m_edgeWidth = pixelBox(1, 99, 1, tr("How many pixels from the edge of each panel"));
    auto* growButton = button(tr("Grow"), tr("Makes masked areas larger in every direction, within each panel"));
    auto* shrinkButton = button(tr("Shrink"), tr("Makes masked areas smaller in every direction, within each panel"));
    m_growBy = pixelBox(1, 99, 1, tr("By how many pixels masked areas grow or shrink"));
    auto* invert = button(tr("Invert"), tr("Masks what is valid and takes back what is masked"));
    auto* clear = button(tr("Clear"), tr("Takes everything back that was drawn"));
    connect(edges, &QPushButton::clicked, this, &MaskEditor::maskEdges);
    connect(growButton, &QPushButton::clicked, this, [this] { grow(m_growBy->value()); });
    connect(shrinkButton, &QPushButton::clicked, this, [this] { grow(-m_growBy->value()); });
    connect(invert, &QPushButton::clicked, &m_model, &MaskModel::invert);
    connect(clear, &QPushButton::clicked, &m_model, &MaskModel::clear);
    column->addWidget(heading(tr("Whole mask")), 0, 0, 1, 2);
    column->addWidget(edges, 1, 0);
    column->addWidget(m_edgeWidth, 1, 1);
    column->addLayout(row({growButton, shrinkButton}), 2, 0);
    column->addWidget(m_growBy, 2, 1);
    column->addLayout(row({invert, clear}), 3, 0, 1, 2);
    column->setColumnStretch(0, 1);
    return box;
}

QWidget* MaskEditor::makeFiles(QUndoStack& undo) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    const auto step = [&](const QString& name, const QString& tip, bool enabled) {
        auto* b = new QToolButton;
        b->setAutoRaise(true);
        b->setIconSize(QSize(20, 20));
        b->setToolTip(tip);
        b->setAccessibleName(name);
        b->setEnabled(enabled);
        return b;
    };
    m_undoButton = step(tr("Undo"), tr("Undo the last step (Ctrl+Z)"), undo.canUndo());
    m_redoButton = step(tr("Redo"), tr("Redo the step undone last (Ctrl+Shift+Z)"), undo.canRedo());
    connect(m_undoButton, &QToolButton::clicked, &undo, &QUndoStack::undo);
    connect(m_redoButton, &QToolButton::clicked, &undo, &QUndoStack::redo);
    connect(&undo, &QUndoStack::canUndoChanged, m_undoButton, &QWidget::setEnabled);
    connect(&undo, &QUndoStack::canRedoChanged, m_redoButton, &QWidget::setEnabled);
    connect(&undo, &QUndoStack::undoTextChanged, m_undoButton, [this](const QString& text) {
        m_undoButton->setToolTip(text.isEmpty() ? tr("Undo (Ctrl+Z)") : tr("Undo %1 (Ctrl+Z)").arg(text));
    });
    connect(&undo, &QUndoStack::redoTextChanged, m_redoButton, [this](const QString& text) {
        m_redoButton->setToolTip(text.isEmpty() ? tr("Redo (Ctrl+Shift+Z)") : tr("Redo %1 (Ctrl+Shift+Z)").arg(text));
    });

    auto* load = button(tr("Load…"), tr("Reads a mask: .npy, HDF5 or PGM, in raw pixels"));
    auto* save = button(tr("Save…"), tr("Writes the mask in raw pixels: .h5 (dataset mask) or .npy"));
    connect(load, &QPushButton::clicked, this, [this] { chooseFile(true); });
    connect(save, &QPushButton::clicked, this, [this] { chooseFile(false); });
    m_combine = new QCheckBox(tr("Loading adds to what is drawn"));
    m_combine->setToolTip(
        tr("Ticked: pixels masked in either are masked. Not ticked: the file's mask takes the place of what is drawn"));
    auto* line = row({m_undoButton, m_redoButton});
    line->addStretch(1);
    line->addWidget(load);
    line->addWidget(save);
    column->addWidget(heading(tr("Steps and files")));
    column->addLayout(line);
    column->addWidget(m_combine);
    return box;
}

void MaskEditor::chooseFile(bool load) {
    auto* dialog = new QFileDialog(this, load ? tr("Load a mask") : tr("Save the mask"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(load ? QFileDialog::AcceptOpen : QFileDialog::AcceptSave);
    dialog->setFileMode(load ? QFileDialog::ExistingFile : QFileDialog::AnyFile);
    dialog->setNameFilters(load ? QStringList{tr("Masks (*.h5 *.hdf5 *.cxi *.npy *.pgm)"), tr("All files (*)")}
                                : QStringList{tr("HDF5 (*.h5)"), tr("NumPy (*.npy)")});
    if (!load) {
        dialog->setDefaultSuffix(QStringLiteral("h5"));
        connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
            dialog->setDefaultSuffix(filter.contains(QLatin1String("npy")) ? QStringLiteral("npy")
                                                                           : QStringLiteral("h5"));
        });
    }
    connect(dialog, &QFileDialog::fileSelected, this, [this, load](const QString& file) {
        if (load)
            Q_EMIT loadRequested(file, m_combine->isChecked());
        else
            Q_EMIT saveRequested(file);
    });
    dialog->open();
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
