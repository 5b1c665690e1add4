#pragma once

#include "widgets/coefficients/coefficient_pictures.h"
#include "widgets/plot/curve_plot.h"

#include <vector>

namespace fxs::ui {

/// Curves and markers of one plot, with its axes.
struct PlotContent {
    AxisText x, y;
    bool logY = false;
    std::vector<Curve> curves;
    std::vector<Marker> markers;
};

/// How B_l(q,q) of all orders are drawn.
enum class WaterfallKind {
    curves, ///< over each other, the chosen order with its standard error
    offset, ///< one above the other at the height of their order, each scaled to its own largest value
    map     ///< q × l
};
/// logarithmic: of curves over each other only.
PlotContent waterfall(const BlChoice& choice, int order, WaterfallKind kind, bool logarithmic);

/// Eigenvalues of one order against their number, or of all orders against l: kept, left out, negative (their size), and the noise
/// level that decided. Whitened units.
PlotContent eigenvalueSpectrum(const FilterResult& result, int order);
PlotContent eigenvaluesOfAllOrders(const FilterResult& result);

/// What is known of how good each order is.
enum class OrderQuality { halfSetError, condition, rank };
PlotContent qualityOfOrders(const FilterResult& result, OrderQuality quality);

} // namespace fxs::ui
