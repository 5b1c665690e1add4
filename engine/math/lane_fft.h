#pragma once

#include <cstddef>
#include <vector>

namespace fxs {

/// Real Fourier transforms of sixteen rings side by side in vector lanes, for n a power of two of at least 16: the sixteen values of
/// one azimuth are one vector, so every step is whole-vector arithmetic without a shuffle, and the result lies as the
/// correlation's update reads it. Radix-4 Stockham passes on n/2 complex points, then the split into real harmonics.
/// forward: X_m = Σ_k x_k e^{-2πi mk/n}, m = 0 ... n/2, not divided by n; as RealFft<float>::forwardLanes.
/// Shape:   in [n][16] -> out [n/2 + 1][re, im][16]; all aligned to 64 bytes.
/// Threads: free; work belongs to the caller: 16 n values.
/// Cost:    about 2.5 n log2 n flops a ring, at the machine's vector width (AVX-512, AVX2, else the compiler's default).
class LaneFft {
public:
    static constexpr std::size_t kLanes = 16;
    static bool serves(std::size_t n);

    LaneFft() = default;
    explicit LaneFft(std::size_t n);
    std::size_t size() const { return m_n; }

    /// in is overwritten.
    void forward(float* in, float* work, float* out) const;

private:
    std::size_t m_n = 0;
    std::vector<float> m_twiddles; ///< per pass, per p: w, w², w³ (re, im)
    std::vector<float> m_split;    ///< e^{-2πi m/n} (re, im), m = 0 ... n/4
};

/// tile[k][lane] = (rings[lane][k] - mean[lane]) * scale[lane]; n a multiple of 16, rings need no alignment.
void loadLanes(const float* const* rings, const float* mean, const float* scale, std::size_t n, float* tile);

/// The sum of n values in double, always in the same order.
double sumRing(const float* ring, std::size_t n);

/// Harmonics 1 ... count of a spectrum to base + offsets[m], 32 values each (re and im), past the caches: what is written is read
/// only after much else. Offsets are multiples of 16, base is aligned to 64 bytes.
void scatterLanes(const float* spectrum, const std::size_t* offsets, std::size_t count, float* base);

} // namespace fxs
