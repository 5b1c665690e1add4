#include "engine/correlate/correlator.h"
#include "engine/correlate/frames_done.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

template <class T, std::size_t N>
bool same(const Array<T, N>& a, const Array<T, N>& b) {
    return a.shape() == b.shape() && std::equal(a.span().begin(), a.span().end(), b.span().begin());
}

bool sameGrid(const PolarGrid& a, const PolarGrid& b) {
    return a.phiCount == b.phiCount && a.qCount() == b.qCount() &&
           std::equal(a.q.begin(), a.q.end(), b.q.begin(),
                      [](double x, double y) { return std::abs(x - y) <= 1e-9 * std::abs(x); });
}

void requireSameKind(const CorrelationSums& a, const CorrelationSums& b) {
    const auto fail = [](const std::string& what) {
        throw Error(ErrorCode::badInput, "the correlations cannot be added: " + what);
    };
    if (!sameGrid(a.grid, b.grid))
        fail(fmt::format("their grids differ ({} rings from {:.4g} to {:.4g} 1/Å x {} azimuths against {} rings from "
                         "{:.4g} to {:.4g} 1/Å x {})",
                         a.grid.qCount(), a.grid.q.front(), a.grid.q.back(), a.grid.phiCount, b.grid.qCount(),
                         b.grid.q.front(), b.grid.q.back(), b.grid.phiCount));
    if (a.parity != b.parity)
        fail("one holds the even part only, the other all");
    if (a.harmonics != b.harmonics || a.ringHarmonics != b.ringHarmonics)
        fail(fmt::format("their harmonics differ ({} against {}); correlate with the same diameter and max-harmonic",
                         a.harmonics, b.harmonics));
    if (a.sumMaskC.empty() != b.sumMaskC.empty())
        fail("one is a ratio of sums, the other is not");
    if (a.sumMaskC.empty() && !same(a.mask, b.mask))
        fail("their masks differ");
    if (std::abs(a.experiment.wavelengthAngstrom - b.experiment.wavelengthAngstrom) > 1e-6)
        fail(fmt::format("their wavelengths differ ({} Å against {} Å)", a.experiment.wavelengthAngstrom,
                         b.experiment.wavelengthAngstrom));
}

template <std::size_t N>
void addScaled(Array<double, N>& to, const Array<double, N>& from, double factor) {
    for (std::size_t i = 0; i < to.size(); ++i)
        to.data()[i] += factor * from.data()[i];
}

} // namespace

CorrelationSums clone(const CorrelationSums& sums) {
    CorrelationSums copy;
    copy.grid = sums.grid;
    copy.parity = sums.parity;
    copy.harmonics = sums.harmonics;
    copy.experiment = sums.experiment;
    copy.frames = sums.frames;
    copy.sumC = sums.sumC.clone();
    copy.sumIntensity = sums.sumIntensity.clone();
    copy.sumIntensitySquared = sums.sumIntensitySquared.clone();
    copy.selfTerm = sums.selfTerm.clone();
    copy.noiseRatio = sums.noiseRatio.clone();
    copy.binAverage = sums.binAverage.clone();
    copy.mask = sums.mask.clone();
    copy.ringCondition = sums.ringCondition;
    copy.ringHarmonics = sums.ringHarmonics;
    copy.sumMaskC = sums.sumMaskC.clone();
    copy.sumMask = sums.sumMask.clone();
    copy.rejected = sums.rejected;
    copy.framesDone = sums.framesDone;
    copy.label = sums.label;
    return copy;
}

void merge(CorrelationSums& into, const CorrelationSums& other) {
    requireSameKind(into, other);
    addScaled(into.sumC, other.sumC, 1.0);
    addScaled(into.sumIntensity, other.sumIntensity, 1.0);
    addScaled(into.sumIntensitySquared, other.sumIntensitySquared, 1.0);
    addScaled(into.sumMaskC, other.sumMaskC, 1.0);
    addScaled(into.sumMask, other.sumMask, 1.0);
    for (std::size_t half = 0; half < 2; ++half)
        into.frames[half] += other.frames[half];
    for (const auto& [reason, frames] : other.rejected)
        into.rejected[reason] += frames;
    into.framesDone = unite(into.framesDone, other.framesDone);
}

void subtract(CorrelationSums& into, const CorrelationSums& other) {
    requireSameKind(into, other);
    if (!into.sumMaskC.empty())
        throw Error(ErrorCode::unsupported,
                    "correlations with masks that differ from frame to frame cannot be subtracted as sums");
    for (std::size_t half = 0; half < 2; ++half) {
        if (into.frames[half] == 0 || other.frames[half] == 0)
            throw Error(ErrorCode::badInput, "a difference of correlations needs frames in both halves of both");
        const double factor = -static_cast<double>(into.frames[half]) / static_cast<double>(other.frames[half]);
        for (std::size_t i = 0, n = into.sumC.size() / 2; i < n; ++i)
            into.sumC.data()[half * n + i] += factor * other.sumC.data()[half * n + i];
        for (std::size_t q = 0; q < into.grid.qCount(); ++q) {
            const double frames = static_cast<double>(into.frames[half]),
                         others = static_cast<double>(other.frames[half]);
            const double mean = into.sumIntensity(half, q) / frames, otherMean = other.sumIntensity(half, q) / others;
            // Variances of the two means add up; written as the squares of frames that would have them.
            const double variance = into.sumIntensitySquared(half, q) / frames - mean * mean;
            const double otherVariance = other.sumIntensitySquared(half, q) / others - otherMean * otherMean;
            const double difference = mean - otherMean;
            into.sumIntensity(half, q) = frames * difference;
            into.sumIntensitySquared(half, q) =
                frames * (difference * difference + variance + otherVariance * frames / others);
        }
    }
    into.framesDone.clear(); // a difference cannot be gone on with
}

} // namespace fxs
