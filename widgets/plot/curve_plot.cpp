#include "widgets/plot/curve_plot.h"

#include "widgets/plot/plot_style.h"
#include "widgets/plot/plot_surface.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxs::ui {

namespace {

constexpr std::size_t kMostSmoothPoints = 20'000;

/// What a logarithmic axis cannot show becomes a gap.
double shownValue(double v, bool log) {
    return std::isfinite(v) && (!log || v > 0) ? v : std::numeric_limits<double>::quiet_NaN();
}

struct Extent {
    double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
    void add(double v, bool log) {
        if (!std::isfinite(v) || (log && v <= 0))
            return;
        low = std::min(low, v);
        high = std::max(high, v);
    }
    bool valid() const { return low <= high; }
};

QCPRange padded(const Extent& extent, bool log, double fraction) {
    if (!extent.valid())
        return log ? QCPRange(0.1, 10) : QCPRange(0, 1);
    if (log) {
        const double factor = extent.high > extent.low ? std::pow(extent.high / extent.low, fraction) : 2.0;
        return {extent.low / factor, extent.high * factor};
    }
    const double size = extent.high - extent.low;
    const double margin = size > 0 ? size * fraction : (extent.high == 0 ? 1 : std::abs(extent.high) * 0.1);
    return {extent.low - margin, extent.high + margin};
}

QColor colourOf(const Curve& curve, int index, const Theme& theme) {
    if (curve.colour.isValid())
        return curve.colour;
    if (curve.hue >= 0)
        return QColor::fromHslF(static_cast<float>(curve.hue), 0.62F, theme.dark ? 0.66F : 0.42F);
    return theme.series(curve.series >= 0 ? curve.series : index);
}

void setAxisScale(QCPAxis& axis, bool log) {
    axis.setScaleType(log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    if (log)
        axis.setTicker(QSharedPointer<QCPAxisTickerLog>::create());
    else
        axis.setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
}

} // namespace

CurvePlot::CurvePlot(QWidget* parent)
    : QWidget(parent), m_plot(new PlotSurface(this)), m_emptyText(tr("nothing to show yet")) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot);
    setMinimumSize(180, 120);
    m_plot->axisRect()->setupFullAxesBox(true);
    m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    m_plot->setNoAntialiasingOnDrag(true);
    m_plot->legend->setVisible(false);
    m_cursor = new QCPItemStraightLine(m_plot);
    m_cursor->setVisible(false);
    m_cursor->setObjectName(QStringLiteral("cursor"));
    m_empty = new QCPItemText(m_plot);
    m_empty->position->setType(QCPItemPosition::ptAxisRectRatio);
    m_empty->position->setCoords(0.5, 0.5);

    connect(m_plot, &QCustomPlot::mouseWheel, this, [this] { m_zoomed = true; });
    connect(m_plot, &QCustomPlot::mouseDoubleClick, this, [this] { showAll(); });
    connect(m_plot, &QCustomPlot::mousePress, this,
            [this](QMouseEvent* e) { Q_EMIT clicked(m_plot->xAxis->pixelToCoord(e->position().x())); });
    connect(m_plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent* e) {
        if (e->buttons() & Qt::LeftButton)
            m_zoomed = true;
        Q_EMIT hovered(m_plot->xAxis->pixelToCoord(e->position().x()), m_plot->yAxis->pixelToCoord(e->position().y()));
    });
    rebuild();
}

CurvePlot::~CurvePlot() = default;

void CurvePlot::setTitle(const QString& title) {
    setAccessibleName(title);
    m_plot->setAccessibleName(title);
}

void CurvePlot::setAxes(const AxisText& x, const AxisText& y) {
    m_xText = x;
    m_yText = y;
    m_plot->xAxis->setLabel(axisLabel(x.quantity, x.unit));
    m_plot->yAxis->setLabel(axisLabel(y.quantity, y.unit));
    m_plot->redraw();
}

void CurvePlot::setLogarithmic(bool x, bool y) {
    if (x == m_logX && y == m_logY)
        return;
    m_logX = x;
    m_logY = y;
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->xAxis2})
        setAxisScale(*axis, x);
    for (QCPAxis* axis : {m_plot->yAxis, m_plot->yAxis2})
        setAxisScale(*axis, y);
    m_zoomed = false;
    rebuild();
}

void CurvePlot::setTickStep(double x) {
    auto ticker = QSharedPointer<QCPAxisTickerFixed>::create();
    ticker->setTickStep(x);
    ticker->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
    m_plot->xAxis->setTicker(ticker);
    m_plot->xAxis2->setTicker(ticker);
}

void CurvePlot::setRangeX(std::optional<Levels> range) {
    m_rangeX = range;
    fitRanges();
}

void CurvePlot::setRangeY(std::optional<Levels> range) {
    m_rangeY = range;
    fitRanges();
}

void CurvePlot::setLegendCorner(Qt::Alignment corner) {
    m_plot->axisRect()->insetLayout()->setInsetAlignment(0, corner);
}

void CurvePlot::setEmptyText(const QString& text) {
    m_emptyText = text;
    m_empty->setText(text);
    m_plot->redraw();
}

void CurvePlot::setCurves(std::vector<Curve> curves) {
    m_curves = std::move(curves);
    rebuild();
}

void CurvePlot::setMarkers(std::vector<Marker> markers) {
    m_markers = std::move(markers);
    rebuildMarkers();
    m_plot->redraw();
}

void CurvePlot::setCursor(std::optional<double> x) {
    m_cursor->setVisible(x.has_value());
    if (x) {
        m_cursor->point1->setCoords(*x, 1);
        m_cursor->point2->setCoords(*x, 2);
    }
    m_plot->redraw();
}

void CurvePlot::rebuild() {
    m_plot->clearPlottables();
    applyPlotStyle(*m_plot, Theme::of(palette()), font());
    const Theme theme = Theme::of(palette());
    m_cursor->setPen(QPen(QColor(255, 120, 60, 220), 1));
    m_empty->setFont(font());
    m_empty->setColor(theme.muted);
    m_empty->setText(m_emptyText);
    m_empty->setVisible(m_curves.empty());
    // Smoothed edges of a line cost several times the line: not for more points than a screen has.
    std::size_t points = 0;
    for (std::size_t i = 0; i < m_curves.size(); ++i) {
        addCurve(m_curves[i], static_cast<int>(i));
        points += m_curves[i].x.size();
    }
    if (points > kMostSmoothPoints)
        m_plot->setNotAntialiasedElement(QCP::aePlottables);
    // One curve needs no legend: the axis says what it is.
    m_plot->legend->setVisible(std::count_if(m_curves.begin(), m_curves.end(),
                                             [](const Curve& c) { return c.inLegend && !c.name.isEmpty(); }) > 1);
    rebuildMarkers();
    if (!m_zoomed)
        fitRanges();
    m_plot->redraw();
}

void CurvePlot::addCurve(const Curve& curve, int index) {
    const Theme theme = Theme::of(palette());
    QColor colour = colourOf(curve, index, theme);
    if (!curve.error.empty() && !curve.points)
        addBand(curve, colour);
    if (curve.faint)
        colour.setAlpha(theme.dark ? 130 : 110);
    QCPGraph* graph = m_plot->addGraph();
    QVector<double> x, y;
    for (std::size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i)
        if (std::isfinite(shownValue(curve.x[i], m_logX))) {
            x.push_back(curve.x[i]);
            y.push_back(shownValue(curve.y[i], m_logY));
        }
    graph->setData(x, y);
    graph->setName(curve.name);
    QPen pen(colour, curve.faint ? 1.0 : curve.width, curve.dashed ? Qt::DashLine : Qt::SolidLine);
    pen.setJoinStyle(Qt::RoundJoin);
    graph->setPen(pen);
    graph->setLineStyle(curve.line ? QCPGraph::lsLine : QCPGraph::lsNone);
    if (curve.points)
        graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, colour, colour, 5));
    if (curve.points && !curve.error.empty()) {
        auto* bars = new QCPErrorBars(m_plot->xAxis, m_plot->yAxis);
        bars->setDataPlottable(graph);
        bars->setData(QVector<double>(curve.error.begin(), curve.error.end()));
        bars->setPen(QPen(colour, 1));
        bars->removeFromLegend();
    }
    if (!curve.inLegend || curve.name.isEmpty())
        graph->removeFromLegend();
}

void CurvePlot::addBand(const Curve& curve, const QColor& colour) {
    QVector<double> x, low, high;
    for (std::size_t i = 0; i < std::min({curve.x.size(), curve.y.size(), curve.error.size()}); ++i) {
        if (!std::isfinite(shownValue(curve.x[i], m_logX)) || !std::isfinite(curve.error[i]))
            continue;
        const double l = shownValue(curve.y[i] - curve.error[i], m_logY),
                     h = shownValue(curve.y[i] + curve.error[i], m_logY);
        if (!std::isfinite(l) || !std::isfinite(h))
            continue;
        x.push_back(curve.x[i]);
        low.push_back(l);
        high.push_back(h);
    }
    QCPGraph* lower = m_plot->addGraph();
    QCPGraph* upper = m_plot->addGraph();
    lower->setData(x, low);
    upper->setData(x, high);
    QColor fill = colour;
    fill.setAlpha(60);
    for (QCPGraph* edge : {lower, upper}) {
        edge->setPen(Qt::NoPen);
        edge->removeFromLegend();
    }
    upper->setBrush(fill);
    upper->setChannelFillGraph(lower);
}

void CurvePlot::rebuildMarkers() {
    const Theme theme = Theme::of(palette());
    // The cursor and the empty text were the first two items and stay.
    while (m_plot->itemCount() > 2)
        m_plot->removeItem(m_plot->itemCount() - 1);
    QFont small = font();
    small.setPointSizeF(font().pointSizeF() * 0.9);
    for (const Marker& marker : m_markers) {
        const QColor colour = marker.colour.isValid() ? marker.colour : theme.muted;
        auto* line = new QCPItemStraightLine(m_plot);
        line->setPen(QPen(colour, 1, Qt::DashLine));
        line->point1->setCoords(marker.vertical ? marker.at : 1, marker.vertical ? 1 : marker.at);
        line->point2->setCoords(marker.vertical ? marker.at : 2, marker.vertical ? 2 : marker.at);
        if (marker.label.isEmpty())
            continue;
        auto* text = new QCPItemText(m_plot);
        text->setText(marker.label);
        text->setFont(small);
        text->setColor(colour);
        text->setPadding(QMargins(4, 1, 4, 1));
        if (marker.vertical) {
            text->position->setTypeX(QCPItemPosition::ptPlotCoords);
            text->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
            text->position->setCoords(marker.at, marker.labelAt);
            text->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        } else {
            text->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
            text->position->setTypeY(QCPItemPosition::ptPlotCoords);
            text->position->setCoords(0.99, marker.at);
            text->setPositionAlignment(Qt::AlignRight | Qt::AlignBottom);
        }
    }
}

void CurvePlot::fitRanges() {
    Extent x, y;
    const bool anyPoints = std::any_of(m_curves.begin(), m_curves.end(), [](const Curve& c) { return c.points; });
    for (const Curve& curve : m_curves)
        for (std::size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i) {
            x.add(curve.x[i], m_logX);
            if (!m_rangeX || (curve.x[i] >= m_rangeX->low && curve.x[i] <= m_rangeX->high))
                y.add(curve.y[i], m_logY);
        }
    m_plot->xAxis->setRange(m_rangeX ? QCPRange(m_rangeX->low, m_rangeX->high)
                                     : padded(x, m_logX, anyPoints ? 0.04 : 0.0));
    m_plot->yAxis->setRange(m_rangeY ? QCPRange(m_rangeY->low, m_rangeY->high) : padded(y, m_logY, 0.06));
    m_plot->redraw();
}

void CurvePlot::showAll() {
    m_zoomed = false;
    fitRanges();
}

QCustomPlot* CurvePlot::plot() const {
    return m_plot;
}

QPoint CurvePlot::widgetPosition(double x, double y) const {
    m_plot->layOut();
    return m_plot->pos() + QPoint(qRound(m_plot->xAxis->coordToPixel(x)), qRound(m_plot->yAxis->coordToPixel(y)));
}

void CurvePlot::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        rebuild();
}

} // namespace fxs::ui
