#pragma once

#include "widgets/plot/plot_library.h"

#include <functional>

namespace fxs::ui {

/// A QCustomPlot that draws itself when it is painted and not before: however often its content changes between two frames of the
/// screen, it is laid out and drawn once, and not at all while it is hidden. Whatever changes it calls redraw().
/// (The library's own replot() draws at once or once an event, hidden or not, and every step of a resize draws everything.)
/// Threads: GUI thread.
class PlotSurface : public QCustomPlot {
    Q_OBJECT

public:
    using QCustomPlot::QCustomPlot;

    /// What is on screen is out of date: it is drawn with the next paint.
    void redraw();
    /// Brings positions (coordToPixel() and so on) up to date without drawing.
    void layOut();
    /// Called at the end of every layout, to place what the grid of the library cannot.
    void setFinalLayout(std::function<void()> finalLayout) { m_finalLayout = std::move(finalLayout); }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void updateLayout() override;

private:
    std::function<void()> m_finalLayout;
    bool m_old = false;   ///< must be drawn anew
    bool m_moved = false; ///< must be laid out anew
};

} // namespace fxs::ui
