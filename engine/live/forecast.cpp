#include "engine/live/forecast.h"

#include "engine/correlate/agreement.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace fxs {

namespace {

/// Values of C_m(q,q), m >= 1, that the agreement of a ring is over: odd ones are noise of no signal, but they count.
double valuesInRing(const CorrelationSums& sums, std::size_t ring) {
    const std::size_t harmonics = sums.ringHarmonics.empty()
                                      ? sums.harmonics
                                      : static_cast<std::size_t>(std::max<std::int32_t>(0, sums.ringHarmonics[ring]));
    return harmonics > 1 ? static_cast<double>(harmonics - 1) : 0.0;
}

RingForecast ringForecast(const CorrelationSnapshot& correlation, std::size_t ring) {
    const CorrelationSums& sums = *correlation.sums;
    RingForecast forecast;
    forecast.q = sums.grid.q[ring];
    forecast.agreement = correlation.halfSetPerRing[ring];
    const double r = forecast.agreement, n = valuesInRing(sums, ring);
    forecast.error = n > 1 ? (1 - r * r) / std::sqrt(n - 1) : 1.0;
    constexpr double kCertain = 2; // standard errors
    if (r > kCertain * forecast.error && r > 0)
        forecast.imagesToHalf = static_cast<double>(sums.frameCount()) * std::max(0.0, 1 / r - 1);
    return forecast;
}

/// As the agreement itself is smoothed where a resolution is read from it.
std::optional<double> medianImages(const std::vector<RingForecast>& rings, std::size_t i) {
    std::vector<double> around;
    for (const std::size_t k : {i == 0 ? i : i - 1, i, std::min(i + 1, rings.size() - 1)})
        around.push_back(rings[k].imagesToHalf.value_or(std::numeric_limits<double>::infinity()));
    std::ranges::sort(around);
    return std::isfinite(around[1]) ? std::optional(around[1]) : std::nullopt;
}

std::optional<double> particles(const CorrelationSums& sums) {
    const auto n = static_cast<double>(sums.frameCount());
    constexpr double kFewest = 100;
    if (n < kFewest || !sums.sumMask.empty())
        return std::nullopt;
    // Low q: the first tenth of the rings, where a particle looks the same from everywhere.
    const std::size_t rings = std::max<std::size_t>(1, sums.grid.qCount() / 10);
    std::vector<double> found;
    for (std::size_t q = 0; q < rings; ++q) {
        const double mean = (sums.sumIntensity(0, q) + sums.sumIntensity(1, q)) / n;
        const double square = (sums.sumIntensitySquared(0, q) + sums.sumIntensitySquared(1, q)) / n;
        if (!(mean > 0))
            continue;
        double variance = (square - mean * mean) * n / (n - 1);
        const double error = variance * std::sqrt(2 / (n - 1)); // of a variance of nearly normal values
        if (sums.experiment.photonsPerUnit > 0)
            variance -= mean / (static_cast<double>(sums.grid.phiCount) * sums.experiment.photonsPerUnit);
        constexpr double kCertain = 3;
        if (variance > kCertain * error && variance > 1e-12 * mean * mean)
            found.push_back(mean * mean / variance);
    }
    if (found.size() * 2 < rings)
        return std::nullopt;
    std::ranges::nth_element(found, found.begin() + static_cast<std::ptrdiff_t>(found.size() / 2));
    return found[found.size() / 2];
}

double angstrom(double q) {
    return q > 0 ? 2 * std::numbers::pi / q : 0;
}

} // namespace

Forecast makeForecast(const CorrelationSnapshot& correlation, double imagesPerSecond) {
    const CorrelationSums& sums = *correlation.sums;
    Forecast forecast;
    forecast.images = sums.frameCount();
    forecast.imagesPerSecond = imagesPerSecond;
    const std::size_t rings = std::min(sums.grid.qCount(), correlation.halfSetPerRing.size());
    for (std::size_t i = 0; i < rings; ++i)
        forecast.rings.push_back(ringForecast(correlation, i));
    if (rings == 0)
        return forecast;
    forecast.meanAgreement =
        std::accumulate(correlation.halfSetPerRing.begin(), correlation.halfSetPerRing.end(), 0.0) /
        static_cast<double>(rings);
    forecast.resolutionAngstrom = angstrom(agreementLimit(sums.grid.q, correlation.halfSetPerRing));
    double last = 0;
    for (std::size_t i = 0; i < rings && medianImages(forecast.rings, i); ++i)
        last = forecast.rings[i].q;
    forecast.bestAngstrom = angstrom(last);
    forecast.particlesAtLeast = particles(sums);
    return forecast;
}

std::optional<double> Forecast::agreementAfter(std::size_t ring, double count) const {
    if (ring >= rings.size() || !rings[ring].imagesToHalf || !(count > 0))
        return std::nullopt;
    return 1 / (1 + *rings[ring].imagesToHalf / count);
}

double Forecast::resolutionAfter(double count) const {
    double limit = 0;
    for (std::size_t i = 0; i < rings.size(); ++i) {
        const auto needed = medianImages(rings, i);
        if (!needed || *needed > count)
            break;
        limit = rings[i].q;
    }
    return angstrom(limit);
}

std::optional<double> Forecast::imagesFor(double wanted) const {
    if (!(wanted > 0) || bestAngstrom == 0 || wanted < bestAngstrom)
        return std::nullopt;
    double most = 0;
    for (std::size_t i = 0; i < rings.size(); ++i) {
        const auto needed = medianImages(rings, i);
        if (!needed)
            return std::nullopt;
        most = std::max(most, *needed);
        // 1e-9: a resolution that was read from a ring is to find that ring again.
        if (rings[i].q >= 2 * std::numbers::pi / wanted * (1 - 1e-9))
            return most;
    }
    return std::nullopt;
}

std::optional<double> Forecast::secondsFor(double wanted) const {
    const auto needed = imagesFor(wanted);
    if (!needed)
        return std::nullopt;
    const double missing = *needed - static_cast<double>(images);
    if (missing <= 0)
        return 0.0;
    return imagesPerSecond > 0 ? std::optional(missing / imagesPerSecond) : std::nullopt;
}

} // namespace fxs
