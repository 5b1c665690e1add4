#include "widgets/plot/heat_map.h"

#include "widgets/plot/picture_layer.h"
#include "widgets/plot/plot_style.h"
#include "widgets/plot/plot_surface.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fxs::ui {

namespace {

/// Ticks of a colour scale whose data were replaced by their signed square roots: labels give the values themselves.
class SquareTicker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        return QString::number(tick * std::abs(tick), 'g', 3);
    }
};

double signedRoot(double v) {
    return v < 0 ? -std::sqrt(-v) : std::sqrt(v);
}

QSharedPointer<QCPAxisTicker> fixedTicker(double step) {
    if (step <= 0)
        return QSharedPointer<QCPAxisTicker>(new QCPAxisTicker);
    auto ticker = QSharedPointer<QCPAxisTickerFixed>::create();
    ticker->setTickStep(step);
    ticker->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
    return ticker;
}

} // namespace

QString colourScaleName(ColourScale scale) {
    switch (scale) {
    case ColourScale::linear:
        return QStringLiteral("Linear");
    case ColourScale::logarithmic:
        return QStringLiteral("Logarithmic");
    case ColourScale::squareRoot:
        return QStringLiteral("Square root");
    }
    return {};
}

HeatMap::HeatMap(QWidget* parent) : QWidget(parent), m_plot(new PlotSurface(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot);
    setMinimumSize(180, 140);

    m_plot->axisRect()->setupFullAxesBox(true);
    m_plot->axisRect()->setRangeDrag({});
    m_plot->axisRect()->setRangeZoom(Qt::Horizontal | Qt::Vertical);
    m_plot->setInteractions(QCP::iRangeZoom | QCP::iRangeDrag);
    m_colours = new PictureLayer(m_plot->xAxis, m_plot->yAxis);
    m_scaleBar = new QCPColorScale(m_plot);
    m_scaleBar->setType(QCPAxis::atRight);
    m_scaleBar->setBarWidth(12);
    m_scaleBar->setRangeDrag(false);
    m_scaleBar->setRangeZoom(false);
    m_plot->plotLayout()->addElement(0, 1, m_scaleBar);
    m_plot->plotLayout()->setColumnSpacing(10);
    auto* group = new QCPMarginGroup(m_plot);
    m_plot->axisRect()->setMarginGroup(QCP::msBottom | QCP::msTop, group);
    m_scaleBar->setMarginGroup(QCP::msBottom | QCP::msTop, group);
    connect(m_scaleBar, &QCPColorScale::dataRangeChanged, this, [this](const QCPRange&) { Q_EMIT levelsChanged(); });

    m_cursorX = new QCPItemStraightLine(m_plot);
    m_cursorY = new QCPItemStraightLine(m_plot);
    for (QCPItemStraightLine* line : {m_cursorX, m_cursorY}) {
        line->setVisible(false);
        line->setObjectName(QStringLiteral("cursor")); // exported figures may leave it out
    }
    m_empty = new QCPItemText(m_plot);
    m_empty->position->setType(QCPItemPosition::ptAxisRectRatio);
    m_empty->position->setCoords(0.5, 0.5);
    m_plot->setFinalLayout([this] { finishLayout(); });
    m_plot->installEventFilter(this);
    m_plot->setMouseTracking(true);
    applyTheme();
    showMessage();
}

HeatMap::~HeatMap() = default;

void HeatMap::setPicture(PicturePtr picture) {
    const auto extent = [](const PicturePtr& p) {
        return p ? std::array{p->xFirst, p->xLast, p->yFirst, p->yLast} : std::array{0.0, 0.0, 0.0, 0.0};
    };
    const bool sameExtent = m_picture && picture && extent(m_picture) == extent(picture);
    m_picture = std::move(picture);
    showValues();
    if (!sameExtent)
        showAll();
    if (m_picture && m_wantedZoom)
        setZoom(*std::exchange(m_wantedZoom, std::nullopt));
    showMessage();
    m_plot->redraw();
    Q_EMIT pictureChanged();
}

void HeatMap::setTitle(const QString& title) {
    setAccessibleName(title);
    m_plot->setAccessibleName(title);
}

void HeatMap::setAxes(const AxisText& x, const AxisText& y, const AxisText& value) {
    m_xText = x;
    m_yText = y;
    m_valueText = value;
    m_plot->xAxis->setLabel(axisLabel(x.quantity, x.unit));
    m_plot->yAxis->setLabel(axisLabel(y.quantity, y.unit));
    m_scaleBar->axis()->setLabel(axisLabel(value.quantity, value.unit));
    m_plot->redraw();
}

void HeatMap::setTickStep(double x, double y) {
    m_plot->xAxis->setTicker(fixedTicker(x));
    m_plot->yAxis->setTicker(fixedTicker(y));
}

void HeatMap::setSquare(bool square) {
    m_square = square;
    m_plot->redraw();
}

void HeatMap::setColourMap(ColourMap map) {
    m_map = map;
    const Theme theme = Theme::of(palette());
    const QCPColorGradient gradient = gradientOf(map, theme.dark ? QColor(0x38, 0x3c, 0x43) : QColor(0xd9, 0xdc, 0xe1));
    m_colours->setGradient(gradient);
    m_scaleBar->setGradient(gradient);
    m_plot->redraw();
    Q_EMIT appearanceChanged();
}

void HeatMap::setColourScale(ColourScale scale) {
    if (scale == m_scale)
        return;
    m_scale = scale;
    const bool log = scale == ColourScale::logarithmic;
    m_scaleBar->setDataScaleType(log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    QSharedPointer<QCPAxisTicker> ticker;
    if (log)
        ticker = QSharedPointer<QCPAxisTickerLog>::create();
    else if (scale == ColourScale::squareRoot)
        ticker = QSharedPointer<SquareTicker>::create();
    else
        ticker = QSharedPointer<QCPAxisTicker>::create();
    m_scaleBar->axis()->setTicker(ticker);
    applyAxisStyle(*m_scaleBar->axis(), Theme::of(palette()), font());
    showValues();
    m_plot->redraw();
    Q_EMIT appearanceChanged();
}

void HeatMap::setSymmetricLevels(bool symmetric) {
    m_symmetric = symmetric;
    showValues();
}

void HeatMap::setLevels(const Levels& levels) {
    m_autoLevels = false;
    m_levels = levels;
    showLevels();
    m_plot->redraw();
}

void HeatMap::setAutoLevels(bool on) {
    m_autoLevels = on;
    showValues();
    m_plot->redraw();
}

void HeatMap::showValues() {
    m_colours->setPicture(m_picture);
    const bool fits = m_picture && m_shade && m_shade->size() == m_picture->values.size();
    m_colours->setShade(fits ? m_shade : nullptr, m_tint);
    if (!m_picture || m_picture->values.empty())
        return;
    if (m_autoLevels) {
        const bool log = m_scale == ColourScale::logarithmic;
        m_levels = m_symmetric && !log ? symmetricLevels(*m_picture)
                                       : robustLevels(*m_picture, 0.005, 0.002, log, fits ? m_shade : nullptr);
    }
    showLevels();
}

void HeatMap::showLevels() {
    Levels shown = m_levels;
    if (m_scale == ColourScale::logarithmic) {
        shown.high = shown.high > 0 ? shown.high : 1;
        // More than seven decades of colour show noise only.
        shown.low = std::clamp(shown.low, shown.high * 1e-7, shown.high * 0.999);
    }
    m_colours->setLevels(shown, m_scale);
    if (m_scale == ColourScale::squareRoot)
        shown = {signedRoot(shown.low), signedRoot(shown.high)};
    m_scaleBar->setDataRange({shown.low, shown.high});
}

void HeatMap::setShade(ShadePtr shade, const QColor& tint) {
    m_shade = std::move(shade);
    m_tint = tint;
    showValues();
    m_plot->redraw();
    Q_EMIT pictureChanged();
}

void HeatMap::showMessage() {
    const bool empty = !m_picture || m_picture->values.empty();
    m_empty->setVisible(empty);
    m_empty->setText(empty ? tr("nothing to show yet") : QString());
    m_scaleBar->setVisible(!empty);
}

std::optional<HeatMap::Zoom> HeatMap::zoom() const {
    if (!m_picture || m_picture->values.empty())
        return m_wantedZoom;
    const auto edges = PictureLayer::edges(*m_picture);
    const QCPRange x = m_plot->xAxis->range(), y = m_plot->yAxis->range();
    const double near = 1e-6 * (std::abs(edges[1] - edges[0]) + std::abs(edges[3] - edges[2]));
    const auto [left, right] = std::minmax(edges[0], edges[1]);
    const auto [bottom, top] = std::minmax(edges[2], edges[3]);
    const auto same = [near](double a, double b) { return std::abs(a - b) <= near; };
    if (same(x.lower, left) && same(x.upper, right) && same(y.lower, bottom) && same(y.upper, top))
        return std::nullopt;
    return Zoom{x.lower, x.upper, y.lower, y.upper};
}

void HeatMap::setZoom(const std::optional<Zoom>& zoom) {
    if (!m_picture || m_picture->values.empty()) {
        m_wantedZoom = zoom;
        return;
    }
    if (!zoom) {
        showAll();
        return;
    }
    m_plot->xAxis->setRange(zoom->left, zoom->right);
    m_plot->yAxis->setRange(zoom->bottom, zoom->top);
    m_plot->redraw();
}

void HeatMap::showAll() {
    if (!m_picture || m_picture->values.empty())
        return;
    m_colours->rescaleAxes();
    m_plot->redraw();
}

/// A square picture: the axes are cut to its shape, rather than showing nothing beside it, and stand in the middle together with
/// their colour scale and what is beside it.
void HeatMap::finishLayout() {
    QCPAxisRect* axes = m_plot->axisRect();
    const QRect room = axes->rect();
    if (m_square && m_picture && !m_picture->values.empty()) {
        const double wide = std::abs(m_picture->xLast - m_picture->xFirst),
                     high = std::abs(m_picture->yLast - m_picture->yFirst);
        if (wide > 0 && high > 0 && room.width() > 0 && room.height() > 0) {
            const double perUnit = std::min(room.width() / wide, room.height() / high);
            const int width = std::clamp(qRound(perUnit * wide), 1, room.width()),
                      height = std::clamp(qRound(perUnit * high), 1, room.height());
            const QRect inner(room.left() + (room.width() - width) / 2, room.top() + (room.height() - height) / 2,
                              width, height);
            const auto move = [](QCPLayoutElement& element, const QRect& to) {
                element.setOuterRect(to);
                element.update(QCPLayoutElement::upLayout);
            };
            move(*axes, inner.marginsAdded(axes->margins()));
            QRect scale = m_scaleBar->outerRect();
            scale.moveLeft(scale.left() - (room.right() - inner.right()));
            scale.setTop(axes->outerRect().top());
            scale.setBottom(axes->outerRect().bottom());
            move(*m_scaleBar, scale);
        }
    }
    if (m_side) // not in the middle of a painting
        QMetaObject::invokeMethod(this, &HeatMap::placeSide, Qt::QueuedConnection);
}

void HeatMap::setSideWidget(QWidget* widget) {
    delete std::exchange(m_side, widget);
    if (!widget)
        return;
    widget->setParent(m_plot);
    widget->show();
    // The grid leaves its room free.
    m_plot->plotLayout()->setMinimumMargins(QMargins(0, 0, widget->sizeHint().width() + 2, 0));
    m_plot->redraw();
}

void HeatMap::placeSide() {
    const QRect axes = m_plot->axisRect()->rect();
    m_side->setGeometry(m_scaleBar->outerRect().right() + 3, axes.top(), m_side->sizeHint().width(), axes.height());
    m_side->setVisible(m_scaleBar->visible());
    m_side->raise(); // above what is drawn over the picture
}

void HeatMap::redraw() {
    m_plot->redraw();
}

QCustomPlot* HeatMap::plot() const {
    return m_plot;
}

void HeatMap::setCursorPosition(double x, double y) {
    m_cursorSet = true;
    m_cursorX->point1->setCoords(x, 0);
    m_cursorX->point2->setCoords(x, 1);
    m_cursorY->point1->setCoords(0, y);
    m_cursorY->point2->setCoords(1, y);
    setCursorVisible(m_showY, m_showX);
}

void HeatMap::setCursorVisible(bool horizontal, bool vertical) {
    m_showX = vertical;
    m_showY = horizontal;
    m_cursorX->setVisible(m_cursorSet && vertical);
    m_cursorY->setVisible(m_cursorSet && horizontal);
    m_plot->redraw();
}

void HeatMap::setRings(const std::vector<Ring>& rings) {
    for (QCPItemEllipse* item : m_ringItems)
        m_plot->removeItem(item);
    for (QCPItemText* item : m_ringLabels)
        m_plot->removeItem(item);
    m_ringItems.clear();
    m_ringLabels.clear();
    for (const Ring& ring : rings) {
        auto* circle = new QCPItemEllipse(m_plot);
        circle->topLeft->setCoords(-ring.radius, ring.radius);
        circle->bottomRight->setCoords(ring.radius, -ring.radius);
        circle->setPen(QPen(QColor(255, 255, 255, 110), 1, Qt::DashLine));
        m_ringItems.push_back(circle);
        auto* label = new QCPItemText(m_plot);
        label->setText(ring.label);
        label->position->setCoords(ring.radius * std::sqrt(0.5), ring.radius * std::sqrt(0.5));
        label->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
        label->setColor(QColor(255, 255, 255, 230));
        label->setBrush(QColor(0, 0, 0, 120)); // gaps are light in the light palette
        label->setPadding(QMargins(3, 1, 3, 1));
        m_ringLabels.push_back(label);
    }
    m_plot->redraw();
}

QPoint HeatMap::widgetPosition(double x, double y) const {
    m_plot->layOut();
    return m_plot->pos() + QPoint(qRound(m_plot->xAxis->coordToPixel(x)), qRound(m_plot->yAxis->coordToPixel(y)));
}

void HeatMap::moveCursor(QPointF position) {
    if (!m_picture || m_picture->values.empty())
        return;
    const auto [xLow, xHigh] = std::minmax(m_picture->xFirst, m_picture->xLast);
    const auto [yLow, yHigh] = std::minmax(m_picture->yFirst, m_picture->yLast);
    const double x = std::clamp(m_plot->xAxis->pixelToCoord(position.x()), xLow, xHigh);
    const double y = std::clamp(m_plot->yAxis->pixelToCoord(position.y()), yLow, yHigh);
    setCursorPosition(x, y);
    Q_EMIT cursorMoved(x, y);
}

bool HeatMap::eventFilter(QObject* watched, QEvent* event) {
    if (watched != m_plot)
        return QWidget::eventFilter(watched, event);
    switch (event->type()) {
    case QEvent::MouseButtonPress: {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        // Dragging pans with the middle button only: the left one belongs to the cursor.
        m_plot->axisRect()->setRangeDrag(mouse->button() == Qt::MiddleButton ? Qt::Horizontal | Qt::Vertical
                                                                             : Qt::Orientations());
        if (mouse->button() == Qt::LeftButton && m_plot->axisRect()->rect().contains(mouse->pos()))
            moveCursor(mouse->position());
        break;
    }
    case QEvent::MouseMove: {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        if (!m_picture)
            break;
        const double x = m_plot->xAxis->pixelToCoord(mouse->position().x());
        const double y = m_plot->yAxis->pixelToCoord(mouse->position().y());
        if (mouse->buttons() & Qt::LeftButton)
            moveCursor(mouse->position());
        Q_EMIT hovered(x, y, static_cast<double>(m_picture->valueAt(x, y)));
        break;
    }
    case QEvent::MouseButtonDblClick:
        showAll();
        break;
    case QEvent::Leave:
        Q_EMIT hoverLeft();
        break;
    default:
        break;
    }
    return QWidget::eventFilter(watched, event);
}

void HeatMap::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTheme();
}

void HeatMap::applyTheme() {
    const Theme theme = Theme::of(palette());
    applyPlotStyle(*m_plot, theme, font());
    applyAxisStyle(*m_scaleBar->axis(), theme, font());
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
        axis->grid()->setVisible(false);
    m_empty->setColor(theme.muted);
    m_empty->setFont(font());
    // White over dark and black over bright colours are both lost somewhere: a light line with some transparency is seen on all maps.
    for (QCPItemStraightLine* line : {m_cursorX, m_cursorY})
        line->setPen(QPen(QColor(255, 120, 60, 220), 1));
    setColourMap(m_map);
}

} // namespace fxs::ui
