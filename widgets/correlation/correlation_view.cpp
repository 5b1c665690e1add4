#include "widgets/correlation/correlation_view.h"

#include "widgets/correlation/label_choice.h"
#include "widgets/correlation/map_trio.h"
#include "widgets/correlation/quality_plot.h"
#include "widgets/correlation/saxs_plot.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/four_panels.h"
#include "widgets/plot/grid_spin.h"
#include "widgets/plot/image_controls.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/plot_style.h"
#include "widgets/plot/stale_mark.h"

#include <QtWidgets>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

enum CurveKind { kIntensity, kGuinier, kKratky, kPerRing, kPerHarmonic, kGrowth };

constexpr qint32 kStateVersion = 1;

} // namespace

CorrelationView::CorrelationView(Background& background, QWidget* parent)
    : QWidget(parent), m_diagonalWork(background), m_pairWork(background), m_lineWork(background),
      m_line(new CurvePlot), m_saxs(new SaxsPlot(background)), m_quality(new QualityPlot), m_labels(new LabelChoice) {
    makePanels();
    auto* row = new QSplitter(Qt::Horizontal);
    row->setChildrenCollapsible(false);
    row->addWidget(m_labels);
    row->addWidget(m_panels);
    row->setStretchFactor(1, 1);
    row->setSizes({150, 900});
    m_labels->setVisible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->addWidget(makeControls());
    layout->addWidget(row, 1);
    connectCursors();
    connect(m_labels, &LabelChoice::changed, this, &CorrelationView::refreshAll);
    refreshAll();
}

CorrelationView::~CorrelationView() = default;

void CorrelationView::makePanels() {
    const std::array<QString, 3> captions{tr("Raw"), tr("Filtered (M-TIF)"), tr("Raw − filtered")};
    m_diagonal = new MapTrio(tr("Correlation of each ring with itself against azimuth difference"), captions);
    m_pairs = new MapTrio(tr("Correlation of two rings at one azimuth difference"), captions);
    m_diagonal->setTickStep(45);
    m_pairs->setSquare(true);
    m_line->setTitle(tr("Correlation of two rings against azimuth difference"));
    m_line->setTickStep(45);
    m_line->setMinimumHeight(80);
    m_line->setRangeX(Levels{0, 360});
    m_line->setToolTip(
        tr("Band: standard error of the mean over images, from the difference of the half sets, harmonic by harmonic. "
           "It does not hold what both halves share, such as background."));
    m_diagonalPanel = new Panel(tr("C₂(q, q, Δφ)"), m_diagonal);
    m_pairPanel = new Panel(tr("C₂(q, q′) at Δφ"), m_pairs);
    m_linePanel = new Panel(tr("Line through the cursor"), m_line);
    m_diagonalPanel->addControl(new ImageControls(m_diagonal->map()));
    m_pairPanel->addControl(new ImageControls(m_pairs->map()));
    m_curves = new QStackedWidget;
    m_curves->addWidget(m_saxs);
    m_curves->addWidget(m_quality);
    m_curvePanel = new Panel(tr("Mean image"), m_curves);
    m_curveKind = new QComboBox;
    m_curveKind->addItems({tr("Mean image I(q)"), tr("Guinier"), tr("Kratky"), tr("Half sets per ring"),
                           tr("Half sets per harmonic"), tr("Half sets, growth")});
    m_curveKind->insertSeparator(3);
    m_curveKind->setAccessibleName(tr("What is drawn of the mean image or of the half sets"));
    m_curveKind->setToolTip(tr("The mean image against q, or how well the two half sets agree"));
    m_curvePanel->addControl(m_curveKind);
    m_panels = new FourPanels(m_diagonalPanel, m_pairPanel, m_linePanel, m_curvePanel, 0.55, 0.56);
    // The separator counts as an item.
    connect(m_curveKind, &QComboBox::currentIndexChanged, this,
            [this](int index) { chooseCurves(index > kKratky ? index - 1 : index); });
    connect(m_quality, &QualityPlot::noteChanged, this, [this] {
        if (m_curves->currentWidget() == m_quality)
            m_curvePanel->setNote(m_quality->note());
    });
}

void CorrelationView::chooseCurves(int index) {
    const bool quality = index >= kPerRing;
    m_curves->setCurrentIndex(quality ? 1 : 0);
    m_curvePanel->setTitle(quality ? tr("Half sets") : tr("Mean image"));
    m_curvePanel->setNote({});
    if (quality)
        m_quality->setKind(static_cast<QualityPlot::Kind>(index - kPerRing));
    else
        m_saxs->setKind(static_cast<SaxsPlot::Kind>(index));
}

QWidget* CorrelationView::makeControls() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(2, 0, 2, 0);
    m_kind = new QComboBox;
    m_kind->addItems({tr("Raw"), tr("Filtered (M-TIF)"), tr("Raw − filtered"), tr("Side by side")});
    m_kind->setToolTip(
        tr("C2 as accumulated, as the filtered coefficients give it back, their difference, or all three with the "
           "same levels"));
    m_kind->setAccessibleName(tr("Which correlation"));
    m_subtract = new QCheckBox(tr("Without mean"));
    m_subtract->setToolTip(tr("Leaves out the mean over Δφ (m = 0), which holds the mean image only"));
    m_subtract->setChecked(true);
    m_normalise = new QCheckBox(tr("Normalised"));
    m_normalise->setToolTip(
        tr("Divides by ⟨I(q)⟩⟨I(q′)⟩, the mean intensities of both rings, so that all rings can be seen at once"));
    m_normalise->setChecked(true);
    m_summary = new QLabel;
    m_stale = new StaleMark;
    row->addWidget(m_kind);
    row->addSpacing(6);
    addCursorFields(*row);
    row->addSpacing(6);
    row->addWidget(m_subtract);
    row->addWidget(m_normalise);
    row->addStretch(1);
    row->addWidget(m_stale);
    row->addWidget(m_summary);
    connect(m_kind, &QComboBox::currentIndexChanged, this, [this](int index) {
        const bool side = index == showSideBySide;
        m_diagonal->setSideBySide(side);
        m_pairs->setSideBySide(side);
        m_panels->setArrangement(side ? FourPanels::Arrangement::rows : FourPanels::Arrangement::grid);
        refreshAll();
    });
    connect(m_subtract, &QCheckBox::toggled, this, &CorrelationView::refreshAll);
    connect(m_normalise, &QCheckBox::toggled, this, &CorrelationView::refreshAll);
    return bar;
}

void CorrelationView::addCursorFields(QHBoxLayout& row) {
    const QString help =
        tr("The cursor: arrow keys step through the rings or azimuths, a typed value goes to the nearest");
    m_q1Field = new GridSpin(tr("Cursor q"), help, tr("1/Å"), 4);
    m_q2Field = new GridSpin(tr("Cursor q′"), help, tr("1/Å"), 4);
    m_deltaField = new GridSpin(tr("Cursor azimuth difference"), help, tr("°"), 1);
    m_deltaField->setWrapping(true);
    const auto add = [&row](const QString& text, GridSpin* field) {
        auto* label = new QLabel(text);
        label->setBuddy(field);
        row.addWidget(label);
        row.addWidget(field);
    };
    add(tr("&q"), m_q1Field);
    add(tr("q&′"), m_q2Field);
    add(tr("&Δφ"), m_deltaField);
    for (GridSpin* field : {m_q1Field, m_q2Field, m_deltaField})
        connect(field, &QSpinBox::valueChanged, this, [this] {
            setCursor(static_cast<std::size_t>(m_q1Field->value()), static_cast<std::size_t>(m_q2Field->value()),
                      static_cast<std::size_t>(m_deltaField->value()));
        });
}

void CorrelationView::connectCursors() {
    connect(m_diagonal, &MapTrio::cursorMoved, this, [this](double degrees, double q) {
        const std::size_t ring = nearestRing(q);
        setCursor(ring, ring, nearestDelta(degrees));
    });
    connect(m_pairs, &MapTrio::cursorMoved, this,
            [this](double qPrime, double q) { setCursor(nearestRing(q), nearestRing(qPrime), m_delta); });
    connect(m_line, &CurvePlot::clicked, this,
            [this](double degrees) { setCursor(m_q1, m_q2, nearestDelta(degrees)); });
    connect(m_diagonal, &MapTrio::hovered, this, [this](double x, double y, double v) {
        m_diagonalPanel->setNote(
            std::isfinite(v) ? tr("q %1 1/Å  Δφ %2°  %3").arg(y, 0, 'f', 4).arg(x, 0, 'f', 1).arg(shortNumber(v))
                             : QString());
    });
    connect(m_pairs, &MapTrio::hovered, this, [this](double x, double y, double v) {
        m_pairPanel->setNote(std::isfinite(v)
                                 ? tr("q %1  q′ %2 1/Å  %3").arg(y, 0, 'f', 4).arg(x, 0, 'f', 4).arg(shortNumber(v))
                                 : QString());
    });
    connect(m_diagonal, &MapTrio::hoverLeft, this, [this] { m_diagonalPanel->setNote({}); });
    connect(m_pairs, &MapTrio::hoverLeft, this, [this] { m_pairPanel->setNote({}); });
}

HeatMap* CorrelationView::diagonalMap(std::size_t index) const {
    return m_diagonal->map(index);
}

HeatMap* CorrelationView::pairMap(std::size_t index) const {
    return m_pairs->map(index);
}

CurvePlot* CorrelationView::saxsPlot() const {
    return m_saxs->plot();
}

void CorrelationView::setShown(Shown shown) {
    m_kind->setCurrentIndex(shown);
}

CorrelationView::Shown CorrelationView::shown() const {
    return static_cast<Shown>(m_kind->currentIndex());
}

void CorrelationView::setCorrelation(std::shared_ptr<const CorrelationSnapshot> snapshot) {
    m_snapshot = std::move(snapshot);
    m_quality->setSnapshot(m_snapshot);
    placeCursor();
    refreshAll();
}

void CorrelationView::setFiltered(std::shared_ptr<const FilterResult> filtered) {
    m_filtered = std::move(filtered);
    if (shown() != showRaw)
        refreshAll();
    else
        refreshLine(); // it is drawn beside the raw one
}

void CorrelationView::setLabelled(std::vector<LabelledCorrelation> labelled) {
    m_labelled = std::move(labelled);
    QStringList names;
    for (const LabelledCorrelation& one : m_labelled)
        names << QString::fromStdString(one.label);
    m_labels->setLabels(names);
    m_labels->setVisible(!names.isEmpty());
    refreshAll();
}

void CorrelationView::setStale(const QString& why) {
    m_stale->setReason(why);
}

void CorrelationView::clear() {
    m_snapshot.reset();
    m_filtered.reset();
    m_cursorPlaced = false;
    m_quality->setSnapshot(nullptr);
    setLabelled({});
}

void CorrelationView::placeCursor() {
    const PolarGrid* rings = grid();
    m_q1Field->setPlaces(rings ? rings->q : std::vector<double>());
    m_q2Field->setPlaces(rings ? rings->q : std::vector<double>());
    std::vector<double> azimuths;
    for (std::size_t k = 0; rings && k < rings->phiCount; ++k)
        azimuths.push_back(degreesOf(k));
    m_deltaField->setPlaces(azimuths);
    if (!rings)
        return;
    if (m_wanted) {
        m_q1 = nearestRing(m_wanted->q1);
        m_q2 = nearestRing(m_wanted->q2);
        m_delta = nearestDelta(m_wanted->degrees);
    } else if (!m_cursorPlaced) {
        // A place where something can be seen: a third up in q, and off the self-correlation at Δφ = 0.
        m_q1 = m_q2 = rings->qCount() / 3;
        m_delta = rings->phiCount / 8;
    }
    m_wanted.reset();
    m_cursorPlaced = true;
    m_q1 = std::min(m_q1, rings->qCount() - 1);
    m_q2 = std::min(m_q2, rings->qCount() - 1);
    m_delta = std::min(m_delta, rings->phiCount - 1);
}

const PolarGrid* CorrelationView::grid() const {
    const bool there = m_snapshot && m_snapshot->sums && m_snapshot->sums->grid.qCount() > 0;
    return there ? &m_snapshot->sums->grid : nullptr;
}

std::size_t CorrelationView::nearestRing(double q) const {
    return grid() ? nearestPlace(grid()->q, q) : 0;
}

std::size_t CorrelationView::nearestDelta(double degrees) const {
    if (!grid())
        return 0;
    const auto count = static_cast<double>(grid()->phiCount);
    return static_cast<std::size_t>(std::clamp(std::round(degrees / 360 * count), 0.0, count - 1));
}

double CorrelationView::ringQ(std::size_t index) const {
    return grid() ? grid()->q[std::min(index, grid()->qCount() - 1)] : 0;
}

double CorrelationView::degreesOf(std::size_t index) const {
    return grid() ? 360.0 * static_cast<double>(index) / static_cast<double>(grid()->phiCount) : 0;
}

void CorrelationView::setCursor(std::size_t q1, std::size_t q2, std::size_t delta) {
    const bool otherDelta = delta != m_delta, otherLine = q1 != m_q1 || q2 != m_q2;
    m_q1 = q1;
    m_q2 = q2;
    m_delta = delta;
    if (otherDelta)
        refreshPairs();
    if (otherLine)
        refreshLine();
    showCursor();
}

void CorrelationView::showCursor() {
    const QSignalBlocker quiet1(m_q1Field), quiet2(m_q2Field), quiet3(m_deltaField);
    m_q1Field->setValue(static_cast<int>(m_q1));
    m_q2Field->setValue(static_cast<int>(m_q2));
    m_deltaField->setValue(static_cast<int>(m_delta));
    if (!grid()) {
        m_summary->clear();
        m_linePanel->setNote({});
        m_pairPanel->setNote({});
        m_line->setCursor(std::nullopt);
        return;
    }
    const double degrees = degreesOf(m_delta);
    m_diagonal->setCursorPosition(degrees, ringQ(m_q1));
    m_pairs->setCursorPosition(ringQ(m_q2), ringQ(m_q1));
    m_line->setCursor(degrees);
    m_linePanel->setNote(
        tr("q = %1, q′ = %2 1/Å; band: ± standard error").arg(ringQ(m_q1), 0, 'f', 4).arg(ringQ(m_q2), 0, 'f', 4));
    m_pairPanel->setTitle(tr("C₂(q, q′) at Δφ = %1°").arg(degrees, 0, 'f', 1));
    m_summary->setText(tr("%L1 images").arg(m_snapshot->sums->frameCount()));
}

QByteArray CorrelationView::saveViewState() const {
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    const Place place = grid() ? Place{ringQ(m_q1), ringQ(m_q2), degreesOf(m_delta)} : m_wanted.value_or(Place{});
    out << kStateVersion << (grid() || m_wanted.has_value()) << place.q1 << place.q2 << place.degrees
        << qint32(m_kind->currentIndex()) << m_subtract->isChecked() << m_normalise->isChecked()
        << qint32(m_curveKind->currentIndex()) << m_labels->checked() << m_labels->shown() << m_labels->minus()
        << m_panels->saveState();
    m_saxs->saveState(out);
    return state;
}

void CorrelationView::restoreViewState(const QByteArray& state) {
    QDataStream in(state);
    qint32 version = 0, kind = 0, curves = 0;
    bool hasPlace = false, subtract = true, normalise = true;
    Place place;
    QStringList checked;
    QString shownLabel, minusLabel;
    QByteArray borders;
    in >> version >> hasPlace >> place.q1 >> place.q2 >> place.degrees >> kind >> subtract >> normalise >> curves >>
        checked >> shownLabel >> minusLabel >> borders;
    if (in.status() != QDataStream::Ok || version != kStateVersion)
        return; // of another version: the defaults are as good
    m_kind->setCurrentIndex(std::clamp<qint32>(kind, showRaw, showSideBySide));
    m_subtract->setChecked(subtract);
    m_normalise->setChecked(normalise);
    m_saxs->restoreState(in);
    m_curveKind->setCurrentIndex(std::clamp<qint32>(curves, 0, m_curveKind->count() - 1));
    m_panels->restoreState(borders);
    if (!m_labelled.empty()) {
        m_labels->setChecked(checked);
        m_labels->setDifference(shownLabel, minusLabel);
    }
    if (hasPlace)
        m_wanted = place;
    if (grid()) {
        placeCursor();
        refreshAll();
    }
}

void CorrelationView::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_dirty)
        refreshAll();
}

} // namespace fxs::ui
