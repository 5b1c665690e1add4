#pragma once

#include "engine/core/settings.h"
#include "engine/io/hdf5.h"
#include "engine/model/batch.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fxs {

/// The parts of a virtual dataset of frames that no source fills: never mapped (a module that missed trains), or mapped
/// to a file that is missing. HDF5 gives fill values there and says nothing; here they are found, counted and masked.
/// Datasets that are not virtual have no holes.
/// Throws: Error(notFound) where no frame has anything, or where a source is missing and HDF5 cannot tell of what part.
/// Cost:   opens every source file once; one number a frame and panel while it counts.
class FrameHoles {
public:
    /// frames: [frame][ss][fs], [frame][panel][ss][fs] or [frame][panel][plane][ss][fs].
    explicit FrameHoles(const h5::Dataset& frames);

    bool empty() const { return m_there.empty(); }
    /// Says which sources are missing, and how many frames lack something, panel by panel.
    void report(std::vector<Problem>& problems) const;
    /// Masks the holes of frames [first, first + count) in the batch, from its frame `at` on, and sets them to 0.
    void mask(std::uint64_t first, std::size_t count, std::size_t at, FrameBatch& batch) const;

private:
    struct Block { ///< [first, end) along frame, panel, ss, fs
        std::uint64_t first[4], end[4];
    };
    std::vector<Block> m_there;                 ///< empty: there is no hole
    std::vector<std::uint8_t> m_incomplete;     ///< for each frame, whether something is missing
    std::vector<std::uint64_t> m_missingFrames; ///< for each panel, frames that lack all or part of it
    std::vector<std::string> m_missingSources;
    std::string m_name;
};

} // namespace fxs
