#include "engine/polar/lane_transform.h"

#include <cblas.h>

#include <algorithm>
#include <type_traits>

namespace fxs {

namespace {

/// y [frames][gaps] = x [frames][valid] Eᵀ.
template <class T>
void applyFill(const Array<T, 2>& e, const T* x, std::size_t frames, T* y) {
    const auto gaps = static_cast<int>(e.extent(0)), valid = static_cast<int>(e.extent(1)),
               f = static_cast<int>(frames);
    if constexpr (std::is_same_v<T, float>)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, f, gaps, valid, 1.0F, x, valid, e.data(), valid, 0.0F, y,
                    gaps);
    else
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, f, gaps, valid, 1.0, x, valid, e.data(), valid, 0.0, y,
                    gaps);
}

} // namespace

template <class T>
LaneTransform<T>::LaneTransform(const RingTransform& transform)
    : m_rings(transform), m_zeros({transform.phiCount()}), m_fill(transform.qCount()) {
    if (std::is_same_v<T, float> && LaneFft::serves(transform.phiCount()))
        m_laneFft = LaneFft(transform.phiCount());
    else
        m_fft = RealFft<T>::forwardLanes(transform.phiCount(), kLanes);
    for (std::size_t q = 0; q < transform.qCount(); ++q) {
        const RingFit* fit = transform.fit(q);
        if (!fit)
            continue;
        m_fill[q] = Array<T, 2>::uninitialised(fit->fill.shape());
        std::transform(fit->fill.span().begin(), fit->fill.span().end(), m_fill[q].data(),
                       [](double e) { return static_cast<T>(e); });
        m_mostGaps = std::max(m_mostGaps, fit->gaps.size());
        m_mostValid = std::max(m_mostValid, fit->valid.size());
    }
}

template <class T>
LaneTransform<T>::Scratch::Scratch(const LaneTransform& transform, std::size_t frames)
    : tile({transform.m_rings.phiCount(), kLanes}), work({transform.m_rings.phiCount(), kLanes}),
      spectrum({transform.m_rings.phiCount() / 2 + 1, 2, kLanes}), validBins({frames, transform.m_mostValid}),
      gapBins({kLanes, frames, transform.m_mostGaps}), means({frames, kLanes}) {}

template <class T>
std::size_t LaneTransform<T>::lanesOf(std::size_t group) const {
    return std::min(kLanes, m_rings.qCount() - group * kLanes);
}

template <class T>
void LaneTransform<T>::prefetch(const float* image, std::size_t group) const {
    // A group is one stretch of memory, but the next frame's lies a whole image further: the processor does not foresee it.
    const std::size_t n = m_rings.phiCount();
    const float* first = image + group * kLanes * n;
    for (std::size_t i = 0; i < lanesOf(group) * n; i += 16)
        __builtin_prefetch(first + i, 0, 2);
}

template <class T>
double LaneTransform<T>::meanToTakeOut(const float* ring, std::size_t q) const {
    const std::size_t n = m_rings.phiCount();
    double sum = 0;
    switch (m_rings.methods()[q]) {
    case RingMethod::none:
        return 0;
    case RingMethod::ratio: {
        // Nothing is taken out: the product with the mask, as it is, is what the ratio divides. A bad value still has to show.
        const auto mask = m_rings.mask()[q].span();
        for (std::size_t k = 0; k < n; ++k)
            sum += mask[k] ? static_cast<double>(ring[k]) : 0.0;
        return sum * 0.0;
    }
    case RingMethod::fit:
    case RingMethod::truncatedFit: {
        const RingFit& fit = *m_rings.fit(q);
        for (const std::uint32_t k : fit.valid)
            sum += static_cast<double>(ring[k]);
        return sum / static_cast<double>(fit.valid.size());
    }
    case RingMethod::complete:
        break;
    }
    return sumRing(ring, n) / static_cast<double>(n);
}

template <class T>
void LaneTransform<T>::fillGaps(std::span<const float* const> images, std::size_t group, Scratch& scratch) const {
    for (std::size_t lane = 0; lane < lanesOf(group); ++lane)
        if (m_rings.fit(group * kLanes + lane))
            fillRing(images, group * kLanes + lane, lane, scratch);
}

template <class T>
void LaneTransform<T>::fillRing(std::span<const float* const> images, std::size_t q, std::size_t lane,
                                Scratch& scratch) const {
    const RingFit& fit = *m_rings.fit(q);
    for (std::size_t frame = 0; frame < images.size(); ++frame) {
        const float* ring = images[frame] + q * m_rings.phiCount();
        const T mean = static_cast<T>(meanToTakeOut(ring, q));
        T* out = scratch.validBins.data() + frame * fit.valid.size();
        for (std::size_t v = 0; v < fit.valid.size(); ++v)
            out[v] = static_cast<T>(ring[fit.valid[v]]) - mean;
    }
    applyFill(m_fill[q], scratch.validBins.data(), images.size(), &scratch.gapBins(lane, 0, 0));
}

template <class T>
void LaneTransform<T>::loadTile(const float* image, std::size_t frame, std::size_t group,
                                std::span<const double> ringScale, Scratch& scratch) const {
    const std::size_t n = m_rings.phiCount();
    const float* rings[kLanes];
    T mean[kLanes] = {}, scale[kLanes] = {};
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const std::size_t q = group * kLanes + lane;
        rings[lane] = m_zeros.data();
        if (lane >= lanesOf(group) || m_rings.methods()[q] == RingMethod::none) {
            scratch.means(frame, lane) = 0;
            continue;
        }
        rings[lane] = image + q * n;
        scratch.means(frame, lane) = meanToTakeOut(rings[lane], q);
        mean[lane] = static_cast<T>(scratch.means(frame, lane));
        scale[lane] = static_cast<T>(ringScale[q]);
    }
    if constexpr (std::is_same_v<T, float>)
        if (m_laneFft.size() > 0)
            return loadLanes(rings, mean, scale, n, scratch.tile.data());
    for (std::size_t lane = 0; lane < kLanes; ++lane)
        for (std::size_t k = 0; k < n; ++k)
            scratch.tile(k, lane) = (static_cast<T>(rings[lane][k]) - mean[lane]) * scale[lane];
}

template <class T>
void LaneTransform<T>::patchTile(std::size_t frame, std::size_t group, std::span<const double> ringScale,
                                 Scratch& scratch) const {
    for (std::size_t lane = 0; lane < lanesOf(group); ++lane) {
        const std::size_t q = group * kLanes + lane;
        if (const RingFit* fit = m_rings.fit(q)) {
            const T* gaps = &scratch.gapBins(lane, 0, 0) + frame * fit->gaps.size();
            for (std::size_t g = 0; g < fit->gaps.size(); ++g)
                scratch.tile(fit->gaps[g], lane) = gaps[g] * static_cast<T>(ringScale[q]);
        } else if (m_rings.methods()[q] == RingMethod::ratio) {
            const auto mask = m_rings.mask()[q].span();
            for (std::size_t k = 0; k < mask.size(); ++k)
                if (!mask[k])
                    scratch.tile(k, lane) = 0;
        }
    }
}

template <class T>
void LaneTransform<T>::transformFrame(const float* image, std::size_t frame, std::size_t group,
                                      std::span<const double> ringScale, Scratch& scratch) const {
    loadTile(image, frame, group, ringScale, scratch);
    if (m_rings.hasMask())
        patchTile(frame, group, ringScale, scratch);
    bool transformed = false;
    if constexpr (std::is_same_v<T, float>)
        if (m_laneFft.size() > 0) {
            m_laneFft.forward(scratch.tile.data(), scratch.work.data(), scratch.spectrum.data());
            transformed = true;
        }
    if (!transformed)
        m_fft.execute(scratch.tile.data(), scratch.spectrum.data());
    for (std::size_t lane = 0; m_rings.hasMask() && lane < lanesOf(group); ++lane)
        if (m_rings.evenOnly(group * kLanes + lane))
            for (std::size_t m = 1; m <= m_rings.phiCount() / 2; m += 2)
                scratch.spectrum(m, 0, lane) = scratch.spectrum(m, 1, lane) = 0;
}

template <class T>
void LaneTransform<T>::storeMeans(std::size_t frame, std::size_t group, std::span<const double> ringScale,
                                  View<double, 2> means, const Scratch& scratch) const {
    const double n = static_cast<double>(m_rings.phiCount());
    for (std::size_t lane = 0; lane < lanesOf(group); ++lane) {
        const std::size_t q = group * kLanes + lane;
        if (m_rings.methods()[q] == RingMethod::complete || m_rings.methods()[q] == RingMethod::none) {
            means(frame, q) = scratch.means(frame, lane);
            continue;
        }
        // What was taken out was the mean of the valid bins rounded to T; the transform's zeroth harmonic holds the rest.
        means(frame, q) = static_cast<double>(static_cast<T>(scratch.means(frame, lane))) +
                          static_cast<double>(scratch.spectrum(0, 0, lane)) / (n * ringScale[q]);
    }
}

template class LaneTransform<float>;
template class LaneTransform<double>;

} // namespace fxs
