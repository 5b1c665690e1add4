#include "widgets/frames/frame_controls.h"

#include <QtWidgets>
#include <limits>

namespace fxs::ui {

namespace {

QToolButton* textButton(const QString& text, const QString& tip, bool checkable) {
    auto* button = new QToolButton;
    button->setText(text);
    button->setToolTip(tip);
    button->setAccessibleName(text);
    button->setCheckable(checkable);
    // The dark palette's own way of drawing a checked button is hardly seen.
    button->setStyleSheet(
        QStringLiteral("QToolButton:checked { background: palette(highlight); color: palette(highlighted-text);"
                       " border-radius: 3px; padding: 3px 6px; }"));
    return button;
}

} // namespace

FrameControls::FrameControls(QWidget* parent) : QWidget(parent), m_statistics(new QButtonGroup(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(4, 0, 4, 0);
    row->setSpacing(4);
    const QString names[] = {tr("Single"), tr("Sum"), tr("Mean"), tr("Max")};
    const QString tips[] = {tr("One frame"), tr("Sum of the frames from … to"), tr("Mean of the frames from … to"),
                            tr("Largest value of each pixel in the frames from … to")};
    for (int i = 0; i < 4; ++i) {
        QToolButton* button = textButton(names[i], tips[i], true);
        m_statistics->addButton(button, i);
        row->addWidget(button);
    }
    m_statistics->button(0)->setChecked(true);
    const auto number = [](const QString& name) {
        auto* box = new QSpinBox;
        box->setKeyboardTracking(false);
        box->setToolTip(name);
        box->setAccessibleName(name);
        return box;
    };
    m_first = number(tr("First frame of sum, mean and maximum"));
    m_last = number(tr("Last frame of sum, mean and maximum"));
    m_all = textButton(tr("All"), tr("All frames of the run"), false);
    m_stop = textButton(tr("Stop"), tr("Ends the sum and keeps what it has (Escape)"), false);
    m_progress = new QLabel;
    m_progress->setAccessibleName(tr("Frames summed"));
    row->addSpacing(6);
    row->addWidget(m_first);
    row->addWidget(new QLabel(QStringLiteral("–")));
    for (QWidget* w : std::initializer_list<QWidget*>{m_last, m_all, m_stop, m_progress})
        row->addWidget(w);
    row->addStretch(1);
    m_stepLabel = new QLabel(tr("Show"));
    m_steps = new QComboBox;
    m_steps->setToolTip(
        tr("Frames as they are stored, or after a step of the preprocessing that the settings ask for"));
    m_steps->setAccessibleName(tr("Show frames"));
    m_polar = textButton(tr("Polar image"), tr("Also show the frame as rings against azimuth, by the geometry"), true);
    m_mask =
        textButton(tr("Mask"), tr("Tint the pixels that the run's mask leaves out; right click: colour (M)"), true);
    m_mask->setChecked(true);
    m_mask->setContextMenuPolicy(Qt::CustomContextMenu);
    m_rings = new QComboBox;
    m_rings->addItems({tr("No rings"), tr("Rings in Å"), tr("Rings in nm"), tr("Rings in 1/Å")});
    m_rings->setCurrentIndex(1);
    m_rings->setToolTip(tr("Circles of constant resolution d = 2π/q around the beam"));
    m_rings->setAccessibleName(tr("Resolution rings"));
    for (QWidget* w : std::initializer_list<QWidget*>{m_stepLabel, m_steps, m_polar, m_mask, m_rings})
        row->addWidget(w);

    connect(m_statistics, &QButtonGroup::idClicked, this, [this](int id) {
        m_statistic = static_cast<FrameStatistic>(id);
        Q_EMIT statisticChanged(m_statistic);
    });
    connect(m_first, &QSpinBox::valueChanged, this, [this](int first) {
        const QSignalBlocker quiet(m_last);
        m_last->setValue(std::max(first, m_last->value()));
        takeRange();
    });
    connect(m_last, &QSpinBox::valueChanged, this, [this](int last) {
        const QSignalBlocker quiet(m_first);
        m_first->setValue(std::min(last, m_first->value()));
        takeRange();
    });
    connect(m_all, &QToolButton::clicked, this, [this] {
        setRange({0, static_cast<std::uint64_t>(m_last->maximum()) + 1});
        takeRange();
    });
    connect(m_stop, &QToolButton::clicked, this, &FrameControls::stopRequested);
    connect(m_steps, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_step = index > 0 ? m_steps->currentText() : QString();
        Q_EMIT stepChanged();
    });
    connect(m_mask, &QToolButton::toggled, this, &FrameControls::lookChanged);
    connect(m_mask, &QWidget::customContextMenuRequested, this, &FrameControls::maskColourAsked);
    connect(m_rings, &QComboBox::currentIndexChanged, this, &FrameControls::lookChanged);
    connect(m_polar, &QToolButton::toggled, this, &FrameControls::polarWantedChanged);
    setSteps({});
    setPolarOptional(false);
    setFrameCount(0);
}

void FrameControls::setFrameCount(std::uint64_t count) {
    const int last =
        static_cast<int>(std::min<std::uint64_t>(count > 0 ? count - 1 : 0, std::numeric_limits<int>::max() - 1));
    const QSignalBlocker quietFirst(m_first), quietLast(m_last);
    m_first->setRange(0, last);
    m_last->setRange(0, last);
    m_first->setValue(0);
    m_last->setValue(last);
    for (QWidget* w : std::initializer_list<QWidget*>{m_first, m_last, m_all})
        w->setEnabled(count > 1);
    for (QAbstractButton* button : m_statistics->buttons())
        button->setEnabled(count > 0);
    setStatistic(FrameStatistic::single);
    setProgress(0, 0, false);
}

void FrameControls::setStatistic(FrameStatistic statistic) {
    m_statistic = statistic;
    m_statistics->button(static_cast<int>(statistic))->setChecked(true);
}

FrameRange FrameControls::range() const {
    return {static_cast<std::uint64_t>(m_first->value()), static_cast<std::uint64_t>(m_last->value()) + 1};
}

void FrameControls::setRange(FrameRange range) {
    const QSignalBlocker quietFirst(m_first), quietLast(m_last);
    const auto limit = static_cast<std::uint64_t>(m_last->maximum());
    m_first->setValue(static_cast<int>(std::min(range.first, limit)));
    m_last->setValue(static_cast<int>(std::min(range.end > 0 ? range.end - 1 : 0, limit)));
}

void FrameControls::takeRange() {
    Q_EMIT rangeChanged(range());
}

void FrameControls::setProgress(std::uint64_t done, std::uint64_t total, bool running) {
    m_stop->setVisible(running);
    m_progress->setText(
        total == 0 ? QString()
        : running || done < total
            ? tr("%L1 of %L2 frames").arg(static_cast<qulonglong>(done)).arg(static_cast<qulonglong>(total))
            : tr("%L1 frames").arg(static_cast<qulonglong>(done)));
}

void FrameControls::setSteps(const QStringList& steps) {
    const QSignalBlocker quiet(m_steps);
    m_steps->clear();
    m_steps->addItem(tr("as stored"));
    m_steps->addItems(steps);
    m_steps->setCurrentIndex(std::max(0, m_step.isEmpty() ? 0 : m_steps->findText(m_step)));
    m_steps->setVisible(!steps.isEmpty());
    m_stepLabel->setVisible(!steps.isEmpty());
}

void FrameControls::addSteps(const QStringList& steps) {
    QStringList all;
    for (int i = 1; i < m_steps->count(); ++i)
        all << m_steps->itemText(i);
    const qsizetype before = all.size();
    qsizetype at = 0; // new ones follow the step that they follow in the frame
    for (const QString& step : steps) {
        const qsizetype there = all.indexOf(step);
        if (there < 0)
            all.insert(at, step);
        at = (there < 0 ? at : there) + 1;
    }
    if (all.size() != before)
        setSteps(all);
}

void FrameControls::setStep(const QString& step) {
    if (step == m_step)
        return;
    m_step = step;
    const QSignalBlocker quiet(m_steps);
    m_steps->setCurrentIndex(std::max(0, m_step.isEmpty() ? 0 : m_steps->findText(m_step)));
    Q_EMIT stepChanged();
}

void FrameControls::setPolarOptional(bool optional) {
    m_polar->setVisible(optional);
}

bool FrameControls::isPolarWanted() const {
    return m_polar->isChecked();
}

bool FrameControls::isMaskShown() const {
    return m_mask->isChecked();
}

RingUnit FrameControls::ringUnit() const {
    return static_cast<RingUnit>(m_rings->currentIndex());
}

QAbstractButton* FrameControls::maskButton() const {
    return m_mask;
}

QAbstractButton* FrameControls::polarButton() const {
    return m_polar;
}

QAbstractButton* FrameControls::statisticButton(FrameStatistic statistic) const {
    return m_statistics->button(static_cast<int>(statistic));
}

} // namespace fxs::ui
