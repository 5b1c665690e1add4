#pragma once

#include "widgets/plot/colour_map.h"
#include "widgets/plot/picture.h"

#include <QString>
#include <QWidget>
#include <optional>
#include <vector>

class QCPColorScale;
class QCPItemEllipse;
class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;

namespace fxs::ui {

class PictureLayer;
class PlotSurface;

/// A quantity and its unit, as written at an axis.
struct AxisText {
    QString quantity, unit;
};

/// A picture with axes, a colour scale and a crosshair cursor. Wheel zooms, dragging with the middle button pans, double click
/// shows all; a click or drag with the left button moves the cursor.
/// Levels are chosen anew for every picture (robustLevels) until the user or a caller sets them.
/// Threads: GUI thread. Cost: it is drawn once a frame of the screen at most and not while hidden (PlotSurface); a drawing looks at every
/// pixel of the screen and, where the picture is made smaller, at every pixel of the picture that is seen (PictureLayer).
class HeatMap : public QWidget {
    Q_OBJECT

public:
    explicit HeatMap(QWidget* parent = nullptr);
    ~HeatMap() override;

    /// Null clears. Zoom is kept where the picture's extent is as before.
    void setPicture(PicturePtr picture);
    PicturePtr picture() const { return m_picture; }
    /// Tints pixels of the picture (a mask); they do not count for automatic levels. Null: none. Of another shape than the picture's:
    /// not shown. Keeps the zoom.
    void setShade(ShadePtr shade, const QColor& tint);
    ShadePtr shade() const { return m_shade; }
    void setTitle(const QString& title);
    void setAxes(const AxisText& x, const AxisText& y, const AxisText& value);
    const AxisText& xText() const { return m_xText; }
    const AxisText& yText() const { return m_yText; }
    const AxisText& valueText() const { return m_valueText; }
    /// Ticks of the x axis at multiples of step (45 for degrees); 0: chosen freely.
    void setTickStep(double x, double y = 0);
    /// One unit is as long along x as along y.
    void setSquare(bool square);

    void setColourMap(ColourMap map);
    ColourMap colourMap() const { return m_map; }
    void setColourScale(ColourScale scale);
    ColourScale colourScale() const { return m_scale; }
    /// Levels around zero, for signed values.
    void setSymmetricLevels(bool symmetric);
    void setLevels(const Levels& levels);
    Levels levels() const { return m_levels; }
    void setAutoLevels(bool on);
    bool autoLevels() const { return m_autoLevels; }

    /// The crosshair; hidden until it is first set. Emits nothing.
    void setCursorPosition(double x, double y);
    void setCursorVisible(bool horizontal, bool vertical);

    /// Circles around the origin with a label each, e.g. resolution rings.
    struct Ring {
        double radius = 0;
        QString label;
    };
    void setRings(const std::vector<Ring>& rings);

    /// What is seen of the picture; nullopt: all. Set before there is a picture, it is taken with the first.
    struct Zoom {
        double left = 0, right = 0, bottom = 0, top = 0;
    };
    std::optional<Zoom> zoom() const;
    void setZoom(const std::optional<Zoom>& zoom);
    void showAll();
    /// After a change of plot()'s own, an axis' range for one.
    void redraw();
    /// Where a data point is on this widget, in its pixels; for tests and overlays.
    QPoint widgetPosition(double x, double y) const;
    QCustomPlot* plot() const;
    /// A widget of fixed width right of the colour scale and as high as the axes, wherever the picture stands; owned from now on.
    void setSideWidget(QWidget* widget);

Q_SIGNALS:
    void cursorMoved(double x, double y);           ///< the user moved it
    void hovered(double x, double y, double value); ///< value NaN outside the picture
    void hoverLeft();
    void levelsChanged();
    void pictureChanged();    ///< another picture, or another tint on it
    void appearanceChanged(); ///< colour map or colour scale

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void applyTheme();
    void showValues();
    void showLevels();
    void showMessage();
    void finishLayout();
    void placeSide();
    void moveCursor(QPointF position);

    PlotSurface* m_plot;
    QWidget* m_side = nullptr;
    PictureLayer* m_colours;
    QCPColorScale* m_scaleBar;
    QCPItemStraightLine* m_cursorX;
    QCPItemStraightLine* m_cursorY;
    QCPItemText* m_empty;
    std::vector<QCPItemEllipse*> m_ringItems;
    std::vector<QCPItemText*> m_ringLabels;

    PicturePtr m_picture;
    ShadePtr m_shade;
    QColor m_tint;
    AxisText m_xText, m_yText, m_valueText;
    ColourMap m_map = ColourMap::viridis;
    ColourScale m_scale = ColourScale::linear;
    Levels m_levels;
    std::optional<Zoom> m_wantedZoom;
    bool m_autoLevels = true, m_symmetric = false, m_square = false;
    bool m_showX = true, m_showY = true, m_cursorSet = false;
};

} // namespace fxs::ui
