#include "engine/preprocess/common_mode.h"

#include "engine/math/robust.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace fxs {

namespace {

constexpr std::size_t kFewest = 16;

double modeOf(std::vector<float>& values) {
    constexpr std::size_t kSteps = 256;
    constexpr double kReach = 8;
    const double middle = medianOf(values);
    const double sigma = robustSigma(values, middle);
    if (sigma <= 0)
        return middle;
    const double low = middle - kReach * sigma, step = 2 * kReach * sigma / kSteps;
    std::array<double, kSteps> counts{};
    for (const float v : values) {
        const double at = (v - low) / step;
        if (at >= 0 && at < kSteps)
            counts[static_cast<std::size_t>(at)] += 1;
    }
    // Smoothed over seven steps: single steps of a noisy histogram are no peak.
    constexpr std::size_t kHalf = 3;
    std::array<double, kSteps> smooth{};
    for (std::size_t i = kHalf; i + kHalf < kSteps; ++i)
        for (std::size_t k = i - kHalf; k <= i + kHalf; ++k)
            smooth[i] += counts[k];
    const auto peak = static_cast<std::size_t>(std::ranges::max_element(smooth) - smooth.begin());
    double weight = 0, sum = 0;
    for (std::size_t i = peak - std::min(peak, kHalf); i <= std::min(peak + kHalf, kSteps - 1); ++i) {
        weight += counts[i];
        sum += counts[i] * (static_cast<double>(i) + 0.5);
    }
    return weight > 0 ? low + step * sum / weight : middle;
}

} // namespace

std::vector<AsicBlock> pixelBlocks(const std::array<std::size_t, 3>& shape,
                                   const std::optional<std::array<std::size_t, 2>>& asic) {
    const auto [panels, slow, fast] = shape;
    const std::size_t blockSlow = asic ? (*asic)[0] : slow, blockFast = asic ? (*asic)[1] : fast;
    if (blockSlow > slow || blockFast > fast)
        throw Error(ErrorCode::badSettings, fmt::format("asic is {},{} pixels, expected at most the panel's {},{}",
                                                        blockSlow, blockFast, slow, fast));
    std::vector<AsicBlock> blocks;
    for (std::size_t p = 0; p < panels; ++p)
        for (std::size_t s = 0; s < slow; s += blockSlow)
            for (std::size_t f = 0; f < fast; f += blockFast)
                blocks.push_back({p, s, f, std::min(blockSlow, slow - s), std::min(blockFast, fast - f)});
    return blocks;
}

CommonMode::CommonMode(const PreprocessSettings& settings, const std::array<std::size_t, 3>& shape)
    : m_method(settings.commonMode == "median" ? Method::median
               : settings.commonMode == "mode" ? Method::mode
                                               : Method::none),
      m_largest(settings.commonModeMax ? static_cast<float>(*settings.commonModeMax)
                                       : std::numeric_limits<float>::infinity()),
      m_slow(shape[1]), m_fast(shape[2]), m_blocks(pixelBlocks(shape, settings.asicShape())) {}

void CommonMode::subtract(float* values, const std::uint8_t* valid) const {
    std::vector<float> usable;
    for (const AsicBlock& block : m_blocks) {
        const std::size_t corner = (block.panel * m_slow + block.firstSlow) * m_fast + block.firstFast;
        usable.clear();
        for (std::size_t s = 0; s < block.slow; ++s)
            for (std::size_t i = corner + s * m_fast; i < corner + s * m_fast + block.fast; ++i)
                if (valid[i] && values[i] <= m_largest)
                    usable.push_back(values[i]);
        if (usable.size() < kFewest)
            continue;
        const auto offset = static_cast<float>(m_method == Method::mode ? modeOf(usable) : medianOf(usable));
        for (std::size_t s = 0; s < block.slow; ++s)
            for (std::size_t i = corner + s * m_fast; i < corner + s * m_fast + block.fast; ++i)
                values[i] -= offset;
    }
}

} // namespace fxs
