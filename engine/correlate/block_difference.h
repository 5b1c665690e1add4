#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/correlate/block_accumulator.h"

#include <cstdint>
#include <vector>

namespace fxs {

/// Takes out of a block of images what does not turn with the particle: a static or slowly drifting background that is not
/// uniform in azimuth (scatter of apertures, jet and window, gain errors), whose correlation would be added to C2.
///   meanImage:   D_j = sqrt(n / (n - 1)) (I_j - mean of the block's n images)
///   neighbours:  D_j = (I_j - I_k) / sqrt(2), k the next image of the block (the first after the last)
/// For images I_j = S_j + b with independent S_j and a static b, <D D'> = <S S'> - <S><S'> in both: b is gone exactly, and the factors make
/// the sample covariance unbiased; for randomly oriented particles <S> has no harmonics m >= 1, so that nothing of C_m is lost.
/// <D D'> of neighbours is C - C_inter, C_inter = the symmetrised correlation of different, neighbouring images: Kam's and Saldin's estimate
/// of the systematic part; it follows drifts from image to image, for 1.5 times the variance of the mean image's.
/// Only the harmonics m >= 1 are changed: each ring keeps its own mean, so that SAXS, C_0 and the photon self term (the noise of
/// D is that of I) stay what they are. Even and odd frames are treated apart: halves stay independent.
/// Kam, Macromolecules 10 (1977) 927; Saldin et al., New J. Phys. 12 (2010) 035014.
/// Shape:   images [q][phi]; masks 1 = valid. With masks of single frames the mean is over the frames in which a bin is
///          valid; bins valid in one frame only are masked.
/// Owns:    the differences of one block. Threads: parallel over rings; the same bits for any thread count.
/// Cost:    two passes over the block; its memory once more.
class BlockDifference {
public:
    enum class Kind { meanImage, neighbours };
    explicit BlockDifference(Kind kind) : m_kind(kind) {}

    /// Puts the differences in the place of the images; frames that are not finite or empty, and those alone in their half
    /// of the block, keep what they were. Returns which frames are alone: they say nothing about C_m and are to be left out.
    /// fixedMask: [q][phi] or empty.
    std::vector<std::uint8_t> apply(std::vector<FrameRef>& frames, View<const std::uint8_t, 2> fixedMask,
                                    std::size_t rings, std::size_t azimuths, const TaskContext& task);

private:
    struct Ring;
    void meanImage(const std::vector<FrameRef>& from, const std::vector<std::size_t>& members, const Ring& ring);
    void neighbours(const std::vector<FrameRef>& from, const std::vector<std::size_t>& members, const Ring& ring);
    void finishRing(const FrameRef& from, std::size_t member, const Ring& ring);

    Kind m_kind;
    Array<float, 3> m_images;       ///< [frame][q][phi]
    Array<std::uint8_t, 3> m_masks; ///< the same, where frames have masks
};

} // namespace fxs
