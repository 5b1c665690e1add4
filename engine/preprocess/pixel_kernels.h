#pragma once

#include <cstddef>
#include <cstdint>

namespace fxs {

/// The inner loops of PixelCorrection, compiled for the machine's widest useful vectors and chosen when they run.
/// valid, where not null: set to 0 where a value is bad. They return true if every judged value was good.
/// judged: 0xFFFF for pixels that count, 0 for masked ones.

/// out = raw - dark (0 where not judged); bad: judged raw >= saturation.
bool darkFrom16(const std::uint16_t* raw, const float* dark, const std::uint16_t* judged, float saturation,
                std::size_t count, float* out, std::uint8_t* valid);
/// The same of floats; also bad: not finite, which becomes 0.
bool darkFromFloat(const float* raw, const float* dark, const std::uint16_t* judged, float saturation,
                   std::size_t count, float* out, std::uint8_t* valid);

/// What follows the dark.
struct ValueSteps {
    float minimum, maximum; ///< infinite: none
    float aduPerPhoton;     ///< 0: photons are not counted
    float photonOffset;     ///< 1 - photon threshold
};
/// v = v / gain, thresholds, photons; gain is infinite where masked.
bool scaleAndCut(float* values, const float* gain, const ValueSteps& steps, std::size_t count, std::uint8_t* valid);

/// v = (v - scale * background) * factor
void subtractScaled(float* values, const float* background, float scale, float factor, std::size_t count);

} // namespace fxs
