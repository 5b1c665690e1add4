#include "app/workbench/frame_tools.h"

#include "app/workbench/geometry_keeper.h"
#include "app/workbench/mask_keeper.h"
#include "app/workbench/workbench.h"
#include "widgets/frames/frame_view.h"
#include "widgets/geometry_editor/geometry_editor.h"
#include "widgets/mask/mask_editor.h"
#include "widgets/theme/line_icon.h"

#include <QHBoxLayout>
#include <QScrollArea>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace fxs::app {

namespace {

constexpr int kPanelWidth = 268;

QWidget* scrolling(QWidget* content) {
    auto* area = new QScrollArea;
    area->setWidget(content);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return area;
}

} // namespace

FrameTools::FrameTools(Workbench& workbench, ui::FrameView& frames, QWidget* parent)
    : QWidget(parent), m_workbench(workbench), m_frames(frames),
      m_mask(new ui::MaskEditor(workbench.mask().model(), workbench.session().undo(), workbench.background())),
      m_geometry(new ui::GeometryEditor(workbench.background())), m_panels(new QStackedWidget) {
    m_panels->addWidget(scrolling(m_mask));
    m_panels->addWidget(scrolling(m_geometry));
    m_panels->setFixedWidth(kPanelWidth);
    m_panels->hide();
    makeStrip();
    connectMask();
    connectGeometry();
    applyTheme();
}

void FrameTools::makeStrip() {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 6, 2, 6);
    layout->setSpacing(2);
    layout->addWidget(m_panels);
    auto* strip = new QVBoxLayout;
    strip->setSpacing(4);
    const QString names[] = {tr("Mask"), tr("Centre and distance")};
    const QString tips[] = {tr("Draw a mask on the frames (Ctrl+M)"),
                            tr("Move the beam centre, change the distance (Ctrl+G)")};
    const QKeySequence keys[] = {QKeySequence(QStringLiteral("Ctrl+M")), QKeySequence(QStringLiteral("Ctrl+G"))};
    for (int i = 0; i < 2; ++i) {
        auto* button = new QToolButton;
        button->setCheckable(true);
        button->setAutoRaise(true);
        button->setIconSize(QSize(22, 22));
        button->setToolTip(tips[i]);
        button->setAccessibleName(names[i]);
        button->setShortcut(keys[i]);
        strip->addWidget(button);
        m_buttons[i] = button;
        connect(button, &QToolButton::clicked, this, [this, i](bool on) { showPanel(static_cast<Panel>(i), on); });
    }
    strip->addStretch(1);
    layout->addLayout(strip);
}

void FrameTools::showPanel(Panel panel, bool on) {
    for (int i = 0; i < 2; ++i)
        m_buttons[i]->setChecked(on && i == panel);
    if (on)
        m_panels->setCurrentIndex(panel);
    m_panels->setVisible(on);
}

bool FrameTools::isShown(Panel panel) const {
    return m_buttons[panel]->isChecked();
}

void FrameTools::connectMask() {
    MaskKeeper& keeper = m_workbench.mask();
    m_mask->addCanvas(m_frames.leftMap());
    m_mask->addCanvas(m_frames.rightMap());
    connect(&m_workbench.session(), &Session::runChanged, this, &FrameTools::placePictures);
    connect(&m_frames, &ui::FrameView::placementsChanged, this, &FrameTools::placePictures);
    connect(&m_workbench, &Workbench::frameReady, m_mask, &ui::MaskEditor::setFrame);
    connect(m_mask, &ui::MaskEditor::loadRequested, &keeper, &MaskKeeper::load);
    connect(m_mask, &ui::MaskEditor::saveRequested, &keeper, &MaskKeeper::save);
    connect(&keeper, &MaskKeeper::loaded, m_mask,
            [this](const auto& mask, bool combine, const QString& name) { m_mask->takeLoaded(*mask, combine, name); });
    connect(&keeper, &MaskKeeper::said, m_mask, &ui::MaskEditor::setMessage);
}

void FrameTools::connectGeometry() {
    GeometryKeeper& keeper = m_workbench.geometry();
    m_geometry->setCanvas(m_frames.leftMap());
    connect(&m_workbench, &Workbench::frameReady, m_geometry, &ui::GeometryEditor::setFrame);
    connect(&keeper, &GeometryKeeper::geometryChanged, m_geometry, [this, &keeper] {
        m_geometry->setGeometry(keeper.geometry(), keeper.whyNot());
        if (keeper.geometry()) // settings may say more than the run's files
            m_frames.setGeometry(keeper.geometry());
    });
    connect(m_geometry, &ui::GeometryEditor::edited, &keeper, &GeometryKeeper::edit);
    connect(m_geometry, &ui::GeometryEditor::refineRequested, &keeper, &GeometryKeeper::refine);
    connect(m_geometry, &ui::GeometryEditor::refineStopRequested, &keeper, &GeometryKeeper::stopRefining);
    connect(&keeper, &GeometryKeeper::refining, m_geometry, &ui::GeometryEditor::setRefining);
    connect(&keeper, &GeometryKeeper::refined, m_geometry, &ui::GeometryEditor::setRefinement);
    connect(&keeper, &GeometryKeeper::refineFailed, m_geometry, &ui::GeometryEditor::setRefinementError);
    // The quadrants are of what is valid: the drawn mask, and the run's own.
    ui::MaskModel& model = m_workbench.mask().model();
    const auto useMask = [this, &model] {
        m_geometry->setMask(model.isEmpty() ? nullptr : model.snapshot());
        m_frames.setDrawnMask(model.isEmpty() || model.drawnCount() == 0 ? nullptr : model.snapshot());
    };
    connect(&model, &ui::MaskModel::stepDone, m_geometry, useMask);
    connect(&model, &ui::MaskModel::wasReset, m_geometry, useMask);
    connect(&keeper, &GeometryKeeper::masksLeftBehind, this, [&model] {
        if (!model.isEmpty() && !model.base().empty())
            model.combine(model.base(), tr("keep the mask of the geometry file"));
    });
}

void FrameTools::placePictures() {
    const auto run = m_workbench.session().run();
    m_mask->setPlacement(m_frames.leftMap(), m_frames.leftPlacement());
    m_mask->setPlacement(m_frames.rightMap(), m_frames.rightPlacement());
    m_geometry->setPlacement(run && !run->polarGrid ? m_frames.leftPlacement() : nullptr);
}

void FrameTools::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

void FrameTools::applyTheme() {
    m_buttons[maskPanel]->setIcon(ui::lineIcon(QStringLiteral("mask"), palette()));
    m_buttons[geometryPanel]->setIcon(ui::lineIcon(QStringLiteral("centre"), palette()));
}

} // namespace fxs::app
