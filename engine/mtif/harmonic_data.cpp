#include "engine/mtif/harmonic_data.h"

#include "engine/core/parallel.h"
#include "engine/correlate/c2.h"
#include "engine/mtif/bin_average.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs::mtif {

namespace {

[[noreturn]] void bad(std::string message) {
    throw Error(ErrorCode::badInput, std::move(message));
}

void checkShapes(const CorrelationSums& sums) {
    for (const Problem& problem : sums.grid.check())
        if (problem.fatal)
            bad("correlation: " + problem.message);
    if (sums.frameCount() == 0)
        bad("correlation: it holds no frames, expected at least one");
    const std::size_t nq = sums.grid.qCount(), values = sums.parity == Parity::full ? 2 : 1;
    const Array<double, 4>::Shape expected{2, sums.harmonics, pairCount(nq), values};
    if (sums.sumC.shape() != expected) {
        const auto& s = sums.sumC.shape();
        bad(fmt::format(
            "correlation: sums have shape {} x {} x {} x {}, expected {} x {} x {} x {} for {} rings and {} "
            "harmonics",
            s[0], s[1], s[2], s[3], expected[0], expected[1], expected[2], expected[3], nq, sums.harmonics));
    }
    if (sums.sumIntensity.shape() != Array<double, 2>::Shape{2, nq})
        bad(fmt::format("correlation: the mean image has {} x {} values, expected 2 x {}", sums.sumIntensity.extent(0),
                        sums.sumIntensity.extent(1), nq));
    if (!sums.selfTerm.empty() && (sums.selfTerm.extent(0) != nq || sums.selfTerm.extent(1) < sums.harmonics))
        bad(fmt::format("correlation: the photon self term has {} x {} values, expected {} rings x {} harmonics",
                        sums.selfTerm.extent(0), sums.selfTerm.extent(1), nq, sums.harmonics));
    if (!sums.ringHarmonics.empty() && sums.ringHarmonics.size() != nq)
        bad(fmt::format("correlation: band limits are given for {} rings, expected {}", sums.ringHarmonics.size(), nq));
    if (sums.harmonics < 3)
        bad(fmt::format("correlation: it holds harmonics m < {} only, expected at least m = 0, 1, 2 to find l = 2",
                        sums.harmonics));
    const double limit = 4 * M_PI;
    if (sums.grid.q.back() * sums.experiment.wavelengthAngstrom > limit)
        bad(fmt::format(
            "correlation: ring at q = {:.4g} 1/Å does not exist at a wavelength of {:.4g} Å (4π/λ = {:.4g} 1/Å)",
            sums.grid.q.back(), sums.experiment.wavelengthAngstrom, limit / sums.experiment.wavelengthAngstrom));
}

/// The halves that become sets: both, or the one that has frames taken as the whole.
std::vector<std::size_t> setsOf(const CorrelationSums& sums) {
    std::vector<std::size_t> halves;
    for (std::size_t h = 0; h < 2; ++h)
        if (sums.frames[h] > 0)
            halves.push_back(h);
    return halves;
}

void gatherMeans(const CorrelationSums& sums, const std::vector<std::size_t>& halves, HarmonicData& data) {
    const std::size_t nq = data.qCount();
    const double frames = static_cast<double>(sums.frameCount());
    data.mean.assign(nq, 0);
    data.meanError.assign(nq, 0);
    data.setMean = Array<double, 2>({halves.size(), nq});
    const bool squares = sums.sumIntensitySquared.shape() == sums.sumIntensity.shape() && frames > 1;
    for (std::size_t q = 0; q < nq; ++q) {
        double square = 0;
        for (std::size_t s = 0; s < halves.size(); ++s) {
            const double sum = sums.sumIntensity(halves[s], q);
            data.setMean(s, q) = sum / static_cast<double>(sums.frames[halves[s]]);
            data.mean[q] += sum / frames;
            square += squares ? sums.sumIntensitySquared(halves[s], q) / frames : 0;
        }
        if (!std::isfinite(data.mean[q]))
            bad(fmt::format("correlation: the mean intensity of ring {} (q = {:.4g} 1/Å) is not finite", q, data.q[q]));
        if (squares)
            data.meanError[q] = std::sqrt(std::max(0.0, square - data.mean[q] * data.mean[q]) / (frames - 1));
    }
}

/// One harmonic of one set, both triangles; returns whether all is finite.
bool gatherPlane(const CorrelationSums& sums, std::size_t half, std::size_t m, View<double, 2> out) {
    const std::size_t nq = sums.grid.qCount();
    const double scale = 1.0 / static_cast<double>(sums.frames[half]);
    bool finite = true;
    for (std::size_t i = 0; i < nq; ++i)
        for (std::size_t j = i; j < nq; ++j) {
            const double value = sums.sumC(half, m, pairIndex(i, j, nq), 0) * scale;
            finite = finite && std::isfinite(value);
            out(i, j) = out(j, i) = value;
        }
    return finite;
}

/// Masks that change from frame to frame: the ratio of sums in Δφ, per set; means over the frames in which a ring was seen.
void gatherRatios(const CorrelationSums& sums, const std::vector<std::size_t>& halves, HarmonicData& data) {
    const std::size_t nq = data.qCount(), rows = data.c.extent(1);
    for (std::size_t s = 0; s < halves.size(); ++s) {
        const HalfSelection half = halves[s] == 0 ? HalfSelection::even : HalfSelection::odd;
        const Array<double, 3> means = meanHarmonics(sums, half);
        std::copy_n(means.data(), rows * nq * nq, data.c[s].data());
        const SaxsMean saxs = saxsMean(sums, half);
        for (std::size_t q = 0; q < nq; ++q)
            data.setMean(s, q) = saxs.intensity[q];
    }
    const SaxsMean all = saxsMean(sums);
    data.mean = all.intensity;
    data.meanError = all.error;
    const Array<std::uint8_t, 3> seen = c2Valid(sums);
    for (std::size_t i = 0; i < nq && !seen.empty(); ++i)
        for (std::size_t j = 0; j < nq; ++j)
            data.missing(i, j) = std::ranges::none_of(seen[i][j].span(), [](std::uint8_t v) { return v != 0; });
}

void subtractSelfTerm(const CorrelationSums& sums, HarmonicData& data) {
    data.hasSelfTerm = !sums.selfTerm.empty();
    if (!data.hasSelfTerm)
        return;
    for (std::size_t s = 0; s < data.setCount(); ++s)
        for (std::size_t m = 0; m <= static_cast<std::size_t>(data.maxHarmonic); ++m)
            for (std::size_t q = 0; q < data.qCount(); ++q)
                data.c(s, m, q, q) -= sums.selfTerm(q, m) * data.setMean(s, q);
}

void markRings(const CorrelationSums& sums, HarmonicData& data) {
    data.ringOrder.assign(data.qCount(), data.maxHarmonic);
    for (std::size_t q = 0; q < data.qCount(); ++q) {
        if (!sums.ringHarmonics.empty())
            data.ringOrder[q] = std::min(data.maxHarmonic, static_cast<int>(sums.ringHarmonics[q]) - 1);
        // A ring without any signal at m = 2 (all masked, or all zero) has nothing to say and no scale for its weights.
        if (data.ringOrder[q] < 2 || !(data.raw(2, q) > 0))
            data.ringOrder[q] = -1;
    }
    if (std::none_of(data.ringOrder.begin(), data.ringOrder.end(), [](int m) { return m >= 0; }))
        bad("correlation: no ring carries a signal at m = 2; is everything masked?");
}

} // namespace

HarmonicData gatherHarmonics(const CorrelationSums& sums, int harmonicLimit, const TaskContext& task) {
    checkShapes(sums);
    HarmonicData data;
    data.q = sums.grid.q;
    const std::size_t nq = data.qCount();
    for (double q : data.q)
        data.theta.push_back(ewaldPolarAngle(q, sums.experiment.wavelengthAngstrom, sums.experiment.polarity));
    data.curved = sums.experiment.wavelengthAngstrom > 0;
    data.maxHarmonic = std::min(harmonicLimit, static_cast<int>(sums.harmonics) - 1);
    data.missing = Array<std::uint8_t, 2>({nq, nq});

    const auto halves = setsOf(sums);
    for (std::size_t half : halves)
        data.weight.push_back(static_cast<double>(sums.frames[half]) / static_cast<double>(sums.frameCount()));
    gatherMeans(sums, halves, data);

    const auto rows = static_cast<std::size_t>(data.maxHarmonic) + 1;
    data.c = Array<double, 4>::uninitialised({halves.size(), rows, nq, nq});
    Array<std::uint8_t, 2> finite({halves.size(), rows});
    if (!sums.sumMaskC.empty())
        gatherRatios(sums, halves, data);
    parallelFor(halves.size() * rows, 1, task, [&](const auto& range) {
        for (std::size_t k = range.begin(); k < range.end(); ++k)
            finite(k / rows, k % rows) =
                sums.sumMaskC.empty()
                    ? gatherPlane(sums, halves[k / rows], k % rows, data.c[k / rows][k % rows])
                    : std::ranges::all_of(data.c[k / rows][k % rows].span(), [](double v) { return std::isfinite(v); });
    });
    for (std::size_t s = 0; s < halves.size(); ++s)
        for (std::size_t m = 0; m < rows; ++m)
            if (!finite(s, m))
                bad(fmt::format("correlation: harmonic m = {} of half {} holds values that are not finite", m,
                                halves[s]));

    data.raw = Array<double, 2>({rows, nq});
    for (std::size_t s = 0; s < halves.size(); ++s)
        for (std::size_t m = 0; m < rows; ++m)
            for (std::size_t q = 0; q < nq; ++q)
                data.raw(m, q) += data.weight[s] * data.c(s, m, q, q);
    subtractSelfTerm(sums, data);
    markRings(sums, data);
    takeOutBinAverage(sums.binAverage, data);
    return data;
}

} // namespace fxs::mtif
