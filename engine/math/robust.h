#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace fxs {

/// Statistics that a few wild values do not move.

/// The median; of an even number of values the mean of the middle two; 0 of none. The values change places.
template <class T>
double medianOf(std::vector<T>& values) {
    if (values.empty())
        return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1)
        return static_cast<double>(*middle);
    return (static_cast<double>(*middle) + static_cast<double>(*std::max_element(values.begin(), middle))) / 2;
}

/// 1.4826 times the median distance from `middle`: the standard deviation, where values are normally distributed.
template <class T>
double robustSigma(const std::vector<T>& values, double middle) {
    std::vector<double> distance;
    distance.reserve(values.size());
    for (const T value : values)
        distance.push_back(std::abs(static_cast<double>(value) - middle));
    return 1.4826 * medianOf(distance);
}

} // namespace fxs
