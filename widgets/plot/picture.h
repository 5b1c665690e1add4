#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace fxs::ui {

/// Values on a regular rectangle, ready to be drawn. NaN marks a pixel without a value.
/// Shape: values [row][column], column (x) fastest; pixel centres from xFirst to xLast and from yFirst to yLast.
struct Picture {
    std::size_t columns = 0, rows = 0;
    std::vector<float> values;
    double xFirst = 0, xLast = 1, yFirst = 0, yLast = 1;

    Picture() = default;
    Picture(std::size_t columnCount, std::size_t rowCount)
        : columns(columnCount), rows(rowCount),
          values(columnCount * rowCount, std::numeric_limits<float>::quiet_NaN()) {}

    float& at(std::size_t column, std::size_t row) { return values[row * columns + column]; }
    float at(std::size_t column, std::size_t row) const { return values[row * columns + column]; }
    /// Column and row of the pixel that holds (x, y); nullopt outside.
    std::optional<std::pair<std::size_t, std::size_t>> pixelAt(double x, double y) const;
    /// The value at (x, y); NaN outside and where there is none.
    float valueAt(double x, double y) const;
};
using PicturePtr = std::shared_ptr<const Picture>;

/// A flag for each pixel of a picture, row by row: 0 as it is; what is tinted or left out does not count for levels.
inline constexpr std::uint8_t kTinted = 1, kLeftOut = 2;
using ShadePtr = std::shared_ptr<const std::vector<std::uint8_t>>;

/// Lower and upper end of a colour scale.
struct Levels {
    double low = 0, high = 1;
    bool operator==(const Levels&) const = default;
};

/// Levels that a few odd pixels do not decide: the given fractions of the values lie below and above. With positiveOnly, from the
/// positive values alone (logarithmic scales); tinted pixels of `without` do not count. Always low < high.
/// Cost: partial sorts of at most 50,000 values, evenly taken: about 1 ms.
Levels robustLevels(const Picture& picture, double below = 0.005, double above = 0.002, bool positiveOnly = false,
                    const ShadePtr& without = {});
/// The same around zero: -h ... h.
Levels symmetricLevels(const Picture& picture, double outside = 0.01);

} // namespace fxs::ui
