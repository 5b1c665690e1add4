#include "widgets/coefficients/coefficients_view.h"

#include "widgets/coefficients/order_plots.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/four_panels.h"
#include "widgets/plot/grid_spin.h"
#include "widgets/plot/heat_map.h"
#include "widgets/plot/image_controls.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/plot_style.h"
#include "widgets/plot/stale_mark.h"

#include <QtWidgets>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

constexpr qint32 kStateVersion = 1;

QComboBox* choiceOf(const QStringList& entries, const QString& name, const QString& help) {
    auto* choice = new QComboBox;
    choice->addItems(entries);
    choice->setAccessibleName(name);
    choice->setToolTip(help);
    return choice;
}

void choose(QComboBox& choice, qint32 index) {
    choice.setCurrentIndex(std::clamp<qint32>(index, 0, choice.count() - 1));
}

} // namespace

CoefficientsView::CoefficientsView(QWidget* parent)
    : QWidget(parent), m_map(new HeatMap), m_waterfallMap(new HeatMap), m_eigenvalues(new CurvePlot),
      m_waterfall(new CurvePlot), m_quality(new CurvePlot) {
    makeMapPanel();
    makeEigenvaluePanel();
    makeWaterfallPanel();
    makeQualityPanel();
    m_panels = new FourPanels(m_mapPanel, m_waterfallPanel, m_eigenvaluePanel, m_qualityPanel, 0.5, 0.6);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->addWidget(makeControls());
    layout->addWidget(m_panels, 1);
    refresh();
}

CoefficientsView::~CoefficientsView() = default;

void CoefficientsView::makeMapPanel() {
    m_mapPanel = new Panel(tr("B_l(q, q′)"), m_map);
    m_map->setTitle(tr("Coefficients of one order"));
    m_map->setColourMap(ColourMap::diverging);
    m_map->setSymmetricLevels(true);
    m_map->setSquare(true);
    m_mapPanel->addControl(new ImageControls(m_map));
    connect(m_map, &HeatMap::hovered, this, [this](double x, double y, double v) {
        if (std::isfinite(v))
            m_mapPanel->setNote(tr("q %1, %2: %3").arg(y, 0, 'f', 3).arg(x, 0, 'f', 3).arg(shortNumber(v, 3)));
    });
    connect(m_map, &HeatMap::hoverLeft, this, &CoefficientsView::showCursor);
    connect(m_map, &HeatMap::cursorMoved, this, [this](double qPrime, double q) {
        if (m_result)
            setCursor(nearestPlace(m_result->all.q, q), nearestPlace(m_result->all.q, qPrime));
    });
}

void CoefficientsView::makeEigenvaluePanel() {
    m_eigenvaluePanel = new Panel(tr("Eigenvalues"), m_eigenvalues);
    m_eigenvalues->setTitle(tr("Eigenvalues of the coefficients"));
    m_eigenvalues->setLegendCorner(Qt::AlignRight | Qt::AlignTop);
    m_eigenvalueKind = choiceOf({tr("This order"), tr("All orders")}, tr("Eigenvalues of"),
                                tr("Eigenvalues of the chosen order against their number, or of all orders against l"));
    m_eigenvaluePanel->addControl(m_eigenvalueKind);
    connect(m_eigenvalueKind, &QComboBox::currentIndexChanged, this, &CoefficientsView::refreshEigenvalues);
}

void CoefficientsView::makeWaterfallPanel() {
    m_waterfallStack = new QStackedWidget;
    m_waterfallStack->addWidget(m_waterfall);
    m_waterfallStack->addWidget(m_waterfallMap);
    m_waterfallPanel = new Panel(tr("B_l(q, q) of all orders"), m_waterfallStack);
    m_waterfall->setTitle(tr("Diagonal coefficients of all orders"));
    m_waterfall->setLegendCorner(Qt::AlignLeft | Qt::AlignBottom);
    m_waterfallMap->setTitle(tr("Diagonal coefficients, order against q"));
    m_waterfallMap->setAxes({tr("q"), tr("1/Å")}, {tr("order l"), {}}, {tr("B_l(q, q) / I₀₀(q)²"), {}});
    m_waterfallMap->setColourScale(ColourScale::logarithmic);
    m_log = new QCheckBox(tr("log"));
    m_log->setChecked(true);
    m_log->setToolTip(tr("Logarithmic values"));
    m_log->setAccessibleName(tr("Logarithmic values"));
    m_waterfallKind =
        choiceOf({tr("Curves"), tr("Offset curves"), tr("Map q × l")}, tr("How all orders are drawn"),
                 tr("Curves over each other; one above the other at the height of their order; or as a map"));
    m_waterfallPanel->addControl(m_log);
    m_waterfallPanel->addControl(m_waterfallKind);
    connect(m_waterfallKind, &QComboBox::currentIndexChanged, this, &CoefficientsView::refreshWaterfall);
    connect(m_log, &QCheckBox::toggled, this, &CoefficientsView::refreshWaterfall);
    connect(m_waterfallMap, &HeatMap::cursorMoved, this, [this](double q, double l) {
        if (!m_result)
            return;
        const std::size_t shell = nearestPlace(m_result->all.q, q);
        setOrder(static_cast<int>(std::lround(l)));
        setCursor(shell, shell);
    });
    connect(m_waterfall, &CurvePlot::clicked, this, [this](double q) {
        if (m_result)
            setCursor(nearestPlace(m_result->all.q, q), nearestPlace(m_result->all.q, q));
    });
}

void CoefficientsView::makeQualityPanel() {
    m_qualityPanel = new Panel(tr("Each order"), m_quality);
    m_quality->setTitle(tr("How well each order is known"));
    m_qualityKind =
        choiceOf({tr("Half-set error"), tr("Condition"), tr("Rank kept")}, tr("What is drawn of each order"),
                 tr("Relative difference of the half sets, condition number of the fit, or rank kept, against l"));
    m_qualityPanel->addControl(m_qualityKind);
    connect(m_qualityKind, &QComboBox::currentIndexChanged, this, &CoefficientsView::refreshQuality);
    connect(m_quality, &CurvePlot::clicked, this, [this](double l) { setOrder(static_cast<int>(std::lround(l))); });
}

QWidget* CoefficientsView::makeControls() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(2, 0, 2, 0);
    addOrderControls(*row);
    m_stage =
        choiceOf({tr("Filtered"), tr("Before filtering"), tr("What filtering took")}, tr("Before or after filtering"),
                 tr("Coefficients after low-rank filtering, before it, or the difference"));
    m_source =
        choiceOf({tr("All images"), tr("Half A"), tr("Half B"), tr("A − B")}, tr("Which images"),
                 tr("Coefficients of all images, of one half set, or the difference of the halves: what noise does"));
    m_unit = new QCheckBox(tr("Unit diagonal"));
    m_unit->setToolTip(
        tr("Divides by √(B_l(q,q) B_l(q′,q′)): every pair of shells can be seen, from −1 to 1. Off: I₀₀(q) I₀₀(q′)"));
    m_summary = new QLabel;
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_summary->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_stale = new StaleMark;
    row->addSpacing(8);
    row->addWidget(m_stage);
    row->addWidget(m_source);
    row->addWidget(m_unit);
    row->addWidget(m_stale);
    row->addWidget(m_summary, 1);
    connect(m_stage, &QComboBox::currentIndexChanged, this, &CoefficientsView::refresh);
    connect(m_source, &QComboBox::currentIndexChanged, this, &CoefficientsView::refresh);
    connect(m_unit, &QCheckBox::toggled, this, &CoefficientsView::refreshMap);
    return bar;
}

void CoefficientsView::addOrderControls(QHBoxLayout& row) {
    auto* label = new QLabel(tr("Order &l"));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setMinimumWidth(120);
    m_slider->setMaximumWidth(260);
    m_slider->setAccessibleName(tr("Order l"));
    m_slider->setToolTip(tr("Order l of the coefficients shown"));
    m_slider->setPageStep(1);
    m_slider->setTickPosition(QSlider::TicksBelow);
    m_spin = new QSpinBox;
    m_spin->setAccessibleName(tr("Order l"));
    m_spin->setToolTip(tr("Order l of the coefficients shown; odd ones are zero for a real density"));
    m_spin->setKeyboardTracking(false);
    label->setBuddy(m_spin);
    row.addWidget(label);
    row.addWidget(m_slider, 1);
    row.addWidget(m_spin);
    connect(m_slider, &QSlider::valueChanged, this, [this](int place) {
        if (static_cast<std::size_t>(place) < m_orders.size())
            setOrder(m_orders[static_cast<std::size_t>(place)]);
    });
    connect(m_spin, &QSpinBox::valueChanged, this, &CoefficientsView::setOrder);
}

void CoefficientsView::setResult(std::shared_ptr<const FilterResult> result) {
    m_result = std::move(result);
    if (m_result && m_result->all.bl.empty())
        m_result.reset();
    if (m_result && !m_cursorPlaced) {
        m_q1 = m_q2 = m_result->all.qCount() / 2;
        m_cursorPlaced = true;
    }
    refresh();
}

void CoefficientsView::setStale(const QString& why) {
    m_stale->setReason(why);
}

BlChoice CoefficientsView::choice() const {
    return {m_result, static_cast<BlSource>(m_source->currentIndex()), static_cast<BlStage>(m_stage->currentIndex()),
            m_unit->isChecked()};
}

void CoefficientsView::setSource(BlSource source) {
    m_source->setCurrentIndex(static_cast<int>(source));
}

void CoefficientsView::setStage(BlStage stage) {
    m_stage->setCurrentIndex(static_cast<int>(stage));
}

void CoefficientsView::setOrder(int order) {
    if (!m_orders.empty())
        order = *std::min_element(m_orders.begin(), m_orders.end(),
                                  [order](int a, int b) { return std::abs(a - order) < std::abs(b - order); });
    m_order = order;
    refreshOrders();
    refreshMap();
    refreshEigenvalues();
    refreshWaterfall();
}

void CoefficientsView::refreshOrders() {
    const QSignalBlocker quietSpin(m_spin), quietSlider(m_slider);
    const bool any = !m_orders.empty();
    m_spin->setEnabled(any);
    m_slider->setEnabled(any);
    if (!any)
        return;
    m_spin->setRange(m_orders.front(), m_orders.back());
    m_spin->setSingleStep(m_orders.size() > 1 ? m_orders[1] - m_orders[0] : 1);
    m_slider->setRange(0, static_cast<int>(m_orders.size()) - 1);
    m_spin->setValue(m_order);
    m_slider->setValue(
        static_cast<int>(std::lower_bound(m_orders.begin(), m_orders.end(), m_order) - m_orders.begin()));
}

void CoefficientsView::refresh() {
    m_orders = m_result ? ordersOf(*m_result) : std::vector<int>();
    if (m_result) {
        m_q1 = std::min(m_q1, m_result->all.qCount() - 1);
        m_q2 = std::min(m_q2, m_result->all.qCount() - 1);
        m_summary->setText(tr("diameter %1 Å · l to %2 · %L3 images")
                               .arg(m_result->all.diameterAngstrom, 0, 'f', 0)
                               .arg(m_result->all.maxOrder)
                               .arg(m_result->frames));
        m_summary->setToolTip(m_summary->text());
    } else {
        m_summary->clear();
    }
    setOrder(m_order);
    refreshQuality();
}

void CoefficientsView::refreshMap() {
    const BlChoice chosen = choice();
    m_map->setAxes({tr("q′"), tr("1/Å")}, {tr("q"), tr("1/Å")},
                   {chosen.unitDiagonal ? tr("B_l / √(B_l B_l′)") : tr("B_l / I₀₀(q) I₀₀(q′)"), {}});
    m_map->setPicture(orderPicture(chosen, m_order));
    m_mapPanel->setTitle(tr("B_l(q, q′), l = %1").arg(m_order));
    showCursor();
}

void CoefficientsView::setCursor(std::size_t q1, std::size_t q2) {
    m_q1 = q1;
    m_q2 = q2;
    showCursor();
}

void CoefficientsView::showCursor() {
    const BlChoice chosen = choice();
    if (!chosen.isAvailable() || m_order >= static_cast<int>(m_result->all.bl.extent(0))) {
        m_mapPanel->setNote(m_result ? tr("not in this result") : QString());
        m_waterfall->setCursor(std::nullopt);
        return;
    }
    const std::vector<double>& q = m_result->all.q;
    m_map->setCursorPosition(q[m_q2], q[m_q1]);
    m_waterfall->setCursor(q[m_q1]);
    m_waterfallMap->setCursorPosition(q[m_q1], m_order);
    const float shown = m_map->picture() ? m_map->picture()->at(m_q2, m_q1) : 0;
    QString note = tr("q %1, %2: %3")
                       .arg(q[m_q1], 0, 'f', 3)
                       .arg(q[m_q2], 0, 'f', 3)
                       .arg(shortNumber(static_cast<double>(shown), 3));
    const BlDiagonal diagonal = diagonalOf(chosen, m_order);
    if (m_q1 == m_q2 && !diagonal.error.empty() && !chosen.unitDiagonal)
        note += tr(" ± %1").arg(shortNumber(diagonal.error[m_q1], 2));
    m_mapPanel->setNote(note);
}

void CoefficientsView::draw(CurvePlot& plot, PlotContent content) {
    plot.setLogarithmic(false, content.logY);
    plot.setAxes(content.x, content.y);
    plot.setMarkers(std::move(content.markers));
    plot.setCurves(std::move(content.curves));
}

void CoefficientsView::refreshEigenvalues() {
    const bool all = m_eigenvalueKind->currentIndex() == 1;
    m_eigenvaluePanel->setTitle(all ? tr("Eigenvalues of all orders") : tr("Eigenvalues, l = %1").arg(m_order));
    draw(*m_eigenvalues, !m_result ? PlotContent{}
                         : all     ? eigenvaluesOfAllOrders(*m_result)
                                   : eigenvalueSpectrum(*m_result, m_order));
}

void CoefficientsView::refreshWaterfall() {
    const auto kind = static_cast<WaterfallKind>(m_waterfallKind->currentIndex());
    const BlChoice chosen = choice();
    m_log->setVisible(kind != WaterfallKind::offset);
    m_waterfallStack->setCurrentIndex(kind == WaterfallKind::map ? 1 : 0);
    if (kind == WaterfallKind::map) {
        m_waterfallMap->setColourScale(m_log->isChecked() ? ColourScale::logarithmic : ColourScale::linear);
        m_waterfallMap->setPicture(diagonalPicture(chosen));
        return;
    }
    PlotContent content = waterfall(chosen, m_order, kind, m_log->isChecked());
    // High orders vanish below the particle's size like q^2l: eight decades are what can be known.
    m_waterfall->setRangeY(content.logY ? std::optional(Levels{1e-8, 3}) : std::nullopt);
    draw(*m_waterfall, std::move(content));
}

void CoefficientsView::refreshQuality() {
    m_quality->setEmptyText(m_result ? tr("not known for this result") : tr("nothing to show yet"));
    draw(*m_quality, m_result ? qualityOfOrders(*m_result, static_cast<OrderQuality>(m_qualityKind->currentIndex()))
                              : PlotContent{});
}

QByteArray CoefficientsView::saveViewState() const {
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    out << kStateVersion << qint32(m_order) << quint64(m_q1) << quint64(m_q2) << m_cursorPlaced;
    for (const QComboBox* choice : {m_source, m_stage, m_waterfallKind, m_eigenvalueKind, m_qualityKind})
        out << qint32(choice->currentIndex());
    out << m_unit->isChecked() << m_log->isChecked() << m_panels->saveState();
    return state;
}

void CoefficientsView::restoreViewState(const QByteArray& state) {
    QDataStream in(state);
    qint32 version = 0, order = 0;
    quint64 q1 = 0, q2 = 0;
    bool placed = false, unit = false, log = true;
    std::array<qint32, 5> choices{};
    QByteArray borders;
    in >> version >> order >> q1 >> q2 >> placed;
    for (qint32& choice : choices)
        in >> choice;
    in >> unit >> log >> borders;
    if (in.status() != QDataStream::Ok || version != kStateVersion)
        return; // of another version: the defaults are as good
    m_order = std::clamp<qint32>(order, 0, 1000);
    m_q1 = q1;
    m_q2 = q2;
    m_cursorPlaced = placed;
    const std::array<QComboBox*, 5> boxes{m_source, m_stage, m_waterfallKind, m_eigenvalueKind, m_qualityKind};
    for (std::size_t i = 0; i < boxes.size(); ++i)
        choose(*boxes[i], choices[i]);
    m_unit->setChecked(unit);
    m_log->setChecked(log);
    m_panels->restoreState(borders);
    refresh();
}

} // namespace fxs::ui
