// The form of the mask editor: its groups of buttons and numbers, and what each asks for.

#include "widgets/mask/mask_editor.h"

#include "widgets/mask/mask_tools.h"
#include "widgets/theme/line_icon.h"

#include <QtWidgets>

namespace fxs::ui {

namespace {

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

} // namespace

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

} // namespace fxs::ui
