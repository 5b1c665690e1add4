#pragma once

#include "widgets/plot/heat_map.h"

#include <QColor>
#include <QString>
#include <QWidget>
#include <optional>
#include <vector>

class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;

namespace fxs::ui {

class PlotSurface;

/// A line of a CurvePlot; named ones are in the legend, which is shown from two on. error, where not empty, is the standard error of y, drawn as a band (or as bars where points are shown).
struct Curve {
    QString name;
    std::vector<double> x, y, error;
    QColor colour;       ///< invalid: the theme's colour of that index
    int series = -1;     ///< the theme's colour of this index instead; follows the palette
    double hue = -1;     ///< 0 to 1: a hue, as light as the theme wants it; follows the palette
    bool points = false; ///< symbols
    bool line = true;
    bool dashed = false;
    bool faint = false; ///< one of many: thin and half transparent
    double width = 1.6;
    bool inLegend = true;
};

/// A line across the plot at one value, with a label at its end.
struct Marker {
    double at = 0;
    bool vertical = false;
    QString label;
    QColor colour;         ///< invalid: muted
    double labelAt = 0.02; ///< of a vertical one: where its label is, from the top (0) to the bottom (1)
};

/// Curves over one pair of axes: error bands, legend, logarithmic axes, markers. Wheel zooms, dragging pans, double click shows
/// all; ranges follow the data until the user zooms.
/// Threads: GUI thread. Cost: drawn once a frame of the screen at most and not while hidden (PlotSurface); a drawing is linear in the points
/// that are seen. Many long curves are drawn without smoothed edges.
class CurvePlot : public QWidget {
    Q_OBJECT

public:
    explicit CurvePlot(QWidget* parent = nullptr);
    ~CurvePlot() override;

    void setTitle(const QString& title);
    void setAxes(const AxisText& x, const AxisText& y);
    const AxisText& xText() const { return m_xText; }
    const AxisText& yText() const { return m_yText; }
    void setLogarithmic(bool x, bool y);
    void setTickStep(double x);
    /// Fixed limits of an axis; nullopt: from the data.
    void setRangeX(std::optional<Levels> range);
    void setRangeY(std::optional<Levels> range);
    void setLegendCorner(Qt::Alignment corner);
    /// What is written where there is no curve.
    void setEmptyText(const QString& text);

    void setCurves(std::vector<Curve> curves);
    const std::vector<Curve>& curves() const { return m_curves; }
    void setMarkers(std::vector<Marker> markers);
    /// A vertical line that follows the cursor of a picture beside this plot; nullopt hides it.
    void setCursor(std::optional<double> x);

    void showAll();
    QPoint widgetPosition(double x, double y) const;
    QCustomPlot* plot() const;

Q_SIGNALS:
    void hovered(double x, double y);
    void clicked(double x);

protected:
    void changeEvent(QEvent* event) override;

private:
    void rebuild();
    void rebuildMarkers();
    void addCurve(const Curve& curve, int index);
    void addBand(const Curve& curve, const QColor& colour);
    void fitRanges();

    PlotSurface* m_plot;
    QCPItemStraightLine* m_cursor;
    QCPItemText* m_empty;
    std::vector<Curve> m_curves;
    std::vector<Marker> m_markers;
    std::optional<Levels> m_rangeX, m_rangeY;
    AxisText m_xText, m_yText;
    QString m_emptyText;
    bool m_logX = false, m_logY = false, m_zoomed = false;
};

} // namespace fxs::ui
