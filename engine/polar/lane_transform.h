#pragma once

#include "engine/core/array.h"
#include "engine/math/fft.h"
#include "engine/math/lane_fft.h"
#include "engine/polar/ring_transform.h"

#include <cstddef>
#include <span>
#include <vector>

namespace fxs {

/// The transform of sixteen neighbouring rings at once, side by side in vector lanes: what the correlation's kernels want.
/// A group g holds rings 16 g ... 16 g + 15; lanes beyond the last ring are zero.
/// Each ring loses its own mean (in double) before the single-precision transform, gets its gaps filled (RingFit), and is
/// multiplied by a power of two that keeps sums of squares far from the ends of the range of float.
/// Threads: transform() is free from any thread at once, each with its own Scratch.
/// Errors:  none; a frame with a value that is not finite in a valid bin of a ring gives that ring a mean that is not finite.
template <class T>
class LaneTransform {
public:
    static constexpr std::size_t kLanes = 16;

    /// The transform must outlive this.
    explicit LaneTransform(const RingTransform& transform);

    std::size_t groupCount() const { return (m_rings.qCount() + kLanes - 1) / kLanes; }

    /// What one thread works in.
    class Scratch {
    public:
        explicit Scratch(const LaneTransform& transform, std::size_t frames);

    private:
        friend class LaneTransform;
        Array<T, 2> tile, work; ///< [phi][lane]
        Array<T, 3> spectrum;   ///< [m][re, im][lane]
        Array<T, 2> validBins;  ///< [frame][valid bin] of one ring
        Array<T, 3> gapBins;    ///< [lane][frame][gap bin]
        Array<double, 2> means; ///< [frame][lane]: what was taken out
    };

    /// images: pointers to [q][phi], as many as the scratch was made for at most; ringScale: a power of two a ring; means
    /// [frame][q]: receives F_0. sink(frame, spectrum) is called for each frame in order with n F_m scaled,
    /// [m][re, im][lane], m = 0 ... n/2 (of m = 0 only what the means left); the memory is the scratch's.
    template <class Sink>
    void transform(std::span<const float* const> images, std::size_t group, std::span<const double> ringScale,
                   View<double, 2> means, Scratch& scratch, Sink&& sink) const {
        fillGaps(images, group, scratch);
        for (std::size_t frame = 0; frame < images.size(); ++frame) {
            if (frame + 1 < images.size())
                prefetch(images[frame + 1], group);
            transformFrame(images[frame], frame, group, ringScale, scratch);
            storeMeans(frame, group, ringScale, means, scratch);
            sink(frame, static_cast<const T*>(scratch.spectrum.data()));
        }
    }

private:
    void fillGaps(std::span<const float* const> images, std::size_t group, Scratch& scratch) const;
    void fillRing(std::span<const float* const> images, std::size_t q, std::size_t lane, Scratch& scratch) const;
    void prefetch(const float* image, std::size_t group) const;
    double meanToTakeOut(const float* ring, std::size_t q) const;
    void loadTile(const float* image, std::size_t frame, std::size_t group, std::span<const double> ringScale,
                  Scratch& scratch) const;
    void patchTile(std::size_t frame, std::size_t group, std::span<const double> ringScale, Scratch& scratch) const;
    void transformFrame(const float* image, std::size_t frame, std::size_t group, std::span<const double> ringScale,
                        Scratch& scratch) const;
    void storeMeans(std::size_t frame, std::size_t group, std::span<const double> ringScale, View<double, 2> means,
                    const Scratch& scratch) const;
    std::size_t lanesOf(std::size_t group) const;

    const RingTransform& m_rings;
    RealFft<T> m_fft;  ///< for any number of azimuths
    LaneFft m_laneFft; ///< where it serves (float, powers of two): several times faster
    Array<float, 1> m_zeros;
    std::vector<Array<T, 2>> m_fill; ///< per ring with a fit: E [gap][valid]
    std::size_t m_mostGaps = 0, m_mostValid = 0;
};

extern template class LaneTransform<float>;
extern template class LaneTransform<double>;

} // namespace fxs
