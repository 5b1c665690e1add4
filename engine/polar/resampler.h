#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/detector/geometry.h"
#include "engine/io/input_settings.h"
#include "engine/model/batch.h"
#include "engine/model/polar_grid.h"
#include "engine/model/run_source.h"

#include <cstdint>
#include <span>
#include <vector>

namespace fxs {

/// The polar grid for a detector: what the settings say; where they leave q open, the rings on which every azimuth
/// that the detector covers has a valid pixel.
/// mask:    [panel][ss][fs], 1 = valid; empty: all.
/// Throws:  Error(badSettings) for a q range that the detector does not reach, naming what it reaches.
PolarGrid polarGridFor(const PolarSettings& settings, const DetectorGeometry& geometry,
                       View<const std::uint8_t, 3> mask, const TaskContext& task);

/// Brings detector frames to polar images: each bin is the average of the pixels that it covers, weighted by the part
/// of each pixel in the bin, without those that are masked. Pixels are corrected for solid angle and polarisation if the
/// settings say so. A bin without a valid pixel is masked, and so may be a whole ring. A pixel counts as split x split points, each in the bin where it lies: split = 1 keeps the photon noise of
/// bins independent, larger values fill bins narrower than a pixel.
/// Shape:   frames [frame][panel][ss][fs] to images [frame][q][phi]; bin k of a ring covers phi = 2 pi (k -+ 1/2) /
///          n.
/// Units:   intensity in the frames' unit, per pixel at the beam's foot.
/// Owns:    its weights: 20 bytes an entry, about 1 to 3 entries a pixel.
/// Threads: resample() is const and may run from several threads; parallel inside; the same bits for any thread
///          count.
/// Throws:  Error(badSettings, badInput) for a mask or frames of another shape, and if no bin has a valid pixel; Stopped.
/// Cost:    building: split^2 * 50 ns a pixel; resampling: about 2 ns an entry and frame, and about 10 ns a bad pixel of
///          a frame with its own mask. (FrameConverter's tiles of several frames are faster.)
class Resampler {
public:
    Resampler(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const PolarGrid& grid,
              const PolarSettings& settings, const TaskContext& task);

    const PolarGrid& grid() const { return m_grid; }
    /// Bins that are valid in every frame, [q][phi], 1 = valid: at least half of the pixels that
    /// its ring's bins usually have (the upper quartile) are.
    const Array<std::uint8_t, 2>& mask() const { return m_mask; }
    /// How many pixels, in parts, are behind each bin, [q][phi], without the masked ones.
    const Array<float, 2>& pixelCount() const { return m_count; }

    /// What a fixed mask needs, by bin: entries [first[b], first[b + 1]) are the pixels of bin b, and bin b is the sum of
    /// factor * value over them (masked pixels and bins have no entries). pixels: of a frame. Lives as long as the
    /// resampler.
    struct Weights {
        std::span<const std::uint32_t> first, pixel;
        std::span<const float> factor;
        std::size_t pixels = 0;
    };
    Weights weights() const { return {m_first, m_pixel, m_factor, m_gain.size()}; }

    /// What lies behind each ring.
    struct RingCoverage {
        std::size_t validBins = 0;
        double pixels = 0;       ///< valid ones, in parts
        double fewestPixels = 0; ///< of its valid bins
    };
    std::vector<RingCoverage> coverage() const;
    /// Makes what is known of a run of frames into what is known of its polar images: grid, mask, noise ratio, and in words how
    /// many rings are whole, have gaps, or see nothing.
    void describe(RunInfo& info) const;

    /// Frames with a mask of their own give images with one (and only those): the ratio of sums, Σ w I / Σ w over the valid
    /// pixels of a bin, valid if half of the bin's pixels are. Columns of the batch are handed on.
    PolarBatch resample(const FrameBatch& frames, const TaskContext& task) const;

    /// What counting noise does to the bins of a ring, [phi][phi']: their covariance for a ring of mean intensity 1 and
    /// one photon per unit. Independent bins of one pixel each give the unit matrix; scale by <I> / photonsPerUnit.
    Array<double, 2> ringNoise(std::size_t ring) const;
    /// The same for what correlation asks: [q][m], m = 0 ... phiCount / 2, the noise in C_m(q,q) relative to independent bins of one
    /// pixel each (RunInfo::noiseRatio). Exact for full rings, their mean over valid bins for masked ones.
    Array<double, 2> noiseRatio() const;

    /// What averaging over bins does, from where the centres of the pixels behind them lie. (A pixel's own extent is not in it.)
    const BinAverage& binAverage() const { return m_average; }

private:
    struct Row;
    void build(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const PolarSettings& settings,
               const TaskContext& task);
    Row pixelsOfRow(const DetectorGeometry& geometry, std::size_t panel, std::size_t row,
                    const PolarSettings& settings) const;
    template <class Take>
    void forSharedPixels(std::size_t ring, Take take) const;
    std::vector<double> usualPixels() const;
    void finishBins(View<const std::uint8_t, 3> mask);
    void measureBins(const DetectorGeometry& geometry, const TaskContext& task);
    void dropUnused();
    void sortByPixel();
    void resampleFixed(const float* frame, float* image, std::size_t firstBin, std::size_t lastBin) const;
    void resampleMasked(const float* frame, const std::uint8_t* valid, float* image, std::uint8_t* imageMask) const;
    std::size_t binCount() const { return m_grid.qCount() * m_grid.phiCount; }

    PolarGrid m_grid;
    std::vector<double> m_edges; ///< of rings, 1/Å
    std::size_t m_panels, m_slow, m_fast;

    // Entries of bin b: [m_first[b], m_first[b + 1]).
    std::vector<std::uint32_t> m_first, m_pixel;
    std::vector<float> m_weight; ///< part of the pixel in the bin
    std::vector<float> m_factor; ///< weight / (sum of weights) * gain: what a fixed mask needs
    std::vector<float> m_gain;   ///< per pixel: 1 / (solid angle * polarisation), or 1
    // The same entries by pixel: those of pixel p are [m_pixelFirst[p], m_pixelFirst[p + 1]).
    std::vector<std::uint32_t> m_pixelFirst, m_pixelBin;
    std::vector<float> m_pixelWeight;
    Array<std::uint8_t, 2> m_mask;
    Array<float, 2> m_count;
    std::vector<float> m_least; ///< per bin: pixels that it needs to be valid
    BinAverage m_average;
};

} // namespace fxs
