#include "engine/detector/ring_pixels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fxs {

namespace {

constexpr double kMinimumScale = 0.8, kMaximumScale = 1.25, kScaleStep = 0.001;

/// The best of a square of shifts around a place.
std::array<double, 2> bestOfSquare(const RingPixels& pixels, const std::array<double, 2>& around, double half,
                                   int steps, double width, const TaskContext& task) {
    std::array<double, 2> best = around;
    double merit = fitRoundness(pixels, around, width).merit;
    for (int i = -steps; i <= steps; ++i)
        for (int j = -steps; j <= steps; ++j) {
            task.checkpoint();
            const std::array<double, 2> shift{around[0] + half * i / steps, around[1] + half * j / steps};
            const double here = fitRoundness(pixels, shift, width).merit;
            if (here < merit) {
                merit = here;
                best = shift;
            }
        }
    return best;
}

/// The profile without what is wider than a ring: less the straight line between the lowest values half a window to
/// either side.
std::vector<double> peaksOf(const RadialProfile& profile, std::size_t half) {
    const std::size_t n = profile.mean.size();
    std::vector<double> out(n);
    for (std::size_t b = 0; b < n; ++b) {
        if (profile.count[b] == 0)
            continue;
        const auto lowest = [&](std::size_t from, std::size_t to) {
            std::size_t at = b;
            for (std::size_t k = from; k < to; ++k)
                if (profile.count[k] > 0 && (at == b || profile.mean[k] < profile.mean[at]))
                    at = k;
            return at;
        };
        const std::size_t left = lowest(b > half ? b - half : 0, b), right = lowest(b + 1, std::min(n, b + half + 1));
        if (left == b || right == b)
            continue;
        const double part = static_cast<double>(b - left) / static_cast<double>(right - left);
        out[b] = std::max(0.0, profile.mean[b] - (1 - part) * profile.mean[left] - part * profile.mean[right]);
    }
    return out;
}

double valueAt(const std::vector<double>& values, double at) {
    if (!(at >= 0) || at + 1 >= static_cast<double>(values.size()))
        return 0;
    const auto b = static_cast<std::size_t>(at);
    const double part = at - static_cast<double>(b);
    return (1 - part) * values[b] + part * values[b + 1];
}

/// Centre of mass of a peak near a place (bins), its error; error 0: no peak.
std::pair<double, double> centroid(const RadialProfile& profile, const std::vector<double>& peaks, double near,
                                   double half) {
    double at = near, error = 0;
    for (int pass = 0; pass < 4; ++pass) {
        const auto low = static_cast<std::size_t>(std::max(0.0, std::floor(at - half)));
        const auto high = std::min(peaks.size(), static_cast<std::size_t>(std::max(0.0, std::ceil(at + half))) + 1);
        double sum = 0, first = 0, noise = 0;
        for (std::size_t b = low; b < high; ++b) {
            sum += peaks[b];
            first += peaks[b] * profile.rho[b] / profile.width;
            if (profile.count[b] > 1)
                noise += profile.deviation[b] * profile.deviation[b] / profile.count[b];
        }
        if (!(sum > 5 * std::sqrt(noise)) || sum <= 0)
            return {near, 0};
        at = first / sum - 0.5; // ρ counts from the lower edge of bin 0, places from its middle
        double moment = 0;
        for (std::size_t b = low; b < high; ++b)
            if (profile.count[b] > 1) {
                const double arm = profile.rho[b] / profile.width - 0.5 - at;
                moment += arm * arm * profile.deviation[b] * profile.deviation[b] / profile.count[b];
            }
        error = std::max(std::sqrt(moment) / sum, 1e-3);
    }
    return {at, error};
}

} // namespace

CentreFit findCentre(const RingPixels& pixels, double search, const TaskContext& task) {
    constexpr std::size_t kCoarsePixels = 30000;
    constexpr int kCoarseSteps = 6;
    const double pixel = pixels.pixelSize;
    CentreFit out;
    if (search > 0) {
        const RingPixels few = pixels.thinned(pixels.size() / kCoarsePixels + 1);
        out.shift = bestOfSquare(few, {0, 0}, search, kCoarseSteps, 2 * pixel, task);
        out.shift = bestOfSquare(few, out.shift, search / kCoarseSteps, 2, 2 * pixel, task);
    }
    RoundnessFit fit = fitRoundness(pixels, out.shift, pixel);
    for (int pass = 0; pass < 25 && !out.converged; ++pass) {
        task.checkpoint();
        const double length = std::hypot(fit.step[0], fit.step[1]);
        out.converged = length < 1e-3 * pixel;
        if (out.converged)
            break;
        // Never more than two pixels at once, and shorter until it gets better: the profile is steep and not straight.
        double factor = std::min(1.0, 2 * pixel / length);
        bool better = false;
        for (int halving = 0; halving < 6 && !better; ++halving, factor /= 2) {
            const std::array<double, 2> next{out.shift[0] + factor * fit.step[0], out.shift[1] + factor * fit.step[1]};
            RoundnessFit trial = fitRoundness(pixels, next, pixel);
            better = trial.merit < fit.merit;
            if (better) {
                out.shift = next;
                fit = std::move(trial);
            }
        }
        if (!better) // the steps that are left change nothing that the data can tell
            out.converged = length < 0.5 * pixel;
        if (!better)
            break;
    }
    out.error = fit.error;
    out.atEdge = search > 0 && std::max(std::abs(out.shift[0]), std::abs(out.shift[1])) > 0.97 * search;
    return out;
}

std::vector<RingMatch> findRings(const RadialProfile& profile, double distance, const std::vector<double>& expected) {
    if (expected.empty() || profile.mean.size() < 8)
        return {};
    const auto binsOf = [&](double tangent) { return tangent * distance / profile.width - 0.5; };
    double gap = expected.front();
    for (std::size_t i = 1; i < expected.size(); ++i)
        gap = std::min(gap, expected[i] - expected[i - 1]);
    const double gapBins = gap * distance / profile.width;
    const std::vector<double> peaks = peaksOf(profile, static_cast<std::size_t>(std::clamp(gapBins / 2, 3.0, 200.0)));
    // Where several rings lie under peaks at once: roots, so that many rings outweigh one that is strong.
    double best = 1, most = -1;
    for (double scale = kMinimumScale; scale <= kMaximumScale; scale *= 1 + kScaleStep) {
        double sum = 0;
        for (const double ring : expected)
            sum += std::sqrt(valueAt(peaks, binsOf(ring * scale)));
        if (sum > most) {
            most = sum;
            best = scale;
        }
    }
    std::vector<RingMatch> out;
    for (const double ring : expected) {
        const double near = binsOf(ring * best), half = std::clamp(0.25 * gapBins, 2.0, 25.0);
        if (near + half >= static_cast<double>(peaks.size()))
            break;
        const auto [at, error] = centroid(profile, peaks, near, half);
        if (error > 0)
            out.push_back({ring, (at + 0.5) * profile.width / distance, error * profile.width / distance});
    }
    return out;
}

} // namespace fxs
