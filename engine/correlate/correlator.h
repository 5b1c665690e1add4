#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/correlate/block_accumulator.h"
#include "engine/correlate/correlate_settings.h"
#include "engine/model/batch.h"
#include "engine/model/correlation.h"

#include <cstdint>
#include <memory>

namespace fxs {

/// Two-point angular correlation C2(q,q',Δφ) = <I(q,φ) I(q',φ+Δφ)>, kept as its harmonics C_m(q,q') over Δφ.
/// Kam, Macromolecules 10 (1977) 927; as harmonics and rank-k updates: Dujardin et al., SciPy 2020.
/// Frames are taken in blocks cut by absolute frame index, transformed in single precision without their ring means, multiplied,
/// and flushed into double sums block by block; m = 0 is kept in double throughout.
///
/// Units:   q in 1/Å, phi in radians, intensity in the run's own unit.
/// Shape:   input [frame][q][phi], phi fastest, frames of growing index; sums as in model/correlation.h.
/// Owns:    its sums and one block of frames. Batches passed in are read during the call only.
/// Threads: one call at a time; parallel inside; the same bits for any thread count and any way of cutting batches.
/// Throws:  Error(badInput) on a shape mismatch or a falling index, before any sum changes; Error(badSettings) from the
///          constructor; Stopped leaves whole blocks only.
/// Cost:    n_q² n_m multiply-adds a frame (twice that for full parity); 8 bytes * 2 halves * n_m * n_q (n_q + 1) / 2 of sums
///          (twice for full) and 8 bytes * n_m * n_q * block / 2 of working memory.
class Correlator {
public:
    /// mask: fixed mask [q][phi], 1 = valid; empty: none. noiseRatio: RunInfo::noiseRatio [q][m]; empty: 1. binAverage:
    /// RunInfo::binAverage, kept with the sums.
    Correlator(const CorrelateSettings& settings, const PolarGrid& grid, const Experiment& experiment,
               View<const std::uint8_t, 2> mask = {}, View<const double, 2> noiseRatio = {},
               const BinAverage& binAverage = {});
    /// Goes on from earlier sums: frames that are in them are skipped. Their grid, mask and harmonics must be what the settings give.
    Correlator(const CorrelateSettings& settings, CorrelationSums resumed);
    ~Correlator();
    Correlator(Correlator&&) noexcept;
    Correlator& operator=(Correlator&&) noexcept;

    /// Adds frames; a block is summed when it is whole. A frame with a value that is not finite, or of zero intensity, is rejected
    /// and counted under its reason.
    void accumulate(const PolarBatch& batch, const TaskContext& task);
    /// Counts frames rejected before they came here (hit finding, selection).
    void reject(const std::string& reason, std::uint64_t frames);
    /// Sums the last, incomplete block: the run has ended. Without it, a resumed run takes up at the last whole block.
    void finish(const TaskContext& task);

    const CorrelationSums& sums() const;
    /// Where the time went so far, for benchmarks.
    const AccumulationTimes& times() const;
    /// A consistent copy with its quality figures.
    std::shared_ptr<const CorrelationSnapshot> snapshot() const;
    CorrelationSums takeSums() &&;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// A deep copy: sums are large and move-only.
CorrelationSums clone(const CorrelationSums& sums);
/// Adds other's sums: another run, another rank, another part of the run. Frame indices are counted per run, so the same index in
/// both is no fault. Throws: Error(badInput) naming the difference if grid, parity, harmonics, wavelength or mask differ.
void merge(CorrelationSums& into, const CorrelationSums& other);
/// into's mean minus other's mean, kept as sums over into's frames: the difference between two labels.
void subtract(CorrelationSums& into, const CorrelationSums& other);
/// A snapshot of finished sums, with quality figures.
std::shared_ptr<const CorrelationSnapshot> makeSnapshot(CorrelationSums sums, std::uint64_t sequence = 0);

} // namespace fxs
