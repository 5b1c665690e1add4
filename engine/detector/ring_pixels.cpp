#include "engine/detector/ring_pixels.h"

#include "engine/detector/mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxs {

namespace {

constexpr double kOutlier = 4; // standard deviations

double pixelArea(const Panel& panel) {
    const Vector3 &a = panel.fastStep, &b = panel.slowStep;
    return std::hypot(a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]);
}

/// ρ of every pixel for a beam at shift, and the derivatives of ρ by it.
struct Projected {
    std::vector<double> rho, dx, dy;
};

Projected project(const RingPixels& pixels, const std::array<double, 2>& shift) {
    Projected out;
    for (auto* v : {&out.rho, &out.dx, &out.dy})
        v->resize(pixels.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const double x = pixels.x[i] - shift[0], y = pixels.y[i] - shift[1], scale = pixels.distance / pixels.z[i];
        const double across = std::hypot(x, y);
        out.rho[i] = scale * across;
        out.dx[i] = across > 0 ? -scale * x / across : 0;
        out.dy[i] = across > 0 ? -scale * y / across : 0;
    }
    return out;
}

void takeSlopes(RadialProfile& profile) {
    const std::size_t n = profile.mean.size();
    for (std::size_t b = 0; b < n; ++b) {
        // From the nearest bins with pixels on either side, one of which may be the bin itself.
        const std::size_t low = b > 0 && profile.count[b - 1] > 0 ? b - 1 : b;
        const std::size_t high = b + 1 < n && profile.count[b + 1] > 0 ? b + 1 : b;
        profile.slope[b] = low == high || profile.count[b] == 0
                               ? 0
                               : (profile.mean[high] - profile.mean[low]) / (profile.rho[high] - profile.rho[low]);
    }
}

/// Mean values and slopes of the pixels that are used, then the deviations around them.
void fillProfile(RadialProfile& profile, const RingPixels& pixels, const Projected& at,
                 const std::vector<std::uint8_t>& used) {
    for (auto* v : {&profile.rho, &profile.mean, &profile.slope, &profile.deviation, &profile.count})
        std::ranges::fill(*v, 0.0);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        if (!used[i])
            continue;
        const std::size_t b = profile.binOf(at.rho[i]);
        profile.count[b] += 1;
        profile.rho[b] += at.rho[i];
        profile.mean[b] += pixels.intensity[i];
    }
    for (std::size_t b = 0; b < profile.count.size(); ++b)
        if (profile.count[b] > 0) {
            profile.rho[b] /= profile.count[b];
            profile.mean[b] /= profile.count[b];
        }
    takeSlopes(profile);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        if (!used[i])
            continue;
        const std::size_t b = profile.binOf(at.rho[i]);
        const double d = pixels.intensity[i] - profile.at(b, at.rho[i]);
        profile.deviation[b] += d * d;
    }
    for (std::size_t b = 0; b < profile.count.size(); ++b)
        profile.deviation[b] = profile.count[b] > 1 ? std::sqrt(profile.deviation[b] / (profile.count[b] - 1)) : 0;
}

/// 1/f as counting noise has it, bounded where the profile is near zero or below.
std::vector<double> weightsOf(const RadialProfile& profile) {
    double sum = 0, pixels = 0;
    for (std::size_t b = 0; b < profile.mean.size(); ++b) {
        sum += profile.count[b] * std::abs(profile.mean[b]);
        pixels += profile.count[b];
    }
    const double least = pixels > 0 && sum > 0 ? 1e-3 * sum / pixels : 1;
    std::vector<double> weights(profile.mean.size());
    for (std::size_t b = 0; b < weights.size(); ++b)
        weights[b] = 1 / std::max(profile.mean[b], least);
    return weights;
}

/// Normal equations of the shift with the profile projected out: the mean of the derivative over each ring is taken off.
void takeStep(RoundnessFit& fit, const RingPixels& pixels, const Projected& at, const std::vector<std::uint8_t>& used) {
    const RadialProfile& p = fit.profile;
    const std::vector<double> weights = weightsOf(p);
    std::vector<double> meanX(p.mean.size()), meanY(p.mean.size());
    for (std::size_t i = 0; i < pixels.size(); ++i)
        if (used[i]) {
            const std::size_t b = p.binOf(at.rho[i]);
            meanX[b] += at.dx[i] / p.count[b];
            meanY[b] += at.dy[i] / p.count[b];
        }
    double xx = 0, xy = 0, yy = 0, rx = 0, ry = 0, chi2 = 0, whole = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        if (!used[i])
            continue;
        const std::size_t b = p.binOf(at.rho[i]);
        const double jx = p.slope[b] * (at.dx[i] - meanX[b]), jy = p.slope[b] * (at.dy[i] - meanY[b]);
        const double d = pixels.intensity[i] - p.at(b, at.rho[i]), w = weights[b];
        xx += w * jx * jx;
        xy += w * jx * jy;
        yy += w * jy * jy;
        rx += w * jx * d;
        ry += w * jy * d;
        chi2 += w * d * d;
        whole += std::abs(p.mean[b]);
        ++fit.pixels;
    }
    fit.merit = whole > 0 ? std::sqrt(chi2 / whole) : std::numeric_limits<double>::infinity();
    const double determinant = xx * yy - xy * xy;
    if (!(determinant > 1e-12 * xx * yy) || fit.pixels < 10)
        return;
    fit.step = {(yy * rx - xy * ry) / determinant, (xx * ry - xy * rx) / determinant};
    const double variance = chi2 / static_cast<double>(fit.pixels);
    fit.error = {std::sqrt(variance * yy / determinant), std::sqrt(variance * xx / determinant)};
}

} // namespace

RingPixels RingPixels::thinned(std::size_t step) const {
    RingPixels out;
    out.pixelSize = pixelSize;
    out.distance = distance;
    for (std::size_t i = 0; i < size(); i += std::max<std::size_t>(1, step)) {
        out.x.push_back(x[i]);
        out.y.push_back(y[i]);
        out.z.push_back(z[i]);
        out.intensity.push_back(intensity[i]);
    }
    return out;
}

RingPixels ringPixels(const DetectorGeometry& geometry, View<const float, 3> meanFrame,
                      View<const std::uint8_t, 3> mask, double qMin, double qMax, const Polarisation& polarisation,
                      const TaskContext& task) {
    throwIfFatal(geometry.check());
    if (meanFrame.shape() != geometry.frameShape())
        throw Error(ErrorCode::badInput,
                    fmt::format("the mean frame is {} x {} x {}, the geometry {} x {} x {} (slab x slow x fast)",
                                meanFrame.extent(0), meanFrame.extent(1), meanFrame.extent(2), geometry.slabCount(),
                                geometry.slow, geometry.fast));
    requireMaskFits(mask, geometry.slabCount(), geometry.slow, geometry.fast);
    RingPixels out;
    out.distance = geometry.meanDistance();
    double area = 0, weight = 0;
    for (std::size_t p = 0; p < geometry.panels.size(); ++p) {
        const PanelArea a = geometry.area(p);
        const double pixels = static_cast<double>(a.slow * a.fast);
        area += pixels * pixelArea(geometry.panels[p]);
        weight += pixels;
        for (std::size_t s = 0; s < a.slow; ++s) {
            task.checkpoint();
            for (std::size_t f = 0; f < a.fast; ++f) {
                const std::size_t index = geometry.pixelIndex(a, s, f);
                if ((!mask.empty() && mask.data()[index] == 0) || !std::isfinite(meanFrame.data()[index]))
                    continue;
                const double slowAt = static_cast<double>(s) + 0.5, fastAt = static_cast<double>(f) + 0.5;
                const PixelView view = geometry.view(p, slowAt, fastAt);
                const Vector3 place = geometry.place(p, slowAt, fastAt);
                if (view.q < qMin || view.q > qMax || !(place[2] > 0))
                    continue; // ρ is for what lies forward
                out.x.push_back(place[0]);
                out.y.push_back(place[1]);
                out.z.push_back(place[2]);
                out.intensity.push_back(static_cast<double>(meanFrame.data()[index]) /
                                        (view.solidAngle * std::max(0.05, polarisationFactor(place, polarisation))));
            }
        }
    }
    out.pixelSize = std::sqrt(area / weight);
    return out;
}

RoundnessFit fitRoundness(const RingPixels& pixels, const std::array<double, 2>& shift, double binWidth) {
    RoundnessFit fit;
    const Projected at = project(pixels, shift);
    const double largest = at.rho.empty() ? 0 : *std::ranges::max_element(at.rho);
    fit.profile.width = binWidth;
    const std::size_t bins = fit.profile.binOf(largest) + 1;
    for (auto* v :
         {&fit.profile.rho, &fit.profile.mean, &fit.profile.slope, &fit.profile.deviation, &fit.profile.count})
        v->resize(bins);
    std::vector<std::uint8_t> used(pixels.size(), 1);
    fillProfile(fit.profile, pixels, at, used);
    // Twice: a very hot pixel hides a hot one the first time.
    for (int pass = 0; pass < 2; ++pass) {
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            const std::size_t b = fit.profile.binOf(at.rho[i]);
            const double d = std::abs(pixels.intensity[i] - fit.profile.at(b, at.rho[i]));
            used[i] = used[i] && (d <= kOutlier * fit.profile.deviation[b] || fit.profile.count[b] < 8);
        }
        fillProfile(fit.profile, pixels, at, used);
    }
    takeStep(fit, pixels, at, used);
    return fit;
}

} // namespace fxs
