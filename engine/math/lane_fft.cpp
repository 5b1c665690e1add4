#include "engine/math/lane_fft.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Vectors are passed between inlined functions only, so the warning on calling conventions does not apply.
#pragma GCC diagnostic ignored "-Wpsabi"

#if defined(__x86_64__)
#define FXS_INLINE __attribute__((always_inline)) inline
#else
#define FXS_INLINE inline
#endif

namespace fxs {

namespace {

typedef float Lanes __attribute__((vector_size(64)));
typedef float Loose __attribute__((vector_size(64), aligned(4), may_alias));
typedef float LooseHalf __attribute__((vector_size(32), aligned(4), may_alias));
typedef double Doubles __attribute__((vector_size(64)));

struct Complex {
    Lanes re, im;
};

FXS_INLINE Complex operator+(const Complex& a, const Complex& b) {
    return {a.re + b.re, a.im + b.im};
}
FXS_INLINE Complex operator-(const Complex& a, const Complex& b) {
    return {a.re - b.re, a.im - b.im};
}
FXS_INLINE Complex times(const Complex& a, float re, float im) {
    return {a.re * re - a.im * im, a.re * im + a.im * re};
}

/// One radix-4 pass: x and y hold count * stride complex values; see Van Loan, Computational Frameworks for the FFT, 1.7 (Stockham).
FXS_INLINE void pass4(const Complex* x, Complex* y, std::size_t count, std::size_t stride, const float* w) {
    const std::size_t quarter = count / 4, step = quarter * stride;
    for (std::size_t p = 0; p < quarter; ++p, w += 6)
        for (std::size_t q = 0; q < stride; ++q) {
            const Complex* from = x + p * stride + q;
            Complex* to = y + 4 * p * stride + q;
            const Complex a = from[0], b = from[step], c = from[2 * step], d = from[3 * step];
            const Complex even = a + c, odd = b + d, evenRest = a - c, oddRest = b - d;
            const Complex turned{oddRest.im, -oddRest.re}; // -i (b - d)
            to[0] = even + odd;
            to[stride] = times(evenRest + turned, w[0], w[1]);
            to[2 * stride] = times(even - odd, w[2], w[3]);
            to[3 * stride] = times(evenRest - turned, w[4], w[5]);
        }
}

FXS_INLINE void pass2(const Complex* x, Complex* y, std::size_t stride) {
    for (std::size_t q = 0; q < stride; ++q) {
        y[q] = x[q] + x[q + stride];
        y[q + stride] = x[q] - x[q + stride];
    }
}

FXS_INLINE void split(const Complex* z, std::size_t points, const float* w, Complex* out) {
    const Lanes zero = z[0].re - z[0].re;
    out[0] = {z[0].re + z[0].im, zero};
    out[points] = {z[0].re - z[0].im, zero};
    for (std::size_t m = 1; m <= points / 2; ++m) {
        const Complex a = z[m], b = z[points - m];
        const Complex even{(a.re + b.re) * 0.5F, (a.im - b.im) * 0.5F};
        const Complex odd{(a.im + b.im) * 0.5F, (b.re - a.re) * 0.5F};
        const Complex turned = times(odd, w[2 * m], w[2 * m + 1]);
        out[m] = even + turned;
        out[points - m] = {even.re - turned.re, turned.im - even.im};
    }
}

FXS_INLINE void forwardInline(std::size_t n, const float* twiddles, const float* splitting, float* in, float* work,
                              float* out) {
    const std::size_t points = n / 2;
    // Rows 2j and 2j + 1 of the tile are real and imaginary part of the j-th complex value.
    Complex* x = reinterpret_cast<Complex*>(in);
    Complex* y = reinterpret_cast<Complex*>(work);
    std::size_t count = points, stride = 1;
    for (; count >= 4; count /= 4, stride *= 4) {
        pass4(x, y, count, stride, twiddles);
        twiddles += 6 * (count / 4);
        Complex* swapped = x;
        x = y;
        y = swapped;
    }
    if (count == 2) {
        pass2(x, y, stride);
        x = y;
    }
    split(x, points, splitting, reinterpret_cast<Complex*>(out));
}

/// 16 x 16 transposition: four rounds of exchanging blocks of 1, 2, 4 and 8 between rows so far apart.
FXS_INLINE void transpose(Lanes* r) {
    for (int i = 0; i < 16; i += 2) {
        const Lanes a = r[i], b = r[i + 1];
        r[i] = __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
        r[i + 1] = __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    }
    for (int i = 0; i < 16; ++i)
        if (!(i & 2)) {
            const Lanes a = r[i], b = r[i + 2];
            r[i] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
            r[i + 2] = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        }
    for (int i = 0; i < 16; ++i)
        if (!(i & 4)) {
            const Lanes a = r[i], b = r[i + 4];
            r[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
            r[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
        }
    for (int i = 0; i < 8; ++i) {
        const Lanes a = r[i], b = r[i + 8];
        r[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        r[i + 8] = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    }
}

FXS_INLINE void loadInline(const float* const* rings, const float* mean, const float* scale, std::size_t n,
                           float* tile) {
    for (std::size_t k = 0; k < n; k += 16) {
        Lanes block[16];
#pragma GCC unroll 16
        for (std::size_t lane = 0; lane < 16; ++lane)
            block[lane] = (*reinterpret_cast<const Loose*>(rings[lane] + k) - mean[lane]) * scale[lane];
        transpose(block);
#pragma GCC unroll 16
        for (std::size_t i = 0; i < 16; ++i)
            *reinterpret_cast<Lanes*>(tile + (k + i) * 16) = block[i];
    }
}

FXS_INLINE double sumInline(const float* ring, std::size_t n) {
    Doubles a{}, b{};
    std::size_t k = 0;
    for (; k + 16 <= n; k += 16) {
        a += __builtin_convertvector(*reinterpret_cast<const LooseHalf*>(ring + k), Doubles);
        b += __builtin_convertvector(*reinterpret_cast<const LooseHalf*>(ring + k + 8), Doubles);
    }
    a += b;
    double rest = 0;
    for (; k < n; ++k)
        rest += static_cast<double>(ring[k]);
    return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])) + rest;
}

void scatterDefault(const float* spectrum, const std::size_t* offsets, std::size_t count, float* base) {
    for (std::size_t m = 1; m <= count; ++m)
        std::copy_n(spectrum + 32 * m, 32, base + offsets[m]);
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void scatterAvx512(const float* spectrum, const std::size_t* offsets,
                                                      std::size_t count, float* base) {
    for (std::size_t m = 1; m <= count; ++m) {
        _mm512_stream_ps(base + offsets[m], _mm512_load_ps(spectrum + 32 * m));
        _mm512_stream_ps(base + offsets[m] + 16, _mm512_load_ps(spectrum + 32 * m + 16));
    }
    _mm_sfence(); // whoever is told that this task is done must see these
}
#endif

// The same code for each vector width; which one runs is asked of the processor once.
#define FXS_VARIANT(name, attributes)                                                                                  \
    attributes void forward##name(std::size_t n, const float* t, const float* s, float* in, float* work, float* out) { \
        forwardInline(n, t, s, in, work, out);                                                                         \
    }                                                                                                                  \
    attributes void load##name(const float* const* rings, const float* mean, const float* scale, std::size_t n,        \
                               float* tile) {                                                                          \
        loadInline(rings, mean, scale, n, tile);                                                                       \
    }                                                                                                                  \
    attributes double sum##name(const float* ring, std::size_t n) {                                                    \
        return sumInline(ring, n);                                                                                     \
    }

FXS_VARIANT(Default, )
#if defined(__x86_64__)
FXS_VARIANT(Avx2, __attribute__((target("avx2,fma"), optimize("O3"))))
FXS_VARIANT(Avx512, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma,prefer-vector-width=512"),
                                   optimize("O3"))))
#endif

struct Variant {
    decltype(&forwardDefault) forward = forwardDefault;
    decltype(&loadDefault) load = loadDefault;
    decltype(&sumDefault) sum = sumDefault;
    decltype(&scatterDefault) scatter = scatterDefault;
};

Variant chooseVariant() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw"))
        return {forwardAvx512, loadAvx512, sumAvx512, scatterAvx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return {forwardAvx2, loadAvx2, sumAvx2, scatterDefault};
#endif
    return {};
}

const Variant& variant() {
    static const Variant chosen = chooseVariant();
    return chosen;
}

} // namespace

bool LaneFft::serves(std::size_t n) {
    return n >= 16 && std::has_single_bit(n);
}

LaneFft::LaneFft(std::size_t n) : m_n(n) {
    const auto push = [](std::vector<float>& table, std::size_t m, std::size_t of) {
        const double angle = -2 * std::numbers::pi * static_cast<double>(m % of) / static_cast<double>(of);
        table.push_back(static_cast<float>(std::cos(angle)));
        table.push_back(static_cast<float>(std::sin(angle)));
    };
    for (std::size_t count = n / 2; count >= 4; count /= 4)
        for (std::size_t p = 0; p < count / 4; ++p)
            for (std::size_t power = 1; power <= 3; ++power)
                push(m_twiddles, p * power, count);
    for (std::size_t m = 0; m <= n / 4; ++m)
        push(m_split, m, n);
}

void LaneFft::forward(float* in, float* work, float* out) const {
    variant().forward(m_n, m_twiddles.data(), m_split.data(), in, work, out);
}

void loadLanes(const float* const* rings, const float* mean, const float* scale, std::size_t n, float* tile) {
    variant().load(rings, mean, scale, n, tile);
}

double sumRing(const float* ring, std::size_t n) {
    return variant().sum(ring, n);
}

void scatterLanes(const float* spectrum, const std::size_t* offsets, std::size_t count, float* base) {
    variant().scatter(spectrum, offsets, count, base);
}

} // namespace fxs
