#include "engine/math/ring_kernels.h"

// The kernels are compiled for three instruction sets and chosen once at run time: the program is built for any x86-64.
#if defined(__x86_64__)
#define FXS_TARGET_AVX512 __attribute__((target("avx512f,avx2,fma")))
#define FXS_TARGET_AVX2 __attribute__((target("avx2,fma")))
#endif
#define FXS_INLINE inline __attribute__((always_inline))

namespace fxs {

namespace {

// Rows side by side in one (possibly emulated) vector register; unaligned.
struct Wide {
    static constexpr std::size_t width = kRingBlock;
    typedef double Vector __attribute__((vector_size(kRingBlock * sizeof(double)), aligned(sizeof(double)), may_alias));
};
struct Single {
    static constexpr std::size_t width = 1;
    using Vector = double;
};

template <class T>
FXS_INLINE const typename T::Vector& at(const double* p) {
    return *reinterpret_cast<const typename T::Vector*>(p);
}
template <class T>
FXS_INLINE typename T::Vector& at(double* p) {
    return *reinterpret_cast<typename T::Vector*>(p);
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
            const V re = at<T>(rings + 2 * slot * rows), im = at<T>(rings + (2 * slot + 1) * rows);
            for (std::size_t p = 0; p < points; ++p) {
                sums[2 * parity][p] += re * c[p];
                sums[2 * parity + 1][p] += im * c[quarter + p];
            }
        }
    for (std::size_t p = 0; p < points; ++p) {
        const std::size_t a = k + p, half = t.phiCount / 2;
        const V cosSum = sums[0][p] + sums[2][p], cosDifference = sums[0][p] - sums[2][p];
        const V sinSum = sums[1][p] + sums[3][p], sinDifference = sums[1][p] - sums[3][p];
        at<T>(field + a * rows) = cosSum + sinSum;
        at<T>(field + (t.phiCount - 1 - a) * rows) = cosSum - sinSum;
        at<T>(field + (half + a) * rows) = cosDifference + sinDifference;
        at<T>(field + (half - 1 - a) * rows) = cosDifference - sinDifference;
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

template <class T>
FXS_INLINE void analyseRows(const RingTable& t, const double* field, std::size_t rows, double* rings, double* folded) {
    using V = typename T::Vector;
    constexpr std::size_t width = T::width;
    const std::size_t quarter = t.phiCount / 4, half = t.phiCount / 2, evenCount = (t.muCount + 1) / 2;
    for (std::size_t row = 0; row < rows; row += width) {
        const std::size_t place = row + width <= rows ? row : rows - width;
        const double* f = field + place;
        for (std::size_t a = 0; a < quarter; ++a) {
            const V f0 = at<T>(f + a * rows), f1 = at<T>(f + (t.phiCount - 1 - a) * rows);
            const V f2 = at<T>(f + (half + a) * rows), f3 = at<T>(f + (half - 1 - a) * rows);
            const V up = f0 + f1, upMinus = f0 - f1, down = f2 + f3, downMinus = f2 - f3;
            at<T>(folded + (0 * quarter + a) * width) = up + down;           // cos, even
            at<T>(folded + (1 * quarter + a) * width) = upMinus + downMinus; // sin, even
            at<T>(folded + (2 * quarter + a) * width) = up - down;           // cos, odd
            at<T>(folded + (3 * quarter + a) * width) = upMinus - downMinus; // sin, odd
        }
        for (std::size_t slot = 0; slot < t.muCount; ++slot) {
            const double* c = t.table + 2 * slot * quarter;
            const double* x = folded + (slot < evenCount ? 0 : 2) * quarter * width;
            V re = {}, im = {}, re1 = {}, im1 = {};
            std::size_t a = 0;
            for (; a + 2 <= quarter; a += 2) {
                re += at<T>(x + a * width) * c[a];
                im += at<T>(x + (quarter + a) * width) * c[quarter + a];
                re1 += at<T>(x + (a + 1) * width) * c[a + 1];
                im1 += at<T>(x + (quarter + a + 1) * width) * c[quarter + a + 1];
            }
            for (; a < quarter; ++a) {
                re += at<T>(x + a * width) * c[a];
                im += at<T>(x + (quarter + a) * width) * c[quarter + a];
            }
            at<T>(rings + 2 * slot * rows + place) = re + re1;
            at<T>(rings + (2 * slot + 1) * rows + place) = im + im1;
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
