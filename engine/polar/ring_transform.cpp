#include "engine/polar/ring_transform.h"

#include "engine/core/error.h"
#include "engine/polar/gemm.h"

#include <Eigen/SVD>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace fxs {

namespace {

/// Above this the fit amplifies noise too much to be used as it is (science.md, Masks).
constexpr double kGoodCondition = 1e3;
/// Up to here the worst directions are dropped instead; beyond, the ring cannot be fitted at all.
constexpr double kUsableCondition = 1e5;
/// Harmonics beyond qD that intensity still has: its decay is faster than exponential there.
constexpr double kBandMargin = 4;

/// The quarter-circle matrix [m / 2][k - firstK] of trig(2 pi m k / n) * factor for m of one parity.
template <class T, class Trig>
Array<T, 2> quarterMatrix(std::size_t n, std::size_t parity, std::size_t harmonics, std::size_t firstK,
                          std::size_t lastK, double factor, Trig trig) {
    const std::size_t rows = harmonics > parity ? (harmonics - parity + 1) / 2 : 0;
    Array<T, 2> matrix({rows, lastK - firstK + 1});
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t k = firstK; k <= lastK; ++k) {
            // Reducing m k modulo n first keeps the angle small and the value exact to rounding.
            const double angle =
                2 * std::numbers::pi * static_cast<double>((2 * i + parity) * k % n) / static_cast<double>(n);
            matrix(i, k - firstK) = static_cast<T>(factor * trig(angle));
        }
    return matrix;
}

/// One frame's ring without its mean, folded: ee and eo for the cosines of even and odd m, oe and oo for the sines.
template <class T>
struct Folded {
    std::size_t quarter;
    T *ee, *eo, *oe, *oo; ///< lengths quarter + 1, quarter, quarter - 1, quarter

    void fold(const float* ring, T mean) const {
        const std::size_t half = 2 * quarter, n = 4 * quarter;
        const T x0 = static_cast<T>(ring[0]) - mean, xh = static_cast<T>(ring[half]) - mean;
        ee[0] = x0 + xh;
        eo[0] = x0 - xh;
        for (std::size_t k = 1; k < quarter; ++k) {
            const T a = static_cast<T>(ring[k]) - mean, b = static_cast<T>(ring[n - k]) - mean;
            const T c = static_cast<T>(ring[half - k]) - mean, d = static_cast<T>(ring[half + k]) - mean;
            const T even = a + b, evenMirror = c + d, odd = a - b, oddMirror = c - d;
            ee[k] = even + evenMirror;
            eo[k] = even - evenMirror;
            oe[k - 1] = odd - oddMirror;
            oo[k - 1] = odd + oddMirror;
        }
        const T a = static_cast<T>(ring[quarter]) - mean, b = static_cast<T>(ring[n - quarter]) - mean;
        ee[quarter] = a + b;
        oo[quarter - 1] = a - b;
    }
};

double meanOf(const float* ring, std::size_t n) {
    return std::accumulate(ring, ring + n, 0.0) / static_cast<double>(n);
}

} // namespace

RingBand RingBand::of(const PolarGrid& grid, double diameterAngstrom, std::size_t maxHarmonic) {
    RingBand band;
    band.harmonics = grid.phiCount / 2 + 1;
    if (maxHarmonic > 0)
        band.harmonics = std::min(band.harmonics, maxHarmonic + 1);
    if (diameterAngstrom > 0) {
        band.perRing.resize(grid.qCount());
        std::int32_t most = 1;
        for (std::size_t q = 0; q < grid.qCount(); ++q) {
            const double highest = std::ceil(grid.q[q] * diameterAngstrom + kBandMargin);
            band.perRing[q] =
                static_cast<std::int32_t>(std::min<double>(highest + 1, static_cast<double>(band.harmonics)));
            most = std::max(most, band.perRing[q]);
        }
        band.harmonics = static_cast<std::size_t>(most);
    }
    return band;
}

std::size_t RingBand::ofRing(std::size_t q) const {
    return perRing.empty() ? harmonics : static_cast<std::size_t>(perRing[q]);
}

template <class T>
RingTransform<T>::RingTransform(const PolarGrid& grid, RingBand band, View<const std::uint8_t, 2> mask)
    : m_grid(grid), m_band(std::move(band)) {
    const std::size_t n = grid.phiCount, harmonics = m_band.harmonics;
    if (!mask.empty() && (mask.extent(0) != grid.qCount() || mask.extent(1) != n))
        throw Error(ErrorCode::badInput, fmt::format("the mask has {} x {} values, expected {} rings x {} azimuths",
                                                     mask.extent(0), mask.extent(1), grid.qCount(), n));
    m_fit.resize(grid.qCount());
    m_meanWeights.resize(grid.qCount());
    if (n % 4 == 0) {
        const double scale = 1.0 / static_cast<double>(n);
        const std::size_t quarter = n / 4;
        const auto cosine = [](double a) { return std::cos(a); };
        const auto sine = [](double a) { return std::sin(a); };
        m_cosEven = quarterMatrix<T>(n, 0, harmonics, 0, quarter, scale, cosine);
        m_cosOdd = quarterMatrix<T>(n, 1, harmonics, 0, quarter - 1, scale, cosine);
        m_sinEven = quarterMatrix<T>(n, 0, harmonics, 1, quarter - 1, -scale, sine);
        m_sinOdd = quarterMatrix<T>(n, 1, harmonics, 1, quarter, -scale, sine);
    }
    if (!mask.empty())
        m_condition.assign(grid.qCount(), 1.0);
    for (std::size_t q = 0; q < grid.qCount(); ++q) {
        const bool whole =
            mask.empty() || std::all_of(&mask(q, 0), &mask(q, 0) + n, [](std::uint8_t v) { return v != 0; });
        if (!whole || n % 4 != 0)
            fitRing(q, mask);
    }
}

template <class T>
void RingTransform<T>::fitRing(std::size_t q, View<const std::uint8_t, 2> mask) {
    const std::size_t n = m_grid.phiCount;
    std::vector<std::size_t> valid;
    for (std::size_t k = 0; k < n; ++k)
        if (mask.empty() || mask(q, k))
            valid.push_back(k);
    const auto setBand = [&](std::size_t count) {
        if (m_band.perRing.empty())
            m_band.perRing.assign(m_grid.qCount(), static_cast<std::int32_t>(m_band.harmonics));
        m_band.perRing[q] = static_cast<std::int32_t>(count);
    };
    std::size_t harmonics = m_band.ofRing(q);
    // The Nyquist harmonic of a whole ring has no sine; a fit of it is left to whole rings.
    const bool nyquist = valid.size() == n && n % 2 == 0 && harmonics == n / 2 + 1;
    const std::size_t unknowns = 2 * harmonics - 1 - (nyquist ? 1 : 0);
    if (valid.size() < unknowns) {
        m_condition[q] = std::numeric_limits<double>::infinity();
        setBand(0);
        return;
    }
    // Unknowns scaled so that a whole ring gives orthogonal columns of equal norm: F_0, sqrt(2) Re F_m, sqrt(2) Im F_m.
    Eigen::MatrixXd design(static_cast<Eigen::Index>(valid.size()), static_cast<Eigen::Index>(unknowns));
    for (std::size_t i = 0; i < valid.size(); ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        design(row, 0) = 1;
        for (std::size_t m = 1; m < harmonics; ++m) {
            const double angle = 2 * std::numbers::pi * static_cast<double>(m * valid[i] % n) / static_cast<double>(n);
            const bool last = nyquist && m == harmonics - 1;
            design(row, static_cast<Eigen::Index>(2 * m - 1)) = (last ? 1.0 : std::numbers::sqrt2) * std::cos(angle);
            if (!last)
                design(row, static_cast<Eigen::Index>(2 * m)) = -std::numbers::sqrt2 * std::sin(angle);
        }
    }
    const Eigen::BDCSVD<Eigen::MatrixXd> svd(design, Eigen::ComputeThinU | Eigen::ComputeThinV);
    Eigen::VectorXd inverse = svd.singularValues();
    const double largest = inverse(0), condition = largest / inverse(inverse.size() - 1);
    if (!m_condition.empty())
        m_condition[q] = condition;
    if (!(condition <= kUsableCondition)) {
        setBand(0);
        return;
    }
    for (Eigen::Index i = 0; i < inverse.size(); ++i)
        inverse(i) = inverse(i) * kGoodCondition < largest ? 0.0 : 1.0 / inverse(i);
    const Eigen::MatrixXd pseudo = svd.matrixV() * inverse.asDiagonal() * svd.matrixU().transpose();

    Array<T, 2> fit({2 * harmonics, n});
    m_meanWeights[q].assign(n, 0.0);
    for (std::size_t i = 0; i < valid.size(); ++i) {
        const auto column = static_cast<Eigen::Index>(i);
        m_meanWeights[q][valid[i]] = pseudo(0, column);
        for (std::size_t m = 1; m < harmonics; ++m) {
            const bool last = nyquist && m == harmonics - 1;
            fit(m, valid[i]) = static_cast<T>(pseudo(static_cast<Eigen::Index>(2 * m - 1), column) *
                                              (last ? 1.0 : std::numbers::sqrt2 / 2));
            if (!last)
                fit(harmonics + m, valid[i]) =
                    static_cast<T>(pseudo(static_cast<Eigen::Index>(2 * m), column) * std::numbers::sqrt2 / 2);
        }
    }
    m_fit[q] = std::move(fit);
}

template <class T>
Array<double, 2> RingTransform<T>::noiseGain() const {
    Array<double, 2> gain({m_grid.qCount(), m_band.harmonics});
    for (std::size_t q = 0; q < m_grid.qCount(); ++q) {
        const std::size_t count = m_band.ofRing(q);
        for (std::size_t m = 0; m < count; ++m) {
            double sum = 1.0 / static_cast<double>(m_grid.phiCount);
            if (!m_fit[q].empty()) {
                sum = 0;
                for (std::size_t k = 0; k < m_grid.phiCount; ++k)
                    sum += m == 0 ? m_meanWeights[q][k] * m_meanWeights[q][k]
                                  : static_cast<double>(m_fit[q](m, k)) * m_fit[q](m, k) +
                                        static_cast<double>(m_fit[q](count + m, k)) * m_fit[q](count + m, k);
            }
            gain(q, m) = sum;
        }
    }
    return gain;
}

template <class T>
void RingTransform<T>::transform(std::size_t q, std::span<const float* const> frames, std::span<double> means, T* out,
                                 std::size_t rowStride) const {
    const std::size_t n = m_grid.phiCount, count = m_band.ofRing(q), columns = 2 * frames.size();
    for (std::size_t m = count; m < m_band.harmonics; ++m)
        std::fill_n(out + m * rowStride, columns, T{});
    if (count == 0) {
        std::fill(means.begin(), means.end(), 0.0);
        return;
    }
    if (m_fit[q].empty()) {
        for (std::size_t f = 0; f < frames.size(); ++f)
            means[f] = meanOf(frames[f], n);
        transformWhole(frames, means, count, out, rowStride);
    } else {
        const std::vector<double>& weights = m_meanWeights[q];
        for (std::size_t f = 0; f < frames.size(); ++f)
            means[f] = std::inner_product(weights.begin(), weights.end(), frames[f], 0.0);
        transformFitted(q, frames, means, count, out, rowStride);
    }
    std::fill_n(out, columns, T{});
}

template <class T>
void RingTransform<T>::transformWhole(std::span<const float* const> frames, std::span<const double> means,
                                      std::size_t count, T* out, std::size_t rowStride) const {
    const std::size_t quarter = m_grid.phiCount / 4, number = frames.size();
    thread_local std::vector<T> buffer;
    const std::size_t width = quarter + 1;
    buffer.resize(4 * number * width);
    T* const part[4] = {buffer.data(), buffer.data() + number * width, buffer.data() + 2 * number * width,
                        buffer.data() + 3 * number * width};
    for (std::size_t f = 0; f < number; ++f)
        Folded<T>{quarter, part[0] + f * width, part[1] + f * width, part[2] + f * width, part[3] + f * width}.fold(
            frames[f], static_cast<T>(means[f]));
    const auto product = [&](const Array<T, 2>& matrix, const T* folded, T* to, std::size_t parity) {
        const int rows = static_cast<int>(count > parity ? (count - parity + 1) / 2 : 0);
        if (rows > 0 && matrix.extent(1) > 0)
            multiplyTransposed(rows, static_cast<int>(number), static_cast<int>(matrix.extent(1)), matrix.data(),
                               static_cast<int>(matrix.extent(1)), folded, static_cast<int>(width), to,
                               static_cast<int>(2 * rowStride));
    };
    product(m_cosEven, part[0], out, 0);
    product(m_cosOdd, part[1], out + rowStride, 1);
    product(m_sinEven, part[2], out + number, 0);
    product(m_sinOdd, part[3], out + rowStride + number, 1);
}

template <class T>
void RingTransform<T>::transformFitted(std::size_t q, std::span<const float* const> frames,
                                       std::span<const double> means, std::size_t count, T* out,
                                       std::size_t rowStride) const {
    const std::size_t n = m_grid.phiCount, number = frames.size();
    thread_local std::vector<T> buffer;
    buffer.resize(number * n);
    // The fit's rows are zero on masked azimuths, so what stands there does not matter as long as it is finite.
    for (std::size_t f = 0; f < number; ++f)
        for (std::size_t k = 0; k < n; ++k)
            buffer[f * n + k] = static_cast<T>(frames[f][k]) - static_cast<T>(means[f]);
    for (std::size_t part = 0; part < 2; ++part)
        multiplyTransposed(static_cast<int>(count), static_cast<int>(number), static_cast<int>(n),
                           m_fit[q].data() + part * count * n, static_cast<int>(n), buffer.data(), static_cast<int>(n),
                           out + part * number, static_cast<int>(rowStride));
}

template class RingTransform<float>;
template class RingTransform<double>;

} // namespace fxs
