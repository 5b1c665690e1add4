#pragma once

#include "engine/core/array.h"
#include "engine/preprocess/preprocess_settings.h"

#include <cstdint>
#include <vector>

namespace fxs {

/// A rectangle of a frame [panel][ss][fs] whose pixels share an offset.
struct AsicBlock {
    std::size_t panel = 0, firstSlow = 0, firstFast = 0, slow = 0, fast = 0;
};

/// The blocks of a detector: each panel, or its ASICs of `asic` pixels {slow, fast}; what is left over at the edges is a
/// smaller block. Throws: Error(badSettings) for an ASIC larger than the panel.
std::vector<AsicBlock> pixelBlocks(const std::array<std::size_t, 3>& shape,
                                   const std::optional<std::array<std::size_t, 2>>& asic);

/// Finds and subtracts the common mode of each block of one frame.
///   median: the median of the valid values (mean of the middle two);
///   mode:   the peak of their histogram in 256 steps over the median -+ 8 robust standard deviations, refined by the
///           centroid of the peak and its two neighbours; right where more than half of the pixels see scattering.
/// Blocks with fewer than 16 usable values are left as they are.
/// valid:   [pixel], 1 = valid. largest: values above take no part. values: changed in place; masked ones too.
/// Threads: const, any number of frames at once. Cost: about 10 ns a pixel.
class CommonMode {
public:
    CommonMode(const PreprocessSettings& settings, const std::array<std::size_t, 3>& shape);
    bool isOn() const { return m_method != Method::none; }
    void subtract(float* values, const std::uint8_t* valid) const;

private:
    enum class Method { none, median, mode };
    Method m_method = Method::none;
    float m_largest;
    std::size_t m_slow, m_fast;
    std::vector<AsicBlock> m_blocks;
};

} // namespace fxs
