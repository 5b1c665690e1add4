#pragma once

#include "engine/core/array.h"
#include "engine/model/batch.h"
#include "engine/model/calibration.h"
#include "engine/preprocess/preprocess_settings.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fxs {

/// The steps that look at one value at a time, in this order (v starts as the raw value):
///     v = v - dark                  of the pixel's gain stage
///     v = v - common mode           by others, between the two calls
///     v = v / gain                  of the pixel's gain stage
///     v = 0 where v < min-value;    bad where v > max-value
///     v = floor(v / adu-per-photon + 1 - photon-threshold), at least 0
/// Values of fixed masked pixels become 0. Raw values that are not finite or not below the saturation are bad.
/// Units:   raw values and dark in the detector's own; results in those over gain, or photons.
/// Owns:    its constants: 8 bytes a pixel and gain stage, 2 bytes a pixel.
/// Threads: const; tiles of any frames at once. The same bits on any machine (no fused multiply-adds).
/// Cost:    a tile is some thousand pixels, so that it stays in the first cache; about 0.3 ns a value.
class PixelCorrection {
public:
    static constexpr std::size_t kTile = 4096;

    /// mask: [panel][ss][fs], 1 = valid. saturation: raw value from which a pixel is bad; infinite: none.
    /// Pixels whose dark or gain cannot be used are taken out of mask; problems says how many.
    /// Throws: Error(badInput) for constants of another shape.
    PixelCorrection(const PreprocessSettings& settings, const Calibration& calibration, Array<std::uint8_t, 3>& mask,
                    double saturation, std::vector<Problem>& problems);

    /// All steps but the common mode for pixels [first, first + count) of a frame. True: every valid value was good.
    bool correct(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count, float* out) const;
    /// The same in two parts. bad, where not null: flags of the tile, set to 0 where a value is bad.
    bool subtractDark(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count, float* out,
                      std::uint8_t* valid) const;
    bool finish(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count, float* values,
                std::uint8_t* valid) const;

    std::size_t pixels() const { return m_pixels; }
    std::size_t stages() const { return m_dark.empty() ? 1 : m_dark.size() / m_pixels; }

private:
    struct Constants {
        const float* dark;
        const float* gain;
    };
    Constants constants(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count,
                        float* scratchDark, float* scratchGain) const;
    void takeDark(const Calibration& calibration, const std::array<std::size_t, 3>& shape);
    void takeGain(const Calibration& calibration, const std::array<std::size_t, 3>& shape);

    std::size_t m_pixels = 0;
    float m_saturation, m_minimum, m_maximum, m_aduPerPhoton, m_photonOffset;
    std::vector<float> m_dark;           ///< [stage][pixel]
    std::vector<float> m_gain;           ///< [stage][pixel]; infinite where masked
    std::vector<float> m_threshold;      ///< [stage - 1][pixel] of the gain plane
    std::vector<std::uint16_t> m_judged; ///< all bits where valid, else none
};

} // namespace fxs
