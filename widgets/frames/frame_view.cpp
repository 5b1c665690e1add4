#include "widgets/frames/frame_view.h"

#include "widgets/frames/frame_pictures.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/image_controls.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/plot_style.h"
#include "widgets/theme/line_icon.h"

#include <QtWidgets>
#include <cmath>
#include <limits>
#include <numbers>

namespace fxs::ui {

namespace {

QToolButton* playerButton(const QString& tip) {
    auto* button = new QToolButton;
    button->setAutoRaise(true);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    return button;
}

} // namespace

FrameView::FrameView(Background& background, QWidget* parent)
    : QWidget(parent), m_work(background), m_left(new HeatMap), m_right(new HeatMap) {
    m_leftPanel = new Panel(tr("Diffraction pattern"), m_left);
    m_rightPanel = new Panel(tr("Rings"), m_right);
    m_left->setTitle(tr("Diffraction pattern"));
    m_right->setTitle(tr("Rings against azimuth"));
    for (HeatMap* map : {m_left, m_right})
        map->setColourScale(ColourScale::logarithmic);
    m_left->setColourMap(ColourMap::magma);
    m_right->setColourMap(ColourMap::magma);
    m_leftPanel->addControl(new ImageControls(m_left));
    m_rightPanel->addControl(new ImageControls(m_right));
    m_left->setSquare(true);
    m_left->setCursorVisible(false, false);
    m_right->setCursorVisible(false, false);

    auto* pictures = new QSplitter(Qt::Horizontal);
    pictures->addWidget(m_leftPanel);
    pictures->addWidget(m_rightPanel);
    pictures->setSizes({500, 500});
    pictures->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->addWidget(pictures, 1);
    layout->addWidget(makePlayer());

    connect(m_left, &HeatMap::hovered, this, [this](double x, double y, double v) { showReadout(m_polar, x, y, v); });
    connect(m_right, &HeatMap::hovered, this, [this](double x, double y, double v) { showReadout(false, x, y, v); });
    connect(m_left, &HeatMap::hoverLeft, m_readout, &QLabel::clear);
    connect(m_right, &HeatMap::hoverLeft, m_readout, &QLabel::clear);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        // A run read more slowly than it is played skips nothing: the next frame is asked for when the last one is here.
        if (!m_frameAwaited)
            setFrameIndex(m_spin->value() >= m_spin->maximum() ? 0 : static_cast<std::uint64_t>(m_spin->value()) + 1);
    });
    applyTheme();
    setRun(nullptr);
}

FrameView::~FrameView() = default;

QWidget* FrameView::makePlayer() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(4, 0, 4, 0);
    m_first = playerButton(tr("First frame"));
    m_back = playerButton(tr("Previous frame"));
    m_play = playerButton(tr("Play (Space)"));
    m_play->setCheckable(true);
    m_play->setShortcut(Qt::Key_Space);
    m_forward = playerButton(tr("Next frame"));
    m_last = playerButton(tr("Last frame"));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setAccessibleName(tr("Frame"));
    m_spin = new QSpinBox;
    m_spin->setAccessibleName(tr("Frame number"));
    m_spin->setKeyboardTracking(false);
    m_count = new QLabel;
    m_rate = new QSpinBox;
    m_rate->setRange(1, 30);
    m_rate->setValue(5);
    m_rate->setSuffix(tr(" frames/s"));
    m_rate->setToolTip(tr("Speed of the player"));
    m_readout = new QLabel;
    m_readout->setMinimumWidth(430);
    m_readout->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_readout->setAccessibleName(tr("Values under the mouse"));
    for (QWidget* w : {static_cast<QWidget*>(m_first), static_cast<QWidget*>(m_back), static_cast<QWidget*>(m_play),
                       static_cast<QWidget*>(m_forward), static_cast<QWidget*>(m_last)})
        row->addWidget(w);
    row->addWidget(m_slider, 1);
    row->addWidget(m_spin);
    row->addWidget(m_count);
    row->addWidget(m_rate);
    row->addWidget(m_readout);

    connect(m_slider, &QSlider::valueChanged, m_spin, &QSpinBox::setValue);
    connect(m_spin, &QSpinBox::valueChanged, this, [this](int value) {
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(value);
        m_frameAwaited = true;
        Q_EMIT frameRequested(static_cast<std::uint64_t>(value));
    });
    connect(m_first, &QToolButton::clicked, this, [this] { m_spin->setValue(0); });
    connect(m_back, &QToolButton::clicked, m_spin, &QSpinBox::stepDown);
    connect(m_forward, &QToolButton::clicked, m_spin, &QSpinBox::stepUp);
    connect(m_last, &QToolButton::clicked, this, [this] { m_spin->setValue(m_spin->maximum()); });
    connect(m_play, &QToolButton::toggled, this, &FrameView::setPlaying);
    connect(m_rate, &QSpinBox::valueChanged, this, [this](int rate) { m_timer.setInterval(1000 / rate); });
    return bar;
}

void FrameView::setRun(std::shared_ptr<const RunInfo> run) {
    setPlaying(false);
    m_run = std::move(run);
    m_frameAwaited = false;
    const std::uint64_t count = m_run ? m_run->frameCount.value_or(0) : 0;
    const int last =
        static_cast<int>(std::min<std::uint64_t>(count > 0 ? count - 1 : 0, std::numeric_limits<int>::max()));
    {
        const QSignalBlocker quietSpin(m_spin), quietSlider(m_slider);
        m_spin->setRange(0, last);
        m_slider->setRange(0, last);
        m_spin->setValue(0);
        m_slider->setValue(0);
    }
    m_slider->setPageStep(std::max(1, last / 20));
    m_count->setText(count > 0 ? tr("of %L1").arg(count) : QString());
    for (QWidget* w : {static_cast<QWidget*>(m_first), static_cast<QWidget*>(m_back), static_cast<QWidget*>(m_play),
                       static_cast<QWidget*>(m_forward), static_cast<QWidget*>(m_last), static_cast<QWidget*>(m_slider),
                       static_cast<QWidget*>(m_spin), static_cast<QWidget*>(m_rate)})
        w->setEnabled(count > 1);
    if (!m_run)
        showPictures(nullptr, nullptr, true);
    placeRings();
}

void FrameView::setFrame(std::shared_ptr<const BrowsedFrame> frame) {
    m_frameAwaited = false;
    m_work.submit([this, frame]() -> std::function<void()> {
        const bool polar = frame->polar.frameCount() > 0;
        PicturePtr left = polar ? diskPicture(*frame) : detectorPicture(*frame);
        PicturePtr right = polar ? polarPicture(*frame) : nullptr;
        return [this, frame, left, right, polar] {
            showPictures(left, right, polar);
            m_leftPanel->setNote(tr("frame %L1").arg(frame->index));
        };
    });
}

void FrameView::setMessage(const QString& message) {
    m_frameAwaited = false;
    m_leftPanel->setNote(message);
}

void FrameView::showPictures(PicturePtr left, PicturePtr right, bool polar) {
    m_polar = polar;
    m_rightPanel->setVisible(polar);
    m_leftPanel->setTitle(polar ? tr("Diffraction pattern") : tr("Detector"));
    const AxisText value{tr("intensity"), QString()};
    if (polar) {
        m_left->setAxes({tr("q_x"), tr("1/Å")}, {tr("q_y"), tr("1/Å")}, value);
        m_right->setAxes({tr("φ"), tr("°")}, {tr("q"), tr("1/Å")}, value);
        m_right->setTickStep(45);
    } else {
        m_left->setAxes({tr("fs"), tr("pixel")}, {tr("ss"), tr("pixel")}, value);
    }
    m_left->setPicture(std::move(left));
    m_right->setPicture(std::move(right));
    placeRings();
}

void FrameView::placeRings() {
    std::vector<HeatMap::Ring> rings;
    if (m_polar && m_run && m_run->polarGrid && !m_run->polarGrid->q.empty()) {
        const double edge = m_run->polarGrid->q.back();
        // Three rings at round d-spacings: the outermost that fits, then twice and four times as coarse.
        const double finest = 2 * std::numbers::pi / edge;
        const double magnitude = std::pow(10.0, std::floor(std::log10(finest)));
        const double round = std::ceil(finest / magnitude * 2) / 2 * magnitude;
        for (const double d : {round, 2 * round, 4 * round})
            rings.push_back({2 * std::numbers::pi / d, tr("%1 Å").arg(d, 0, 'g', 4)});
    }
    m_left->setRings(rings);
}

void FrameView::showReadout(bool disk, double x, double y, double value) {
    const QString shown = tr("value %1").arg(std::isfinite(value) ? shortNumber(value) : tr("masked"));
    if (!m_polar) {
        m_readout->setText(tr("fs %1   ss %2   %3").arg(qRound(x)).arg(qRound(y)).arg(shown));
        return;
    }
    const double q = disk ? std::hypot(x, y) : y;
    double phi = disk ? std::atan2(y, x) * 180 / std::numbers::pi : x;
    phi = phi < 0 ? phi + 360 : phi;
    const QString d = q > 0 ? QString::number(2 * std::numbers::pi / q, 'f', 1) : QStringLiteral("∞");
    m_readout->setText(tr("q %1 1/Å   d %2 Å   φ %3°   %4").arg(q, 0, 'f', 4).arg(d).arg(phi, 0, 'f', 1).arg(shown));
}

std::uint64_t FrameView::frameIndex() const {
    return static_cast<std::uint64_t>(m_spin->value());
}

void FrameView::setFrameIndex(std::uint64_t index) {
    m_spin->setValue(static_cast<int>(std::min<std::uint64_t>(index, std::numeric_limits<int>::max())));
}

void FrameView::setPlaying(bool playing) {
    const QSignalBlocker quiet(m_play);
    m_play->setChecked(playing);
    m_play->setIcon(lineIcon(playing ? QStringLiteral("pause") : QStringLiteral("play"), palette()));
    if (playing)
        m_timer.start(1000 / m_rate->value());
    else
        m_timer.stop();
}

void FrameView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

void FrameView::applyTheme() {
    m_first->setIcon(lineIcon(QStringLiteral("first"), palette()));
    m_back->setIcon(lineIcon(QStringLiteral("back"), palette()));
    m_play->setIcon(lineIcon(m_timer.isActive() ? QStringLiteral("pause") : QStringLiteral("play"), palette()));
    m_forward->setIcon(lineIcon(QStringLiteral("forward"), palette()));
    m_last->setIcon(lineIcon(QStringLiteral("last"), palette()));
}

} // namespace fxs::ui
