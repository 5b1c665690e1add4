#include "widgets/plot/picture.h"

#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

std::optional<std::size_t> indexOf(double x, double first, double last, std::size_t count) {
    if (count == 0)
        return std::nullopt;
    const double step = count > 1 ? (last - first) / static_cast<double>(count - 1) : 1.0;
    const double position = std::floor((x - first) / step + 0.5);
    if (!(position >= 0 && position < static_cast<double>(count)))
        return std::nullopt;
    return static_cast<std::size_t>(position);
}

std::vector<float> sample(const Picture& picture, bool positiveOnly, const ShadePtr& without = {}) {
    constexpr std::size_t kEnough = 50'000;
    const std::size_t stride = std::max<std::size_t>(1, picture.values.size() / kEnough);
    std::vector<float> out;
    out.reserve(picture.values.size() / stride + 1);
    for (std::size_t i = 0; i < picture.values.size(); i += stride)
        if (const float v = picture.values[i];
            std::isfinite(v) && (!positiveOnly || v > 0) && !(without && (*without)[i]))
            out.push_back(v);
    return out;
}

double quantile(std::vector<float>& values, double fraction) {
    const auto n = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), values.begin() + n, values.end());
    return values[static_cast<std::size_t>(n)];
}

} // namespace

std::optional<std::pair<std::size_t, std::size_t>> Picture::pixelAt(double x, double y) const {
    const auto column = indexOf(x, xFirst, xLast, columns);
    const auto row = indexOf(y, yFirst, yLast, rows);
    if (!column || !row)
        return std::nullopt;
    return std::pair{*column, *row};
}

float Picture::valueAt(double x, double y) const {
    const auto pixel = pixelAt(x, y);
    return pixel ? at(pixel->first, pixel->second) : std::numeric_limits<float>::quiet_NaN();
}

Levels robustLevels(const Picture& picture, double below, double above, bool positiveOnly, const ShadePtr& without) {
    std::vector<float> values = sample(picture, positiveOnly, without);
    if (values.empty())
        return positiveOnly ? Levels{0.1, 1} : Levels{0, 1};
    Levels levels{quantile(values, below), quantile(values, 1 - above)};
    if (levels.low < levels.high)
        return levels;
    // Everything is (nearly) one value: keep it in the middle of a scale that has a width.
    const double half = levels.low == 0 ? 1 : std::abs(levels.low) * 0.5;
    return {levels.low - half, levels.low + half};
}

Levels symmetricLevels(const Picture& picture, double outside) {
    std::vector<float> values = sample(picture, false);
    for (float& v : values)
        v = std::abs(v);
    const double high = values.empty() ? 1 : quantile(values, 1 - outside);
    return high > 0 ? Levels{-high, high} : Levels{-1, 1};
}

} // namespace fxs::ui
