#include "widgets/correlation/correlation_view.h"

#include "engine/correlate/c2.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/image_controls.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/plot_style.h"

#include <QtWidgets>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

enum SaxsKind { kLogarithmic, kGuinier, kKratky, kHalfSets };

AxisText c2Axis(bool normalise, bool subtract) {
    if (normalise)
        return {subtract ? QStringLiteral("ΔC₂ / ⟨I⟩⟨I′⟩") : QStringLiteral("C₂ / ⟨I⟩⟨I′⟩"), QString()};
    return {subtract ? QStringLiteral("ΔC₂") : QStringLiteral("C₂"), QStringLiteral("intensity²")};
}

} // namespace

CorrelationView::CorrelationView(Background& background, QWidget* parent)
    : QWidget(parent), m_diagonalWork(background), m_pairWork(background), m_lineWork(background),
      m_saxsWork(background), m_diagonal(new HeatMap), m_pairs(new HeatMap), m_line(new CurvePlot),
      m_saxs(new CurvePlot) {
    m_diagonalPanel = new Panel(tr("C₂(q, q, Δφ)"), m_diagonal);
    m_pairPanel = new Panel(tr("C₂(q, q′) at Δφ"), m_pairs);
    m_linePanel = new Panel(tr("Line through the cursor"), m_line);
    m_saxsPanel = new Panel(tr("Mean image"), m_saxs);
    m_diagonal->setTitle(tr("Correlation of each ring with itself against azimuth difference"));
    m_pairs->setTitle(tr("Correlation of two rings at one azimuth difference"));
    m_line->setTitle(tr("Correlation of two rings against azimuth difference"));
    m_saxs->setTitle(tr("Mean image against q, and agreement of the half sets"));
    m_diagonalPanel->addControl(new ImageControls(m_diagonal));
    m_pairPanel->addControl(new ImageControls(m_pairs));
    m_diagonal->setTickStep(45);
    m_pairs->setSquare(true);
    m_line->setTickStep(45);
    m_line->setRangeX(Levels{0, 360});
    m_saxsKind = new QComboBox;
    m_saxsKind->addItems({tr("I(q), logarithmic"), tr("Guinier"), tr("Kratky"), tr("Half-set agreement")});
    m_saxsKind->setAccessibleName(tr("What is drawn of the mean image"));
    m_saxsPanel->addControl(m_saxsKind);

    auto* left = new QSplitter(Qt::Vertical);
    left->addWidget(m_diagonalPanel);
    left->addWidget(m_linePanel);
    left->setSizes({560, 440});
    auto* right = new QSplitter(Qt::Vertical);
    right->addWidget(m_pairPanel);
    right->addWidget(m_saxsPanel);
    right->setSizes({560, 440});
    auto* both = new QSplitter(Qt::Horizontal);
    both->addWidget(left);
    both->addWidget(right);
    both->setSizes({560, 460});
    for (QSplitter* splitter : {left, right, both})
        splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->addWidget(makeControls());
    layout->addWidget(both, 1);
    connectCursors();
    connect(m_saxsKind, &QComboBox::currentIndexChanged, this, &CorrelationView::refreshSaxs);
    refreshAll();
}

CorrelationView::~CorrelationView() = default;

QWidget* CorrelationView::makeControls() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(2, 0, 2, 0);
    m_kind = new QComboBox;
    m_kind->addItems({tr("Raw"), tr("Filtered (M-TIF)"), tr("Raw − filtered")});
    m_kind->setToolTip(tr("C2 as accumulated, as the filtered coefficients give it back, or their difference"));
    m_kind->setAccessibleName(tr("Which correlation"));
    m_subtract = new QCheckBox(tr("Without mean over Δφ"));
    m_subtract->setToolTip(tr("Leaves out m = 0, which holds the mean image only"));
    m_subtract->setChecked(true);
    m_normalise = new QCheckBox(tr("Normalised by ⟨I⟩⟨I′⟩"));
    m_normalise->setToolTip(
        tr("Divides by the product of the mean intensities of both rings, so that all rings can be seen at once"));
    m_normalise->setChecked(true);
    m_summary = new QLabel;
    row->addWidget(m_kind);
    row->addSpacing(8);
    row->addWidget(m_subtract);
    row->addSpacing(8);
    row->addWidget(m_normalise);
    row->addStretch(1);
    row->addWidget(m_summary);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &CorrelationView::refreshAll);
    connect(m_subtract, &QCheckBox::toggled, this, &CorrelationView::refreshAll);
    connect(m_normalise, &QCheckBox::toggled, this, &CorrelationView::refreshAll);
    return bar;
}

void CorrelationView::connectCursors() {
    connect(m_diagonal, &HeatMap::cursorMoved, this, [this](double degrees, double q) {
        const std::size_t ring = nearestRing(q);
        setCursor(ring, ring, nearestDelta(degrees));
    });
    connect(m_pairs, &HeatMap::cursorMoved, this,
            [this](double qPrime, double q) { setCursor(nearestRing(q), nearestRing(qPrime), m_delta); });
    connect(m_line, &CurvePlot::clicked, this,
            [this](double degrees) { setCursor(m_q1, m_q2, nearestDelta(degrees)); });
    connect(m_diagonal, &HeatMap::hovered, this, [this](double x, double y, double v) {
        m_diagonalPanel->setNote(
            std::isfinite(v) ? tr("q %1 1/Å  Δφ %2°  %3").arg(y, 0, 'f', 4).arg(x, 0, 'f', 1).arg(shortNumber(v))
                             : QString());
    });
    connect(m_pairs, &HeatMap::hovered, this, [this](double x, double y, double v) {
        if (std::isfinite(v))
            m_pairPanel->setNote(tr("q %1  q′ %2 1/Å  %3").arg(y, 0, 'f', 4).arg(x, 0, 'f', 4).arg(shortNumber(v)));
        else
            showCursor();
    });
    connect(m_pairs, &HeatMap::hoverLeft, this, &CorrelationView::showCursor);
    connect(m_diagonal, &HeatMap::hoverLeft, this, [this] { m_diagonalPanel->setNote({}); });
}

void CorrelationView::setCorrelation(std::shared_ptr<const CorrelationSnapshot> snapshot) {
    m_snapshot = std::move(snapshot);
    if (m_snapshot && m_snapshot->sums && !m_cursorPlaced) {
        // A place where something can be seen: a third up in q, and off the self-correlation at Δφ = 0.
        m_q1 = m_q2 = m_snapshot->sums->grid.qCount() / 3;
        m_delta = m_snapshot->sums->grid.phiCount / 8;
        m_cursorPlaced = true;
    }
    refreshAll();
}

void CorrelationView::setFiltered(std::shared_ptr<const FilterResult> filtered) {
    m_filtered = std::move(filtered);
    if (m_kind->currentIndex() != 0)
        refreshAll();
    else
        refreshLine(); // it is drawn beside the raw one
}

void CorrelationView::clear() {
    m_snapshot.reset();
    m_filtered.reset();
    m_cursorPlaced = false;
    refreshAll();
}

C2Selection CorrelationView::selection() const {
    return {m_snapshot ? m_snapshot->sums : nullptr, m_filtered, static_cast<C2Kind>(m_kind->currentIndex()),
            m_subtract->isChecked(), m_normalise->isChecked()};
}

void CorrelationView::refreshAll() {
    const AxisText value = c2Axis(m_normalise->isChecked(), m_subtract->isChecked());
    m_diagonal->setAxes({tr("Δφ"), tr("°")}, {tr("q"), tr("1/Å")}, value);
    m_pairs->setAxes({tr("q′"), tr("1/Å")}, {tr("q"), tr("1/Å")}, value);
    m_line->setAxes({tr("Δφ"), tr("°")}, value);
    refreshDiagonal();
    refreshPairs();
    refreshLine();
    refreshSaxs();
    showCursor();
}

void CorrelationView::refreshDiagonal() {
    m_diagonalWork.submit([this, s = selection()]() -> std::function<void()> {
        return [this, picture = diagonalPicture(s)] { m_diagonal->setPicture(picture); };
    });
}

void CorrelationView::refreshPairs() {
    m_pairWork.submit([this, s = selection(), k = m_delta]() -> std::function<void()> {
        return [this, picture = mapPicture(s, k)] { m_pairs->setPicture(picture); };
    });
}

void CorrelationView::refreshLine() {
    m_lineWork.submit([this, s = selection(), a = m_q1, b = m_q2]() -> std::function<void()> {
        std::vector<Curve> curves;
        if (s.isAvailable()) {
            const C2Cut cut = lineCut(s, a, b);
            curves.push_back({.name = s.kind == C2Kind::raw ? tr("raw") : QString(),
                              .x = cut.degrees,
                              .y = cut.value,
                              .error = cut.error});
            C2Selection other = s;
            other.kind = C2Kind::filtered;
            if (s.kind == C2Kind::raw && other.isAvailable()) {
                const C2Cut filtered = lineCut(other, a, b);
                curves.push_back({.name = tr("filtered"), .x = filtered.degrees, .y = filtered.value});
            }
        }
        return [this, curves] { m_line->setCurves(curves); };
    });
}

void CorrelationView::refreshSaxs() {
    const int kind = m_saxsKind->currentIndex();
    m_saxsWork.submit([this, snapshot = m_snapshot, kind]() -> std::function<void()> {
        Curve curve;
        if (snapshot && snapshot->sums && kind == kHalfSets) {
            curve = {.x = snapshot->sums->grid.q, .y = snapshot->halfSetPerRing};
        } else if (snapshot && snapshot->sums) {
            const SaxsMean saxs = saxsMean(*snapshot->sums);
            curve = {.x = saxs.q, .y = saxs.intensity, .error = saxs.error};
            for (std::size_t i = 0; i < curve.x.size(); ++i) {
                const double q2 = saxs.q[i] * saxs.q[i];
                if (kind == kGuinier)
                    curve.x[i] = q2;
                if (kind == kKratky) {
                    curve.y[i] *= q2;
                    curve.error[i] *= q2;
                }
            }
        }
        std::vector<Curve> curves;
        if (!curve.y.empty())
            curves.push_back(std::move(curve));
        return [this, curves, kind] {
            m_saxs->setLogarithmic(false, kind == kLogarithmic || kind == kGuinier);
            m_saxs->setRangeY(kind == kHalfSets ? std::optional(Levels{0, 1.05}) : std::nullopt);
            m_saxs->setAxes(kind == kGuinier ? AxisText{tr("q²"), tr("1/Å²")} : AxisText{tr("q"), tr("1/Å")},
                            kind == kHalfSets ? AxisText{tr("correlation of the halves"), {}}
                            : kind == kKratky ? AxisText{tr("q² ⟨I(q)⟩"), tr("intensity/Å²")}
                                              : AxisText{tr("⟨I(q)⟩"), tr("intensity")});
            m_saxs->setCurves(curves);
        };
    });
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
    if (!m_snapshot || !m_snapshot->sums) {
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
        tr("q = %1, q′ = %2 1/Å, ± standard error").arg(ringQ(m_q1), 0, 'f', 4).arg(ringQ(m_q2), 0, 'f', 4));
    m_pairPanel->setTitle(tr("C₂(q, q′) at Δφ = %1°").arg(degrees, 0, 'f', 1));
    m_pairPanel->setNote({});
    m_summary->setText(tr("%L1 images").arg(m_snapshot->sums->frameCount()));
}

std::size_t CorrelationView::nearestRing(double q) const {
    if (!m_snapshot || !m_snapshot->sums)
        return 0;
    const std::vector<double>& rings = m_snapshot->sums->grid.q;
    const auto nearest = std::min_element(rings.begin(), rings.end(),
                                          [q](double a, double b) { return std::abs(a - q) < std::abs(b - q); });
    return static_cast<std::size_t>(nearest - rings.begin());
}

std::size_t CorrelationView::nearestDelta(double degrees) const {
    if (!m_snapshot || !m_snapshot->sums)
        return 0;
    const auto count = static_cast<double>(m_snapshot->sums->grid.phiCount);
    return static_cast<std::size_t>(std::clamp(std::round(degrees / 360 * count), 0.0, count - 1));
}

double CorrelationView::ringQ(std::size_t index) const {
    const std::vector<double>& rings = m_snapshot->sums->grid.q;
    return rings.empty() ? 0 : rings[std::min(index, rings.size() - 1)];
}

double CorrelationView::degreesOf(std::size_t index) const {
    return 360.0 * static_cast<double>(index) / static_cast<double>(m_snapshot->sums->grid.phiCount);
}

} // namespace fxs::ui
