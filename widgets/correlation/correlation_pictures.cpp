#include "widgets/correlation/correlation_pictures.h"

#include "engine/correlate/c2.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fxs::ui {

namespace {

bool hasFrames(const std::shared_ptr<const CorrelationSums>& sums) {
    return sums && sums->frameCount() > 0 && sums->grid.qCount() > 0;
}

bool hasFiltered(const C2Selection& s) {
    return s.filtered && !s.filtered->filteredC.empty() && s.sums &&
           s.filtered->filteredC.extent(1) == s.sums->grid.qCount();
}

double deltaOf(const CorrelationSums& sums, std::size_t k) {
    return 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(sums.grid.phiCount);
}

/// How often C_m counts in C2.
double weightOf(std::size_t m, std::size_t phiCount) {
    return m == 0 || 2 * m == phiCount ? 1 : 2;
}

/// Σ_m C_m cos(mΔφ) over all azimuths of the grid, C_m real.
std::vector<double> synthesise(const std::vector<double>& c, std::size_t phiCount) {
    std::vector<double> line(phiCount);
    for (std::size_t k = 0; k < phiCount; ++k) {
        // cos(mΔφ) by its recurrence: 129 terms lose no digit that a picture shows.
        const double delta = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(phiCount);
        const double twice = 2 * std::cos(delta);
        double before = std::cos(delta), now = 1, sum = 0;
        for (std::size_t m = 0; m < c.size(); ++m) {
            sum += weightOf(m, phiCount) * c[m] * now;
            const double next = twice * now - before;
            before = now;
            now = next;
        }
        line[k] = sum;
    }
    return line;
}

/// The filtered C2 of one pair of rings.
std::vector<double> filteredLine(const C2Selection& s, std::size_t q1, std::size_t q2) {
    const Array<double, 3>& all = s.filtered->filteredC;
    std::vector<double> c(all.extent(0));
    for (std::size_t m = s.subtractMean ? 1 : 0; m < c.size(); ++m)
        c[m] = all(m, q1, q2);
    return synthesise(c, s.sums->grid.phiCount);
}

/// The raw mean over Δφ, C_0(q,q'), of every pair. The ratio of sums (varying masks) has no shortcut.
Array<double, 2> meanOverDelta(const CorrelationSums& sums) {
    const std::size_t n = sums.grid.qCount();
    Array<double, 2> mean({n, n});
    if (!sums.sumMaskC.empty()) {
        const Array<double, 3> c = meanHarmonics(sums);
        std::copy_n(c.data(), n * n, mean.data());
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

/// One over <I(q)>, or one where nothing is normalised.
std::vector<double> scales(const C2Selection& s, const CorrelationSums& sums) {
    std::vector<double> out(sums.grid.qCount(), 1.0);
    if (!s.normalise)
        return out;
    const SaxsMean mean = saxsMean(sums);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = mean.intensity[i] != 0 ? 1 / mean.intensity[i] : 0;
    return out;
}

bool isKnown(const CorrelationSums& sums, std::size_t q) {
    return sums.ringHarmonics.empty() || sums.ringHarmonics[q] > 0;
}

/// Adds sign times the raw C2(q,q,Δφ), ready to show.
void addDiagonal(const C2Selection& s, const CorrelationSums& sums, double sign, Array<double, 2>& out) {
    const Array<double, 2> raw = c2Diagonal(sums);
    const std::vector<double> scale = scales(s, sums);
    const std::size_t phiCount = sums.grid.phiCount;
    for (std::size_t i = 0; i < sums.grid.qCount(); ++i) {
        double mean = 0;
        for (std::size_t k = 0; s.subtractMean && k < phiCount; ++k)
            mean += raw(i, k) / static_cast<double>(phiCount);
        for (std::size_t k = 0; k < phiCount; ++k)
            out(i, k) += sign * scale[i] * scale[i] * (raw(i, k) - mean);
    }
}

void addMap(const C2Selection& s, const CorrelationSums& sums, std::size_t delta, double sign, Array<double, 2>& out) {
    const std::size_t n = sums.grid.qCount();
    const Array<double, 2> raw = c2AtDelta(sums, delta);
    const Array<double, 2> mean = s.subtractMean ? meanOverDelta(sums) : Array<double, 2>({n, n});
    const std::vector<double> scale = scales(s, sums);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            out(i, j) += sign * scale[i] * scale[j] * (raw(i, j) - mean(i, j));
}

/// The same of the filtered C2. Harmonics outside, so that memory is read in order.
void addFilteredMap(const C2Selection& s, std::size_t delta, double sign, Array<double, 2>& out) {
    const Array<double, 3>& c = s.filtered->filteredC;
    const std::size_t n = c.extent(1), phiCount = s.sums->grid.phiCount;
    Array<double, 2> sum({n, n});
    for (std::size_t m = s.subtractMean ? 1 : 0; m < c.extent(0); ++m) {
        const double factor = weightOf(m, phiCount) * std::cos(static_cast<double>(m) * deltaOf(*s.sums, delta));
        const double* from = c.data() + m * n * n;
        double* to = sum.data();
        for (std::size_t p = 0; p < n * n; ++p)
            to[p] += factor * from[p];
    }
    const std::vector<double> scale = scales(s, *s.sums);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            out(i, j) += sign * scale[i] * scale[j] * sum(i, j);
}

/// Values as a picture; rows and columns that the mask leaves nothing of have none.
std::shared_ptr<Picture> pictureOf(const CorrelationSums& sums, const Array<double, 2>& values, bool columnsAreRings) {
    const std::size_t rows = values.extent(0), columns = values.extent(1);
    auto picture = std::make_shared<Picture>(columns, rows);
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j)
            if (isKnown(sums, i) && (!columnsAreRings || isKnown(sums, j)))
                picture->at(j, i) = static_cast<float>(values(i, j));
    picture->yFirst = sums.grid.q.front();
    picture->yLast = sums.grid.q.back();
    return picture;
}

} // namespace

bool C2Selection::isAvailable() const {
    if (!hasFrames(sums) || (minus && (!hasFrames(minus) || minus->grid != sums->grid)))
        return false;
    return kind == C2Kind::raw || (hasFiltered(*this) && !minus);
}

C2Selection C2Selection::of(C2Kind other) const {
    C2Selection s = *this;
    s.kind = other;
    return s;
}

PicturePtr diagonalPicture(const C2Selection& s) {
    if (!s.isAvailable())
        return nullptr;
    const CorrelationSums& sums = *s.sums;
    const std::size_t n = sums.grid.qCount(), phiCount = sums.grid.phiCount;
    Array<double, 2> values({n, phiCount});
    if (s.kind != C2Kind::filtered)
        addDiagonal(s, sums, 1, values);
    if (s.minus)
        addDiagonal(s, *s.minus, -1, values);
    if (s.kind != C2Kind::raw) {
        const std::vector<double> scale = scales(s, sums);
        for (std::size_t i = 0; i < n; ++i) {
            const std::vector<double> line = filteredLine(s, i, i);
            for (std::size_t k = 0; k < phiCount; ++k)
                values(i, k) += (s.kind == C2Kind::filtered ? 1 : -1) * scale[i] * scale[i] * line[k];
        }
    }
    auto picture = pictureOf(sums, values, false);
    picture->xFirst = 0;
    picture->xLast = 360.0 * static_cast<double>(phiCount - 1) / static_cast<double>(phiCount);
    return picture;
}

PicturePtr mapPicture(const C2Selection& s, std::size_t deltaIndex) {
    if (!s.isAvailable() || deltaIndex >= s.sums->grid.phiCount)
        return nullptr;
    const CorrelationSums& sums = *s.sums;
    const std::size_t n = sums.grid.qCount();
    Array<double, 2> values({n, n});
    if (s.kind != C2Kind::filtered)
        addMap(s, sums, deltaIndex, 1, values);
    if (s.minus)
        addMap(s, *s.minus, deltaIndex, -1, values);
    if (s.kind != C2Kind::raw)
        addFilteredMap(s, deltaIndex, s.kind == C2Kind::filtered ? 1 : -1, values);
    auto picture = pictureOf(sums, values, true);
    picture->xFirst = picture->yFirst;
    picture->xLast = picture->yLast;
    return picture;
}

C2Cut lineCut(const C2Selection& s, std::size_t q1, std::size_t q2) {
    C2Cut cut;
    if (!s.isAvailable() || std::max(q1, q2) >= s.sums->grid.qCount())
        return cut;
    const std::size_t phiCount = s.sums->grid.phiCount;
    for (std::size_t k = 0; k < phiCount; ++k)
        cut.degrees.push_back(deltaOf(*s.sums, k) * 180 / std::numbers::pi);
    cut.value.assign(phiCount, 0.0);
    std::vector<double> square(phiCount);
    bool hasError = s.kind == C2Kind::raw;
    const auto add = [&](const CorrelationSums& sums, double sign) {
        const C2Line line = c2Line(sums, q1, q2, !s.subtractMean);
        const std::vector<double> scale = scales(s, sums);
        const double factor = scale[q1] * scale[q2];
        for (std::size_t k = 0; k < phiCount; ++k) {
            cut.value[k] += sign * factor * line.value[k];
            square[k] += factor * factor * line.error[k] * line.error[k];
        }
        hasError = hasError && sums.frames[0] > 0 && sums.frames[1] > 0;
    };
    if (s.kind != C2Kind::filtered)
        add(*s.sums, 1);
    if (s.minus)
        add(*s.minus, -1);
    if (s.kind != C2Kind::raw) {
        const std::vector<double> scale = scales(s, *s.sums), line = filteredLine(s, q1, q2);
        for (std::size_t k = 0; k < phiCount; ++k)
            cut.value[k] += (s.kind == C2Kind::filtered ? 1 : -1) * scale[q1] * scale[q2] * line[k];
    }
    for (std::size_t k = 0; hasError && k < phiCount; ++k)
        cut.error.push_back(std::sqrt(square[k]));
    return cut;
}

} // namespace fxs::ui
