#include "engine/polar/resampler.h"

#include "engine/core/parallel.h"
#include "engine/detector/mask.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

namespace fxs {

PolarGrid polarGridFor(const PolarSettings& settings, const DetectorGeometry& geometry,
                       View<const std::uint8_t, 3> mask, const TaskContext& task) {
    throwIfFatal(settings.validate());
    const QCoverage coverage = qCoverage(geometry, mask, task);
    const double low = settings.qMin.value_or(coverage.innerFull), high = settings.qMax.value_or(coverage.outerFull);
    if (settings.qMax && (*settings.qMax > coverage.largest * 1.001 || *settings.qMax <= coverage.smallest))
        throw Error(ErrorCode::badSettings, fmt::format("q-max is {} 1/Å, the detector sees {:.6g} to {:.6g} 1/Å",
                                                        *settings.qMax, coverage.smallest, coverage.largest));
    if (low >= high || low >= coverage.largest)
        throw Error(
            ErrorCode::badSettings,
            fmt::format(
                "the q range is {:.6g} to {:.6g} 1/Å, the detector sees {:.6g} to {:.6g} 1/Å (all around from {:.6g} "
                "to {:.6g})",
                low, high, coverage.smallest, coverage.largest, coverage.innerFull, coverage.outerFull));
    PolarGrid grid = PolarGrid::uniform(low, high, static_cast<std::size_t>(settings.qBins),
                                        static_cast<std::size_t>(settings.phiBins));
    throwIfFatal(grid.check());
    return grid;
}

/// The entries of one row of pixels: bin and weight, in pixel order.
struct Resampler::Row {
    std::vector<std::uint32_t> bin, pixel;
    std::vector<float> weight;
};

Resampler::Resampler(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const PolarGrid& grid,
                     const PolarSettings& settings, const TaskContext& task)
    : m_grid(grid), m_panels(geometry.slabCount()), m_slow(geometry.slow), m_fast(geometry.fast) {
    throwIfFatal(geometry.check());
    throwIfFatal(grid.check());
    throwIfFatal(settings.validate());
    requireMaskFits(mask, m_panels, m_slow, m_fast);
    // Edges midway between rings; the outer ones as far out as the next edge is in.
    const auto& q = grid.q;
    const std::size_t n = q.size();
    m_edges.resize(n + 1);
    for (std::size_t i = 1; i < n; ++i)
        m_edges[i] = (q[i - 1] + q[i]) / 2;
    const double step = n > 1 ? q[1] - q[0] : q[0];
    m_edges[0] = std::max(0.0, q[0] - step / 2);
    m_edges[n] = q[n - 1] + (n > 1 ? q[n - 1] - q[n - 2] : step) / 2;
    build(geometry, mask, settings, task);
}

Resampler::Row Resampler::pixelsOfRow(const DetectorGeometry& geometry, std::size_t panel, std::size_t s,
                                      const PolarSettings& settings) const {
    Row out;
    const std::size_t nphi = m_grid.phiCount;
    const PanelArea area = geometry.area(panel);
    const auto split = static_cast<std::size_t>(settings.split);
    const double part = 1.0 / static_cast<double>(split), phiScale = static_cast<double>(nphi) / (2 * std::numbers::pi);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> found; // bin and number of points, few a pixel
    for (std::size_t f = 0; f < area.fast; ++f) {
        found.clear();
        for (std::size_t i = 0; i < split * split; ++i) {
            const PixelView view =
                geometry.view(panel, static_cast<double>(s) + (static_cast<double>(i / split) + 0.5) * part,
                              static_cast<double>(f) + (static_cast<double>(i % split) + 0.5) * part);
            const auto edge = std::upper_bound(m_edges.begin(), m_edges.end(), view.q);
            if (edge == m_edges.begin() || edge == m_edges.end())
                continue;
            const auto ring = static_cast<std::size_t>(edge - m_edges.begin()) - 1;
            const auto azimuth = static_cast<std::size_t>(view.phi * phiScale + 0.5) % nphi;
            const auto bin = static_cast<std::uint32_t>(ring * nphi + azimuth);
            const auto it = std::ranges::find(found, bin, &std::pair<std::uint32_t, std::uint32_t>::first);
            if (it == found.end())
                found.emplace_back(bin, 1);
            else
                ++it->second;
        }
        for (const auto& [bin, points] : found) {
            out.bin.push_back(bin);
            out.pixel.push_back(static_cast<std::uint32_t>(geometry.pixelIndex(area, s, f)));
            out.weight.push_back(static_cast<float>(points * part * part));
        }
    }
    return out;
}

namespace {

float gainOf(const DetectorGeometry& geometry, std::size_t panel, std::size_t s, std::size_t f,
             const PolarSettings& settings) {
    const double slowAt = static_cast<double>(s) + 0.5, fastAt = static_cast<double>(f) + 0.5;
    double part = settings.solidAngle ? geometry.view(panel, slowAt, fastAt).solidAngle : 1.0;
    if (settings.polarisation)
        part *= polarisationFactor(geometry.place(panel, slowAt, fastAt),
                                   {*settings.polarisation, settings.polarisationPlane * std::numbers::pi / 180});
    // At 90 degrees in the plane nothing is scattered: no correction brings back what is not there.
    return static_cast<float>(1 / std::max(part, 1e-3));
}

} // namespace

void Resampler::build(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const PolarSettings& settings,
                      const TaskContext& task) {
    std::vector<std::pair<std::size_t, std::size_t>> rows; // panel and its own row
    for (std::size_t panel = 0; panel < geometry.panels.size(); ++panel)
        for (std::size_t s = 0; s < geometry.area(panel).slow; ++s)
            rows.emplace_back(panel, s);
    if (geometry.pixelCount() > std::size_t{1} << 31)
        throw Error(ErrorCode::unsupported,
                    fmt::format("the detector has {} pixels, at most 2^31 are supported", geometry.pixelCount()));
    m_gain.assign(geometry.pixelCount(), 1.0f);
    std::vector<Row> parts(rows.size());
    parallelFor(rows.size(), 4, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t row = range.begin(); row != range.end(); ++row) {
            if (task.stop.stop_requested())
                return;
            const auto [panel, own] = rows[row];
            const PanelArea area = geometry.area(panel);
            parts[row] = pixelsOfRow(geometry, panel, own, settings);
            for (std::size_t f = 0; f < area.fast; ++f)
                m_gain[geometry.pixelIndex(area, own, f)] = gainOf(geometry, panel, own, f, settings);
        }
    });
    // Sorted by bin, in pixel order within a bin: the same sums for any thread count.
    m_first.assign(binCount() + 1, 0);
    for (const Row& part : parts)
        for (const std::uint32_t bin : part.bin)
            ++m_first[bin + 1];
    for (std::size_t b = 0; b < binCount(); ++b)
        m_first[b + 1] += m_first[b];
    m_pixel.resize(m_first.back());
    m_weight.resize(m_first.back());
    std::vector<std::uint32_t> next(m_first.begin(), m_first.end() - 1);
    for (const Row& part : parts)
        for (std::size_t i = 0; i < part.bin.size(); ++i) {
            const std::uint32_t at = next[part.bin[i]]++;
            m_pixel[at] = part.pixel[i];
            m_weight[at] = part.weight[i];
        }
    finishBins(mask);
    measureBins(geometry, task);
}

/// Per ring, how many pixels its bins have where none are missing: the upper quartile of those that have any.
std::vector<double> Resampler::usualPixels() const {
    std::vector<double> out(m_grid.qCount()), counts;
    for (std::size_t ring = 0; ring < out.size(); ++ring) {
        counts.clear();
        for (std::size_t b = ring * m_grid.phiCount; b < (ring + 1) * m_grid.phiCount; ++b) {
            double count = 0;
            for (std::uint32_t i = m_first[b]; i < m_first[b + 1]; ++i)
                count += m_weight[i];
            if (count > 0)
                counts.push_back(count);
        }
        if (counts.empty())
            continue;
        const auto quartile = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() * 3 / 4);
        std::nth_element(counts.begin(), quartile, counts.end());
        out[ring] = *quartile;
    }
    return out;
}

void Resampler::finishBins(View<const std::uint8_t, 3> mask) {
    const std::size_t nq = m_grid.qCount(), nphi = m_grid.phiCount;
    m_mask = Array<std::uint8_t, 2>({nq, nphi});
    m_count = Array<float, 2>({nq, nphi});
    const std::vector<double> usual = usualPixels();
    m_factor.assign(m_weight.size(), 0.0f);
    m_least.assign(binCount(), 0.0f);
    constexpr double kRounding = 1e-4; // of a pixel: sums of parts that are exactly half count as half
    for (std::size_t b = 0; b < binCount(); ++b) {
        double all = 0, valid = 0;
        for (std::uint32_t i = m_first[b]; i < m_first[b + 1]; ++i) {
            all += m_weight[i];
            if (!mask.empty() && mask.data()[m_pixel[i]] == 0)
                m_weight[i] = 0;
            valid += m_weight[i];
        }
        m_count.data()[b] = static_cast<float>(valid);
        // A bin that keeps less than half of its area has its centre of mass elsewhere: it would be another bin's
        // value. Gaps between panels and the detector's edge take area like masks do.
        m_least[b] = static_cast<float>(0.5 * std::max(all, usual[b / nphi]) - kRounding);
        m_mask.data()[b] = valid > 0 && valid >= m_least[b];
        if (m_mask.data()[b])
            for (std::uint32_t i = m_first[b]; i < m_first[b + 1]; ++i)
                m_factor[i] = static_cast<float>(m_weight[i] / valid * m_gain[m_pixel[i]]);
    }
    if (std::ranges::find(m_mask.span(), 1) == m_mask.span().end())
        throw Error(
            ErrorCode::badSettings,
            fmt::format("no ring from q = {:.6g} to {:.6g} 1/Å has a valid pixel; q-min and q-max must stay within "
                        "what the detector sees and the mask leaves",
                        m_grid.q.front(), m_grid.q.back()));
    dropUnused();
    sortByPixel();
}

/// Entries that add nothing go: what is not looked at may be anything, and 0 times not-a-number is not 0.
void Resampler::dropUnused() {
    std::uint32_t to = 0;
    for (std::size_t b = 0; b < binCount(); ++b) {
        const std::uint32_t first = std::exchange(m_first[b], to);
        const std::uint32_t last = m_first[b + 1];
        for (std::uint32_t i = first; i < last; ++i) {
            if (m_factor[i] == 0)
                continue;
            m_pixel[to] = m_pixel[i];
            m_weight[to] = m_weight[i];
            m_factor[to++] = m_factor[i];
        }
    }
    m_first.back() = to;
    m_pixel.resize(to);
    m_weight.resize(to);
    m_factor.resize(to);
}

void Resampler::sortByPixel() {
    m_pixelFirst.assign(m_gain.size() + 1, 0);
    for (std::size_t i = 0; i < m_pixel.size(); ++i)
        ++m_pixelFirst[m_pixel[i] + 1];
    for (std::size_t p = 0; p < m_gain.size(); ++p)
        m_pixelFirst[p + 1] += m_pixelFirst[p];
    m_pixelBin.resize(m_pixelFirst.back());
    m_pixelWeight.resize(m_pixelFirst.back());
    std::vector<std::uint32_t> next(m_pixelFirst.begin(), m_pixelFirst.end() - 1);
    for (std::size_t b = 0; b < binCount(); ++b)
        for (std::uint32_t i = m_first[b]; i < m_first[b + 1]; ++i) {
            const std::uint32_t at = next[m_pixel[i]]++;
            m_pixelBin[at] = static_cast<std::uint32_t>(b);
            m_pixelWeight[at] = m_weight[i];
        }
}

void Resampler::measureBins(const DetectorGeometry& geometry, const TaskContext& task) {
    constexpr std::size_t kCells =
        32; // a bin's: offsets in azimuth are gathered in them, for cosines of many harmonics
    const std::size_t nq = m_grid.qCount(), nphi = m_grid.phiCount, cells = kCells * nphi, harmonics = nphi / 2 + 1;
    const PixelMap pixels = pixelMap(geometry, task);
    std::vector<double> cosine(cells);
    for (std::size_t c = 0; c < cells; ++c)
        cosine[c] = std::cos(2 * std::numbers::pi * static_cast<double>(c) / static_cast<double>(cells));
    m_average = {Array<double, 2>({nq, harmonics}), std::vector<double>(nq), std::vector<double>(nq)};
    parallelFor(nq, 4, task, [&](const tbb::blocked_range<std::size_t>& range) {
        std::vector<double> histogram(cells);
        for (std::size_t ring = range.begin(); ring != range.end(); ++ring) {
            std::ranges::fill(histogram, 0.0);
            double all = 0;
            for (std::size_t b = ring * nphi; b < (ring + 1) * nphi; ++b)
                for (std::uint32_t i = m_first[b]; i < m_first[b + 1]; ++i) {
                    const std::size_t p = m_pixel[i];
                    const double part = m_weight[i] / m_count.data()[b]; // every bin counts the same
                    const double dq = double{pixels.q.data()[p]} - m_grid.q[ring];
                    const double place = pixels.phi.data()[p] / (2 * std::numbers::pi) * static_cast<double>(cells);
                    const auto cell = static_cast<std::size_t>(std::lround(place)) + cells - b % nphi * kCells;
                    histogram[cell % cells] += part;
                    m_average.shift[ring] += part * dq;
                    m_average.spread[ring] += part * dq * dq;
                    all += part;
                }
            if (all == 0)
                all = 1; // a ring without a valid bin: nothing to say, and nothing to divide by
            m_average.shift[ring] /= all;
            m_average.spread[ring] /= all;
            for (std::size_t c = 0; c < cells; ++c)
                for (std::size_t m = 0; histogram[c] != 0 && m < harmonics; ++m)
                    m_average.transfer(ring, m) += histogram[c] / all * cosine[m * c % cells];
        }
    });
}

std::vector<Resampler::RingCoverage> Resampler::coverage() const {
    std::vector<RingCoverage> out(m_grid.qCount());
    for (std::size_t ring = 0; ring < out.size(); ++ring)
        for (std::size_t k = 0; k < m_grid.phiCount; ++k) {
            const double count = m_count(ring, k);
            out[ring].pixels += count;
            if (!m_mask(ring, k))
                continue;
            out[ring].fewestPixels = out[ring].validBins == 0 ? count : std::min(out[ring].fewestPixels, count);
            ++out[ring].validBins;
        }
    return out;
}

void Resampler::describe(RunInfo& info) const {
    info.polarGrid = m_grid;
    info.polarMask = {};
    if (std::ranges::find(m_mask.span(), 0) != m_mask.span().end())
        info.polarMask = m_mask.clone();
    info.noiseRatio = noiseRatio();
    info.binAverage = m_average.clone();
    std::size_t whole = 0, empty = 0;
    double pixels = 0, bins = 0;
    std::string emptyQ;
    const auto rings = coverage();
    for (std::size_t ring = 0; ring < rings.size(); ++ring) {
        whole += rings[ring].validBins == m_grid.phiCount;
        pixels += rings[ring].pixels;
        bins += static_cast<double>(rings[ring].validBins);
        if (rings[ring].validBins > 0)
            continue;
        if (++empty <= 5)
            emptyQ += fmt::format("{}{:.5g}", emptyQ.empty() ? "" : ", ", m_grid.q[ring]);
    }
    info.metadata.emplace_back(
        "rings", fmt::format("{} of {} azimuths: {} whole, {} with gaps, {} without a valid pixel; {:.1f} pixels a bin",
                             rings.size(), m_grid.phiCount, whole, rings.size() - whole - empty, empty, pixels / bins));
    if (empty > 0)
        info.problems.push_back({"q-min",
                                 fmt::format("{} of {} rings have no valid pixel and are masked (q = {}{} 1/Å)", empty,
                                             rings.size(), emptyQ, empty > 5 ? ", ..." : ""),
                                 false});
}

/// Bins of an image from a frame whose bad pixels are the fixed mask's.
void Resampler::resampleFixed(const float* frame, float* image, std::size_t firstBin, std::size_t lastBin) const {
    for (std::size_t b = firstBin; b < lastBin; ++b) {
        float sum = 0; // bins without a valid pixel have factors 0: their value is 0
        for (std::uint32_t i = m_first[b]; i < m_first[b + 1]; ++i)
            sum += m_factor[i] * frame[m_pixel[i]];
        image[b] = sum;
    }
}

/// Bad pixels are few: they are counted as 0 in the sum for the fixed mask, and what they would have weighed is taken off
/// the weight that it was divided by. (Once set to 0 a pixel may hold anything, even what is not a number.)
void Resampler::resampleMasked(const float* frame, const std::uint8_t* valid, float* image,
                               std::uint8_t* imageMask) const {
    const std::size_t pixels = m_gain.size();
    std::vector<float> known(pixels), missing(binCount());
    for (std::size_t p = 0; p < pixels; ++p)
        known[p] = valid[p] ? frame[p] : 0.0f;
    for (std::size_t p = 0; p < pixels; ++p) {
        if (valid[p])
            continue;
        for (std::uint32_t i = m_pixelFirst[p]; i < m_pixelFirst[p + 1]; ++i)
            missing[m_pixelBin[i]] += m_pixelWeight[i];
    }
    resampleFixed(known.data(), image, 0, binCount());
    for (std::size_t b = 0; b < binCount(); ++b) {
        imageMask[b] = m_mask.data()[b];
        if (missing[b] == 0 || !m_mask.data()[b])
            continue;
        const float whole = m_count.data()[b], left = whole - missing[b];
        imageMask[b] = left > 0 && left >= m_least[b];
        image[b] = imageMask[b] ? image[b] * (whole / left) : 0.0f;
    }
}

PolarBatch Resampler::resample(const FrameBatch& frames, const TaskContext& task) const {
    const auto& shape = frames.data.shape();
    if (shape[0] > 0 && (shape[1] != m_panels || shape[2] != m_slow || shape[3] != m_fast))
        throw Error(ErrorCode::badInput,
                    fmt::format("the frames are {} x {} x {}, expected {} x {} x {} (panel x slow x fast) as the "
                                "geometry",
                                shape[1], shape[2], shape[3], m_panels, m_slow, m_fast));
    const std::size_t nq = m_grid.qCount(), nphi = m_grid.phiCount, pixels = m_gain.size();
    PolarBatch batch;
    batch.firstIndex = frames.firstIndex;
    batch.columns = frames.columns;
    batch.intensity = Array<float, 3>::uninitialised({shape[0], nq, nphi});
    float* images = batch.intensity.data();
    if (frames.mask.empty()) {
        parallelFor(shape[0] * nq, 16, task, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t i = range.begin(); i != range.end(); ++i)
                resampleFixed(frames.data.data() + i / nq * pixels, images + i / nq * binCount(), i % nq * nphi,
                              (i % nq + 1) * nphi);
        });
        return batch;
    }
    batch.mask = Array<std::uint8_t, 3>::uninitialised({shape[0], nq, nphi});
    parallelFor(shape[0], 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t f = range.begin(); f != range.end() && !task.stop.stop_requested(); ++f)
            resampleMasked(frames.data.data() + f * pixels, frames.mask.data() + f * pixels, images + f * binCount(),
                           batch.mask.data() + f * binCount());
    });
    return batch;
}

/// Calls take(k, k', covariance) for each pair of bins of a ring and each pixel that is in both.
template <class Take>
void Resampler::forSharedPixels(std::size_t ring, Take take) const {
    const std::size_t nphi = m_grid.phiCount;
    // Var of a pixel's count is its mean: ring intensity / gain. Bins share a pixel's noise by their factors.
    std::map<std::uint32_t, std::vector<std::pair<std::size_t, double>>> bins;
    for (std::size_t k = 0; k < nphi; ++k)
        for (std::uint32_t i = m_first[ring * nphi + k]; i < m_first[ring * nphi + k + 1]; ++i)
            bins[m_pixel[i]].emplace_back(k, m_factor[i]);
    for (const auto& [pixel, parts] : bins)
        for (const auto& [k, a] : parts)
            for (const auto& [kPrime, b] : parts)
                take(k, kPrime, a * b / m_gain[pixel]);
}

Array<double, 2> Resampler::ringNoise(std::size_t ring) const {
    Array<double, 2> noise({m_grid.phiCount, m_grid.phiCount});
    forSharedPixels(ring,
                    [&](std::size_t k, std::size_t kPrime, double covariance) { noise(k, kPrime) += covariance; });
    return noise;
}

Array<double, 2> Resampler::noiseRatio() const {
    const std::size_t nq = m_grid.qCount(), nphi = m_grid.phiCount, harmonics = nphi / 2 + 1;
    std::vector<double> cosine(nphi);
    for (std::size_t k = 0; k < nphi; ++k)
        cosine[k] = std::cos(2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(nphi));
    Array<double, 2> ratio({nq, harmonics});
    std::vector<double> lag(nphi);
    for (std::size_t ring = 0; ring < nq; ++ring) {
        std::ranges::fill(lag, 0.0);
        forSharedPixels(ring, [&](std::size_t k, std::size_t kPrime, double covariance) {
            lag[(kPrime + nphi - k) % nphi] += covariance;
        });
        const auto valid = static_cast<double>(std::count(m_mask[ring].data(), m_mask[ring].data() + nphi, 1));
        if (valid == 0)
            continue;
        for (std::size_t m = 0; m < harmonics; ++m)
            for (std::size_t k = 0; k < nphi; ++k)
                ratio(ring, m) += lag[k] * cosine[m * k % nphi] / valid;
    }
    return ratio;
}

} // namespace fxs
