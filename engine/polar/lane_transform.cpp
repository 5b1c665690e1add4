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
    : m_rings(transform), m_fft(RealFft<T>::forwardLanes(transform.phiCount(), kLanes)), m_fill(transform.qCount()) {
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
    : tile({transform.m_rings.phiCount(), kLanes}), spectrum({transform.m_rings.phiCount() / 2 + 1, 2, kLanes}),
      validBins({frames, transform.m_mostValid}), gapBins({kLanes, frames, transform.m_mostGaps}),
      means({frames, kLanes}) {}

template <class T>
std::size_t LaneTransform<T>::lanesOf(std::size_t group) const {
    return std::min(kLanes, m_rings.qCount() - group * kLanes);
}

template <class T>
void LaneTransform<T>::takeMeansAndFill(std::span<const float* const> images, std::size_t group,
                                        Scratch& scratch) const {
    const std::size_t n = m_rings.phiCount();
    for (std::size_t lane = 0; lane < lanesOf(group); ++lane) {
        const std::size_t q = group * kLanes + lane;
        const RingFit* fit = m_rings.fit(q);
        const RingMethod method = m_rings.methods()[q];
        for (std::size_t frame = 0; frame < images.size(); ++frame) {
            const float* ring = images[frame] + q * n;
            double sum = 0;
            if (method == RingMethod::complete) {
                for (std::size_t k = 0; k < n; ++k)
                    sum += static_cast<double>(ring[k]);
                scratch.means(frame, lane) = sum / static_cast<double>(n);
            } else if (fit) {
                for (const std::uint32_t k : fit->valid)
                    sum += static_cast<double>(ring[k]);
                scratch.means(frame, lane) = sum / static_cast<double>(fit->valid.size());
            } else if (method == RingMethod::ratio) {
                // Nothing is taken out: the product with the mask, as it is, is what the ratio divides. A bad value still
                // has to show.
                const auto mask = m_rings.mask()[q].span();
                for (std::size_t k = 0; k < n; ++k)
                    sum += mask[k] ? static_cast<double>(ring[k]) : 0.0;
                scratch.means(frame, lane) = sum * 0.0;
            } else {
                scratch.means(frame, lane) = 0;
            }
        }
        if (fit)
            fillGaps(images, q, lane, scratch);
    }
}

template <class T>
void LaneTransform<T>::fillGaps(std::span<const float* const> images, std::size_t q, std::size_t lane,
                                Scratch& scratch) const {
    const RingFit& fit = *m_rings.fit(q);
    for (std::size_t frame = 0; frame < images.size(); ++frame) {
        const T mean = static_cast<T>(scratch.means(frame, lane));
        const float* ring = images[frame] + q * m_rings.phiCount();
        T* out = scratch.validBins.data() + frame * fit.valid.size();
        for (std::size_t v = 0; v < fit.valid.size(); ++v)
            out[v] = static_cast<T>(ring[fit.valid[v]]) - mean;
    }
    applyFill(m_fill[q], scratch.validBins.data(), images.size(), &scratch.gapBins(lane, 0, 0));
}

template <class T>
void LaneTransform<T>::transformFrame(const float* image, std::size_t frame, std::size_t group,
                                      std::span<const double> ringScale, Scratch& scratch) const {
    const std::size_t n = m_rings.phiCount();
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        T* tile = scratch.tile.data() + lane;
        const std::size_t q = group * kLanes + lane;
        if (lane >= lanesOf(group) || m_rings.methods()[q] == RingMethod::none) {
            for (std::size_t k = 0; k < n; ++k)
                tile[k * kLanes] = 0;
            continue;
        }
        const float* ring = image + q * n;
        const T mean = static_cast<T>(scratch.means(frame, lane));
        const T scale = static_cast<T>(ringScale[q]);
        for (std::size_t k = 0; k < n; ++k)
            tile[k * kLanes] = (static_cast<T>(ring[k]) - mean) * scale;
        if (const RingFit* fit = m_rings.fit(q)) {
            const T* gaps = &scratch.gapBins(lane, 0, 0) + frame * fit->gaps.size();
            for (std::size_t g = 0; g < fit->gaps.size(); ++g)
                tile[fit->gaps[g] * kLanes] = gaps[g] * scale;
        } else if (m_rings.methods()[q] == RingMethod::ratio) {
            const auto mask = m_rings.mask()[q].span();
            for (std::size_t k = 0; k < n; ++k)
                if (!mask[k])
                    tile[k * kLanes] = 0;
        }
    }
    m_fft.execute(scratch.tile.data(), scratch.spectrum.data());
    for (std::size_t lane = 0; lane < lanesOf(group); ++lane)
        if (m_rings.evenOnly(group * kLanes + lane))
            for (std::size_t m = 1; m <= n / 2; m += 2)
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
