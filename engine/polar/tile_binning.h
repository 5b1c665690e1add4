#pragma once

#include "engine/core/array.h"
#include "engine/polar/resampler.h"

#include <cstdint>
#include <vector>

namespace fxs {

/// What Resampler does with a fixed mask, for eight frames at once and pixel by pixel, so that corrected pixels go from
/// the first cache straight into their bins and no corrected frame is ever written to memory. Weights are read once for
/// eight frames.
/// Shape:   a tile is kTile pixels in frame order; frames are lanes: tile [pixel][lane], sums [bin][lane].
/// Owns:    its own order of the resampler's weights: 8 bytes an entry.
/// Threads: const; any number of groups of frames at once. A frame's sums do not depend on its lane or its neighbours;
///          no fused multiply-adds: the same bits on any machine.
/// Cost:    about 0.5 ns an entry and group of eight frames, plus 0.3 ns a pixel and frame to bring them into lanes.
class TileBinning {
public:
    static constexpr std::size_t kLanes = 8, kTile = 2048;

    explicit TileBinning(const Resampler& resampler);

    std::size_t tileCount() const { return m_tiles.size() - 1; }
    std::size_t firstPixel(std::size_t tile) const { return tile * kTile; }
    std::size_t pixelsOf(std::size_t tile) const { return std::min(kTile, m_pixels - firstPixel(tile)); }
    /// Whether any pixel of the tile is in a bin: others need not be corrected.
    bool isUsed(std::size_t tile) const { return m_tiles[tile] != m_tiles[tile + 1]; }
    std::size_t binCount() const { return m_bins; }

    /// Brings pixels into lanes: frames [kLanes][kTile], lanes [kTile][kLanes].
    static void interleave(const float* frames, float* lanes);
    /// Adds a tile to the bins. Both 32-byte aligned.
    void add(std::size_t tile, const float* lanes, float* sums) const;

private:
    struct Run {
        std::uint32_t bin;
        std::uint32_t entries;
    };
    std::size_t m_pixels, m_bins;
    std::vector<std::size_t> m_tiles;       ///< first run of each tile, and the end
    std::vector<std::size_t> m_tileEntries; ///< first entry of each tile
    std::vector<Run> m_runs;
    std::vector<std::uint32_t> m_pixel; ///< within the tile
    std::vector<float> m_factor;
};

} // namespace fxs
