#include "widgets/coefficients/coefficient_pictures.h"

#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

const Array<double, 3>& valuesOf(const Coefficients& c, BlStage stage) {
    return stage == BlStage::filtered ? c.bl : c.blRaw;
}

double valueOf(const Coefficients& c, BlStage stage, std::size_t l, std::size_t i, std::size_t j) {
    return stage == BlStage::removed ? c.blRaw(l, i, j) - c.bl(l, i, j) : valuesOf(c, stage)(l, i, j);
}

/// One over I_00(q); zero where there is none to divide by.
std::vector<double> scales(const Coefficients& c) {
    std::vector<double> out(c.qCount(), 1.0);
    for (std::size_t i = 0; i < out.size() && c.i00.size() == out.size(); ++i)
        out[i] = c.i00[i] != 0 ? 1 / std::abs(c.i00[i]) : 0;
    return out;
}

} // namespace

bool BlChoice::isAvailable() const {
    if (!result || result->all.bl.empty())
        return false;
    if (source != BlSource::all && result->halves.size() != 2)
        return false;
    const auto has = [this](const Coefficients& c) {
        return c.bl.shape() == result->all.bl.shape() &&
               (stage == BlStage::filtered || c.blRaw.shape() == c.bl.shape());
    };
    return source == BlSource::all ? has(result->all) : has(result->halves[0]) && has(result->halves[1]);
}

double BlChoice::value(std::size_t l, std::size_t i, std::size_t j) const {
    switch (source) {
    case BlSource::all:
        return valueOf(result->all, stage, l, i, j);
    case BlSource::halfA:
        return valueOf(result->halves[0], stage, l, i, j);
    case BlSource::halfB:
        return valueOf(result->halves[1], stage, l, i, j);
    case BlSource::halfDifference:
        break;
    }
    return valueOf(result->halves[0], stage, l, i, j) - valueOf(result->halves[1], stage, l, i, j);
}

std::vector<int> ordersOf(const FilterResult& result) {
    const Array<double, 3>& bl = result.all.bl;
    const auto isZero = [&](std::size_t l) {
        const auto order = bl[l].span();
        return std::all_of(order.begin(), order.end(), [](double v) { return v == 0; });
    };
    bool even = true;
    for (std::size_t l = 1; l < bl.extent(0); l += 2)
        even = even && isZero(l);
    std::vector<int> orders;
    for (std::size_t l = 0; l < bl.extent(0); l += even ? 2 : 1)
        orders.push_back(static_cast<int>(l));
    return orders;
}

PicturePtr orderPicture(const BlChoice& choice, int order) {
    if (!choice.isAvailable() || order < 0 || static_cast<std::size_t>(order) >= choice.result->all.bl.extent(0))
        return nullptr;
    const Coefficients& c = choice.result->all;
    const auto l = static_cast<std::size_t>(order);
    const std::size_t n = c.qCount();
    std::vector<double> scale = scales(c);
    for (std::size_t i = 0; choice.unitDiagonal && i < n; ++i) {
        const double diagonal = choice.value(l, i, i);
        scale[i] = diagonal > 0 ? 1 / std::sqrt(diagonal) : 0;
    }
    auto picture = std::make_shared<Picture>(n, n);
    picture->xFirst = picture->yFirst = c.q.front();
    picture->xLast = picture->yLast = c.q.back();
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            if (const double s = scale[i] * scale[j]; s > 0)
                picture->at(j, i) = static_cast<float>(choice.value(l, i, j) * s);
    return picture;
}

BlDiagonal diagonalOf(const BlChoice& choice, int order) {
    BlDiagonal diagonal;
    const Coefficients& c = choice.result->all;
    const auto l = static_cast<std::size_t>(order);
    const std::vector<double> scale = scales(c);
    const bool hasError = choice.source == BlSource::all && choice.stage == BlStage::filtered &&
                          c.error.extent(0) > l && c.error.extent(1) == c.qCount();
    for (std::size_t i = 0; i < c.qCount(); ++i) {
        diagonal.value.push_back(choice.value(l, i, i) * scale[i] * scale[i]);
        if (hasError)
            diagonal.error.push_back(c.error(l, i) * scale[i] * scale[i]);
    }
    return diagonal;
}

PicturePtr diagonalPicture(const BlChoice& choice) {
    if (!choice.isAvailable())
        return nullptr;
    const Coefficients& c = choice.result->all;
    const std::vector<int> orders = ordersOf(*choice.result);
    auto picture = std::make_shared<Picture>(c.qCount(), orders.size());
    picture->xFirst = c.q.front();
    picture->xLast = c.q.back();
    picture->yFirst = orders.front();
    picture->yLast = orders.back();
    for (std::size_t row = 0; row < orders.size(); ++row) {
        const BlDiagonal diagonal = diagonalOf(choice, orders[row]);
        for (std::size_t i = 0; i < diagonal.value.size(); ++i)
            picture->at(i, row) = static_cast<float>(diagonal.value[i]);
    }
    return picture;
}

} // namespace fxs::ui
