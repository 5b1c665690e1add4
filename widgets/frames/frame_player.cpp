#include "widgets/frames/frame_player.h"

#include "widgets/theme/line_icon.h"

#include <QtWidgets>
#include <limits>

namespace fxs::ui {

namespace {

QToolButton* playerButton(const QString& name, const QString& keys) {
    auto* button = new QToolButton;
    button->setAutoRaise(true);
    button->setToolTip(QStringLiteral("%1 (%2)").arg(name, keys));
    button->setAccessibleName(name);
    return button;
}

} // namespace

FramePlayer::FramePlayer(QWidget* parent) : QWidget(parent) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(4, 0, 4, 0);
    m_first = playerButton(tr("First frame"), tr("Home"));
    m_back = playerButton(tr("Previous frame"), tr("Left"));
    m_play = playerButton(tr("Play"), tr("Space"));
    m_play->setCheckable(true);
    m_forward = playerButton(tr("Next frame"), tr("Right"));
    m_last = playerButton(tr("Last frame"), tr("End"));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setAccessibleName(tr("Frame"));
    m_slider->setToolTip(tr("Frame; Page Up and Page Down go by a twentieth of the run"));
    m_spin = new QSpinBox;
    m_spin->setAccessibleName(tr("Frame number"));
    m_spin->setToolTip(tr("Number of the frame, from 0"));
    m_spin->setKeyboardTracking(false);
    m_count = new QLabel;
    m_rate = new QSpinBox;
    m_rate->setRange(1, 30);
    m_rate->setValue(5);
    m_rate->setSuffix(tr(" frames/s"));
    m_rate->setToolTip(tr("Speed of the player; slow frames are waited for"));
    m_rate->setAccessibleName(tr("Speed of the player"));
    for (QWidget* w : std::initializer_list<QWidget*>{m_first, m_back, m_play, m_forward, m_last})
        row->addWidget(w);
    row->addWidget(m_slider, 1);
    for (QWidget* w : std::initializer_list<QWidget*>{m_spin, m_count, m_rate})
        row->addWidget(w);

    connect(m_slider, &QSlider::valueChanged, m_spin, &QSpinBox::setValue);
    connect(m_spin, &QSpinBox::valueChanged, this, [this](int value) {
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(value);
        m_awaited = true;
        Q_EMIT indexChanged(static_cast<std::uint64_t>(value));
    });
    connect(m_first, &QToolButton::clicked, this, [this] { m_spin->setValue(0); });
    connect(m_back, &QToolButton::clicked, m_spin, &QSpinBox::stepDown);
    connect(m_forward, &QToolButton::clicked, m_spin, &QSpinBox::stepUp);
    connect(m_last, &QToolButton::clicked, this, &FramePlayer::goToEnd);
    connect(m_play, &QToolButton::toggled, this, &FramePlayer::setPlaying);
    connect(m_rate, &QSpinBox::valueChanged, this, [this](int rate) { m_timer.setInterval(1000 / rate); });
    connect(&m_timer, &QTimer::timeout, this, [this] {
        // A run read more slowly than it is played skips nothing: the next frame is asked for when the last one is here.
        if (!m_awaited)
            m_spin->setValue(m_spin->value() >= m_spin->maximum() ? 0 : m_spin->value() + 1);
    });
    setCount(0);
    applyTheme();
}

void FramePlayer::setCount(std::uint64_t count) {
    setPlaying(false);
    m_awaited = false;
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
    m_count->setText(count > 0 ? tr("of %L1").arg(static_cast<qulonglong>(count)) : QString());
    for (QWidget* w :
         std::initializer_list<QWidget*>{m_first, m_back, m_play, m_forward, m_last, m_slider, m_spin, m_rate})
        w->setEnabled(count > 1);
}

std::uint64_t FramePlayer::index() const {
    return static_cast<std::uint64_t>(m_spin->value());
}

void FramePlayer::setIndex(std::uint64_t index) {
    m_spin->setValue(static_cast<int>(std::min<std::uint64_t>(index, std::numeric_limits<int>::max())));
}

void FramePlayer::step(int by) {
    m_spin->setValue(std::clamp(m_spin->value() + by, 0, m_spin->maximum()));
}

void FramePlayer::goToEnd() {
    m_spin->setValue(m_spin->maximum());
}

int FramePlayer::pageStep() const {
    return m_slider->pageStep();
}

int FramePlayer::rate() const {
    return m_rate->value();
}

void FramePlayer::setRate(int framesPerSecond) {
    m_rate->setValue(framesPerSecond);
}

void FramePlayer::setPlaying(bool playing) {
    playing = playing && m_spin->maximum() > 0;
    const QSignalBlocker quiet(m_play);
    m_play->setChecked(playing);
    m_play->setIcon(lineIcon(playing ? QStringLiteral("pause") : QStringLiteral("play"), palette()));
    if (playing)
        m_timer.start(1000 / m_rate->value());
    else
        m_timer.stop();
}

void FramePlayer::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

void FramePlayer::applyTheme() {
    m_first->setIcon(lineIcon(QStringLiteral("first"), palette()));
    m_back->setIcon(lineIcon(QStringLiteral("back"), palette()));
    m_play->setIcon(lineIcon(m_timer.isActive() ? QStringLiteral("pause") : QStringLiteral("play"), palette()));
    m_forward->setIcon(lineIcon(QStringLiteral("forward"), palette()));
    m_last->setIcon(lineIcon(QStringLiteral("last"), palette()));
}

} // namespace fxs::ui
