#include "engine/correlate/harmonic_accumulator.h"

#include "engine/core/parallel.h"
#include "engine/math/lane_fft.h"

#include <cblas.h>
#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace fxs {

namespace {

constexpr std::size_t kLanes = PanelLayout::kLanes;
/// Frames that a transform task takes at once: enough to reuse a ring's fill table, few enough to stay in the cache.
constexpr std::size_t kChunk = 16;

std::vector<std::size_t> firstGroups(const RingTransform& rings) {
    std::vector<std::size_t> first(rings.harmonics(), (rings.qCount() + kLanes - 1) / kLanes);
    for (std::size_t q = rings.qCount(); q-- > 0;)
        for (std::size_t m = 0; m < static_cast<std::size_t>(rings.ringHarmonics()[q]); ++m)
            first[m] = q / kLanes;
    return first;
}

template <class T>
UpdateKernel kernelFor(const BlockSettings& settings) {
    return std::is_same_v<T, float> && isSupported(settings.kernel) ? settings.kernel : UpdateKernel::blas;
}

} // namespace

template <class T>
HarmonicAccumulator<T>::HarmonicAccumulator(const RingTransform& transform, Parity parity,
                                            const BlockSettings& settings)
    : m_rings(transform), m_transform(transform), m_full(parity == Parity::full), m_kernel(kernelFor<T>(settings)),
      m_layout(m_kernel == UpdateKernel::blas ? PanelLayout::Kind::wide : PanelLayout::Kind::panels,
               m_transform.groupCount(), (settings.blockFrames + 1) / 2 * 2, firstGroups(transform)) {
    for (std::size_t half = 0; half < 2; ++half)
        m_rows[half] = Array<T, 1>::uninitialised({m_layout.size()});
    for (std::size_t m = 1; m < m_layout.harmonics(); ++m) {
        const auto carrying =
            static_cast<double>(std::count_if(transform.ringHarmonics().begin(), transform.ringHarmonics().end(),
                                              [m](std::int32_t count) { return static_cast<std::size_t>(count) > m; }));
        m_usefulFlops += (m_full ? 2 : 1) * 2 * carrying * (carrying + 1);
    }
}

template <class T>
void HarmonicAccumulator<T>::chooseScale(const float* image) {
    // A power of two changes no bit of the result; it keeps squares of very bright or very dim data within float.
    const std::size_t nq = m_rings.qCount(), n = m_rings.phiCount();
    std::vector<double> size(nq);
    for (std::size_t q = 0; q < nq; ++q)
        for (std::size_t k = 0; k < n; ++k) {
            const double value = std::abs(static_cast<double>(image[q * n + k]));
            if (std::isfinite(value) && (m_rings.mask().empty() || m_rings.mask()(q, k)))
                size[q] = std::max(size[q], value);
        }
    const double largest = *std::max_element(size.begin(), size.end());
    if (largest == 0)
        return; // an empty frame says nothing: the next one may
    m_ringScale.assign(nq, 1);
    m_factor = Array<double, 2>({m_layout.harmonics(), m_transform.groupCount() * kLanes});
    for (std::size_t q = 0; q < nq; ++q) {
        m_ringScale[q] = std::ldexp(1.0, -std::clamp(std::ilogb(size[q] > 0 ? size[q] : largest), -100, 100));
        for (std::size_t m = 0; m < static_cast<std::size_t>(m_rings.ringHarmonics()[q]); ++m)
            m_factor(m, q) = 1 / (static_cast<double>(n) * m_ringScale[q]);
    }
}

template <class T>
void HarmonicAccumulator<T>::transform(std::span<const float* const> images, std::span<const std::uint8_t> halves,
                                       const TaskContext& task) {
    m_frames = images.size();
    m_count = {};
    m_places.resize(m_frames);
    for (std::size_t f = 0; f < m_frames; ++f)
        m_places[f] = {halves[f], m_count[halves[f]]++};
    for (std::size_t f = 0; m_ringScale.empty() && f < m_frames; ++f)
        chooseScale(images[f]);
    if (m_means.extent(0) < m_frames)
        m_means = Array<double, 2>({m_frames, m_rings.qCount()});
    if (m_ringScale.empty()) { // nothing but empty frames
        std::fill(m_means.span().begin(), m_means.span().end(), 0.0);
        m_count = {};
        return;
    }
    tbb::enumerable_thread_specific<typename LaneTransform<T>::Scratch> scratch(
        [this] { return typename LaneTransform<T>::Scratch(m_transform, kChunk); });
    const std::size_t groups = m_transform.groupCount(), chunks = (m_frames + kChunk - 1) / kChunk;
    parallelFor(chunks * groups, 1, task, [&](const tbb::blocked_range<std::size_t>& range) {
        auto& mine = scratch.local();
        for (std::size_t i = range.begin(); i < range.end(); ++i)
            transformChunk(images, i / groups * kChunk, i % groups, mine);
    });
}

template <class T>
void HarmonicAccumulator<T>::transformChunk(std::span<const float* const> images, std::size_t first, std::size_t group,
                                            typename LaneTransform<T>::Scratch& scratch) {
    const std::size_t count = std::min(kChunk, m_frames - first);
    std::size_t harmonics = 1; // the groups that need harmonic m are the last ones, so these are the first harmonics
    while (harmonics < m_layout.harmonics() && m_layout.firstGroup(harmonics) <= group)
        ++harmonics;
    thread_local std::vector<std::size_t> offsets;
    offsets.resize(harmonics);
    for (std::size_t m = 1; m < harmonics; ++m)
        offsets[m] = m_layout.offset(m, group, 0);
    const auto store = [&](std::size_t frame, const T* spectrum) {
        const Place place = m_places[first + frame];
        T* rows = m_rows[place.half].data();
        if constexpr (std::is_same_v<T, float>)
            if (m_kernel != UpdateKernel::blas) // panels: a frame's two rows follow each other
                return scatterLanes(spectrum, offsets.data(), harmonics - 1, rows + 2 * place.frame * kLanes);
        for (std::size_t m = 1; m < harmonics; ++m) {
            T* row = rows + offsets[m] + 2 * place.frame * m_layout.rowStride(m);
            std::copy_n(spectrum + 2 * m * kLanes, kLanes, row);
            std::copy_n(spectrum + (2 * m + 1) * kLanes, kLanes, row + m_layout.rowStride(m));
        }
    };
    m_transform.transform(images.subspan(first, count), group, m_ringScale, m_means.view().sub(first, count), scratch,
                          store);
}

template <class T>
void HarmonicAccumulator<T>::drop(std::size_t image) {
    for (std::size_t q = 0; q < m_rings.qCount(); ++q)
        m_means(image, q) = 0;
    if (m_ringScale.empty())
        return;
    const Place place = m_places[image];
    for (std::size_t m = 1; m < m_layout.harmonics(); ++m)
        for (std::size_t group = m_layout.firstGroup(m); group < m_transform.groupCount(); ++group)
            for (std::size_t row = 2 * place.frame; row < 2 * place.frame + 2; ++row)
                std::fill_n(m_rows[place.half].data() + m_layout.offset(m, group, row), kLanes, T(0));
}

template <class T>
void HarmonicAccumulator<T>::update(View<double, 4> sums) {
    tbb::enumerable_thread_specific<Array<T, 1>> scratch([] { return Array<T, 1>(); });
    parallelFor(2 * m_layout.harmonics(), 1, TaskContext{}, [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t i = range.begin(); i < range.end(); ++i) {
            const std::size_t half = i % 2,
                              m = i / 2; // low harmonics first: with a band limit they are the longest tasks
            if (m_count[half] == 0)
                continue;
            if (m == 0)
                updateZeroth(half, &sums(half, 0, 0, 0));
            else
                updateHarmonic(half, m, &sums(half, m, 0, 0), scratch.local());
        }
    });
}

template <class T>
void HarmonicAccumulator<T>::updateHarmonic(std::size_t half, std::size_t m, double* sums, Array<T, 1>& scratch) const {
    RankUpdate<T> u;
    u.panels = m_rows[half].data() + m_layout.offset(m);
    u.groups = m_layout.groupCount(m);
    u.groupStride = m_layout.groupStride();
    u.rowStride = m_layout.rowStride(m);
    u.rows = 2 * m_count[half];
    u.firstRing = m_layout.firstGroup(m) * kLanes;
    u.factor = &m_factor(m, u.firstRing);
    u.ringCount = m_rings.qCount();
    u.sums = sums;
    u.full = m_full;
    rankUpdate(u, m_kernel, scratch);
}

template <class T>
void HarmonicAccumulator<T>::updateZeroth(std::size_t half, double* sums) const {
    const std::size_t nq = m_rings.qCount(), step = m_full ? 2 : 1;
    Array<double, 2> means = Array<double, 2>::uninitialised({m_count[half], nq}), product({nq, nq});
    for (std::size_t f = 0; f < m_frames; ++f)
        if (m_places[f].half == half)
            std::copy_n(&m_means(f, 0), nq, &means(m_places[f].frame, 0));
    const int n = static_cast<int>(nq);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, n, static_cast<int>(m_count[half]), 1, means.data(), n, 0,
                product.data(), n);
    for (std::size_t q = 0, pair = 0; q < nq; ++q)
        for (std::size_t r = q; r < nq; ++r, ++pair)
            sums[pair * step] += product(q, r);
}

template class HarmonicAccumulator<float>;
template class HarmonicAccumulator<double>;

} // namespace fxs
