#pragma once

#include "engine/correlate/block_accumulator.h"
#include "engine/correlate/panel_layout.h"
#include "engine/polar/lane_transform.h"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace fxs {

/// The two steps of a block in one precision: images to harmonics, laid out for the update, and harmonics to sums.
/// Owns:    one block of harmonics: 2 values x frames x harmonics x rings.
/// Threads: one call at a time; parallel inside; same bits for any thread count (a sum has one task, rows in frame order).
template <class T>
class HarmonicAccumulator {
public:
    /// The transform must outlive this.
    HarmonicAccumulator(const RingTransform& transform, Parity parity, const BlockSettings& settings);

    /// Transforms images (pointers to [q][phi]) of half halves[i]; means()[i][q] then hold F_0. A frame whose means are not finite
    /// must be dropped. Throws: Stopped.
    void transform(std::span<const float* const> images, std::span<const std::uint8_t> halves, const TaskContext& task);
    View<const double, 2> means() const { return m_means.view().sub(0, m_frames); }
    /// Makes a transformed frame count for nothing.
    void drop(std::size_t image);
    /// Adds the block to sums [half][m][pair][1 or 2]. Not interrupted: a block is in the sums as a whole or not at all.
    void update(View<double, 4> sums);
    /// Two a multiply-add, for one frame.
    double usefulFlops() const { return m_usefulFlops; }

private:
    struct Place {
        std::size_t half = 0, frame = 0; ///< frame within the half's block
    };

    void chooseScale(const float* image);
    void transformChunk(std::span<const float* const> images, std::size_t first, std::size_t group,
                        typename LaneTransform<T>::Scratch& scratch);
    void updateHarmonic(std::size_t half, std::size_t m, double* sums, Array<T, 1>& scratch) const;
    void updateZeroth(std::size_t half, double* sums) const;

    const RingTransform& m_rings;
    LaneTransform<T> m_transform;
    bool m_full;
    UpdateKernel m_kernel;
    PanelLayout m_layout;
    double m_usefulFlops = 0;

    std::array<Array<T, 1>, 2> m_rows;
    std::array<std::size_t, 2> m_count{};
    std::vector<Place> m_places;
    Array<double, 2> m_means; ///< [image][q]
    std::size_t m_frames = 0;
    std::vector<double> m_ringScale; ///< powers of two; empty until the first frame
    Array<double, 2> m_factor;       ///< [m][ring]: 1/(n scale); zero where the ring does not carry m, and in padding
};

extern template class HarmonicAccumulator<float>;
extern template class HarmonicAccumulator<double>;

} // namespace fxs
