#include "widgets/density/map_volume.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace fxs::ui {

namespace {
constexpr double kNmPerAngstrom = 0.1;

/// Weights of the four voxels around a point t of the way between the middle two (Catmull and Rom, 1974).
std::array<float, 4> splineWeights(double t) {
    const double t2 = t * t, t3 = t2 * t;
    return {static_cast<float>(0.5 * (-t3 + 2 * t2 - t)), static_cast<float>(0.5 * (3 * t3 - 5 * t2 + 2)),
            static_cast<float>(0.5 * (-3 * t3 + 4 * t2 + t)), static_cast<float>(0.5 * (t3 - t2))};
}

/// Lines of n values, their elements stride apart, become lines of (n - 1) factor + 1: [outer][n][stride] to [outer][longer][stride].
std::vector<float> stretched(const std::vector<float>& in, std::size_t outer, std::size_t n, std::size_t stride,
                             std::size_t factor) {
    const std::size_t longer = (n - 1) * factor + 1;
    std::vector<float> out(outer * longer * stride);
    for (std::size_t i = 0; i < longer; ++i) {
        const std::size_t base = std::min(i / factor, n - 2);
        const auto w = splineWeights(static_cast<double>(i - base * factor) / static_cast<double>(factor));
        const std::array<std::size_t, 4> from{base > 0 ? base - 1 : 0, base, base + 1, std::min(base + 2, n - 1)};
        for (std::size_t o = 0; o < outer; ++o) {
            const float* line = in.data() + o * n * stride;
            float* to = out.data() + (o * longer + i) * stride;
            for (std::size_t k = 0; k < stride; ++k)
                to[k] = w[0] * line[from[0] * stride + k] + w[1] * line[from[1] * stride + k] +
                        w[2] * line[from[2] * stride + k] + w[3] * line[from[3] * stride + k];
        }
    }
    return out;
}
} // namespace

std::shared_ptr<const MapVolume> MapVolume::of(std::shared_ptr<const DensityMap> map) {
    if (!map || map->values.empty())
        return {};
    std::shared_ptr<MapVolume> out(new MapVolume);
    const auto values = map->values.span();
    double sum = 0, low = std::numeric_limits<double>::infinity(), high = -low;
    std::size_t finite = 0;
    for (const float v : values) {
        if (!std::isfinite(v))
            continue;
        ++finite;
        sum += static_cast<double>(v);
        low = std::min(low, static_cast<double>(v));
        high = std::max(high, static_cast<double>(v));
    }
    out->m_notFinite = values.size() - finite;
    out->m_mean = finite > 0 ? sum / static_cast<double>(finite) : 0;
    out->m_lowest = finite > 0 ? low : 0;
    out->m_highest = finite > 0 ? high : 0;
    double squares = 0;
    for (const float v : values)
        if (std::isfinite(v))
            squares += (static_cast<double>(v) - out->m_mean) * (static_cast<double>(v) - out->m_mean);
    // Of a constant map, rounding alone would make a sigma that is not zero.
    if (out->m_highest > out->m_lowest)
        out->m_sigma = std::sqrt(squares / static_cast<double>(finite));
    out->m_spacing = map->spacingAngstrom > 0 && std::isfinite(map->spacingAngstrom) ? map->spacingAngstrom : 1;
    if (out->m_notFinite > 0) {
        auto clean = std::make_shared<DensityMap>(DensityMap{map->values.clone(), map->spacingAngstrom});
        for (float& v : clean->values.span())
            if (!std::isfinite(v))
                v = static_cast<float>(out->m_mean);
        map = std::move(clean);
    }
    out->m_map = std::move(map);
    return out;
}

std::shared_ptr<const MapVolume> MapVolume::finer(std::size_t factor) const {
    const std::size_t n = size();
    if (factor < 2 || n < 2)
        return of(m_map);
    const std::size_t longer = (n - 1) * factor + 1;
    std::vector<float> values(this->values(), this->values() + n * n * n);
    values = stretched(values, n * n, n, 1, factor);
    values = stretched(values, n, n, longer, factor);
    values = stretched(values, 1, n, longer * longer, factor);
    auto map = std::make_shared<DensityMap>();
    map->values = Array<float, 3>({longer, longer, longer});
    std::copy(values.begin(), values.end(), map->values.data());
    map->spacingAngstrom = m_spacing / static_cast<double>(factor);
    return of(std::move(map));
}

std::size_t MapVolume::indexOf(double coordinate) const {
    const double index = std::round((coordinate - first()) / m_spacing);
    return static_cast<std::size_t>(std::clamp(index, 0.0, static_cast<double>(size() - 1)));
}

float MapVolume::valueAt(const std::array<double, 3>& point) const {
    for (const double c : point)
        if (!(std::abs(c) <= -first() + 0.5 * m_spacing))
            return std::numeric_limits<float>::quiet_NaN();
    return at(indexOf(point[0]), indexOf(point[1]), indexOf(point[2]));
}

PicturePtr MapVolume::slice(SliceAxis axis, double coordinate) const {
    const std::size_t n = size(), fixed = indexOf(coordinate);
    auto picture = std::make_shared<Picture>(n, n);
    for (std::size_t row = 0; row < n; ++row)
        for (std::size_t column = 0; column < n; ++column)
            picture->at(column, row) = axis == SliceAxis::x   ? at(fixed, column, row)
                                       : axis == SliceAxis::y ? at(column, fixed, row)
                                                              : at(column, row, fixed);
    picture->xFirst = picture->yFirst = first() * kNmPerAngstrom;
    picture->xLast = picture->yLast = -first() * kNmPerAngstrom;
    return picture;
}

} // namespace fxs::ui
