#pragma once

#include "engine/core/array.h"
#include "engine/model/correlation.h"

#include <cstring>

template <class T, std::size_t N>
bool sameBits(const fxs::Array<T, N>& a, const fxs::Array<T, N>& b) {
    return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

inline bool sameBits(const fxs::CorrelationSums& a, const fxs::CorrelationSums& b) {
    return a.frames == b.frames && sameBits(a.sumC, b.sumC) && sameBits(a.sumIntensity, b.sumIntensity) &&
           sameBits(a.sumIntensitySquared, b.sumIntensitySquared);
}
