#include "engine/preprocess/pixel_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

// Without fused multiply-adds, so that every machine gives the same bits.
#if defined(__x86_64__)
#define FXS_WIDE __attribute__((target("avx2")))
#endif
#define FXS_INLINE [[gnu::always_inline]] inline

namespace fxs {

namespace {

// Flags are only written when some value of the tile is bad, which is rare: the plain pass finds out.

FXS_INLINE bool dark16(const std::uint16_t* raw, const float* dark, const std::uint16_t* judged, float saturation,
                       std::size_t count, float* out) {
    std::uint16_t top = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint16_t value = raw[i] & judged[i];
        top = std::max(top, value);
        out[i] = static_cast<float>(value) - dark[i];
    }
    return static_cast<float>(top) < saturation;
}

FXS_INLINE bool darkFloat(const float* raw, const float* dark, const std::uint16_t* judged, float saturation,
                          std::size_t count, float* out) {
    unsigned bad = 0;
    constexpr float kLargest = std::numeric_limits<float>::max();
    for (std::size_t i = 0; i < count; ++i) {
        const float value = raw[i];
        // Both comparisons are false for what is not a number.
        const bool usable = value >= -kLargest && value <= kLargest;
        const bool judge = judged[i] != 0;
        bad |= static_cast<unsigned>(judge & !(usable & (value < saturation)));
        out[i] = (usable & judge ? value : 0.0F) - dark[i];
    }
    return bad == 0;
}

FXS_INLINE bool scaleCut(float* values, const float* gain, const ValueSteps& steps, std::size_t count) {
    float top = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < count; ++i) {
        const float v = values[i] / gain[i];
        top = std::max(top, v);
        values[i] = v < steps.minimum ? 0.0F : v;
    }
    if (steps.aduPerPhoton > 0)
        for (std::size_t i = 0; i < count; ++i)
            values[i] = std::max(0.0F, std::floor(values[i] / steps.aduPerPhoton + steps.photonOffset));
    return top <= steps.maximum;
}

FXS_INLINE void subtract(float* values, const float* background, float scale, float factor, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        values[i] = (values[i] - scale * background[i]) * factor;
}

#if defined(__x86_64__)
FXS_WIDE bool dark16Wide(const std::uint16_t* raw, const float* dark, const std::uint16_t* judged, float saturation,
                         std::size_t count, float* out) {
    return dark16(raw, dark, judged, saturation, count, out);
}
FXS_WIDE bool darkFloatWide(const float* raw, const float* dark, const std::uint16_t* judged, float saturation,
                            std::size_t count, float* out) {
    return darkFloat(raw, dark, judged, saturation, count, out);
}
FXS_WIDE bool scaleCutWide(float* values, const float* gain, const ValueSteps& steps, std::size_t count) {
    return scaleCut(values, gain, steps, count);
}
FXS_WIDE void subtractWide(float* values, const float* background, float scale, float factor, std::size_t count) {
    subtract(values, background, scale, factor, count);
}
#endif

bool wide() {
#if defined(__x86_64__)
    static const bool has = __builtin_cpu_supports("avx2");
    return has;
#else
    return false;
#endif
}

} // namespace

bool darkFrom16(const std::uint16_t* raw, const float* dark, const std::uint16_t* judged, float saturation,
                std::size_t count, float* out, std::uint8_t* valid) {
#if defined(__x86_64__)
    const bool good = wide() ? dark16Wide(raw, dark, judged, saturation, count, out)
                             : dark16(raw, dark, judged, saturation, count, out);
#else
    const bool good = dark16(raw, dark, judged, saturation, count, out);
#endif
    for (std::size_t i = 0; !good && valid && i < count; ++i)
        if (static_cast<float>(raw[i] & judged[i]) >= saturation)
            valid[i] = 0;
    return good;
}

bool darkFromFloat(const float* raw, const float* dark, const std::uint16_t* judged, float saturation,
                   std::size_t count, float* out, std::uint8_t* valid) {
#if defined(__x86_64__)
    const bool good = wide() ? darkFloatWide(raw, dark, judged, saturation, count, out)
                             : darkFloat(raw, dark, judged, saturation, count, out);
#else
    const bool good = darkFloat(raw, dark, judged, saturation, count, out);
#endif
    for (std::size_t i = 0; !good && valid && i < count; ++i)
        if (judged[i] && !(std::isfinite(raw[i]) && raw[i] < saturation))
            valid[i] = 0;
    return good;
}

bool scaleAndCut(float* values, const float* gain, const ValueSteps& steps, std::size_t count, std::uint8_t* valid) {
    if (valid && steps.maximum < std::numeric_limits<float>::infinity()) {
        // Photons overwrite what max-value looks at.
        for (std::size_t i = 0; i < count; ++i)
            if (values[i] / gain[i] > steps.maximum)
                valid[i] = 0;
    }
#if defined(__x86_64__)
    if (wide())
        return scaleCutWide(values, gain, steps, count);
#endif
    return scaleCut(values, gain, steps, count);
}

void subtractScaled(float* values, const float* background, float scale, float factor, std::size_t count) {
#if defined(__x86_64__)
    if (wide())
        return subtractWide(values, background, scale, factor, count);
#endif
    subtract(values, background, scale, factor, count);
}

} // namespace fxs
