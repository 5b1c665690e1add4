#include "widgets/correlation/correlation_pictures.h"

#include "engine/correlate/c2.h"

#include <cmath>
#include <numbers>

namespace fxs::ui {

namespace {

bool hasRaw(const C2Selection& s) {
    return s.sums && s.sums->frameCount() > 0 && s.sums->grid.qCount() > 0;
}

bool hasFiltered(const C2Selection& s) {
    return s.filtered && !s.filtered->filteredC.empty() && s.sums &&
           s.filtered->filteredC.extent(1) == s.sums->grid.qCount();
}

/// Σ_m C_m e^{imΔφ} of real C_m; term(m) gives C_m.
template <class Term>
double harmonicSum(std::size_t count, double delta, std::size_t phiCount, Term term) {
    // cos(mΔφ) by its recurrence: 129 terms lose no digit that a picture shows.
    const double twice = 2 * std::cos(delta);
    double before = std::cos(delta), now = 1, sum = 0;
    for (std::size_t m = 0; m < count; ++m) {
        const double weight = m == 0 || 2 * m == phiCount ? 1 : 2;
        sum += weight * term(m) * now;
        const double next = twice * now - before;
        before = now;
        now = next;
    }
    return sum;
}

double deltaOf(const CorrelationSums& sums, std::size_t k) {
    return 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(sums.grid.phiCount);
}

/// C2 of the filtered coefficients at one pair of rings; its m = 0 is left out where the mean is not wanted.
double filteredAt(const C2Selection& s, std::size_t q, std::size_t qPrime, double delta) {
    const Array<double, 3>& c = s.filtered->filteredC;
    return harmonicSum(c.extent(0), delta, s.sums->grid.phiCount,
                       [&](std::size_t m) { return s.subtractMean && m == 0 ? 0.0 : c(m, q, qPrime); });
}

/// The raw mean over Δφ, C_0(q,q'), of every pair. The ratio of sums (varying masks) has no shortcut.
Array<double, 2> meanOverDelta(const CorrelationSums& sums) {
    const std::size_t n = sums.grid.qCount();
    Array<double, 2> mean({n, n});
    if (!sums.sumMaskC.empty()) {
        const Array<double, 3> c = meanHarmonics(sums);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j)
                mean(i, j) = c(0, i, j);
        return mean;
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i; j < n; ++j) {
            const std::size_t p = pairIndex(i, j, n);
            mean(i, j) = mean(j, i) =
                (sums.sumC(0, 0, p, 0) + sums.sumC(1, 0, p, 0)) / static_cast<double>(sums.frameCount());
        }
    return mean;
}

double scaleOf(const C2Selection& s, const std::vector<double>& intensity, std::size_t q, std::size_t qPrime) {
    if (!s.normalise)
        return 1;
    const double product = intensity[q] * intensity[qPrime];
    return product != 0 ? 1 / product : 0;
}

} // namespace

bool C2Selection::isAvailable() const {
    return hasRaw(*this) && (kind == C2Kind::raw || hasFiltered(*this));
}

PicturePtr diagonalPicture(const C2Selection& s) {
    if (!s.isAvailable())
        return nullptr;
    const CorrelationSums& sums = *s.sums;
    const std::size_t n = sums.grid.qCount(), phiCount = sums.grid.phiCount;
    const std::vector<double> intensity = saxsMean(sums).intensity;
    const Array<double, 2> raw = s.kind == C2Kind::filtered ? Array<double, 2>() : c2Diagonal(sums);
    auto picture = std::make_shared<Picture>(phiCount, n);
    picture->xFirst = 0;
    picture->xLast = 360.0 * static_cast<double>(phiCount - 1) / static_cast<double>(phiCount);
    picture->yFirst = sums.grid.q.front();
    picture->yLast = sums.grid.q.back();
    for (std::size_t i = 0; i < n; ++i) {
        double mean = 0;
        if (s.subtractMean && !raw.empty()) {
            for (std::size_t k = 0; k < phiCount; ++k)
                mean += raw(i, k);
            mean /= static_cast<double>(phiCount);
        }
        const double scale = scaleOf(s, intensity, i, i);
        for (std::size_t k = 0; k < phiCount; ++k) {
            double v = raw.empty() ? 0 : raw(i, k) - mean;
            if (s.kind != C2Kind::raw) {
                const double filtered = filteredAt(s, i, i, deltaOf(sums, k));
                v = s.kind == C2Kind::filtered ? filtered : v - filtered;
            }
            picture->at(k, i) = static_cast<float>(v * scale);
        }
    }
    return picture;
}

PicturePtr mapPicture(const C2Selection& s, std::size_t deltaIndex) {
    if (!s.isAvailable() || deltaIndex >= s.sums->grid.phiCount)
        return nullptr;
    const CorrelationSums& sums = *s.sums;
    const std::size_t n = sums.grid.qCount();
    const std::vector<double> intensity = saxsMean(sums).intensity;
    const double delta = deltaOf(sums, deltaIndex);
    Array<double, 2> raw, mean;
    if (s.kind != C2Kind::filtered) {
        raw = c2AtDelta(sums, deltaIndex);
        if (s.subtractMean)
            mean = meanOverDelta(sums);
    }
    auto picture = std::make_shared<Picture>(n, n);
    picture->xFirst = picture->yFirst = sums.grid.q.front();
    picture->xLast = picture->yLast = sums.grid.q.back();
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
            double v = raw.empty() ? 0 : raw(i, j) - (mean.empty() ? 0 : mean(i, j));
            if (s.kind != C2Kind::raw) {
                const double filtered = filteredAt(s, i, j, delta);
                v = s.kind == C2Kind::filtered ? filtered : v - filtered;
            }
            picture->at(j, i) = static_cast<float>(v * scaleOf(s, intensity, i, j));
        }
    return picture;
}

C2Cut lineCut(const C2Selection& s, std::size_t q1, std::size_t q2) {
    C2Cut cut;
    if (!s.isAvailable() || std::max(q1, q2) >= s.sums->grid.qCount())
        return cut;
    const CorrelationSums& sums = *s.sums;
    const C2Line line = c2Line(sums, q1, q2);
    const double scale = scaleOf(s, saxsMean(sums).intensity, q1, q2);
    double mean = 0;
    if (s.subtractMean) {
        for (const double v : line.value)
            mean += v;
        mean /= static_cast<double>(line.value.size());
    }
    for (std::size_t k = 0; k < line.value.size(); ++k) {
        const double delta = deltaOf(sums, k);
        const double raw = line.value[k] - mean;
        const double filtered = s.kind == C2Kind::raw ? 0 : filteredAt(s, q1, q2, delta);
        const double v = s.kind == C2Kind::raw ? raw : s.kind == C2Kind::filtered ? filtered : raw - filtered;
        cut.degrees.push_back(delta * 180 / std::numbers::pi);
        cut.value.push_back(v * scale);
        if (s.kind == C2Kind::raw && k < line.error.size())
            cut.error.push_back(line.error[k] * scale);
    }
    return cut;
}

} // namespace fxs::ui
