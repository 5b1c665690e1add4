#include "engine/backend/polar_feed.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace fxs {

namespace {

/// Rings [first, first + count) of a batch or mask, copied.
template <class T, std::size_t N>
Array<T, N> ringsOf(const Array<T, N>& all, std::size_t first, std::size_t count) {
    if (all.empty())
        return {};
    auto shape = all.shape();
    const std::size_t phi = shape[N - 1];
    const std::size_t rings = shape[N - 2];
    shape[N - 2] = count;
    auto cut = Array<T, N>::uninitialised(shape);
    const std::size_t blocks = all.size() / (rings * phi);
    for (std::size_t b = 0; b < blocks; ++b)
        std::copy_n(all.data() + (b * rings + first) * phi, count * phi, cut.data() + b * count * phi);
    return cut;
}

} // namespace

} // namespace fxs
