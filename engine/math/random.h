#pragma once

#include <array>
#include <cstdint>

namespace fxs {

/// One block of Philox4x32-10, the counter-based generator of Salmon et al., SC11 (2011): a keyed bijection of the
/// counter.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// Random numbers that depend only on (seed, stream, lane) and on how many were drawn: frame i takes stream i, a group
/// of pixels a lane, and no state is shared. Streams of different seed, stream or lane are independent.
/// Owns:    its counter; cheap to make (no warm-up) and to copy.
/// Threads: one object a thread.
/// Cost:    about 10 ns a uniform; Poisson and normal about 2 uniforms.
class RandomStream {
public:
    RandomStream(std::uint64_t seed, std::uint64_t stream, std::uint32_t lane = 0);

    /// 32 random bits.
    std::uint32_t bits() {
        if (m_used == m_block.size())
            refill();
        return m_block[m_used++];
    }
    /// Uniform in [0, 1), 53 bits.
    double uniform() {
        const std::uint64_t high = bits();
        const std::uint64_t low = bits();
        return static_cast<double>(((high << 32) | low) >> 11) * 0x1.0p-53;
    }
    /// Standard normal (Box-Muller).
    double normal();
    /// Poisson number of the given mean; 0 for a mean that is not positive. Exact in distribution: inversion below 10,
    /// above it the transformed rejection PTRS of Hörmann, Insurance: Mathematics and Economics 12 (1993) 39.
    std::uint64_t poisson(double mean);

private:
    void refill();

    std::array<std::uint32_t, 2> m_key;
    std::array<std::uint32_t, 4> m_counter;
    std::array<std::uint32_t, 4> m_block{};
    unsigned m_used = 4;
    double m_spareNormal = 0;
    bool m_hasSpare = false;
};

} // namespace fxs
