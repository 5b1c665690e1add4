#pragma once

#include "engine/core/array.h"

#include <algorithm>
#include <cstdint>
#include <random>

namespace fxs::ui::test {

using Mask = Array<std::uint8_t, 3>;

/// A quarter of the pixels masked, the same for the same seed.
inline Mask randomMask(const std::array<std::size_t, 3>& shape, unsigned seed) {
    std::mt19937 random(seed);
    Mask mask(shape);
    for (std::uint8_t& v : mask.span())
        v = random() % 4 != 0;
    return mask;
}

inline bool equal(View<const std::uint8_t, 3> a, View<const std::uint8_t, 3> b) {
    return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

} // namespace fxs::ui::test
