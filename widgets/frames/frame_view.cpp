#include "widgets/frames/frame_view.h"

#include "widgets/frames/frame_controls.h"
#include "widgets/frames/frame_player.h"
#include "widgets/frames/frame_readout.h"
#include "widgets/frames/frame_workshop.h"
#include "widgets/frames/hit_strip.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/image_controls.h"
#include "widgets/plot/levels_bar.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/plot_library.h"

#include <QtWidgets>
#include <cmath>
#include <numbers>
#include <utility>

namespace fxs::ui {

FrameView::FrameView(Background& background, QWidget* parent)
    : QWidget(parent), m_work(background), m_workshop(std::make_shared<Workshop>()), m_left(new HeatMap),
      m_right(new HeatMap), m_controls(new FrameControls), m_player(new FramePlayer), m_strip(new HitStrip),
      m_quantity(new QComboBox), m_readout(new QLabel) {
    m_leftPanel = new Panel(tr("Diffraction pattern"), m_left);
    m_rightPanel = new Panel(tr("Rings"), m_right);
    m_left->setTitle(tr("Diffraction pattern"));
    m_right->setTitle(tr("Rings against azimuth"));
    for (HeatMap* map : {m_left, m_right}) {
        map->setColourScale(ColourScale::logarithmic);
        map->setColourMap(ColourMap::magma);
        map->setCursorVisible(false, false);
        map->setSideWidget(new LevelsBar(map));
        map->plot()->setFocusPolicy(Qt::ClickFocus); // so that keys come here
    }
    m_leftPanel->addControl(new ImageControls(m_left));
    m_rightPanel->addControl(new ImageControls(m_right));
    m_left->setSquare(true);
    setFocusPolicy(Qt::StrongFocus);
    arrange();
    connectParts();
    setRun(nullptr);
}

FrameView::~FrameView() = default;

void FrameView::arrange() {
    auto* pictures = new QSplitter(Qt::Horizontal);
    pictures->addWidget(m_leftPanel);
    pictures->addWidget(m_rightPanel);
    pictures->setSizes({500, 500});
    pictures->setChildrenCollapsible(false);
    m_quantity->addItems({tr("Intensity"), tr("Lit pixels")});
    m_quantity->setToolTip(
        tr("What the strip shows of each frame: the sum of its valid values, or how many of them are bright"));
    m_quantity->setAccessibleName(tr("Score of the strip"));
    m_readout->setAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_readout->setAccessibleName(tr("Values under the mouse"));
    m_readout->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_readout->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // long, and not to widen the window
    m_readout->setContentsMargins(6, 0, 6, 0);
    auto* strip = new QHBoxLayout;
    strip->setContentsMargins(4, 0, 4, 0);
    strip->addWidget(m_strip, 1);
    strip->addWidget(m_quantity);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->setSpacing(4);
    layout->addWidget(m_controls);
    layout->addWidget(pictures, 1);
    layout->addWidget(m_readout);
    layout->addLayout(strip);
    layout->addWidget(m_player);
}

void FrameView::connectParts() {
    connect(m_left, &HeatMap::hovered, this, [this](double x, double y, double v) { showReadout(true, x, y, v); });
    connect(m_right, &HeatMap::hovered, this, [this](double x, double y, double v) { showReadout(false, x, y, v); });
    connect(m_left, &HeatMap::hoverLeft, m_readout, &QLabel::clear);
    connect(m_right, &HeatMap::hoverLeft, m_readout, &QLabel::clear);
    connect(m_player, &FramePlayer::indexChanged, this, &FrameView::takeFrameNumber);
    connect(m_strip, &HitStrip::frameClicked, this, [this](std::uint64_t frame) {
        if (frame == frameIndex())
            takeFrameNumber(frame);
        else
            setFrameIndex(frame);
    });
    connect(m_strip, &HitStrip::rangeSelected, this, [this](FrameRange range) {
        m_controls->setRange(range);
        if (isSingle())
            m_controls->setStatistic(FrameStatistic::mean);
        takeStatistic();
    });
    connect(m_quantity, &QComboBox::currentIndexChanged, m_strip,
            [this](int i) { m_strip->setQuantity(static_cast<HitStrip::Quantity>(i)); });
    connect(m_controls, &FrameControls::statisticChanged, this, &FrameView::takeStatistic);
    connect(m_controls, &FrameControls::rangeChanged, this, [this](FrameRange range) {
        m_strip->setSelection(range);
        if (!isSingle())
            takeStatistic();
    });
    connect(m_controls, &FrameControls::stopRequested, this, &FrameView::statisticsStopRequested);
    connect(m_controls, &FrameControls::stepChanged, this, &FrameView::refresh);
    connect(m_controls, &FrameControls::polarWantedChanged, this, &FrameView::refresh);
    connect(m_controls, &FrameControls::lookChanged, this, [this] {
        showShade();
        drawRings();
    });
    connect(m_controls, &FrameControls::maskColourAsked, this, [this] {
        const QColor colour =
            QColorDialog::getColor(m_maskColour, this, tr("Colour of the mask"), QColorDialog::ShowAlphaChannel);
        if (colour.isValid())
            setMaskColour(colour);
    });
}

void FrameView::setRun(std::shared_ptr<const RunInfo> run) {
    m_run = std::move(run);
    m_geometry = m_run ? m_run->geometry : nullptr;
    m_frame.reset();
    m_sums.reset();
    m_values.reset();
    m_assembly.reset();
    m_rejected.clear();
    const std::uint64_t count = m_run ? m_run->frameCount.value_or(0) : 0;
    m_player->setCount(count);
    m_controls->setFrameCount(count);
    m_controls->setPolarOptional(m_run && !m_run->polarGrid && m_run->panels > 0);
    m_strip->setFrameCount(count);
    m_readout->clear();
    m_leftPanel->setNote({});
    std::shared_ptr<const PixelPlacement> left, right;
    if (m_run && m_run->polarGrid) {
        left = placeDisk(m_run->polarGrid->q, m_run->polarGrid->phiCount);
        right = fxs::placeRings(m_run->polarGrid->q, m_run->polarGrid->phiCount);
    }
    takePlacements(std::move(left), std::move(right));
    if (!m_run)
        present({});
    drawRings();
    if (m_run && m_wantedFrame)
        setFrameIndex(*std::exchange(m_wantedFrame, std::nullopt));
}

void FrameView::setGeometry(std::shared_ptr<const DetectorGeometry> geometry) {
    if (geometry == m_geometry)
        return;
    m_geometry = std::move(geometry);
    if (m_values && !m_values->polar)
        refresh();
}

void FrameView::setFrame(std::shared_ptr<const BrowsedFrame> frame) {
    m_player->frameArrived();
    m_frame = std::move(frame);
    if (isSingle())
        refresh();
}

void FrameView::setStatistics(std::shared_ptr<const RangeStatistics> statistics) {
    if (statistics->range != m_controls->range())
        return; // of an older wish
    m_sums = std::move(statistics);
    m_controls->setProgress(m_sums->frames, m_sums->range.count(), !m_sums->complete);
    if (!isSingle())
        refresh();
}

void FrameView::setScores(std::shared_ptr<const HitScores> scores) {
    m_strip->setScores(std::move(scores));
}

void FrameView::setCorrector(FrameCorrector corrector) {
    m_corrector = std::move(corrector);
    m_controls->setSteps({}); // the frame brings them
    if (m_frame && isSingle())
        refresh();
}

void FrameView::setDrawnMask(std::shared_ptr<const Array<std::uint8_t, 3>> mask) {
    if (mask == m_drawnMask)
        return;
    m_drawnMask = std::move(mask);
    refresh();
}

void FrameView::setMessage(const QString& message) {
    m_player->frameArrived();
    m_leftPanel->setNote(message);
}

bool FrameView::isSingle() const {
    return m_controls->statistic() == FrameStatistic::single;
}

void FrameView::takeFrameNumber(std::uint64_t index) {
    m_strip->setCurrent(index);
    if (!isSingle()) { // who turns to a frame wants to see it
        m_controls->setStatistic(FrameStatistic::single);
        takeStatistic();
    }
    Q_EMIT frameRequested(index);
}

void FrameView::takeStatistic() {
    if (isSingle()) {
        Q_EMIT statisticsStopRequested();
        m_controls->setProgress(0, 0, false);
        m_strip->setSelection(std::nullopt);
        refresh();
        return;
    }
    setPlaying(false);
    const FrameRange range = m_controls->range();
    m_strip->setSelection(range);
    if (m_sums && m_sums->range == range && m_sums->complete) {
        m_controls->setProgress(m_sums->frames, range.count(), false);
        refresh();
        return;
    }
    m_controls->setProgress(0, range.count(), true);
    Q_EMIT statisticsRequested(range);
}

void FrameView::refresh() {
    Request request;
    request.geometry = m_geometry;
    request.drawnMask = m_drawnMask;
    request.polarWanted = m_controls->isPolarWanted();
    if (isSingle()) {
        request.frame = m_frame;
        request.corrector = m_corrector;
        request.step = m_controls->step();
    } else {
        request.sums = m_sums;
        request.statistic = m_controls->statistic();
    }
    if (!request.frame && !request.sums)
        return;
    m_work.submit([this, request, workshop = m_workshop]() -> std::function<void()> {
        auto shown = std::make_shared<const Shown>(workshop->make(request));
        return [this, shown, request] {
            // What belongs to a run or a choice that was left is not shown.
            if (!m_run || (request.frame ? !isSingle() || request.frame->run != m_run : isSingle()))
                return;
            present(*shown);
            QStringList notes;
            if (request.frame)
                notes << tr("frame %L1").arg(static_cast<qulonglong>(request.frame->index));
            m_rejected = shown->rejected;
            if (!m_rejected.isEmpty())
                notes << tr("not used: %1").arg(m_rejected);
            if (!shown->note.isEmpty())
                notes << shown->note;
            m_leftPanel->setNote(notes.join(QStringLiteral(" · ")));
        };
    });
}

void FrameView::present(const Shown& shown) {
    m_values = shown.values;
    const bool polar = !shown.values || shown.values->polar;
    const bool physical = shown.assembly && shown.assembly->isPhysical();
    m_polar = polar;
    m_rightPanel->setVisible(polar || shown.right);
    m_leftPanel->setTitle(polar      ? tr("Diffraction pattern")
                          : physical ? tr("Detector")
                                     : tr("Detector, panels as stored"));
    setAxes(polar, physical);
    if (!shown.steps.isEmpty())
        m_controls->addSteps(shown.steps);
    const bool moved = m_assembly != shown.assembly;
    m_assembly = shown.assembly;
    m_shade = shown.shade;
    m_rightShade = shown.rightShade;
    showShade();
    m_left->setPicture(shown.left);
    m_right->setPicture(shown.right);
    if (!polar && moved && m_assembly)
        takePlacements(m_assembly->placement(), nullptr);
    if (moved || polar)
        drawRings();
}

void FrameView::showShade() {
    QColor colour = m_maskColour;
    if (!m_controls->isMaskShown())
        colour.setAlpha(0); // it still does not count for the levels
    m_left->setShade(m_shade, colour);
    m_right->setShade(m_rightShade, colour);
}

void FrameView::setMaskColour(const QColor& colour) {
    m_maskColour = colour;
    showShade();
}

void FrameView::setAxes(bool polar, bool physical) {
    const AxisText value{tr("intensity"), QString()};
    const QString pixel = tr("pixel");
    if (polar)
        m_left->setAxes({tr("q_x"), tr("1/Å")}, {tr("q_y"), tr("1/Å")}, value);
    else if (physical)
        m_left->setAxes({tr("x"), tr("mm")}, {tr("y"), tr("mm")}, value);
    else
        m_left->setAxes({tr("fs"), pixel}, {tr("panel × ss"), pixel}, value);
    m_right->setAxes({tr("φ"), tr("°")}, {tr("q"), tr("1/Å")}, value);
    m_right->setTickStep(45);
}

void FrameView::takePlacements(std::shared_ptr<const PixelPlacement> left,
                               std::shared_ptr<const PixelPlacement> right) {
    m_leftPlacement = std::move(left);
    m_rightPlacement = std::move(right);
    Q_EMIT placementsChanged();
}

void FrameView::drawRings() {
    std::vector<ResolutionRing> rings;
    if (m_polar && m_run && m_run->polarGrid && !m_run->polarGrid->q.empty())
        rings = patternRings(m_run->polarGrid->q.back(), m_controls->ringUnit());
    else if (m_assembly)
        rings = detectorRings(*m_assembly, m_controls->ringUnit());
    std::vector<HeatMap::Ring> drawn;
    for (const ResolutionRing& ring : rings)
        drawn.push_back({ring.radius, ring.label});
    m_left->setRings(drawn);
}

void FrameView::showReadout(bool left, double x, double y, double value) {
    const double degrees = 180 / std::numbers::pi;
    if (!left)
        m_readout->setText(polarReadout(m_values.get(), y, x, static_cast<float>(value)));
    else if (m_polar)
        m_readout->setText(
            polarReadout(m_values.get(), std::hypot(x, y), std::atan2(y, x) * degrees, static_cast<float>(value)));
    else if (m_assembly)
        m_readout->setText(detectorReadout(*m_assembly, m_values.get(), {x, y}));
}

QString FrameView::readout() const {
    return m_readout->text();
}

std::uint64_t FrameView::frameIndex() const {
    return m_player->index();
}

void FrameView::setFrameIndex(std::uint64_t index) {
    m_player->setIndex(index);
}

bool FrameView::isPlaying() const {
    return m_player->isPlaying();
}

void FrameView::setPlaying(bool playing) {
    m_player->setPlaying(playing);
}

void FrameView::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down:
        return m_player->step(event->modifiers() & Qt::ShiftModifier ? -10 : -1);
    case Qt::Key_Right:
    case Qt::Key_Up:
        return m_player->step(event->modifiers() & Qt::ShiftModifier ? 10 : 1);
    case Qt::Key_PageUp:
        return m_player->step(m_player->pageStep());
    case Qt::Key_PageDown:
        return m_player->step(-m_player->pageStep());
    case Qt::Key_Home:
        return setFrameIndex(0);
    case Qt::Key_End:
        return m_player->goToEnd();
    case Qt::Key_Space:
        return setPlaying(!isPlaying());
    case Qt::Key_M:
        return m_controls->maskButton()->toggle();
    case Qt::Key_Escape:
        Q_EMIT statisticsStopRequested();
        return;
    case Qt::Key_1:
    case Qt::Key_2:
    case Qt::Key_3:
    case Qt::Key_4:
        return m_controls->statisticButton(static_cast<FrameStatistic>(event->key() - Qt::Key_1))->click();
    default:
        QWidget::keyPressEvent(event);
    }
}

} // namespace fxs::ui
