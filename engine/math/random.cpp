#include "engine/math/random.h"

#include <cmath>
#include <numbers>

namespace fxs {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
    constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
    constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
    constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = kMultiplier0 * counter[0];
        const std::uint64_t product1 = kMultiplier1 * counter[2];
        counter = {
            static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
            static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
        key[0] += kWeyl0;
        key[1] += kWeyl1;
    }
    return counter;
}

RandomStream::RandomStream(std::uint64_t seed, std::uint64_t stream, std::uint32_t lane)
    : m_key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      m_counter{0, lane, static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)} {}

void RandomStream::refill() {
    m_block = philox4x32(m_counter, m_key);
    ++m_counter[0];
    m_used = 0;
}

double RandomStream::normal() {
    if (m_hasSpare) {
        m_hasSpare = false;
        return m_spareNormal;
    }
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    m_spareNormal = radius * std::sin(angle);
    m_hasSpare = true;
    return radius * std::cos(angle);
}

namespace {

/// ln k!, by Stirling's series from k = 10. The C library's lgamma writes a global sign, which threads must not share.
double logFactorial(double k) {
    constexpr std::array<double, 10> kSmall = {0.0,
                                               0.0,
                                               0.693147180559945309,
                                               1.791759469228055001,
                                               3.178053830347945620,
                                               4.787491742782045994,
                                               6.579251212010100995,
                                               8.525161361065414300,
                                               10.604602902745250228,
                                               12.801827480081469611};
    if (k < 10)
        return kSmall[static_cast<std::size_t>(k)];
    const double n = k + 1.0;
    const double r = 1.0 / (n * n);
    const double series = (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / n;
    return (n - 0.5) * std::log(n) - n + 0.5 * std::log(2.0 * std::numbers::pi) + series;
}

} // namespace

std::uint64_t RandomStream::poisson(double mean) {
    if (!(mean > 0))
        return 0;
    if (mean < 10) {
        double rest = uniform();
        double probability = std::exp(-mean);
        std::uint64_t k = 0;
        // The bound ends the search where rounding leaves the sum of probabilities just below the uniform number.
        while (rest >= probability && k < 200) {
            rest -= probability;
            ++k;
            probability *= mean / static_cast<double>(k);
        }
        return k;
    }
    const double b = 0.931 + 2.53 * std::sqrt(mean);
    const double a = -0.059 + 0.02483 * b;
    const double inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    const double quickLimit = 0.9277 - 3.6224 / (b - 2.0);
    const double logMean = std::log(mean);
    for (;;) {
        const double u = uniform() - 0.5;
        const double v = 1.0 - uniform();
        const double us = 0.5 - std::abs(u);
        const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= quickLimit)
            return static_cast<std::uint64_t>(k);
        if (k < 0 || (us < 0.013 && v > us))
            continue;
        if (std::log(v * inverseAlpha / (a / (us * us) + b)) <= k * logMean - mean - logFactorial(k))
            return static_cast<std::uint64_t>(k);
    }
}

} // namespace fxs
