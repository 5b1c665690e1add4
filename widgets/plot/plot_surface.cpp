#include "widgets/plot/plot_surface.h"

namespace fxs::ui {

void PlotSurface::redraw() {
    m_old = m_moved = true;
    update();
}

void PlotSurface::layOut() {
    if (m_moved)
        updateLayout();
}

void PlotSurface::paintEvent(QPaintEvent* event) {
    if (m_old) {
        m_old = false;
        // What is painted now need not be asked for again, as replot() does at its end.
        setAttribute(Qt::WA_UpdatesDisabled, true);
        replot(QCustomPlot::rpQueuedRefresh);
        setAttribute(Qt::WA_UpdatesDisabled, false);
    }
    QCustomPlot::paintEvent(event);
}

void PlotSurface::resizeEvent(QResizeEvent*) {
    setViewport(rect());
    redraw();
}

void PlotSurface::updateLayout() {
    m_moved = false;
    QCustomPlot::updateLayout();
    if (m_finalLayout)
        m_finalLayout();
}

} // namespace fxs::ui
