#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/detector/geometry.h"
#include "engine/io/input_settings.h"
#include "engine/model/batch.h"
#include "engine/model/polar_grid.h"

#include <cstdint>
#include <vector>

namespace fxs {

/// The polar grid for a detector: what the settings say; where they leave q open, the rings on which every azimuth
/// that the detector covers has a valid pixel.
/// mask:    [panel][ss][fs], 1 = valid; empty: all.
/// Throws:  Error(badSettings) for a q range that the detector does not reach, naming what it reaches.
PolarGrid polarGridFor(const PolarSettings& settings, const DetectorGeometry& geometry,
                       View<const std::uint8_t, 3> mask, const TaskContext& task);

/// Brings detector frames to polar images: each bin is the average of the pixels that it covers, weighted by the part
/// of each pixel in the bin, without those that are masked. Pixels are corrected for solid angle if the settings say
/// so. A pixel counts as split x split points, each in the bin where it lies: split = 1 keeps the photon noise of
/// bins independent, larger values fill bins narrower than a pixel.
/// Shape:   frames [frame][panel][ss][fs] to images [frame][q][phi]; bin k of a ring covers phi = 2 pi (k -+ 1/2) /
///          n.
/// Units:   intensity in the frames' unit, per pixel at the beam's foot.
/// Owns:    its weights: 12 bytes an entry, about 1 to 3 entries a pixel.
/// Threads: resample() is const and may run from several threads; parallel inside; the same bits for any thread
///          count.
/// Throws:  Error(badSettings, badInput) for a mask or frames of another shape, and for rings without a valid pixel;
///          Stopped.
/// Cost:    building: split^2 * 50 ns a pixel; resampling: about 2 ns an entry and frame.
class Resampler {
public:
    Resampler(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const PolarGrid& grid,
              const PolarSettings& settings, const TaskContext& task);

    const PolarGrid& grid() const { return m_grid; }
    /// Bins that are valid in every frame, [q][phi], 1 = valid: at least half of the bin's pixels are.
    const Array<std::uint8_t, 2>& mask() const { return m_mask; }
    /// How many pixels, in parts, are behind each bin, [q][phi], without the masked ones.
    const Array<float, 2>& pixelCount() const { return m_count; }

    /// Frames with a mask of their own give images with one (and only those).
    PolarBatch resample(const FrameBatch& frames, const TaskContext& task) const;

    /// What counting noise does to the bins of a ring, [phi][phi']: their covariance for a ring of mean intensity 1 and
    /// one photon per unit. Independent bins of one pixel each give the unit matrix; scale by <I> / photonsPerUnit.
    Array<double, 2> ringNoise(std::size_t ring) const;
    /// The same for what correlation asks: [q][m], m = 0 ... phiCount / 2, the noise in C_m(q,q) relative to independent bins of one
    /// pixel each (RunInfo::noiseRatio). Exact for full rings, their mean over valid bins for masked ones.
    Array<double, 2> noiseRatio() const;

private:
    struct Row;
    void build(const DetectorGeometry& geometry, View<const std::uint8_t, 3> mask, const PolarSettings& settings,
               const TaskContext& task);
    Row pixelsOfRow(const DetectorGeometry& geometry, std::size_t panel, std::size_t row,
                    const PolarSettings& settings) const;
    template <class Take>
    void forSharedPixels(std::size_t ring, Take take) const;
    void finishBins(View<const std::uint8_t, 3> mask);
    std::size_t binCount() const { return m_grid.qCount() * m_grid.phiCount; }

    PolarGrid m_grid;
    std::vector<double> m_edges; ///< of rings, 1/Å
    std::size_t m_panels, m_slow, m_fast;

    // Entries of bin b: [m_first[b], m_first[b + 1]).
    std::vector<std::uint32_t> m_first, m_pixel;
    std::vector<float> m_weight; ///< part of the pixel in the bin; 0 where the pixel is masked
    std::vector<float> m_factor; ///< weight / (sum of weights) / solid angle: what a fixed mask needs
    std::vector<float> m_gain;   ///< per pixel: 1 / solid angle, or 1
    Array<std::uint8_t, 2> m_mask;
    Array<float, 2> m_count;
};

} // namespace fxs
