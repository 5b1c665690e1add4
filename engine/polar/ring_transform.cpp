#include "engine/polar/ring_transform.h"

#include "engine/core/error.h"
#include "engine/math/fft.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

namespace fxs {

namespace {

/// Between the wished condition number and this one, small singular values are left out instead of giving up.
constexpr double kHopelessCondition = 1e4;

std::vector<std::complex<double>> unitRoots(std::size_t n) {
    std::vector<std::complex<double>> roots(n);
    for (std::size_t k = 0; k < n; ++k)
        roots[k] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n));
    return roots;
}

/// The largest M in [least, most] whose fit is well conditioned; the condition number grows with M.
std::optional<std::size_t> highestWellConditioned(std::span<const std::uint8_t> mask, std::size_t least,
                                                  std::size_t most) {
    const auto good = [&](std::size_t highest) {
        return ringFitCondition(mask, {highest, false}) <= RingTransform::kMaxCondition;
    };
    if (good(most))
        return most;
    if (least >= most || !good(least))
        return std::nullopt;
    while (most - least > 1) {
        const std::size_t middle = (least + most) / 2;
        (good(middle) ? least : most) = middle;
    }
    return least;
}

} // namespace

std::size_t BandLimit::highest(double q, std::size_t phiCount) const {
    std::size_t highest = phiCount / 2;
    if (maxHarmonic)
        highest = std::min(highest, *maxHarmonic);
    if (diameterAngstrom) {
        const double x = q * *diameterAngstrom;
        highest = std::min(highest, static_cast<std::size_t>(std::ceil(x + 2 * std::cbrt(x) + 3)));
    }
    return highest;
}

std::size_t BandLimit::lowest(double q, std::size_t phiCount) const {
    const std::size_t most = highest(q, phiCount);
    return diameterAngstrom ? std::min(most, static_cast<std::size_t>(std::ceil(q * *diameterAngstrom)) + 1) : most;
}

RingTransform::RingTransform(const PolarGrid& grid, View<const std::uint8_t, 2> mask, const BandLimit& limit,
                             MaskCorrection correction, bool flat)
    : m_phiCount(grid.phiCount), m_ringHarmonics(grid.qCount()), m_methods(grid.qCount(), RingMethod::complete),
      m_condition(grid.qCount(), 1.0), m_evenOnly(grid.qCount()), m_fits(grid.qCount()) {
    const std::size_t nq = grid.qCount();
    if (!mask.empty()) {
        if (mask.extent(0) != nq || mask.extent(1) != m_phiCount)
            throw Error(ErrorCode::badInput, fmt::format("the mask has {} x {} bins, expected {} rings x {} azimuths",
                                                         mask.extent(0), mask.extent(1), nq, m_phiCount));
        std::size_t valid = 0;
        m_mask = Array<std::uint8_t, 2>({nq, m_phiCount});
        for (std::size_t q = 0; q < nq; ++q)
            for (std::size_t k = 0; k < m_phiCount; ++k)
                valid += m_mask(q, k) = mask(q, k) != 0;
        if (valid == 0)
            throw Error(ErrorCode::badInput, "the mask leaves no valid bin on any ring");
        if (valid == nq * m_phiCount)
            m_mask = {};
    }
    for (std::size_t q = 0; q < nq; ++q)
        chooseRing(q, grid.q[q], limit, correction, flat);
    m_harmonics = static_cast<std::size_t>(*std::max_element(m_ringHarmonics.begin(), m_ringHarmonics.end()));
}

void RingTransform::chooseRing(std::size_t q, double qValue, const BandLimit& limit, MaskCorrection correction,
                               bool flat) {
    const std::size_t most = limit.highest(qValue, m_phiCount);
    const std::size_t least = limit.lowest(qValue, m_phiCount);
    m_ringHarmonics[q] = static_cast<std::int32_t>(most) + 1;
    if (m_mask.empty())
        return;
    const auto mask = m_mask[q].span();
    const auto valid = static_cast<std::size_t>(std::count(mask.begin(), mask.end(), 1));
    if (valid == m_phiCount)
        return;
    if (valid == 0) {
        m_methods[q] = RingMethod::none;
        m_ringHarmonics[q] = 0;
        m_condition[q] = std::numeric_limits<double>::infinity();
        return;
    }
    const auto use = [&](RingMethod method, const RingBand& band) {
        m_methods[q] = method;
        m_ringHarmonics[q] = static_cast<std::int32_t>(band.highest) + 1;
        m_evenOnly[q] = band.evenOnly;
        // A mask often has the same gaps on neighbouring rings with the same band: they share one table.
        if (q > 0 && m_fits[q - 1] && m_ringHarmonics[q] == m_ringHarmonics[q - 1] &&
            m_evenOnly[q] == m_evenOnly[q - 1] && std::equal(mask.begin(), mask.end(), m_mask[q - 1].data()))
            m_fits[q] = m_fits[q - 1];
        else
            m_fits[q] = std::make_shared<const RingFit>(fitRing(mask, band, kMaxCondition));
        m_condition[q] = m_fits[q]->condition;
    };
    if (correction != MaskCorrection::ratio) {
        if (const auto highest = highestWellConditioned(mask, least, most))
            return use(RingMethod::fit, {*highest, false});
        if (flat && ringFitCondition(mask, {most, true}) <= kMaxCondition)
            return use(RingMethod::fit, {most, true});
        if (correction == MaskCorrection::fit || ringFitCondition(mask, {least, false}) <= kHopelessCondition)
            return use(RingMethod::truncatedFit, {least, false});
    }
    m_methods[q] = RingMethod::ratio;
    m_ringHarmonics[q] = static_cast<std::int32_t>(m_phiCount / 2) + 1;
    m_condition[q] = std::numeric_limits<double>::infinity();
}

bool RingTransform::needsRatio() const {
    return std::find(m_methods.begin(), m_methods.end(), RingMethod::ratio) != m_methods.end();
}

Array<double, 2> RingTransform::selfTerm() const {
    const auto roots = unitRoots(m_phiCount);
    const double n = static_cast<double>(m_phiCount);
    Array<double, 2> term({qCount(), m_harmonics});
    for (std::size_t q = 0; q < qCount(); ++q) {
        const auto carried = static_cast<std::size_t>(m_ringHarmonics[q]);
        const RingFit* fit = m_fits[q].get();
        if (fit && q > 0 && m_fits[q] == m_fits[q - 1]) {
            std::copy_n(&term(q - 1, 0), m_harmonics, &term(q, 0));
            continue;
        }
        for (std::size_t m = 0; m < carried; ++m) {
            if (!fit) {
                term(q, m) = 1 / n;
                continue;
            }
            if (m_evenOnly[q] && m % 2)
                continue;
            double sum = 0;
            for (std::size_t v = 0; v < fit->valid.size(); ++v) {
                std::complex<double> p = roots[m * fit->valid[v] % m_phiCount];
                for (std::size_t g = 0; g < fit->gaps.size(); ++g)
                    p += roots[m * fit->gaps[g] % m_phiCount] * fit->fill(g, v);
                sum += std::norm(p);
            }
            term(q, m) = sum / (n * n);
        }
    }
    return term;
}

Array<double, 3> RingTransform::harmonics(View<const float, 2> image) const {
    if (image.extent(0) != qCount() || image.extent(1) != m_phiCount)
        throw Error(ErrorCode::badInput, fmt::format("the image has {} x {} bins, expected {} rings x {} azimuths",
                                                     image.extent(0), image.extent(1), qCount(), m_phiCount));
    const auto plan = RealFft<double>::forwardRings(m_phiCount, 1);
    Array<double, 1> ring({m_phiCount});
    Array<double, 2> spectrum({m_phiCount / 2 + 1, 2});
    Array<double, 3> result({qCount(), m_harmonics, 2});
    for (std::size_t q = 0; q < qCount(); ++q) {
        for (std::size_t k = 0; k < m_phiCount; ++k)
            ring(k) = m_mask.empty() || m_mask(q, k) ? static_cast<double>(image(q, k)) : 0.0;
        if (const RingFit* fit = m_fits[q].get())
            for (std::size_t g = 0; g < fit->gaps.size(); ++g)
                for (std::size_t v = 0; v < fit->valid.size(); ++v)
                    ring(fit->gaps[g]) += fit->fill(g, v) * ring(fit->valid[v]);
        plan.execute(ring.data(), spectrum.data());
        for (std::size_t m = 0; m < static_cast<std::size_t>(m_ringHarmonics[q]); ++m)
            for (std::size_t part = 0; part < 2; ++part)
                result(q, m, part) = m_evenOnly[q] && m % 2 ? 0.0 : spectrum(m, part) / static_cast<double>(m_phiCount);
    }
    return result;
}

} // namespace fxs
