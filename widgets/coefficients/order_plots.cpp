#include "widgets/coefficients/order_plots.h"

#include <QObject>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

/// From violet to yellow: neighbouring orders resemble each other, as their curves do.
double hueOf(int order, int highest) {
    return 0.76 - 0.62 * (highest > 0 ? static_cast<double>(order) / highest : 0);
}

constexpr int kGrey = 7, kBlue = 0, kRed = 1; // of the theme's series

Curve points(const QString& name, int series) {
    return {.name = name, .series = series, .points = true, .line = false};
}

void keepFilled(PlotContent& content, std::initializer_list<Curve*> curves) {
    for (Curve* curve : curves)
        if (!curve->x.empty())
            content.curves.push_back(std::move(*curve));
}

std::size_t rankOf(const Coefficients& c, std::size_t l) {
    return l < c.rank.size() ? static_cast<std::size_t>(std::max(0, c.rank[l])) : 0;
}

} // namespace

PlotContent waterfall(const BlChoice& choice, int order, WaterfallKind kind, bool logarithmic) {
    PlotContent content{.x = {QObject::tr("q"), QObject::tr("1/Å")},
                        .y = {QObject::tr("B_l(q, q) / I₀₀(q)²"), {}},
                        .logY = logarithmic && kind == WaterfallKind::curves};
    if (kind == WaterfallKind::offset)
        content.y = {QObject::tr("l + 0.9 Δl B_l / max |B_l|"), {}};
    if (!choice.isAvailable())
        return content;
    const std::vector<int> orders = ordersOf(*choice.result);
    const double step = orders.size() > 1 ? orders[1] - orders[0] : 1;
    for (const int l : orders) {
        BlDiagonal diagonal = diagonalOf(choice, l);
        const bool chosen = l == order;
        Curve curve{.name = QObject::tr("l = %1").arg(l), .x = choice.result->all.q, .hue = hueOf(l, orders.back())};
        curve.width = chosen ? 2.8 : 1.2;
        if (kind == WaterfallKind::offset) {
            double largest = 0;
            for (const double v : diagonal.value)
                largest = std::max(largest, std::abs(v));
            for (double& v : diagonal.value)
                v = l + (largest > 0 ? 0.9 * step * v / largest : 0);
            curve.inLegend = false; // the axis says which it is
        } else {
            // Every fourth order is enough to read the colours by.
            curve.inLegend = chosen || l % 8 == 0;
            if (chosen)
                curve.error = std::move(diagonal.error);
        }
        curve.y = std::move(diagonal.value);
        content.curves.push_back(std::move(curve));
    }
    return content;
}

PlotContent eigenvalueSpectrum(const FilterResult& result, int order) {
    PlotContent content{.x = {QObject::tr("number"), {}}, .y = {QObject::tr("eigenvalue, whitened"), {}}, .logY = true};
    const Coefficients& c = result.all;
    const auto l = static_cast<std::size_t>(order);
    if (l >= c.eigenvalues.size())
        return content;
    const std::size_t rank = rankOf(c, l);
    Curve kept = points(QObject::tr("kept (rank %1)").arg(rank), kBlue), left = points(QObject::tr("left out"), kGrey),
          negative = points(QObject::tr("negative, size of"), kRed);
    for (std::size_t i = 0; i < c.eigenvalues[l].size(); ++i) {
        const double value = c.eigenvalues[l][i];
        Curve& curve = i < rank ? kept : value > 0 ? left : negative;
        curve.x.push_back(static_cast<double>(i + 1));
        curve.y.push_back(std::abs(value));
    }
    keepFilled(content, {&kept, &left, &negative});
    if (l < c.noiseLevel.size() && c.noiseLevel[l] > 0)
        content.markers.push_back({.at = c.noiseLevel[l], .label = QObject::tr("noise")});
    return content;
}

PlotContent eigenvaluesOfAllOrders(const FilterResult& result) {
    PlotContent content{
        .x = {QObject::tr("order l"), {}}, .y = {QObject::tr("eigenvalues, whitened"), {}}, .logY = true};
    const Coefficients& c = result.all;
    Curve kept = points(QObject::tr("kept"), kBlue), left = points(QObject::tr("left out"), kGrey);
    Curve noise{.name = QObject::tr("noise level"), .series = kRed, .dashed = true};
    for (const int order : ordersOf(result)) {
        const auto l = static_cast<std::size_t>(order);
        for (std::size_t i = 0; l < c.eigenvalues.size() && i < c.eigenvalues[l].size(); ++i)
            if (c.eigenvalues[l][i] > 0) {
                Curve& curve = i < rankOf(c, l) ? kept : left;
                curve.x.push_back(order);
                curve.y.push_back(c.eigenvalues[l][i]);
            }
        if (l < c.noiseLevel.size() && c.noiseLevel[l] > 0) {
            noise.x.push_back(order);
            noise.y.push_back(c.noiseLevel[l]);
        }
    }
    keepFilled(content, {&kept, &left, &noise});
    return content;
}

PlotContent qualityOfOrders(const FilterResult& result, OrderQuality quality) {
    const Coefficients& c = result.all;
    PlotContent content{.x = {QObject::tr("order l"), {}}, .y = {}, .logY = quality != OrderQuality::rank};
    Curve curve{.points = true};
    const auto take = [&](const auto& values, bool fromZero) {
        for (const int l : ordersOf(result))
            if (static_cast<std::size_t>(l) < values.size() && (fromZero || l > 0)) {
                curve.x.push_back(l);
                curve.y.push_back(static_cast<double>(values[static_cast<std::size_t>(l)]));
            }
    };
    if (quality == OrderQuality::halfSetError) {
        content.y = {QObject::tr("|ΔB_l| / |B_l|"), {}};
        content.markers.push_back({.at = 1, .label = QObject::tr("as large as B_l itself")});
        take(c.orderError, false);
    } else if (quality == OrderQuality::condition) {
        content.y = {QObject::tr("condition number"), {}};
        take(c.condition, true);
    } else {
        content.y = {QObject::tr("rank kept"), {}};
        take(c.rank, true);
        Curve bound{.name = QObject::tr("2 l + 1, what a density can fill"), .series = kGrey, .dashed = true};
        for (const double l : curve.x) {
            bound.x.push_back(l);
            bound.y.push_back(2 * l + 1);
        }
        curve.name = QObject::tr("rank kept");
        keepFilled(content, {&curve, &bound});
        return content;
    }
    // A result without half sets has zeros only: nothing is known.
    if (std::any_of(curve.y.begin(), curve.y.end(), [](double v) { return v > 0; }))
        keepFilled(content, {&curve});
    return content;
}

} // namespace fxs::ui
