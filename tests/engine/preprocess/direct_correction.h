#pragma once

#include "engine/core/array.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace fxs::test {

/// The corrections as one would write them down, in double precision, one frame and one pixel at a time.
struct DirectCorrection {
    std::vector<double> dark, gain;  ///< empty: 0, 1
    std::vector<std::uint8_t> mask;  ///< 1 = valid
    std::size_t commonModeBlock = 0; ///< pixels of a row-wise block; 0: no common mode
    std::optional<double> minValue, aduPerPhoton;
    double photonThreshold = 0.5;
    std::vector<double> background;
    double backgroundScale = 1;

    std::vector<double> operator()(const std::vector<double>& raw) const {
        std::vector<double> v(raw);
        for (std::size_t i = 0; i < v.size(); ++i)
            v[i] = mask[i] ? v[i] - (dark.empty() ? 0 : dark[i]) : 0;
        for (std::size_t at = 0; commonModeBlock > 0 && at < v.size(); at += commonModeBlock) {
            std::vector<double> block;
            for (std::size_t i = at; i < at + commonModeBlock; ++i)
                if (mask[i])
                    block.push_back(v[i]);
            std::sort(block.begin(), block.end());
            const std::size_t n = block.size();
            const double median = n % 2 ? block[n / 2] : (block[n / 2 - 1] + block[n / 2]) / 2;
            for (std::size_t i = at; i < at + commonModeBlock; ++i)
                v[i] -= median;
        }
        for (std::size_t i = 0; i < v.size(); ++i) {
            v[i] = mask[i] ? v[i] / (gain.empty() ? 1 : gain[i]) : 0;
            if (minValue && v[i] < *minValue)
                v[i] = 0;
            if (aduPerPhoton)
                v[i] = std::max(0.0, std::floor(v[i] / *aduPerPhoton + 1 - photonThreshold));
            if (!background.empty())
                v[i] -= backgroundScale * background[i];
        }
        return v;
    }
};

} // namespace fxs::test
