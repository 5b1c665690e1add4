#include "engine/math/ring_kernels.h"

// The kernels are compiled for three instruction sets and chosen once at run time: the program is built for any x86-64.
#if defined(__x86_64__)
#define FXS_TARGET_AVX512 __attribute__((target("avx512f,avx2,fma")))
#define FXS_TARGET_AVX2 __attribute__((target("avx2,fma")))
#endif
#define FXS_INLINE inline __attribute__((always_inline))

namespace fxs {

namespace {

// Rows side by side in one (possibly emulated) vector register.
struct Wide {
    static constexpr std::size_t width = kRingBlock;
    typedef double Vector __attribute__((vector_size(kRingBlock * sizeof(double))));
};
struct Single {
    static constexpr std::size_t width = 1;
    using Vector = double;
};

// By copying: rows begin anywhere, and a vector type's own alignment does not survive templates with every compiler. By reference: a
// vector returned by value has another calling convention for each instruction set.
template <class V>
FXS_INLINE void load(V& v, const double* p) {
    __builtin_memcpy(&v, p, sizeof(V));
}
template <class V>
FXS_INLINE void store(double* p, const V& v) {
    __builtin_memcpy(p, &v, sizeof(V));
}

// One block of rows, `points` quarter azimuths from k on: sums by symmetry class, then their four images.
template <class T, std::size_t points>
FXS_INLINE void synthesiseBlock(const RingTable& t, const double* rings, std::size_t rows, double* field,
                                std::size_t k) {
    const std::size_t quarter = t.phiCount / 4, evenCount = (t.muCount + 1) / 2;
    using V = typename T::Vector;
    V sums[4][points] = {};
    for (std::size_t parity = 0; parity < 2; ++parity)
        for (std::size_t slot = parity * evenCount; slot < (parity ? t.muCount : evenCount); ++slot) {
            const double* c = t.table + 2 * slot * quarter + k;
            V re, im;
            load(re, rings + 2 * slot * rows);
            load(im, rings + (2 * slot + 1) * rows);
            for (std::size_t p = 0; p < points; ++p) {
                sums[2 * parity][p] += re * c[p];
                sums[2 * parity + 1][p] += im * c[quarter + p];
            }
        }
    for (std::size_t p = 0; p < points; ++p) {
        const std::size_t a = k + p, half = t.phiCount / 2;
        const V cosSum = sums[0][p] + sums[2][p], cosDifference = sums[0][p] - sums[2][p];
        const V sinSum = sums[1][p] + sums[3][p], sinDifference = sums[1][p] - sums[3][p];
        store<V>(field + a * rows, cosSum + sinSum);
        store<V>(field + (t.phiCount - 1 - a) * rows, cosSum - sinSum);
        store<V>(field + (half + a) * rows, cosDifference + sinDifference);
        store<V>(field + (half - 1 - a) * rows, cosDifference - sinDifference);
    }
}

template <class T>
FXS_INLINE void synthesiseRows(const RingTable& t, const double* rings, std::size_t rows, double* field) {
    constexpr std::size_t width = T::width;
    const std::size_t quarter = t.phiCount / 4;
    for (std::size_t row = 0; row < rows; row += width) {
        // The last block overlaps the one before: it writes the same values again.
        const std::size_t place = row + width <= rows ? row : rows - width;
        std::size_t k = 0;
        for (; k + 2 <= quarter; k += 2)
            synthesiseBlock<T, 2>(t, rings + place, rows, field + place, k);
        for (; k < quarter; ++k)
            synthesiseBlock<T, 1>(t, rings + place, rows, field + place, k);
    }
}

// folded [class][quarter point]: what is even and odd under φ → −φ and φ → φ + π.
template <class T>
FXS_INLINE void foldRows(const RingTable& t, const double* f, std::size_t rows, double* folded) {
    using V = typename T::Vector;
    constexpr std::size_t width = T::width;
    const std::size_t quarter = t.phiCount / 4, half = t.phiCount / 2;
    for (std::size_t a = 0; a < quarter; ++a) {
        V f0, f1, f2, f3;
        load(f0, f + a * rows);
        load(f1, f + (t.phiCount - 1 - a) * rows);
        load(f2, f + (half + a) * rows);
        load(f3, f + (half - 1 - a) * rows);
        const V up = f0 + f1, upMinus = f0 - f1, down = f2 + f3, downMinus = f2 - f3;
        store<V>(folded + (0 * quarter + a) * width, up + down);           // cos, even
        store<V>(folded + (1 * quarter + a) * width, upMinus + downMinus); // sin, even
        store<V>(folded + (2 * quarter + a) * width, up - down);           // cos, odd
        store<V>(folded + (3 * quarter + a) * width, upMinus - downMinus); // sin, odd
    }
}

template <class T>
FXS_INLINE void analyseRows(const RingTable& t, const double* field, std::size_t rows, double* rings, double* folded) {
    using V = typename T::Vector;
    constexpr std::size_t width = T::width;
    const std::size_t quarter = t.phiCount / 4, evenCount = (t.muCount + 1) / 2;
    for (std::size_t row = 0; row < rows; row += width) {
        const std::size_t place = row + width <= rows ? row : rows - width;
        foldRows<T>(t, field + place, rows, folded);
        for (std::size_t slot = 0; slot < t.muCount; ++slot) {
            const double* c = t.table + 2 * slot * quarter;
            const double* x = folded + (slot < evenCount ? 0 : 2) * quarter * width;
            V re = {}, im = {}, reNext = {}, imNext = {}; // two points at a time: two chains of sums each
            const auto add = [&](V & cosSum, V & sinSum, std::size_t a) __attribute__((always_inline)) {
                V even, odd;
                load(even, x + a * width);
                load(odd, x + (quarter + a) * width);
                cosSum += even * c[a];
                sinSum += odd * c[quarter + a];
            };
            std::size_t a = 0;
            for (; a + 2 <= quarter; a += 2) {
                add(re, im, a);
                add(reNext, imNext, a + 1);
            }
            for (; a < quarter; ++a)
                add(re, im, a);
            store<V>(rings + 2 * slot * rows + place, re + reNext);
            store<V>(rings + (2 * slot + 1) * rows + place, im + imNext);
        }
    }
}

using Synthesis = void (*)(const RingTable&, const double*, std::size_t, double*);
using Analysis = void (*)(const RingTable&, const double*, std::size_t, double*, double*);

#define FXS_KERNELS(name, target)                                                                                      \
    target void synthesise##name(const RingTable& t, const double* rings, std::size_t rows, double* field) {           \
        synthesiseRows<Wide>(t, rings, rows, field);                                                                   \
    }                                                                                                                  \
    target void analyse##name(const RingTable& t, const double* field, std::size_t rows, double* rings,                \
                              double* folded) {                                                                        \
        analyseRows<Wide>(t, field, rows, rings, folded);                                                              \
    }

FXS_KERNELS(Plain, )
#if defined(__x86_64__)
FXS_KERNELS(Avx2, FXS_TARGET_AVX2)
FXS_KERNELS(Avx512, FXS_TARGET_AVX512)
#endif
#undef FXS_KERNELS

// Fewer rows than a block: one at a time.
void synthesiseSingle(const RingTable& t, const double* rings, std::size_t rows, double* field) {
    synthesiseRows<Single>(t, rings, rows, field);
}
void analyseSingle(const RingTable& t, const double* field, std::size_t rows, double* rings, double* folded) {
    analyseRows<Single>(t, field, rows, rings, folded);
}

struct Kernels {
    Synthesis synthesis = synthesisePlain;
    Analysis analysis = analysePlain;
};

Kernels chooseKernels() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return {synthesiseAvx512, analyseAvx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return {synthesiseAvx2, analyseAvx2};
#endif
    return {};
}

const Kernels& kernels() {
    static const Kernels chosen = chooseKernels();
    return chosen;
}

} // namespace

void synthesiseRings(const RingTable& t, const double* rings, std::size_t rows, double* field) {
    (rows < kRingBlock ? synthesiseSingle : kernels().synthesis)(t, rings, rows, field);
}

void analyseRings(const RingTable& t, const double* field, std::size_t rows, double* rings, double* folded) {
    (rows < kRingBlock ? analyseSingle : kernels().analysis)(t, field, rows, rings, folded);
}

} // namespace fxs
