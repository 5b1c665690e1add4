#include "engine/correlate/c2.h"

#include "engine/core/parallel.h"
#include "engine/math/fft.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <span>

namespace fxs {

namespace {

/// A Δφ bin whose masks met in less than this part of the ring's bins and frames is as good as never seen.
constexpr double kSeen = 1e-9;

/// Adds up the chosen halves of a [half][...] array at a flat index within a half.
double selected(const double* values, std::size_t perHalf, std::size_t index, HalfSelection half) {
    switch (half) {
    case HalfSelection::even:
        return values[index];
    case HalfSelection::odd:
        return values[perHalf + index];
    case HalfSelection::all:
        break;
    }
    return values[index] + values[perHalf + index];
}

std::size_t components(const CorrelationSums& sums) {
    return sums.parity == Parity::full ? 2 : 1;
}

/// [m][k] -> factor_m cos(2 pi m k / n): what takes C_m to C2 (factor 2 for 0 < m < n/2).
std::vector<double> synthesisCosines(std::size_t harmonics, std::size_t n) {
    std::vector<double> table(harmonics * n);
    for (std::size_t m = 0; m < harmonics; ++m)
        for (std::size_t k = 0; k < n; ++k)
            table[m * n + k] = (m == 0 || 2 * m == n ? 1.0 : 2.0) *
                               std::cos(2 * std::numbers::pi * static_cast<double>(m * k % n) / static_cast<double>(n));
    return table;
}

/// C2 over Δφ from harmonics: real parts, and for full parity imaginary ones (C_{-m} = conj C_m).
class LineSynthesis {
public:
    LineSynthesis(std::size_t harmonics, std::size_t n)
        : m_harmonics(harmonics), m_plan(RealFft<double>::backwardRings(n, 1)) {}

    void operator()(const double* real, const double* imaginary, double* out) const {
        const std::size_t n = m_plan.size();
        thread_local Array<double, 1> spectrum, line; // the transform wants aligned memory
        if (line.size() != n) {
            spectrum = Array<double, 1>({2 * (n / 2 + 1)});
            line = Array<double, 1>({n});
        }
        std::fill(spectrum.span().begin(), spectrum.span().end(), 0.0);
        for (std::size_t m = 0; m < m_harmonics; ++m) {
            spectrum(2 * m) = real[m];
            if (imaginary)
                spectrum(2 * m + 1) = imaginary[m];
        }
        m_plan.execute(spectrum.data(), line.data());
        std::copy_n(line.data(), n, out);
    }

private:
    std::size_t m_harmonics;
    RealFft<double> m_plan;
};

/// The harmonics of one pair, per frame: plain means, or the ratio of sums taken in Δφ.
class PairHarmonics {
public:
    PairHarmonics(const CorrelationSums& sums, HalfSelection half)
        : m_sums(sums), m_half(half), m_frames(static_cast<double>(frameCount(sums, half))),
          m_ratio(!sums.sumMaskC.empty()), m_perHalf(sums.sumC.size() / 2), m_pairs(pairCount(sums.grid.qCount())),
          m_components(components(sums)) {
        if (!m_ratio)
            return;
        m_synthesis.emplace(sums.harmonics, sums.grid.phiCount);
        m_analysis = RealFft<double>::forwardRings(sums.grid.phiCount, 1);
    }

    /// Writes C_m of the pair to out[m * stride], m = 0 ... harmonics - 1.
    void operator()(std::size_t pair, double* out, std::size_t stride, std::size_t component = 0) const {
        const std::size_t harmonics = m_sums.harmonics;
        if (m_frames == 0) {
            for (std::size_t m = 0; m < harmonics; ++m)
                out[m * stride] = 0;
            return;
        }
        if (!m_ratio) {
            for (std::size_t m = 0; m < harmonics; ++m)
                out[m * stride] = raw(m_sums.sumC, m, pair, component) / m_frames;
            return;
        }
        ratio(pair, out, stride);
    }

    /// Whether each Δφ bin of a pair was seen; only where a ratio is taken.
    void valid(std::size_t pair, std::uint8_t* out) const {
        std::vector<double> weight(m_sums.grid.phiCount);
        synthesise(m_sums.sumMaskC, pair, weight);
        for (std::size_t k = 0; k < weight.size(); ++k)
            out[k] = weight[k] > kSeen * m_frames;
    }

private:
    double raw(const Array<double, 4>& values, std::size_t m, std::size_t pair, std::size_t component) const {
        return selected(values.data(), m_perHalf, (m * m_pairs + pair) * m_components + component, m_half);
    }

    void synthesise(const Array<double, 4>& values, std::size_t pair, std::span<double> out) const {
        thread_local std::vector<double> real;
        real.resize(m_sums.harmonics);
        for (std::size_t m = 0; m < m_sums.harmonics; ++m)
            real[m] = raw(values, m, pair, 0);
        (*m_synthesis)(real.data(), nullptr, out.data());
    }

    void ratio(std::size_t pair, double* out, std::size_t stride) const {
        const std::size_t n = m_sums.grid.phiCount;
        Array<double, 1> line({n}), spectrum({2 * (n / 2 + 1)});
        const std::span<double> value = line.span();
        std::vector<double> weight(n);
        synthesise(m_sums.sumC, pair, value);
        synthesise(m_sums.sumMaskC, pair, weight);
        double mean = 0, seen = 0;
        for (std::size_t k = 0; k < n; ++k)
            if (weight[k] > kSeen * m_frames) {
                value[k] /= weight[k];
                mean += value[k];
                ++seen;
            }
        mean = seen > 0 ? mean / seen : 0;
        for (std::size_t k = 0; k < n; ++k)
            if (!(weight[k] > kSeen * m_frames))
                value[k] = mean;
        m_analysis.execute(line.data(), spectrum.data());
        for (std::size_t m = 0; m < m_sums.harmonics; ++m)
            out[m * stride] = spectrum(2 * m) / static_cast<double>(n);
    }

    const CorrelationSums& m_sums;
    HalfSelection m_half;
    double m_frames;
    bool m_ratio;
    std::size_t m_perHalf, m_pairs, m_components;
    std::optional<LineSynthesis> m_synthesis; ///< of a ratio only
    RealFft<double> m_analysis;
};

/// Calls body(q, q', pair) for q <= q', rows in parallel.
template <class Body>
void forPairs(std::size_t qCount, Body&& body) {
    parallelFor(qCount, 1, TaskContext{}, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t q = range.begin(); q != range.end(); ++q)
            for (std::size_t r = q; r < qCount; ++r)
                body(q, r, pairIndex(q, r, qCount));
    });
}

} // namespace

std::uint64_t frameCount(const CorrelationSums& sums, HalfSelection half) {
    switch (half) {
    case HalfSelection::even:
        return sums.frames[0];
    case HalfSelection::odd:
        return sums.frames[1];
    case HalfSelection::all:
        break;
    }
    return sums.frameCount();
}

Array<double, 3> meanHarmonics(const CorrelationSums& sums, HalfSelection half) {
    const std::size_t qCount = sums.grid.qCount();
    auto mean = Array<double, 3>::uninitialised({sums.harmonics, qCount, qCount});
    const PairHarmonics pairs(sums, half);
    const std::size_t stride = qCount * qCount;
    forPairs(qCount, [&](std::size_t q, std::size_t r, std::size_t pair) {
        pairs(pair, &mean(0, q, r), stride);
        for (std::size_t m = 0; m < sums.harmonics; ++m)
            mean(m, r, q) = mean(m, q, r);
    });
    return mean;
}

Array<double, 2> meanHarmonicsDiagonal(const CorrelationSums& sums, HalfSelection half) {
    const std::size_t qCount = sums.grid.qCount();
    Array<double, 2> mean({sums.harmonics, qCount});
    const PairHarmonics pairs(sums, half);
    for (std::size_t q = 0; q < qCount; ++q)
        pairs(pairIndex(q, q, qCount), &mean(0, q), qCount);
    return mean;
}

Array<double, 3> meanHarmonicsImaginary(const CorrelationSums& sums, HalfSelection half) {
    if (sums.parity == Parity::even || !sums.sumMaskC.empty())
        return {};
    const std::size_t qCount = sums.grid.qCount();
    auto mean = Array<double, 3>::uninitialised({sums.harmonics, qCount, qCount});
    const PairHarmonics pairs(sums, half);
    forPairs(qCount, [&](std::size_t q, std::size_t r, std::size_t pair) {
        pairs(pair, &mean(0, q, r), qCount * qCount, 1);
        for (std::size_t m = 0; q != r && m < sums.harmonics; ++m)
            mean(m, r, q) = -mean(m, q, r);
    });
    return mean;
}

Array<float, 3> c2(const CorrelationSums& sums, HalfSelection half) {
    const std::size_t qCount = sums.grid.qCount(), n = sums.grid.phiCount, harmonics = sums.harmonics;
    auto out = Array<float, 3>::uninitialised({qCount, qCount, n});
    const PairHarmonics pairs(sums, half);
    const bool full = sums.parity == Parity::full && sums.sumMaskC.empty();
    const LineSynthesis synthesise(harmonics, n);
    forPairs(qCount, [&](std::size_t q, std::size_t r, std::size_t pair) {
        thread_local std::vector<double> real, imaginary, line;
        real.resize(harmonics);
        imaginary.resize(harmonics);
        line.resize(n);
        pairs(pair, real.data(), 1);
        if (full)
            pairs(pair, imaginary.data(), 1, 1);
        synthesise(real.data(), full ? imaginary.data() : nullptr, line.data());
        for (std::size_t k = 0; k < n; ++k) {
            out(q, r, k) = static_cast<float>(line[k]);
            out(r, q, (n - k) % n) = static_cast<float>(line[k]);
        }
    });
    return out;
}

Array<double, 2> c2Diagonal(const CorrelationSums& sums, HalfSelection half) {
    const std::size_t qCount = sums.grid.qCount(), n = sums.grid.phiCount;
    Array<double, 2> out({qCount, n});
    const PairHarmonics pairs(sums, half);
    const LineSynthesis synthesise(sums.harmonics, n);
    std::vector<double> real(sums.harmonics);
    for (std::size_t q = 0; q < qCount; ++q) {
        // C_m(q,q) has no imaginary part.
        pairs(pairIndex(q, q, qCount), real.data(), 1);
        synthesise(real.data(), nullptr, &out(q, 0));
    }
    return out;
}

Array<double, 2> c2AtDelta(const CorrelationSums& sums, std::size_t deltaIndex, HalfSelection half) {
    const std::size_t qCount = sums.grid.qCount(), n = sums.grid.phiCount, harmonics = sums.harmonics;
    Array<double, 2> out({qCount, qCount});
    const PairHarmonics pairs(sums, half);
    const bool full = sums.parity == Parity::full && sums.sumMaskC.empty();
    const std::vector<double> cosines = synthesisCosines(harmonics, n);
    forPairs(qCount, [&](std::size_t q, std::size_t r, std::size_t pair) {
        thread_local std::vector<double> real;
        real.resize(harmonics);
        pairs(pair, real.data(), 1);
        double even = 0, odd = 0;
        for (std::size_t m = 0; m < harmonics; ++m)
            even += real[m] * cosines[m * n + deltaIndex];
        if (full) {
            pairs(pair, real.data(), 1, 1);
            for (std::size_t m = 1; m < harmonics; ++m)
                odd -=
                    2 * real[m] *
                    std::sin(2 * std::numbers::pi * static_cast<double>(m * deltaIndex % n) / static_cast<double>(n));
        }
        out(q, r) = even + odd;
        out(r, q) = even - odd;
    });
    return out;
}

namespace {

/// C_m of one pair of rings.
struct PairSpectrum {
    std::vector<double> real, imaginary; ///< imaginary: zero but for full parity
};

PairSpectrum spectrumOf(const CorrelationSums& sums, std::size_t q1, std::size_t q2, HalfSelection half) {
    const PairHarmonics pairs(sums, half);
    const std::size_t pair = pairIndex(std::min(q1, q2), std::max(q1, q2), sums.grid.qCount());
    PairSpectrum c{std::vector<double>(sums.harmonics), std::vector<double>(sums.harmonics)};
    pairs(pair, c.real.data(), 1);
    if (sums.parity == Parity::full && sums.sumMaskC.empty()) {
        pairs(pair, c.imaginary.data(), 1, 1);
        if (q1 > q2)
            for (double& v : c.imaginary)
                v = -v;
    }
    return c;
}

/// The square of the standard error of each harmonic's mean, see C2Line.
std::vector<double> squaredErrors(const std::vector<double>& even, const std::vector<double>& odd, double weight) {
    const std::size_t n = even.size();
    std::vector<double> square(n), smooth(n);
    for (std::size_t m = 0; m < n; ++m)
        square[m] = weight * (even[m] - odd[m]) * (even[m] - odd[m]);
    for (std::size_t m = 0; m < n; ++m) {
        if (m == 0) { // the mean image: nothing else varies as it does
            smooth[m] = square[m];
            continue;
        }
        double sum = 0, count = 0;
        for (int step = -4; step <= 4; step += 2)
            if (const auto at = static_cast<std::ptrdiff_t>(m) + step; at > 0 && at < static_cast<std::ptrdiff_t>(n)) {
                sum += square[static_cast<std::size_t>(at)];
                ++count;
            }
        smooth[m] = sum / count;
    }
    return smooth;
}

} // namespace

C2Line c2Line(const CorrelationSums& sums, std::size_t q1, std::size_t q2, bool withMean) {
    const std::size_t n = sums.grid.phiCount, harmonics = sums.harmonics;
    PairSpectrum all = spectrumOf(sums, q1, q2, HalfSelection::all);
    if (!withMean && harmonics > 0)
        all.real[0] = 0;
    C2Line result;
    result.value.resize(n);
    result.error.assign(n, 0.0);
    LineSynthesis(harmonics, n)(all.real.data(), all.imaginary.data(), result.value.data());
    for (std::size_t k = 0; k < n; ++k)
        result.deltaPhi.push_back(2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n));
    const auto evenFrames = static_cast<double>(sums.frames[0]), oddFrames = static_cast<double>(sums.frames[1]);
    if (evenFrames == 0 || oddFrames == 0)
        return result;
    const PairSpectrum even = spectrumOf(sums, q1, q2, HalfSelection::even),
                       odd = spectrumOf(sums, q1, q2, HalfSelection::odd);
    const double frames = evenFrames + oddFrames, weight = evenFrames * oddFrames / (frames * frames);
    const std::vector<double> real = squaredErrors(even.real, odd.real, weight),
                              imaginary = squaredErrors(even.imaginary, odd.imaginary, weight);
    for (std::size_t k = 0; k < n; ++k) {
        double square = 0;
        for (std::size_t m = withMean ? 0 : 1; m < harmonics; ++m) {
            const double factor = m == 0 || 2 * m == n ? 1 : 4; // the square of what C_m counts in C2
            const double cosine =
                std::cos(2 * std::numbers::pi * static_cast<double>(m * k % n) / static_cast<double>(n));
            square += factor * (real[m] * cosine * cosine + imaginary[m] * (1 - cosine * cosine));
        }
        result.error[k] = std::sqrt(square);
    }
    return result;
}

Array<std::uint8_t, 3> c2Valid(const CorrelationSums& sums) {
    const std::size_t qCount = sums.grid.qCount(), n = sums.grid.phiCount;
    const bool ratio = !sums.sumMaskC.empty();
    const auto known = [&](std::size_t q) { return sums.ringHarmonics.empty() || sums.ringHarmonics[q] > 0; };
    bool all = !ratio;
    for (std::size_t q = 0; q < qCount; ++q)
        all = all && known(q);
    if (all)
        return {};
    Array<std::uint8_t, 3> valid({qCount, qCount, n});
    const PairHarmonics pairs(sums, HalfSelection::all);
    forPairs(qCount, [&](std::size_t q, std::size_t r, std::size_t pair) {
        if (!known(q) || !known(r))
            return;
        if (ratio)
            pairs.valid(pair, &valid(q, r, 0));
        else
            std::fill_n(&valid(q, r, 0), n, std::uint8_t{1});
        for (std::size_t k = 0; k < n; ++k)
            valid(r, q, (n - k) % n) = valid(q, r, k);
    });
    return valid;
}

SaxsMean saxsMean(const CorrelationSums& sums, HalfSelection half) {
    const std::size_t qCount = sums.grid.qCount();
    SaxsMean mean;
    mean.q = sums.grid.q;
    mean.intensity.assign(qCount, 0.0);
    mean.error.assign(qCount, 0.0);
    const double frames = static_cast<double>(frameCount(sums, half));
    for (std::size_t q = 0; q < qCount; ++q) {
        const double weight = sums.sumMask.empty() ? frames : selected(sums.sumMask.data(), qCount, q, half);
        if (weight <= 0)
            continue;
        const double value = selected(sums.sumIntensity.data(), qCount, q, half) / weight;
        const double square = selected(sums.sumIntensitySquared.data(), qCount, q, half) / weight;
        mean.intensity[q] = value;
        if (frames > 1)
            mean.error[q] = std::sqrt(std::max(0.0, square - value * value) / (frames - 1));
    }
    return mean;
}

} // namespace fxs
