#include "widgets/coefficients/coefficients_view.h"

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

/// A colour of the viridis family for order l of lMax: neighbours resemble each other, as their curves do.
QColor orderColour(int l, int lMax, bool dark) {
    const double t = lMax > 0 ? static_cast<double>(l) / lMax : 0;
    const double hue = 0.76 - 0.66 * t;
    return QColor::fromHslF(static_cast<float>(hue), 0.62F, dark ? 0.66F : 0.42F);
}

} // namespace

CoefficientsView::CoefficientsView(QWidget* parent)
    : QWidget(parent), m_map(new HeatMap), m_eigenvalues(new CurvePlot), m_waterfall(new CurvePlot),
      m_quality(new CurvePlot) {
    m_mapPanel = new Panel(tr("B_l(q, q′)"), m_map);
    m_eigenvaluePanel = new Panel(tr("Eigenvalues"), m_eigenvalues);
    auto* waterfallPanel = new Panel(tr("B_l(q, q) of all orders"), m_waterfall);
    auto* qualityPanel = new Panel(tr("Error of each order"), m_quality);
    m_map->setTitle(tr("Coefficients of one order"));
    m_eigenvalues->setTitle(tr("Eigenvalues of one order"));
    m_waterfall->setTitle(tr("Diagonal coefficients of all orders"));
    m_quality->setTitle(tr("Relative difference of the half sets against order"));
    m_map->setColourMap(ColourMap::diverging);
    m_map->setSymmetricLevels(true);
    m_map->setSquare(true);
    m_map->setAxes({tr("q′"), tr("1/Å")}, {tr("q"), tr("1/Å")}, {tr("B_l / √(B_l B_l′)"), {}});
    m_mapPanel->addControl(new ImageControls(m_map));
    m_eigenvalues->setAxes({tr("number"), {}}, {tr("eigenvalue, whitened"), {}});
    m_eigenvalues->setLogarithmic(false, true);
    m_eigenvalues->setLegendCorner(Qt::AlignLeft | Qt::AlignBottom);
    m_waterfall->setAxes({tr("q"), tr("1/Å")}, {tr("B_l(q, q) / I₀₀(q)²"), {}});
    m_waterfall->setLogarithmic(false, true);
    // High orders vanish below the particle's size like q^2l: eight decades are what can be known.
    m_waterfall->setRangeY(Levels{1e-8, 3});
    m_waterfall->setLegendCorner(Qt::AlignLeft | Qt::AlignBottom);
    m_quality->setAxes({tr("order l"), {}}, {tr("|ΔB_l| / |B_l| of the halves"), {}});

    auto* left = new QSplitter(Qt::Vertical);
    left->addWidget(m_mapPanel);
    left->addWidget(m_eigenvaluePanel);
    left->setSizes({600, 400});
    auto* right = new QSplitter(Qt::Vertical);
    right->addWidget(waterfallPanel);
    right->addWidget(qualityPanel);
    right->setSizes({600, 400});
    auto* both = new QSplitter(Qt::Horizontal);
    both->addWidget(left);
    both->addWidget(right);
    both->setSizes({500, 500});
    for (QSplitter* splitter : {left, right, both})
        splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->addWidget(makeControls());
    layout->addWidget(both, 1);
    connect(m_map, &HeatMap::hovered, this, [this](double x, double y, double v) {
        if (std::isfinite(v))
            m_mapPanel->setNote(tr("q %1  q′ %2 1/Å  %3").arg(y, 0, 'f', 4).arg(x, 0, 'f', 4).arg(shortNumber(v)));
    });
    connect(m_map, &HeatMap::hoverLeft, this, &CoefficientsView::refreshMap);
    refresh();
}

CoefficientsView::~CoefficientsView() = default;

QWidget* CoefficientsView::makeControls() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(2, 0, 2, 0);
    auto* label = new QLabel(tr("Order &l"));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setMaximumWidth(320);
    m_slider->setAccessibleName(tr("Order l"));
    m_slider->setPageStep(1);
    m_slider->setTickPosition(QSlider::TicksBelow);
    m_spin = new QSpinBox;
    m_spin->setAccessibleName(tr("Order l"));
    m_spin->setSingleStep(2);
    label->setBuddy(m_spin);
    m_whole = new QCheckBox(tr("Scaled to a unit diagonal"));
    m_whole->setToolTip(
        tr("Divides by √(B_l(q,q) B_l(q′,q′)): every pair of rings can be seen, from −1 to 1. Off: I₀₀(q) I₀₀(q′)"));
    m_whole->setChecked(false);
    m_summary = new QLabel;
    row->addWidget(label);
    row->addWidget(m_slider, 1);
    row->addWidget(m_spin);
    row->addSpacing(12);
    row->addWidget(m_whole);
    row->addStretch(1);
    row->addWidget(m_summary);
    connect(m_slider, &QSlider::valueChanged, m_spin, [this](int half) { m_spin->setValue(2 * half); });
    connect(m_spin, &QSpinBox::valueChanged, this, [this](int l) {
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(l / 2);
        refreshMap();
        refreshEigenvalues();
        refreshWaterfall();
    });
    connect(m_whole, &QCheckBox::toggled, this, &CoefficientsView::refreshMap);
    return bar;
}

void CoefficientsView::setResult(std::shared_ptr<const FilterResult> result) {
    m_result = std::move(result);
    refresh();
}

int CoefficientsView::order() const {
    return m_spin->value() / 2 * 2;
}

void CoefficientsView::setOrder(int order) {
    m_spin->setValue(order);
}

void CoefficientsView::refresh() {
    const int lMax = m_result ? m_result->all.maxOrder : 0;
    {
        const QSignalBlocker quietSpin(m_spin), quietSlider(m_slider);
        const bool first = m_spin->maximum() == 0 && lMax >= 2;
        m_spin->setRange(0, lMax);
        m_slider->setRange(0, lMax / 2);
        if (first)
            m_spin->setValue(std::min(4, lMax / 2 * 2)); // l = 0 is the mean image: not what one wants to see first
        m_slider->setValue(m_spin->value() / 2);
    }
    m_spin->setEnabled(lMax > 0);
    m_slider->setEnabled(lMax > 0);
    if (m_result)
        m_summary->setText(tr("diameter %1 Å · orders to %2 · %L3 images")
                               .arg(m_result->all.diameterAngstrom, 0, 'f', 0)
                               .arg(lMax)
                               .arg(m_result->frames));
    else
        m_summary->clear();
    refreshMap();
    refreshEigenvalues();
    refreshWaterfall();
    refreshQuality();
}

void CoefficientsView::refreshMap() {
    if (!m_result || m_result->all.bl.empty()) {
        m_map->setPicture(nullptr);
        m_mapPanel->setNote({});
        return;
    }
    const Coefficients& c = m_result->all;
    const auto l = static_cast<std::size_t>(order());
    const std::size_t n = c.qCount();
    auto picture = std::make_shared<Picture>(n, n);
    picture->xFirst = picture->yFirst = c.q.front();
    picture->xLast = picture->yLast = c.q.back();
    const bool unit = m_whole->isChecked() || c.i00.size() != n;
    const auto scale = [&](std::size_t i) {
        return unit ? std::sqrt(std::max(0.0, c.bl(l, i, i))) : std::abs(c.i00[i]);
    };
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            if (const double s = scale(i) * scale(j); s > 0)
                picture->at(j, i) = static_cast<float>(c.bl(l, i, j) / s);
    m_map->setAxes({tr("q′"), tr("1/Å")}, {tr("q"), tr("1/Å")},
                   {unit ? tr("B_l / √(B_l B_l′)") : tr("B_l / I₀₀(q) I₀₀(q′)"), {}});
    m_map->setPicture(picture);
    m_mapPanel->setTitle(tr("B_l(q, q′), l = %1").arg(l));
    m_mapPanel->setNote({});
}

void CoefficientsView::refreshEigenvalues() {
    std::vector<Curve> curves;
    std::vector<Marker> markers;
    const auto l = static_cast<std::size_t>(order());
    if (m_result && l < m_result->all.eigenvalues.size()) {
        const std::vector<double>& values = m_result->all.eigenvalues[l];
        const auto rank = static_cast<std::size_t>(l < m_result->all.rank.size() ? m_result->all.rank[l] : 0);
        const Theme theme = Theme::of(palette());
        Curve kept{.name = tr("kept (rank %1)").arg(rank), .colour = theme.series(0), .points = true, .line = false};
        Curve left{.name = tr("left out"), .colour = theme.muted, .points = true, .line = false};
        Curve negative{.name = tr("negative, size of"), .colour = theme.bad, .points = true, .line = false};
        for (std::size_t i = 0; i < values.size(); ++i) {
            Curve& curve = i < rank ? kept : values[i] > 0 ? left : negative;
            curve.x.push_back(static_cast<double>(i + 1));
            curve.y.push_back(std::abs(values[i]));
        }
        for (Curve* curve : {&kept, &left, &negative})
            if (!curve->x.empty())
                curves.push_back(std::move(*curve));
        if (l < m_result->all.noiseLevel.size() && m_result->all.noiseLevel[l] > 0)
            markers.push_back({.at = m_result->all.noiseLevel[l], .label = tr("noise")});
    }
    m_eigenvaluePanel->setTitle(tr("Eigenvalues, l = %1").arg(l));
    m_eigenvalues->setCurves(std::move(curves));
    m_eigenvalues->setMarkers(std::move(markers));
}

void CoefficientsView::refreshWaterfall() {
    std::vector<Curve> curves;
    if (m_result && !m_result->all.bl.empty()) {
        const Coefficients& c = m_result->all;
        const bool dark = Theme::of(palette()).dark;
        for (int l = 0; l <= c.maxOrder; l += 2) {
            Curve curve{.name = tr("l = %1").arg(l), .x = c.q, .colour = orderColour(l, c.maxOrder, dark)};
            for (std::size_t i = 0; i < c.qCount(); ++i) {
                const double scale = c.i00.size() == c.qCount() ? c.i00[i] * c.i00[i] : 1;
                curve.y.push_back(scale > 0 ? c.bl(static_cast<std::size_t>(l), i, i) / scale : 0);
            }
            curve.width = l == order() ? 2.8 : 1.2;
            // Every fourth order is enough to read the colours by.
            curve.inLegend = l == order() || l % 8 == 0;
            curves.push_back(std::move(curve));
        }
    }
    m_waterfall->setCurves(std::move(curves));
}

void CoefficientsView::refreshQuality() {
    std::vector<Curve> curves;
    const auto byOrder = [](const std::vector<double>& values) {
        Curve curve;
        for (std::size_t l = 2; l < values.size(); l += 2) {
            curve.x.push_back(static_cast<double>(l));
            curve.y.push_back(values[l]);
        }
        curve.points = true;
        return curve;
    };
    if (m_result && m_result->all.orderError.size() > 2) {
        Curve curve = byOrder(m_result->all.orderError);
        curve.name = tr("half-set difference");
        curves.push_back(std::move(curve));
    }
    m_quality->setEmptyText(m_result ? tr("no half sets in this result") : tr("nothing to show yet"));
    m_quality->setCurves(std::move(curves));
    m_quality->setRangeY(Levels{0, 1});
}

} // namespace fxs::ui
